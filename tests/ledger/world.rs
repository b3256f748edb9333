//! What ledger tests are made of: a clock, a place, records.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use cutover::{
    domain::{
        Timestamp,
        action::ActionId,
        change::{ChangePlan, Expectation, Point, Precondition, Request, Risk},
        clock::Clock,
        confirm::Via,
        id::{SourceId, TargetId},
        operation::Operation,
        outcome::Outcome,
        rollout::Phase,
    },
    ledger::{
        Ledger, LedgerPaths, Limits,
        disk::OsDisk,
        entry::{Entry, Intent, ObservedEntry, OutcomeEntry, Resolution, ResolveEntry},
        scan::segment_path,
        verify::{ChainReport, verify},
    },
};
use serde_json::json;

/// Moves only when told.
#[derive(Debug, Default)]
pub struct TestClock {
    ms: AtomicI64,
    /// How far the wall clock is off.
    pub skew_ms: AtomicI64,
}

impl TestClock {
    pub fn pass(&self, ms: i64) {
        self.ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let ms = self.ms.load(Ordering::SeqCst) + self.skew_ms.load(Ordering::SeqCst);
        chrono::DateTime::from_timestamp_nanos(1_790_000_000_123_456_789) + chrono::Duration::milliseconds(ms)
    }

    fn since_boot(&self) -> Duration {
        Duration::from_millis(1_000_000 + u64::try_from(self.ms.load(Ordering::SeqCst)).unwrap())
    }
}

/// A directory that goes away, and a clock.
pub struct Place {
    pub tmp: tempfile::TempDir,
    pub clock: Arc<TestClock>,
}

impl Place {
    /// In memory where the machine has such a place: thousands of syncs cost nothing there, and mean as much to a test.
    pub fn new() -> Self {
        match tempfile::tempdir_in("/dev/shm") {
            Ok(tmp) => Self { tmp, clock: Arc::default() },
            Err(_) => Self::on_disk(),
        }
    }

    pub fn on_disk() -> Self {
        Self { tmp: tempfile::tempdir().unwrap(), clock: Arc::default() }
    }

    pub fn paths(&self) -> LedgerPaths {
        LedgerPaths { dir: self.tmp.path().join("ledger"), shared: None, allow_volatile: true }
    }

    pub fn open(&self) -> Ledger {
        self.open_small(Limits::default().segment)
    }

    pub fn open_small(&self, segment: u64) -> Ledger {
        let limits = Limits { segment, ballast: 4_096, ..Limits::default() };
        Ledger::open_with(self.paths(), self.clock.clone(), Arc::new(OsDisk), limits).unwrap()
    }

    pub fn chain(&self) -> PathBuf {
        self.open().chain_dirs().remove(0)
    }

    pub fn report(&self) -> ChainReport {
        verify(&self.paths().dir).unwrap().remove(0)
    }
}

pub fn segment(chain: &Path) -> Vec<u8> {
    fs::read(segment_path(chain, 1)).unwrap()
}

pub fn target() -> TargetId {
    TargetId::new(&SourceId::new("k8s"), "shop", "checkout")
}

pub fn plan() -> ChangePlan {
    ChangePlan {
        operation: Operation::Advance,
        target: target(),
        uid: "0e1f".into(),
        revision: Some("5f8f".into()),
        before: Point { step: Some(1), weight: Some(25), phase: Phase::Paused },
        after: Point { step: Some(2), weight: Some(50), phase: Phase::Progressing },
        native: "Argo: clear pause conditions".into(),
        requests: vec![Request {
            method: "PATCH".into(),
            path: "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout/status".into(),
            query: String::new(),
            content_type: "application/json-patch+json".into(),
            body: json!([{"op": "test", "path": "/metadata/uid", "value": "0e1f"}]),
        }],
        preconditions: vec![Precondition { what: "step index".into(), expected: json!(1), seen: json!(1) }],
        expectation: Expectation::Aborted,
        consequences: vec![],
        warnings: vec!["no plan judges this".into()],
        untouched: vec![],
        risk: Risk::Medium,
        settle: true,
    }
}

pub fn intent(id: &str) -> Entry {
    Entry::Intent(Box::new(Intent {
        judged: Vec::new(),
        judged_left_out: 0,
        soak_cut_short: None,
        id: ActionId(id.into()),
        operation: Operation::Advance,
        target: target(),
        origin: Some("https://k8s.eu:6443".into()),
        plan: plan(),
        pre: vec![],
        age_ms: 12,
        via: Via::Screen,
        reason: Some("INC-7 \u{202e}caf\u{e9} \u{1f600}".into()),
        supersedes: None,
        backend_user: None,
    }))
}

pub fn outcome(id: &str, outcome: Outcome) -> Entry {
    let sentence = format!("the system answered: {}", outcome.word());
    Entry::Outcome(OutcomeEntry { intent: 1, id: ActionId(id.into()), outcome, status: Some(200), sentence, took_ms: 9 })
}

pub fn observed(id: &str, outcome: Outcome, clock: &TestClock) -> Entry {
    let sentence = "read back".to_owned();
    Entry::Observed(ObservedEntry { intent: 1, id: ActionId(id.into()), outcome, sentence, read_at: clock.now() })
}

pub fn resolve(id: &str) -> Entry {
    let evidence = "the weight is 50".to_owned();
    Entry::Resolve(ResolveEntry { intent: 1, id: ActionId(id.into()), resolution: Resolution::Applied, evidence, note: None })
}
