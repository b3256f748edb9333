//! The keys of a measurement: what criteria and triggers have in common, and what each has alone.

use super::keys::{Fallback, Key, SEVERITIES, Shape, key, required, unset};

/// The kinds of measurement there are. Typed predicates, no language: every verdict can show value, sign and limit.
pub const KINDS: &[&str] = &["value", "ratio", "relative", "fact", "tenants", "alerts"];
/// What a plain number of a query may count.
pub const UNITS: &[&str] = &["%", "fraction", "ms", "s", "min", "h", "d", "/s", "count", "x", "points"];
pub const CHANGES: &[&str] = &["growth_percent", "difference", "drop"];
pub const CHECKS: &[&str] =
    &["rows", "hash", "aggregates", "foreign_keys", "schema", "smoke", "backup", "flags", "roles", "facts"];
pub const ACTIONS: &[&str] = &["notify", "gradual", "immediate", "emergency"];

const ASKED: &[&str] = &["value", "ratio", "relative", "fact"];

const fn of(kinds: &'static [&'static str], key: Key) -> Key {
    Key { kinds, ..key }
}

pub const GAUGE: &[Key] = &[
    key("source", Shape::Text, required("\"prom\""), "A source of the configuration."),
    key(
        "kind",
        Shape::OneOf(KINDS),
        required("\"ratio\""),
        "value: one query, one number. ratio: bad of total events, asked apart. relative: a value against a baseline. fact: true or \
         false. tenants: every tenant green. alerts: no such alert fires.",
    ),
    of(
        &["value", "relative", "fact"],
        key(
            "query",
            Shape::Query,
            required("'sum(errors{ns=\"$namespace\"})'"),
            "In the source's own language; variables are replaced.",
        ),
    ),
    of(&["ratio"], key("bad", Shape::Query, required("'sum(increase(errors[$window]))'"), "How many events were bad.")),
    of(
        &["ratio"],
        key("total", Shape::Query, required("'sum(increase(events[$window]))'"), "Of how many: none of none says nothing."),
    ),
    of(
        &["ratio"],
        key(
            "min_events",
            Shape::Events,
            required("\"3000 events\""),
            "Below this total the verdict is too few samples, never pass.",
        ),
    ),
    of(&["value", "relative"], key("reads", Shape::OneOf(UNITS), required("\"ms\""), "What the query's plain number counts.")),
    of(
        &["relative"],
        key(
            "baseline",
            Shape::Baseline,
            unset("baseline_query says it; one of the two has to", "\"stage start\""),
            "What it is compared with: an amount, or the same query when the stage began.",
        ),
    ),
    of(
        &["relative"],
        key(
            "baseline_query",
            Shape::Query,
            unset("baseline says it", "'avg(latency{track=\"stable\"})'"),
            "A second query that gives the baseline.",
        ),
    ),
    of(
        &["relative"],
        key(
            "change",
            Shape::OneOf(CHANGES),
            required("\"growth_percent\""),
            "growth_percent of the baseline; difference: value minus baseline; drop: baseline minus value.",
        ),
    ),
    of(
        &["tenants"],
        key(
            "require",
            Shape::SomeOf(CHECKS),
            required("[\"rows\", \"hash\"]"),
            "Checks that every tenant has to pass; one not made is unknown.",
        ),
    ),
    of(
        &["alerts"],
        key("severity", Shape::OneOf(SEVERITIES), required("\"critical\""), "At or above this; silenced alerts count."),
    ),
    of(
        &["alerts"],
        key("labels", Shape::Labels, unset("of all", "{ service = \"checkout\" }"), "Only alerts with all of these."),
    ),
    of(
        ASKED,
        key(
            "sampled",
            Shape::Query,
            required("'events'"),
            "Which series' newest sample says how old the answer is; \"answer\": the source's answer bears its own age.",
        ),
    ),
    of(ASKED, key("window", Shape::Duration, unset("the query says it", "\"5m\""), "Replaces $window in queries.")),
    of(
        ASKED,
        key(
            "version_label",
            Shape::Text,
            unset("not compared", "\"rollouts_pod_template_hash\""),
            "The label that has to bear the version being released: evidence of another version is none.",
        ),
    ),
    key("max_age", Shape::Duration, Fallback::Value("\"60s\""), "A sample older than this is stale."),
    key("every", Shape::Duration, Fallback::Value("\"15s\""), "Between two readings of its history."),
];

pub const PASS: &[Key] = &[
    key("pass", Shape::Rule, unset("true: for tenants and alerts only", "\"< 1 %\""), "The target; the sign is kept as written."),
    key("warn", Shape::Rule, unset("nothing in the target warns", "\"> 0.5 %\""), "Inside the target, and worth a look."),
    key(
        "fail",
        Shape::Rule,
        unset("whatever misses the target fails", "\"> 5 %\""),
        "Its own bound of failure, outside of the target; between the two it is off target.",
    ),
    key("repeat", Shape::Repeat, Fallback::Value("\"1 of 1\""), "How many of the last readings have to say it, of at most 12."),
    key(
        "due",
        Shape::Due,
        unset("from the start", "\"24h\""),
        "Not measurable before so much of the stage has gone by, or before a moment (2026-12-01T00:00:00Z): not due until then.",
    ),
    key("optional", Shape::Flag, Fallback::Value("false"), "true: no data is the state absent, which blocks nothing."),
];

pub const TRIGGER: &[Key] = &[
    key("origin", Shape::Text, unset("not said", "\"stage alpha\""), "Where the document has it."),
    key("when", Shape::Rule, required("\"> 5 %\""), "What it matches."),
    key("repeat", Shape::Repeat, Fallback::Value("\"1 of 1\""), "How many of the last readings have to match, of at most 12."),
    key("action", Shape::OneOf(ACTIONS), required("\"immediate\""), "How hard it asks."),
];
