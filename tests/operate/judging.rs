//! An advance is judged by its plan with fresh answers: for the form, while it stands open, and at send; what was found is in
//! the intent. Pause and roll back are never asked about.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use cutover::{
    backend::port::{Connection, ReadError, Sent, Source, Watching},
    domain::{
        confirm::{Confirmed, Via},
        id::SourceId,
        operation::Operation,
        outcome::Outcome,
        permit::RefusalCode,
        plan::{
            Criterion, Early, Gauge, GaugeKind, Measure, OnPause, Plan, PlanName, ReleaseKind, Repeat, Stage, Subject, Trigger,
            TriggerAction,
        },
        quantity::{Bound, Comparison, Quantity, Rule, Unit},
        question::{Answer, NoReading, Question, Reading, Reason, Value},
        source::{SourceUpdate, Tells},
        text::DisplayText,
        verdict::Verdict,
    },
    ledger::entry::Entry,
};
use tokio::sync::mpsc;

use super::fake::{Bench, FakeDriver, FakeRecorder, Log, bench_with, moved_on, start, target, waiting};

/// What every question is answered with, one after another; the last one stands.
pub struct FakeAnswers {
    id: SourceId,
    answers: Mutex<VecDeque<Answers>>,
    asked: Mutex<u32>,
}

#[derive(Clone, Debug)]
enum Answers {
    Number(f64),
    Nothing(Reason),
    /// The whole read fails.
    Away,
    /// The answer does not come.
    Never,
}

impl FakeAnswers {
    fn new(answers: &[Answers]) -> Arc<Self> {
        Arc::new(Self { id: SourceId::new("prom"), answers: Mutex::new(answers.to_vec().into()), asked: Mutex::new(0) })
    }

    fn reads(&self) -> u32 {
        *self.asked.lock().unwrap()
    }
}

#[async_trait]
impl Source for FakeAnswers {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn kind(&self) -> &'static str {
        "fake"
    }

    fn tells(&self) -> Tells {
        Tells { answers: true, ..Tells::default() }
    }

    async fn watch(&self, _: Watching) {}

    async fn read(&self, questions: &[Arc<Question>]) -> Result<Vec<SourceUpdate>, ReadError> {
        *self.asked.lock().unwrap() += 1;
        let answer = {
            let mut answers = self.answers.lock().unwrap();
            if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }.unwrap()
        };
        let said = match answer {
            Answers::Number(number) => {
                Ok(Answer { value: Value::Number(number), sample_age: None, history: vec![], warnings: vec![] })
            }
            Answers::Nothing(reason) => Err(NoReading::new(reason, "503 from prom")),
            Answers::Away => return Err(ReadError::Unreachable(DisplayText::new("connection refused"))),
            Answers::Never => std::future::pending().await,
        };
        let readings = questions.iter().map(|question| {
            assert_eq!(question.source, self.id, "a source is asked its own questions only");
            let (question, answer) = (Arc::clone(question), said.clone());
            // The bench's clock stands at the start of the virtual time: this is now or a little before.
            Arc::new(Reading { question, answer, at: start(), received: Duration::MAX, took: Duration::ZERO })
        });
        Ok(vec![SourceUpdate::Readings { source: self.id.clone(), readings: readings.collect() }])
    }
}

fn rule(comparison: Comparison, percent: f64, text: &str) -> Rule {
    Rule { bound: Bound::One { comparison, limit: Quantity::new(percent, Unit::Percent) }, text: text.into() }
}

fn gauge(query: &str) -> Gauge {
    Gauge {
        source: SourceId::new("prom"),
        kind: GaugeKind::Value { query: query.into() },
        reads: Unit::Percent,
        window: None,
        sampled: None,
        subject_label: None,
        max_age: Duration::from_secs(60),
        every: Duration::from_secs(30),
    }
}

/// `error_rate < 1 %` at 25 and 50 %, a trigger at 5 %, and a second criterion that only is looked at.
fn athena() -> Plan {
    let error_rate = PlanName::new("error_rate");
    Plan {
        id: PlanName::new("athena"),
        title: "Athena".into(),
        version: "1".into(),
        owner: None,
        file: "plans/athena.toml".into(),
        restates: None,
        zone: None,
        subjects: vec![Subject { rollout: "checkout".into(), kind: ReleaseKind::Exposure, line: 3 }],
        stages: vec![Stage {
            id: PlanName::new("gradual"),
            line: 40,
            measure: Measure::Percent(vec![25.0, 50.0]),
            weights: vec![25.0, 50.0],
            min: None,
            max: None,
            soak: None,
            early: Early::Refuse,
            on_pause: OnPause::Runs,
            audience: None,
            criteria: vec![error_rate.clone()],
            roll_back_to: None,
        }],
        criteria: vec![Criterion {
            id: error_rate,
            line: 88,
            title: None,
            gauge: gauge("rate"),
            pass: rule(Comparison::Less, 1.0, "< 1 %"),
            warn: None,
            fail: None,
            repeat: Repeat::ONCE,
            due: None,
            owner: None,
            optional: false,
        }],
        sets: vec![],
        gates: vec![],
        triggers: vec![Trigger {
            id: PlanName::new("hot"),
            line: 120,
            origin: None,
            gauge: gauge("rate"),
            when: rule(Comparison::Greater, 0.5, "> 0.5 %"),
            repeat: Repeat::ONCE,
            action: TriggerAction::Notify,
            stages: vec![],
        }],
        alerts: vec![],
    }
}

fn judged(answers: &[Answers]) -> (Bench, Arc<FakeAnswers>) {
    let driver = FakeDriver::new(&Log::default(), vec![Ok(waiting())], Sent::Accepted { status: 200 }, vec![Ok(moved_on())]);
    let source = FakeAnswers::new(answers);
    let connection = Connection { source: source.clone(), driver: None };
    (bench_with(driver, FakeRecorder::default(), false, vec![athena()], vec![connection]), source)
}

async fn form(bench: &Bench) -> Confirmed {
    let proposal = bench.engine.prepare(&target(), Operation::Advance, Some(['k', 'v'])).await.unwrap();
    proposal.confirm(&proposal.phrase.text(), "because", Via::Screen).unwrap()
}

async fn send(bench: &Bench, confirmed: Confirmed) -> cutover::domain::progress::Report {
    let (sender, _receiver) = mpsc::channel(64);
    bench.engine.execute(confirmed, sender).await
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_fails_refuses_the_form_with_value_rule_and_line() {
    let (bench, _) = judged(&[Answers::Number(1.3)]);
    let refusal = bench.engine.prepare(&target(), Operation::Advance, None).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::GateFails);
    assert_eq!(refusal.sentence, "stage gradual: error_rate 1.3 % is not < 1 % (athena.toml:88)");
    assert_eq!(bench.log.sends(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_told_refuses_as_undecided() {
    for (answer, words) in [
        (Answers::Nothing(Reason::Http), "503 from prom"),
        (Answers::Number(f64::NAN), "NaN: not a number"),
        (Answers::Away, "prom is lost: connection refused"),
        (Answers::Never, "prom is lost: no answer within 5 s"),
    ] {
        let (bench, _) = judged(std::slice::from_ref(&answer));
        let refusal = bench.engine.prepare(&target(), Operation::Advance, None).await.unwrap_err();
        assert_eq!(refusal.code, RefusalCode::GateUndecided, "{answer:?}");
        assert_eq!(refusal.sentence, format!("stage gradual: error_rate {words} (athena.toml:88)"));
    }
    let driver = FakeDriver::new(&Log::default(), vec![Ok(waiting())], Sent::Accepted { status: 200 }, vec![]);
    let unconnected = bench_with(driver, FakeRecorder::default(), false, vec![athena()], vec![]);
    let refusal = unconnected.engine.prepare(&target(), Operation::Advance, None).await.unwrap_err();
    assert_eq!(refusal.sentence, "stage gradual: error_rate prom is lost: it is not configured (athena.toml:88)");
}

#[tokio::test(start_paused = true)]
async fn a_passing_gate_goes_and_its_evidence_is_in_the_intent() {
    let (bench, source) = judged(&[Answers::Number(0.3), Answers::Number(0.4)]);
    let confirmed = form(&bench).await;
    assert_eq!(confirmed.judged().len(), 2);
    let report = send(&bench, confirmed).await;
    assert_eq!((report.outcome, bench.log.sends(), source.reads()), (Outcome::Verified, 1, 2));
    let entries = bench.recorder.entries.lock().unwrap();
    let Some(Entry::Intent(intent)) = entries.first() else { panic!("an intent is first") };
    let first = &intent.judged[0];
    assert_eq!(
        (first.id.as_str(), first.verdict, first.value.as_deref()),
        ("error_rate", Verdict::Pass, Some("0.4 %")),
        "of the send"
    );
    assert_eq!((first.rule.as_str(), first.place.as_str()), ("< 1 %", "athena.toml:88"));
    assert_eq!(first.query_sha256.as_deref().map(str::len), Some(64));
    assert!(first.age_ms.is_some());
    assert_eq!((intent.judged[1].id.as_str(), intent.judged[1].verdict, intent.judged_left_out), ("hot", Verdict::Pass, 0));
    // As it is on disk, and read back.
    let text = serde_json::to_string(&entries[0]).unwrap();
    assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entries[0]);
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_fails_between_form_and_send_refuses_the_send() {
    let (bench, _) = judged(&[Answers::Number(0.3), Answers::Number(1.3)]);
    let confirmed = form(&bench).await;
    let report = send(&bench, confirmed).await;
    assert_eq!((report.outcome, report.refusal.unwrap().code), (Outcome::Refused, RefusalCode::GateFails));
    assert_eq!(bench.log.sends(), 0);
}

#[tokio::test(start_paused = true)]
async fn any_verdict_that_changed_since_the_form_refuses_the_send() {
    // The gate passes both times; the trigger did not match when the form was read.
    let (bench, _) = judged(&[Answers::Number(0.3), Answers::Number(0.7)]);
    let confirmed = form(&bench).await;
    let report = send(&bench, confirmed).await;
    let refusal = report.refusal.unwrap();
    assert_eq!((report.outcome, refusal.code), (Outcome::Refused, RefusalCode::StateMoved));
    let sentence = "what the plan says changed since the form was read: hot was pass, now fail (athena.toml:120)";
    assert_eq!((refusal.sentence.as_str(), bench.log.sends()), (sentence, 0));
}

#[tokio::test(start_paused = true)]
async fn the_open_form_is_judged_again() {
    let (bench, source) = judged(&[Answers::Number(0.3), Answers::Number(0.3), Answers::Nothing(Reason::Timeout)]);
    let confirmed = form(&bench).await;
    assert!(bench.engine.recheck(confirmed.plan()).await.is_ok());
    let refusal = bench.engine.recheck(confirmed.plan()).await.unwrap_err();
    assert_eq!((refusal.code, source.reads()), (RefusalCode::GateUndecided, 3));
}

#[tokio::test(start_paused = true)]
async fn pause_and_roll_back_ask_nobody() {
    for operation in [Operation::Pause, Operation::RollBack] {
        let (bench, source) = judged(&[Answers::Never]);
        let proposal = bench.engine.prepare(&target(), operation, None).await.unwrap();
        assert_eq!(proposal.judged, []);
        let confirmed = proposal.confirm(&proposal.phrase.text(), "because", Via::Screen).unwrap();
        let (sender, _receiver) = mpsc::channel(64);
        let report = bench.engine.execute(confirmed, sender).await;
        assert_eq!((bench.log.sends(), source.reads()), (1, 0), "{operation}: {}", report.sentence);
        let entries = bench.recorder.entries.lock().unwrap();
        let Some(Entry::Intent(intent)) = entries.first() else { panic!("an intent is first") };
        assert!(intent.judged.is_empty() && !serde_json::to_string(intent).unwrap().contains("judged"));
    }
}

/// However much a plan asks, the record stays a record: what finds no room is counted.
#[tokio::test(start_paused = true)]
async fn the_evidence_is_bounded() {
    let mut plan = athena();
    let long = "\u{e9}".repeat(400);
    for at in 0..60 {
        let id = PlanName::new(&format!("criterion_{at:02}"));
        plan.stages[0].criteria.push(id.clone());
        plan.criteria.push(Criterion {
            id,
            pass: Rule { text: long.clone(), ..plan.criteria[0].pass.clone() },
            ..plan.criteria[0].clone()
        });
    }
    let driver = FakeDriver::new(&Log::default(), vec![Ok(waiting())], Sent::Accepted { status: 200 }, vec![Ok(moved_on())]);
    let connection = Connection { source: FakeAnswers::new(&[Answers::Number(0.3)]), driver: None };
    let bench = bench_with(driver, FakeRecorder::default(), false, vec![plan], vec![connection]);
    let confirmed = form(&bench).await;
    let report = send(&bench, confirmed).await;
    assert_eq!(report.outcome, Outcome::Verified);
    let entries = bench.recorder.entries.lock().unwrap();
    let Some(Entry::Intent(intent)) = entries.first() else { panic!("an intent is first") };
    let bytes: usize = serde_json::to_string(&intent.judged).unwrap().chars().map(|c| if c.is_ascii() { 1 } else { 6 }).sum();
    assert!(bytes <= 6 * 1024 + 64 && !intent.judged.is_empty(), "{bytes}");
    assert_eq!(usize::try_from(intent.judged_left_out).unwrap() + intent.judged.len(), 62);
}
