//! What people say is recorded or an error; it sends nothing.

use std::time::Duration;

use cutover::{
    domain::{alert::AlertKey, confirm::Via, human::Saying, plan::PlanName, text::DisplayText},
    ledger::entry::{AcknowledgeEntry, Entry, NoteEntry, TickEntry, UntickEntry},
    operate::say::NotSaid,
};

use super::fake::{Bench, FakeDriver, FakeRecorder, Log, bench, target};

/// An engine whose recorder fails at records that are none of the actions' own, when `fails`.
fn engine(fails: bool) -> Bench {
    let log = Log::default();
    let recorder = FakeRecorder { fail: fails.then_some("other"), ..FakeRecorder::default() };
    bench(FakeDriver::new(&log, vec![], cutover::backend::port::Sent::Accepted { status: 200 }, vec![]), recorder, true)
}

fn each() -> [Saying; 4] {
    let (plan, item) = (PlanName::new("athena"), PlanName::new("backup"));
    [
        Saying::Tick { plan: plan.clone(), item: item.clone(), evidence: " OPS-7 ".into() },
        Saying::Untick { plan, item, reason: Some("  ".into()) },
        Saying::Acknowledge {
            alert: AlertKey::new("00ff"),
            name: DisplayText::new("HighErrorRate"),
            lasts: Duration::from_secs(1800),
            note: None,
        },
        Saying::Note { about: Some(target()), text: "support is staffed".into() },
    ]
}

#[tokio::test(start_paused = true)]
async fn each_saying_is_one_record_and_no_request() {
    let bench = engine(false);
    let began = bench.engine.now();
    for saying in each() {
        bench.engine.say(&saying, Via::Screen).await.unwrap();
    }
    let (plan, item) = ("athena".to_owned(), "backup".to_owned());
    let via = Via::Screen;
    let expected = [
        Entry::Tick(TickEntry { plan: plan.clone(), item: item.clone(), evidence: "OPS-7".into(), via }),
        Entry::Untick(UntickEntry { plan, item, reason: None, via }),
        Entry::Acknowledge(AcknowledgeEntry {
            alert: "00ff".into(),
            name: "HighErrorRate".into(),
            until: began + Duration::from_secs(1800),
            note: None,
            via,
        }),
        Entry::Note(NoteEntry { about: Some(target()), text: "support is staffed".into(), via }),
    ];
    assert_eq!(*bench.recorder.entries.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_recorded_was_not_said() {
    for saying in each() {
        let error = engine(true).engine.say(&saying, Via::CommandLine).await.unwrap_err();
        assert!(error.to_string().contains("not recorded: no space left on device"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_empty_too_long_or_lasts_too_long_is_refused() {
    let bench = engine(false);
    let (plan, item) = (PlanName::new("athena"), PlanName::new("backup"));
    let acknowledge = |lasts| Saying::Acknowledge {
        alert: AlertKey::new("00ff"),
        name: DisplayText::new("x"),
        lasts: Duration::from_secs(lasts),
        note: None,
    };
    for saying in [
        Saying::Tick { plan: plan.clone(), item: item.clone(), evidence: " \n".into() },
        Saying::Tick { plan: plan.clone(), item: item.clone(), evidence: "\u{e9}".repeat(513) },
        Saying::Untick { plan, item, reason: Some("x".repeat(513)) },
        acknowledge(0),
        acknowledge(24 * 3600 + 1),
        Saying::Note { about: None, text: String::new() },
        Saying::Note { about: None, text: "x".repeat(513) },
    ] {
        assert!(matches!(bench.engine.say(&saying, Via::Screen).await, Err(NotSaid::Wrong(_))), "{saying:?}");
    }
    assert!(bench.engine.say(&acknowledge(24 * 3600), Via::Screen).await.is_ok());
    let longest = Saying::Note { about: None, text: "\u{e9}".repeat(512) };
    assert!(bench.engine.say(&longest, Via::Screen).await.is_ok());
    assert_eq!(bench.recorder.entries.lock().unwrap().len(), 2);
}
