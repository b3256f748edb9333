//! Every kind of criterion with the source that it reads, and each answer that can be wrong on the way to it.

use cutover::domain::{Timestamp, question::Reason};

use super::{
    faults::{Say, Wire},
    told::{self, Gives},
};
use crate::backends::web_mock::Seen;

/// What has to come of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Undecided, for this reason and with these words.
    Unknown(Reason, &'static str),
    Fail,
    /// The one empty answer that means something: nothing was bad, and the total is there to say so.
    NothingBad,
}

/// What an answer that does not come takes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It alone: the source answers all else.
    Itself,
    /// The whole source.
    Source,
    /// A part of the source: it is blind.
    Blind,
    /// What it tells unasked is as before, and old.
    Untold,
}

/// One answer on the way to a verdict.
pub struct Side {
    pub name: &'static str,
    /// Which requests ask for it.
    pub is: fn(&Seen) -> bool,
    pub how: How,
    /// Larger than what it may send, in bytes.
    pub huge: usize,
    /// What can be wrong with what it says; the rest makes no sense there.
    pub says: Vec<(Say, Expect)>,
}

pub struct Kind {
    pub name: &'static str,
    /// Keys of the source; `{address}` and `{ca}` are put in.
    pub source: String,
    /// Keys of the criterion, and what else the plan needs.
    pub criterion: String,
    pub sides: Vec<Side>,
    /// The answer to a request.
    pub tells: fn(&Seen, Say, Timestamp) -> String,
}

impl Side {
    /// What has to come of a fault of the way.
    pub fn expected(&self, wire: Wire) -> Expect {
        let (reason, words) = wire.expected();
        match self.how {
            How::Itself => Expect::Unknown(reason, words),
            How::Source => Expect::Unknown(Reason::SourceLost, words),
            How::Blind => Expect::Unknown(Reason::Partial, words),
            How::Untold => Expect::Unknown(Reason::NotAsked, "has told of no tenants"),
        }
    }
}

const THIRTY_MB: usize = 30 << 20;
/// A list of alerts may have 64 MiB.
const ALERTS: usize = 65 << 20;

const PROMETHEUS: &str = "kind = \"prometheus\"\nalerts = false\nurl = \"{address}\"\nca_file = \"{ca}\"\n";

fn side(name: &'static str, is: fn(&Seen) -> bool, how: How, says: Vec<(Say, Expect)>) -> Side {
    Side { name, is, how, huge: THIRTY_MB, says }
}

fn all_of_it() -> Side {
    side("the whole source", |_| true, How::Source, vec![])
}

fn asks(seen: &Seen, wanted: &str) -> bool {
    seen.field("query").is_some_and(|query| query == wanted || query == format!("time() - max(timestamp({wanted}))"))
}

fn is_range(seen: &Seen) -> bool {
    seen.path.ends_with("/query_range") || seen.field("query").is_some_and(|query| query.starts_with("time() - max("))
}

/// What every number of Prometheus can be.
fn numbers() -> Vec<(Say, Expect)> {
    vec![
        (Say::Bad, Expect::Fail),
        (Say::Nothing, Expect::Unknown(Reason::NoSeries, "no series: nothing is measured")),
        (Say::NaN, Expect::Unknown(Reason::NaN, "NaN")),
        (Say::PlusInfinity, Expect::Unknown(Reason::Infinite, "infinite")),
        (Say::MinusInfinity, Expect::Unknown(Reason::Infinite, "infinite")),
        (Say::Two, Expect::Unknown(Reason::ManySeries, "2 series where one is needed")),
        (Say::Warning, Expect::Unknown(Reason::Partial, "the source remarks: PromQL warning")),
        (Say::Partial, Expect::Unknown(Reason::Partial, "the source remarks: fetch series")),
    ]
}

fn old() -> (Say, Expect) {
    (Say::Old, Expect::Unknown(Reason::Stale, "the newest sample is 2m old"))
}

fn other() -> (Say, Expect) {
    (Say::OtherSubject, Expect::Unknown(Reason::SubjectMismatch, "it is of version 7848f77cc4, and 5f8f5748d7 is being released"))
}

fn with(mut says: Vec<(Say, Expect)>, more: &[(Say, Expect)]) -> Vec<(Say, Expect)> {
    says.retain(|(say, _)| more.iter().all(|(other, _)| other != say));
    says.extend(more);
    says
}

const fn gives(query: &'static str, right: &'static str, bad: &'static str) -> Gives {
    Gives { query, right, bad, few: None }
}

fn value(name: &'static str, criterion: String, more: &[(Say, Expect)]) -> Kind {
    Kind {
        name,
        source: PROMETHEUS.into(),
        criterion,
        sides: vec![
            side("the value", |seen| asks(seen, "value"), How::Itself, with(with(numbers(), &[old(), other()]), more)),
            all_of_it(),
        ],
        tells: |seen, say, now| told::prometheus(&[gives("value", "0.004", "0.02")], seen, say, now),
    }
}

fn ratio() -> Kind {
    const ALL: [Gives; 2] =
        [gives("bad", "200", "5000"), Gives { query: "total", right: "41220", bad: "3001", few: Some("2999") }];
    let total = [
        (Say::Nothing, Expect::Unknown(Reason::NoTraffic, "no traffic: no events are counted")),
        (Say::TooFew, Expect::Unknown(Reason::TooFew, "2999 events in 5m, 3000 needed")),
        old(),
        other(),
    ];
    Kind {
        name: "ratio",
        source: PROMETHEUS.into(),
        criterion: "kind = \"ratio\"\nbad = \"bad\"\ntotal = \"total\"\nmin_events = \"3000 events\"\nsampled = \"total\"\n\
                    window = \"5m\"\nversion_label = \"version\"\npass = \"< 1 %\"\n"
            .into(),
        sides: vec![
            side(
                "bad events",
                |seen| asks(seen, "bad"),
                How::Itself,
                with(numbers(), &[(Say::Nothing, Expect::NothingBad), other()]),
            ),
            side("all events", |seen| asks(seen, "total"), How::Itself, with(numbers(), &total)),
            all_of_it(),
        ],
        tells: |seen, say, now| told::prometheus(&ALL, seen, say, now),
    }
}

fn relative(name: &'static str, against: &str, baseline: Option<Side>, tells: fn(&Seen, Say, Timestamp) -> String) -> Kind {
    let says = with(numbers(), &[old(), other()]);
    let now = side("the value", |seen| asks(seen, "p95") && is_range(seen), How::Itself, says);
    let criterion = format!(
        "kind = \"relative\"\nquery = \"p95\"\nreads = \"ms\"\nsampled = \"p95\"\nversion_label = \"version\"\n{against}\n"
    );
    Kind {
        name,
        source: PROMETHEUS.into(),
        criterion,
        sides: [now].into_iter().chain(baseline).chain([all_of_it()]).collect(),
        tells,
    }
}

fn relatives() -> [Kind; 3] {
    let is_start: fn(&Seen) -> bool = |seen| asks(seen, "p95") && !is_range(seen);
    let start = side("the baseline", is_start, How::Itself, with(numbers(), &[other()]));
    let stable = side("the baseline", |seen| asks(seen, "stable"), How::Itself, numbers());
    let growth = "change = \"growth_percent\"\npass = \"<= 5 %\"";
    let [fixed, started] = ["400 ms", "stage start"].map(|baseline| format!("baseline = \"{baseline}\"\n{growth}"));
    let dropped = "baseline_query = \"stable\"\nchange = \"drop\"\npass = \"< 5 ms\"";
    [
        relative("relative to a fixed value", &fixed, None, |seen, say, now| {
            told::prometheus(&[gives("p95", "400", "800")], seen, say, now)
        }),
        relative("relative to the stage's start", &started, Some(start), |seen, say, now| {
            let bad = if is_range(seen) { "800" } else { "100" };
            told::prometheus(&[gives("p95", "400", bad)], seen, say, now)
        }),
        relative("relative to a query", dropped, Some(stable), |seen, say, now| {
            told::prometheus(&[gives("p95", "400", "100"), gives("stable", "400", "800")], seen, say, now)
        }),
    ]
}

fn fact() -> Kind {
    let says = with(numbers(), &[old(), other()]);
    Kind {
        name: "fact",
        source: PROMETHEUS.into(),
        criterion: "kind = \"fact\"\nquery = \"fact\"\nsampled = \"fact\"\nversion_label = \"version\"\npass = true\n".into(),
        sides: vec![side("the truth", |seen| asks(seen, "fact"), How::Itself, says), all_of_it()],
        tells: |seen, say, now| told::prometheus(&[gives("fact", "1", "0")], seen, say, now),
    }
}

const HTTP: &str = "kind = \"http\"\nurl = \"{address}\"\ntls_ca = \"{ca}\"\nendpoints = { facts = \"/facts\", customers = \"/customers\", \
                    alerts = \"/alerts\" }\nalerts = \"alerts#/alerts\"\ntimestamp = \"/made\"\nmax_age = \"15m\"\n";
const TENANTS: &str =
    "tenants = \"customers#/customers\"\ncolumns = { lag_ms = \"/lag_ms\" }\nbounds = { lag_ms = \"<= 500\" }\n";

fn http(seen: &Seen, say: Say, now: Timestamp) -> String {
    match seen.path.as_str() {
        "/facts" => told::facts(say, now),
        "/customers" => told::customers(say, now),
        _ => "{\"alerts\":[]}".to_owned(),
    }
}

/// A value that is not JSON makes nothing of the answer readable.
fn not_json(expect: Expect) -> Vec<(Say, Expect)> {
    [Say::NaN, Say::PlusInfinity, Say::MinusInfinity].map(|say| (say, expect)).into()
}

fn by_pointer(name: &'static str, criterion: &str) -> Kind {
    let says = [
        (Say::Bad, Expect::Fail),
        (Say::Nothing, Expect::Unknown(Reason::MissingInput, "there is nothing at /of/")),
        (Say::Two, Expect::Unknown(Reason::WrongType, "is no single value")),
        (Say::Partial, Expect::Unknown(Reason::NoSeries, "is null")),
        (Say::Old, Expect::Unknown(Reason::Stale, "the newest sample is 2h old")),
    ];
    let says = with(not_json(Expect::Unknown(Reason::Unreadable, "not JSON")), &says);
    Kind {
        name,
        source: HTTP.into(),
        criterion: format!("sampled = \"answer\"\n{criterion}"),
        sides: vec![side("its endpoint", |seen| seen.path == "/facts", How::Itself, says), all_of_it()],
        tells: http,
    }
}

fn tenants() -> Kind {
    let untold = Expect::Unknown(Reason::NotAsked, "has told of no tenants");
    let says = [
        (Say::Bad, Expect::Fail),
        (Say::Nothing, Expect::Unknown(Reason::NoSeries, "an empty table proves nothing")),
        (Say::Two, untold),
        (Say::Partial, Expect::Unknown(Reason::Partial, "no number for lag_ms")),
        (Say::Old, Expect::Unknown(Reason::Stale, "is stale")),
    ];
    let says = with(not_json(untold), &says);
    Kind {
        name: "tenants",
        source: format!("{HTTP}{TENANTS}"),
        criterion: "kind = \"tenants\"\nrequire = [\"facts\"]\n".into(),
        sides: vec![side("their endpoint", |seen| seen.path == "/customers", How::Untold, says), all_of_it()],
        tells: http,
    }
}

const ALERTMANAGER: &str = "kind = \"alertmanager\"\npeers = [\"{address}/one\", \"{address}/two\"]\nca_file = \"{ca}\"\n\
                            dead_man = { alertname = \"Watchdog\" }\n";
const OF_CHECKOUT: &str = "kind = \"alerts\"\nseverity = \"critical\"\nlabels = { service = \"$rollout\" }\n";

fn routed() -> Kind {
    let missing = (Say::Nothing, Expect::Unknown(Reason::Partial, "the alert that always fires is missing"));
    let of = |expect: Expect| vec![(Say::NaN, expect), (Say::Two, expect), missing, (Say::Bad, Expect::Fail)];
    let every: fn(&Seen) -> bool = |seen| seen.path.contains("/alerts/groups");
    let one: fn(&Seen) -> bool = |seen| seen.path.starts_with("/two/api/v2/alerts/groups");
    let settling = vec![(Say::Partial, Expect::Unknown(Reason::Partial, "settling"))];
    let big = |side: Side| Side { huge: ALERTS, ..side };
    Kind {
        name: "alerts of Alertmanager",
        source: ALERTMANAGER.into(),
        criterion: OF_CHECKOUT.into(),
        sides: vec![
            big(side("every peer's list", every, How::Source, of(Expect::Unknown(Reason::SourceLost, "not JSON")))),
            big(side("one peer's list", one, How::Blind, of(Expect::Unknown(Reason::Partial, "not JSON")))),
            side("one peer's standing", |seen| seen.path == "/two/api/v2/status", How::Blind, settling),
            all_of_it(),
        ],
        tells: told::alertmanager,
    }
}

fn pending() -> Kind {
    let partial = |words| Expect::Unknown(Reason::Partial, words);
    let of = |more: &[(Say, Expect)]| {
        let not_json = partial("not JSON");
        with(vec![(Say::NaN, not_json), (Say::Two, not_json), (Say::Warning, partial("one rule source is away"))], more)
    };
    let rules = of(&[
        (Say::Nothing, partial("rule Errors does not exist")),
        (Say::Partial, partial("boom")),
        (Say::Old, partial("not evaluated for 600 s")),
    ]);
    let alerts = of(&[(Say::Nothing, partial("the alert that always fires is missing")), (Say::Bad, Expect::Fail)]);
    Kind {
        name: "alerts of Prometheus",
        source: "kind = \"prometheus\"\nurl = \"{address}\"\nca_file = \"{ca}\"\ndead_man = { alertname = \"Watchdog\" }\n"
            .into(),
        criterion: format!("{OF_CHECKOUT}[[alerts]]\nname = \"Errors\"\nsource = \"it\"\nseverity = \"critical\"\n"),
        sides: vec![
            side("its rules", |seen| seen.path.contains("/api/v1/rules"), How::Blind, rules),
            side("its alerts", |seen| seen.path.contains("/api/v1/alerts"), How::Blind, alerts),
            all_of_it(),
        ],
        tells: told::rules,
    }
}

/// All of them.
pub fn kinds() -> Vec<Kind> {
    const FIXED: &str = "kind = \"value\"\nquery = \"value\"\nreads = \"fraction\"\nsampled = \"value\"\nversion_label = \"version\"\n\
                         pass = \"< 1 %\"\n";
    let few = (Say::TooFew, Expect::Unknown(Reason::TooFew, "2 of the last 5 readings; 3 are needed"));
    let http_value = "kind = \"value\"\nquery = \"facts#/of/rate\"\nreads = \"fraction\"\npass = \"< 1 %\"\n";
    let http_fact = "kind = \"fact\"\nquery = \"facts#/of/fine\"\npass = true\n";
    let mut all = vec![
        value("fixed", FIXED.to_owned(), &[]),
        value("between two bounds", FIXED.replace("< 1 %", "0 %..1 %"), &[]),
        value("3 of 5 readings", format!("{FIXED}repeat = \"3 of 5\"\n"), &[few]),
        ratio(),
        fact(),
        by_pointer("a value by pointer", http_value),
        by_pointer("a truth by pointer", http_fact),
        tenants(),
        routed(),
        pending(),
    ];
    all.extend(relatives());
    all
}
