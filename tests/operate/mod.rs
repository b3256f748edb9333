//! The engine over a driver and a ledger that fail on purpose.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::wildcard_enum_match_arm)]

pub mod fake;
mod judging;
mod say;

use cutover::{
    backend::port::{ReadError, Sent},
    domain::{
        action::ActionId,
        confirm::Via,
        operation::Operation,
        outcome::Outcome,
        permit::{Refusal, RefusalCode, Rights},
        progress::{Progress, Report},
        rollout::{Phase, Rollout},
        text::DisplayText,
    },
    ledger::{
        book::{Book, OpenRecord},
        entry::{Entry, Resolution},
    },
};
use fake::{Bench, Event, FakeDriver, FakeRecorder, Log, bench, moved_on, start, target, waiting};
use tokio::sync::mpsc;

type Reads = Vec<Result<Rollout, ReadError>>;

fn standard(before: Reads, answer: Sent, after: Reads) -> Bench {
    let log = Log::default();
    bench(FakeDriver::new(&log, before, answer, after), FakeRecorder::default(), false)
}

async fn act(bench: &Bench, operation: Operation) -> (Report, Vec<Progress>) {
    let proposal = bench.engine.prepare(&target(), operation, Some(['k', 'v'])).await.unwrap();
    let confirmed = proposal.confirm(&proposal.phrase.text(), "because", Via::Screen).unwrap();
    let (sender, mut receiver) = mpsc::channel(64);
    let report = bench.engine.execute(confirmed, sender).await;
    let mut progress = Vec::new();
    while let Ok(step) = receiver.try_recv() {
        progress.push(step);
    }
    (report, progress)
}

const ACCEPTED: Sent = Sent::Accepted { status: 200 };

#[tokio::test(start_paused = true)]
async fn an_advance_is_recorded_sent_once_read_back_and_recorded_again_in_that_order() {
    let bench = standard(vec![Ok(waiting())], ACCEPTED, vec![Ok(waiting()), Ok(moved_on())]);
    let (report, progress) = act(&bench, Operation::Advance).await;
    assert_eq!(report.outcome, Outcome::Verified);
    assert_eq!(report.requests.iter().map(|request| (request.sent, request.status)).collect::<Vec<_>>(), [(true, Some(200))]);
    let order: Vec<_> = bench.log.events().into_iter().filter(|event| *event != Event::Fetched).collect();
    assert_eq!(order, [Event::Recorded("intent"), Event::Sent, Event::Recorded("outcome"), Event::Recorded("observed")]);
    assert!(progress.contains(&Progress::Settling));
    assert!(matches!(progress.last(), Some(Progress::Done(_))));
}

#[tokio::test(start_paused = true)]
async fn without_a_durable_intent_nothing_is_sent_and_the_way_by_hand_is_said() {
    let log = Log::default();
    let driver = FakeDriver::new(&log, vec![Ok(waiting())], ACCEPTED, vec![]);
    let bench = bench(driver, FakeRecorder { fail: Some("intent"), ..FakeRecorder::default() }, false);
    let (report, _) = act(&bench, Operation::Advance).await;
    assert_eq!(bench.log.sends(), 0);
    assert_eq!((report.outcome, report.refusal.unwrap().code), (Outcome::Refused, RefusalCode::LedgerUnwritable));
    assert!(report.sentence.contains("kubectl patch rollout checkout"), "{}", report.sentence);
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_cannot_be_made_durable_is_said_in_red() {
    let log = Log::default();
    let driver = FakeDriver::new(&log, vec![Ok(waiting())], Sent::Rejected { status: 403, why: DisplayText::new("no") }, vec![]);
    let bench = bench(driver, FakeRecorder { fail: Some("outcome"), ..FakeRecorder::default() }, false);
    let (report, _) = act(&bench, Operation::Pause).await;
    assert_eq!(report.outcome, Outcome::Rejected);
    assert!(report.outcome_not_durable.unwrap().starts_with("OUTCOME NOT DURABLE"));
}

#[tokio::test(start_paused = true)]
async fn each_class_of_answer_ends_as_itself_after_one_send() {
    let why = DisplayText::new("connection reset");
    for (answer, expected) in [
        (Sent::Rejected { status: 422, why: why.clone() }, Outcome::Rejected),
        (Sent::NotSent { why: why.clone() }, Outcome::NotSent),
        (Sent::InDoubt { status: Some(503), why }, Outcome::InDoubt),
    ] {
        let bench = standard(vec![Ok(waiting())], answer, vec![]);
        let (report, _) = act(&bench, Operation::Advance).await;
        assert_eq!(report.outcome, expected);
        assert_eq!(bench.log.sends(), 1);
        assert!(!bench.log.events().contains(&Event::Recorded("observed")), "nothing was accepted, so nothing is read back");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_precondition_is_read_again_and_what_moved_is_named() {
    let answer =
        Sent::Rejected { status: 422, why: DisplayText::new("the server rejected our request due to an error in our request") };
    let bench = standard(vec![Ok(waiting())], answer, vec![Ok(moved_on())]);
    let (report, _) = act(&bench, Operation::Advance).await;
    assert!(report.sentence.contains("step index was 1, now 2"), "{}", report.sentence);
}

#[tokio::test(start_paused = true)]
async fn a_state_that_moved_between_form_and_send_is_refused_and_denied() {
    // The form reads once; the engine's own first read already shows the next step.
    let bench = standard(vec![Ok(waiting()), Ok(moved_on())], ACCEPTED, vec![]);
    let (report, _) = act(&bench, Operation::Advance).await;
    assert_eq!((report.outcome, report.refusal.unwrap().code), (Outcome::Refused, RefusalCode::StateMoved));
    assert_eq!(bench.log.sends(), 0);
    assert!(bench.log.events().contains(&Event::Recorded("deny")));
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_keeps_writing_is_waited_for_three_seconds_and_no_longer() {
    let versions = (0..20).map(|n| Ok(Rollout { version: n.to_string(), ..waiting() })).collect();
    let bench = standard(versions, ACCEPTED, vec![Ok(moved_on())]);
    let before = tokio::time::Instant::now();
    let (report, _) = act(&bench, Operation::Advance).await;
    assert_eq!(report.outcome, Outcome::Verified);
    assert_eq!(before.elapsed().as_millis(), 3_000);
}

#[tokio::test(start_paused = true)]
async fn a_roll_back_goes_at_once() {
    let aborted = Rollout { aborted: true, aborted_at: Some(start()), phase: Phase::Aborted, holds: vec![], ..waiting() };
    let versions = (0..20).map(|n| Ok(Rollout { version: n.to_string(), ..waiting() })).collect();
    let bench = standard(versions, ACCEPTED, vec![Ok(aborted)]);
    let before = tokio::time::Instant::now();
    let (report, _) = act(&bench, Operation::RollBack).await;
    assert_eq!((report.outcome, before.elapsed().as_millis()), (Outcome::Verified, 0));
}

#[tokio::test(start_paused = true)]
async fn accepted_and_not_acted_on_is_said_from_six_seconds_on_and_never_verified() {
    let released = Rollout { holds: vec![], unpausing: true, phase: Phase::Progressing, ..waiting() };
    let bench = standard(vec![Ok(waiting())], ACCEPTED, vec![Ok(released)]);
    let (report, progress) = act(&bench, Operation::Advance).await;
    assert_eq!(report.outcome, Outcome::Accepted);
    let first = progress.iter().find_map(|step| match step {
        Progress::NotActedOn { seconds } => Some(*seconds),
        _ => None,
    });
    assert_eq!(first, Some(6));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_target_contradicts() {
    let bench = standard(vec![Ok(waiting())], ACCEPTED, vec![Err(ReadError::Gone(target()))]);
    assert_eq!(act(&bench, Operation::Advance).await.0.outcome, Outcome::Contradicted);
}

#[tokio::test(start_paused = true)]
async fn a_form_is_not_built_without_a_fresh_read_rights_or_arming() {
    let bench = standard(vec![Err(ReadError::Unreachable(DisplayText::new("timed out")))], ACCEPTED, vec![]);
    assert_eq!(bench.engine.prepare(&target(), Operation::RollBack, None).await.unwrap_err().code, RefusalCode::Unreachable);

    let log = Log::default();
    let mut driver = FakeDriver::new(&log, vec![Ok(waiting())], ACCEPTED, vec![]);
    driver.review.rights = Rights::Denied { sentence: "watcher may not patch rollouts/status in shop".into() };
    let denied = fake::bench(driver, FakeRecorder::default(), false);
    let refusal = denied.engine.prepare(&target(), Operation::Advance, None).await.unwrap_err();
    assert_eq!(refusal.code, RefusalCode::NotPermitted);

    let danger = fake::bench(FakeDriver::new(&log, vec![Ok(waiting())], ACCEPTED, vec![]), FakeRecorder::default(), true);
    assert_eq!(danger.engine.prepare(&target(), Operation::Advance, None).await.unwrap_err().code, RefusalCode::NotArmed);
    assert!(danger.engine.prepare(&target(), Operation::Pause, None).await.is_ok(), "the safe direction needs no arming");
    assert_eq!(danger.engine.arm("prod", " ").await.unwrap_err().code, RefusalCode::NotArmed);
    danger.engine.arm("prod", "planned release").await.unwrap();
    assert!(danger.engine.prepare(&target(), Operation::Advance, None).await.is_ok());
    tokio::time::advance(std::time::Duration::from_secs(15 * 60)).await;
    assert_eq!(danger.engine.prepare(&target(), Operation::Advance, None).await.unwrap_err().code, RefusalCode::NotArmed);
}

#[tokio::test(start_paused = true)]
async fn arming_is_recorded_and_what_can_not_be_recorded_does_not_arm() {
    let log = Log::default();
    let driver = || FakeDriver::new(&log, vec![Ok(waiting())], ACCEPTED, vec![Ok(moved_on())]);
    let full = bench(driver(), FakeRecorder { fail: Some("arm"), ..FakeRecorder::default() }, true);
    assert_eq!(full.engine.arm("prod", "incident").await.unwrap_err().code, RefusalCode::LedgerUnwritable);
    assert_eq!(full.engine.prepare(&target(), Operation::Advance, None).await.unwrap_err().code, RefusalCode::NotArmed);

    let armed = bench(driver(), FakeRecorder::default(), true);
    armed.engine.arm("prod", " incident ").await.unwrap();
    let entries = armed.recorder.entries.lock().unwrap();
    assert!(
        matches!(entries.last(), Some(Entry::Arm { environment, reason, until })
            if environment == "prod" && reason == "incident" && *until == start() + chrono::Duration::minutes(15)),
        "{entries:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_reason_on_the_command_line_arms_one_action_and_no_more() {
    let log = Log::default();
    let driver = FakeDriver::new(&log, vec![Ok(waiting())], ACCEPTED, vec![Ok(moved_on())]);
    let bench = bench(driver, FakeRecorder::default(), true);
    bench.engine.arm_one(&target());
    let (report, _) = act(&bench, Operation::Advance).await;
    assert_eq!(report.outcome, Outcome::Verified);
    let entries = bench.recorder.entries.lock().unwrap().clone();
    assert!(matches!(&entries[0], Entry::Intent(intent) if intent.reason.as_deref() == Some("because")));
    assert!(!entries.iter().any(|entry| matches!(entry, Entry::Arm { .. })));
    let context = bench.engine.context(&target(), cutover::domain::freshness::Freshness::Live, &Ok(Book::default()), None);
    assert_eq!(context.arming, cutover::domain::permit::Arming::Disarmed);
}

async fn with_accepted(after: Rollout, own: bool) -> (Bench, ActionId) {
    let (bench, id) = with_doubt(after).await;
    let mut book = bench.recorder.book.lock().unwrap();
    let record = OpenRecord { outcome: Some(Outcome::Accepted), own, ..book.in_doubt.remove(0) };
    *book = Book { accepted: vec![record], ..Book::default() };
    drop(book);
    (bench, id)
}

#[tokio::test(start_paused = true)]
async fn an_accepted_action_ends_with_the_read_back_that_shows_its_effect() {
    let (bench, id) = with_accepted(moved_on(), true).await;
    let evidence = bench.engine.read_back(&id).await.unwrap();
    assert_eq!(evidence.ended.map(|(outcome, _)| outcome), Some(Outcome::Verified));
    let entries = bench.recorder.entries.lock().unwrap().clone();
    assert!(
        matches!(&entries[..], [Entry::Observed(entry)] if entry.intent == 7 && entry.id == id && entry.outcome == Outcome::Verified),
        "{entries:?}"
    );

    // Nothing to see, or somebody else's: nothing is recorded.
    for (after, own) in [(waiting(), true), (moved_on(), false)] {
        let (bench, id) = with_accepted(after, own).await;
        assert!(bench.engine.read_back(&id).await.unwrap().ended.is_none());
        assert!(bench.recorder.entries.lock().unwrap().is_empty());
    }
    // An action in doubt never ends by a read alone.
    let (bench, id) = with_doubt(moved_on()).await;
    assert!(bench.engine.read_back(&id).await.unwrap().ended.is_none());
    assert!(bench.recorder.entries.lock().unwrap().is_empty());
}

async fn with_doubt(after: Rollout) -> (Bench, ActionId) {
    let bench = standard(vec![Ok(waiting()), Ok(waiting()), Ok(waiting()), Ok(after)], ACCEPTED, vec![]);
    let proposal = bench.engine.prepare(&target(), Operation::Advance, None).await.unwrap();
    let _ = bench.engine.recheck(&proposal.plan).await.unwrap();
    let _ = bench.engine.recheck(&proposal.plan).await.unwrap();
    let record = OpenRecord {
        id: proposal.action.clone(),
        intent: 7,
        operation: Operation::Advance,
        target: target(),
        plan: proposal.plan,
        who: DisplayText::new("alice"),
        since: start(),
        outcome: Some(Outcome::InDoubt),
        sentence: String::new(),
        owner_alive: false,
        own: true,
    };
    *bench.recorder.book.lock().unwrap() = Book { in_doubt: vec![record], ..Book::default() };
    (bench, proposal.action)
}

#[tokio::test(start_paused = true)]
async fn an_action_in_doubt_is_closed_only_as_the_read_back_says() {
    let (bench, id) = with_doubt(moved_on()).await;
    assert!(bench.engine.resolve(&id, Resolution::NotApplied, None).await.is_err());
    bench.engine.resolve(&id, Resolution::Applied, None).await.unwrap();

    let (bench, id) = with_doubt(waiting()).await;
    assert!(bench.engine.resolve(&id, Resolution::Applied, None).await.is_err());
    bench.engine.resolve(&id, Resolution::NotApplied, None).await.unwrap();
    assert!(matches!(bench.recorder.entries.lock().unwrap().last(), Some(Entry::Resolve(entry)) if entry.intent == 7));
    assert_eq!(bench.log.sends(), 0, "resolving never sends");

    // Somebody rolled it back meanwhile: nobody can tell, so a person says why.
    let aborted = Rollout { aborted: true, holds: vec![], ..waiting() };
    let (bench, id) = with_doubt(aborted).await;
    assert!(bench.engine.resolve(&id, Resolution::NotApplied, None).await.is_err());
    bench.engine.resolve(&id, Resolution::NotApplied, Some("bob rolled it back by hand".into())).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn in_doubt_locks_advance_and_a_roll_back_supersedes_it() {
    let (bench, id) = with_doubt(waiting()).await;
    assert_eq!(bench.engine.prepare(&target(), Operation::Advance, None).await.unwrap_err().code, RefusalCode::InDoubt);
    let proposal = bench.engine.prepare(&target(), Operation::RollBack, None).await.unwrap();
    assert_eq!(proposal.offer.supersedes, Some(id.clone()));
    let confirmed = proposal.confirm("checkout", "errors", Via::CommandLine).unwrap();
    let (sender, _receiver) = mpsc::channel(64);
    bench.engine.execute(confirmed, sender).await;
    let entries = bench.recorder.entries.lock().unwrap();
    assert!(
        entries
            .iter()
            .any(|entry| matches!(entry, Entry::Resolve(entry) if entry.id == id && entry.resolution == Resolution::Superseded))
    );
}

#[tokio::test(start_paused = true)]
async fn an_accepted_action_that_came_to_its_end_later_is_closed_in_the_ledger() {
    let (bench, id) = with_doubt(moved_on()).await;
    {
        let mut book = bench.recorder.book.lock().unwrap();
        let mut record = book.in_doubt.remove(0);
        record.outcome = Some(Outcome::Accepted);
        book.accepted.push(record);
    }
    bench.engine.read_back(&id).await.unwrap();
    let entries = bench.recorder.entries.lock().unwrap();
    assert!(matches!(entries.last(), Some(Entry::Observed(entry)) if entry.outcome == Outcome::Verified && entry.intent == 7));
}

#[tokio::test(start_paused = true)]
async fn the_read_back_ends_by_the_clock_however_slow_the_reads_are() {
    let log = Log::default();
    let away = Err(ReadError::Unreachable(DisplayText::new("timed out")));
    let mut driver = FakeDriver::new(&log, vec![Ok(waiting())], ACCEPTED, vec![away]);
    driver.slow_after_send = std::time::Duration::from_secs(8);
    let bench = fake::bench(driver, FakeRecorder::default(), false);
    let began = tokio::time::Instant::now();
    let (report, _) = act(&bench, Operation::Pause).await;
    assert_eq!(report.outcome, Outcome::Accepted);
    assert!(began.elapsed() < std::time::Duration::from_secs(45), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_that_fails_does_not_stand_in_the_way_of_the_safe_direction() {
    for code in [RefusalCode::Unreachable, RefusalCode::DryRunRejected] {
        let log = Log::default();
        let mut driver = FakeDriver::new(&log, vec![Ok(waiting())], ACCEPTED, vec![]);
        driver.review.dry_run = Err(Refusal::new(code, "a webhook does not answer"));
        let bench = fake::bench(driver, FakeRecorder::default(), false);
        assert_eq!(bench.engine.prepare(&target(), Operation::Advance, None).await.unwrap_err().code, code);
        for operation in [Operation::Pause, Operation::RollBack] {
            let proposal = bench.engine.prepare(&target(), operation, None).await.unwrap();
            assert!(proposal.offer.warnings.iter().any(|line| line == "not rehearsed: a webhook does not answer"));
        }
    }
}

/// A fault of ours on each part of the way: nothing stays in flight that nobody carries any further.
#[tokio::test(start_paused = true)]
async fn a_panic_ends_in_the_ledger_as_what_is_known_of_it() {
    use fake::Panics;
    for (panics, outcome, recorded) in [
        (Panics::Checking, Outcome::NotSent, vec![]),
        (Panics::Sending, Outcome::InDoubt, vec![("intent", None), ("outcome", Some(Outcome::InDoubt))]),
        (Panics::ReadingBack, Outcome::Accepted, vec![("intent", None), ("outcome", Some(Outcome::Accepted))]),
    ] {
        let log = Log::default();
        let driver = FakeDriver::new(&log, vec![Ok(waiting())], ACCEPTED, vec![Ok(moved_on())]);
        *driver.panics.lock().unwrap() = Some(panics);
        let bench = bench(driver, FakeRecorder::default(), false);
        let (report, progress) = act(&bench, Operation::Advance).await;
        assert_eq!(report.outcome, outcome, "{panics:?}: {}", report.sentence);
        assert!(
            matches!(progress.last(), Some(Progress::Done(done)) if done.outcome == outcome),
            "{panics:?}: the screen is told"
        );
        let entries: Vec<_> = bench
            .recorder
            .entries
            .lock()
            .unwrap()
            .iter()
            .map(|entry| match entry {
                Entry::Intent(_) => ("intent", None),
                Entry::Outcome(outcome) => ("outcome", Some(outcome.outcome)),
                _ => ("something else", None),
            })
            .collect();
        assert_eq!(entries, recorded, "{panics:?}");
        assert!(!bench.engine.in_flight().load(std::sync::atomic::Ordering::SeqCst), "{panics:?}: counted out");
        if panics == Panics::Sending {
            assert!(report.requests[0].sent && report.sentence.contains("IN DOUBT"), "{}", report.sentence);
        }
        // Its lock is free: the next action is not refused as another console's.
        let (next, _) = act(&bench, Operation::Pause).await;
        assert_eq!(next.outcome, Outcome::Accepted, "{panics:?}: {}", next.sentence);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_nothing_leaves_and_what_has_left_is_told_apart() {
    let bench = standard(vec![Ok(waiting())], ACCEPTED, vec![Ok(moved_on())]);
    assert!(bench.engine.stop(), "nothing has left");
    let (report, _) = act(&bench, Operation::Advance).await;
    assert_eq!((report.outcome, report.refusal.unwrap().code), (Outcome::Refused, RefusalCode::Interrupted));
    assert_eq!((bench.log.sends(), bench.recorder.entries.lock().unwrap().len()), (0, 0));
    let bench = standard(vec![Ok(waiting())], ACCEPTED, vec![Ok(moved_on())]);
    act(&bench, Operation::Advance).await;
    assert!(!bench.engine.stop(), "it has left");
}
