//! How much a source's values are worth, by age and failure.

use std::time::Duration;

use cutover::domain::{
    Timestamp,
    freshness::{Failure, Freshness, SourceHealth},
};

fn now() -> Timestamp {
    "2026-11-21T14:32:07Z".parse().unwrap()
}

fn health(last_ok: Option<u64>, fails: bool) -> SourceHealth {
    let failure = fails.then(|| Failure { since: now(), why: "refused".into(), attempts: 1 });
    SourceHealth { last_ok: last_ok.map(|at| (Duration::from_secs(at), now())), failure, ..SourceHealth::never() }
}

/// Live up to `stale_after`, the last moment included; a failure counts only beyond it; what never was is never.
#[test]
fn only_what_answered_within_its_time_is_live() {
    let at = |last_ok, fails| health(last_ok, fails).freshness(Duration::from_secs(100), Duration::from_secs(10));
    let lost = || Freshness::Lost { since: now(), why: "refused".into() };
    for (last_ok, fails, expected, word) in [
        (Some(100), false, Freshness::Live, "live"),
        (Some(90), false, Freshness::Live, "live"),
        (Some(90), true, Freshness::Live, "live"),
        (Some(89), false, Freshness::Stale { age: Duration::from_secs(11) }, "stale"),
        (Some(89), true, lost(), "lost"),
        (None, true, lost(), "lost"),
        (None, false, Freshness::Never, "never"),
    ] {
        let found = at(last_ok, fails);
        assert_eq!((&found, found.word(), found.is_live()), (&expected, word, word == "live"));
    }
}

#[test]
fn an_age_counts_from_the_last_good_answer() {
    assert_eq!(health(Some(90), true).age(Duration::from_secs(97)), Some(Duration::from_secs(7)));
    assert_eq!(health(None, true).age(Duration::from_secs(97)), None);
}
