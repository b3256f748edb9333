//! Each cell: a source that is wrong from the start, that becomes right, and that is wrong again two minutes later.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::{collections::BTreeMap, panic::AssertUnwindSafe};

use cutover::domain::{
    evidence::{Assessment, Evaluation},
    question::Reason,
    verdict::{Gates, Verdict},
};
use futures_util::{FutureExt as _, StreamExt as _, stream};

use super::{
    faults::{Say, Wire},
    kinds::{Expect, How, Kind, Side, kinds},
    land::{Fault, LATER, Land, Watched},
};

/// Servers at one time; of those that send megabytes.
const AT_ONCE: usize = 100;
const HEAVY_AT_ONCE: usize = 8;
/// A busy machine may take seconds for a small answer.
const TRIES: usize = 8;

/// A row of the table.
#[derive(Debug)]
struct Cell {
    what: String,
    verdict: Verdict,
    reason: Option<Reason>,
    sentence: String,
    /// What it said two minutes after it had been well.
    later: Verdict,
}

pub fn first(assessment: &Assessment) -> &Evaluation {
    &assessment.evaluations[0]
}

/// Neither the criterion nor the sum lets go on, and nothing was judged off a number.
pub fn assert_closed(assessment: &Assessment, what: &str) {
    let found = first(assessment);
    let known = [Verdict::Pass, Verdict::Waived, Verdict::Warn, Verdict::Fail, Verdict::OffTarget, Verdict::Absent];
    assert!(!known.contains(&found.verdict), "{what}: {:?}: {}", found.verdict, found.sentence);
    assert!(found.reason.is_some() && !found.sentence.is_empty(), "{what}: {} without a reason", found.sentence);
    assert!(matches!(assessment.advance, Gates::Undecided { .. }), "{what}: {:?}", assessment.advance);
    // Readings that are too few are shown, and are not worth a verdict.
    let is_shown = found.reason == Some(Reason::TooFew);
    assert!(found.evidence.value.is_none() || is_shown, "{what}: {}", found.sentence);
    assert_eq!(found.valid_until, None, "{what}: {}", found.sentence);
}

fn assert_expected(assessment: &Assessment, expect: Expect, wire: Option<Wire>, what: &str) {
    let found = first(assessment);
    match expect {
        Expect::Unknown(reason, words) => {
            assert_closed(assessment, what);
            // A list that is read as it comes may not be over its size before its time is over.
            let late = matches!(wire, Some(Wire::Huge | Wire::Endless)) && found.sentence.contains("no whole answer within");
            let said = (found.reason == Some(reason) && found.sentence.contains(words)) || late;
            assert!(said, "{what}: {:?} instead of {reason:?} with {words:?}: {}", found.reason, found.sentence);
        }
        Expect::Fail => {
            assert_eq!(found.verdict, Verdict::Fail, "{what}: {}", found.sentence);
            assert!(matches!(assessment.advance, Gates::Fail { .. }), "{what}: {:?}", assessment.advance);
        }
        Expect::NothingBad => {
            assert_eq!((found.verdict, found.evidence.events), (Verdict::Pass, Some((0.0, 41_220.0))), "{what}");
        }
    }
}

/// The control: the same source and the same plan, and nothing wrong.
async fn assert_passes(land: &Land, watched: &mut Watched, what: &str) {
    land.right();
    for _ in 0..TRIES {
        let assessment = land.judge(watched.again().await);
        if matches!(assessment.advance, Gates::Pass { .. }) {
            return;
        }
    }
    panic!("{what}: right answers do not pass: {:#?}", land.judge(watched.again().await));
}

/// In seconds: long, so that a busy machine is not taken for a fault, and short where only time ends it.
fn patience(fault: Fault) -> u8 {
    match fault {
        Fault::Comes(Wire::Hang) => 2,
        Fault::Comes(Wire::Huge | Wire::Endless) => 5,
        Fault::Comes(_) | Fault::Says(_) => 30,
    }
}

fn is_heavy(fault: Fault) -> bool {
    matches!(fault, Fault::Comes(Wire::Huge | Wire::Endless))
}

async fn cell(kind: &Kind, side: &Side, fault: Fault, expect: Expect) -> Cell {
    let what = format!("{}: {}: {fault:?}", kind.name, side.name);
    let wire = if let Fault::Comes(wire) = fault { Some(wire) } else { None };
    let land = Land::begin(kind, patience(fault)).await;
    land.wrong(side.is, fault, side.huge);
    let mut watched = land.watch();
    let assessment = land.judge(watched.round().await);
    assert_expected(&assessment, expect, wire, &what);
    assert_expected(&land.judge(&land.read().await), expect, wire, &format!("{what}, read once"));
    assert_passes(&land, &mut watched, &what).await;
    // What was well is old by now, and no answer renews it.
    land.clock.set(LATER);
    land.wrong(side.is, fault, side.huge);
    let later = land.judge(watched.again().await);
    match expect {
        Expect::Unknown(..) => assert_closed(&later, &format!("{what}, later")),
        Expect::Fail | Expect::NothingBad => assert_expected(&later, expect, wire, &format!("{what}, later")),
    }
    let led = land.server.paths().into_iter().find(|path| path.starts_with("/healthy"));
    assert_eq!(led, None, "{what}: it followed");
    let (found, later) = (first(&assessment), first(&later).verdict);
    Cell { what, verdict: found.verdict, reason: found.reason, sentence: found.sentence.clone(), later }
}

fn row(side: &Side) -> impl Iterator<Item = (Fault, Expect)> {
    let says = side.says.iter().map(|(say, expect)| (Fault::Says(*say), *expect));
    says.chain(Wire::ALL.map(|wire| (Fault::Comes(wire), side.expected(wire))))
}

/// Fails when one passes; with `-- --nocapture` it prints the table.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_server_can_send_or_keep_back_ever_passes() {
    let kinds = kinds();
    let all = kinds.iter().flat_map(|kind| {
        kind.sides.iter().flat_map(move |side| row(side).map(move |(fault, expect)| (kind, side, fault, expect)))
    });
    let (heavy, light): (Vec<_>, Vec<_>) = all.partition(|(_, _, fault, _)| is_heavy(*fault));
    let asked = heavy.len() + light.len();
    let seen = |cells: Vec<(_, _, Fault, Expect)>, at_once: usize| {
        // What is wrong with one says nothing of the others: all are seen before the test ends.
        let cells =
            cells.into_iter().map(|(kind, side, fault, expect)| AssertUnwindSafe(cell(kind, side, fault, expect)).catch_unwind());
        stream::iter(cells).buffer_unordered(at_once).collect::<Vec<_>>()
    };
    let (light, heavy) = tokio::join!(seen(light, AT_ONCE), seen(heavy, HEAVY_AT_ONCE));
    let mut told: Vec<Cell> = light.into_iter().chain(heavy).flatten().collect();
    told.sort_by(|one, other| one.what.cmp(&other.what));
    let mut sums: BTreeMap<&str, usize> = BTreeMap::new();
    for Cell { what, verdict, reason, sentence, later } in &told {
        *sums.entry(verdict.word()).or_default() += 1;
        println!("{what:<80} {:<16} later {:<16} {reason:?}: {sentence}", verdict.word(), later.word());
    }
    println!("matrix: {asked} cells, {sums:?}");
    assert_eq!((told.len(), sums.get("pass")), (asked, Some(&1)), "but for one, which says that nothing was bad: {sums:?}");
    assert!(Say::WRONG.iter().all(|say| kinds.iter().any(|kind| kind.sides.iter().any(|side| says(side, *say)))));
    assert!(kinds.iter().all(|kind| kind.sides.iter().any(|side| side.how == How::Source)), "a whole source each");
}

fn says(side: &Side, say: Say) -> bool {
    side.says.iter().any(|(known, _)| *known == say)
}
