//! Every key of a plan file: its shape, its default and why it is there.
//!
//! One table serves the reader, the JSON Schema (`cutover schema plan`) and the reference in `docs/plan-file.md`: a key that
//! is not here is an unknown key.

use super::gauge_keys::{GAUGE, PASS, TRIGGER};
pub use crate::config::keys::Fallback;

/// What may stand behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `true` or `false`, without quotes.
    Flag,
    Text,
    /// A name: `[a-z0-9_-]`, 1 to 64 characters.
    Id,
    /// A list of names.
    Ids,
    OneOf(&'static [&'static str]),
    /// A list of such words.
    SomeOf(&'static [&'static str]),
    /// `5m`, `1h30m`, `7d`, `250ms`.
    Duration,
    /// `< 1 %`, `>= 99.9 %`, `10x..50x`, `true`.
    Rule,
    /// `2.5 s`, or `stage start`.
    Baseline,
    /// `3000 events`.
    Events,
    /// `3 of 5`.
    Repeat,
    /// `24h` into the stage, or a moment.
    Due,
    /// `["25 %", "50 %"]`.
    Percents,
    /// `50..100 people`.
    People,
    /// `["10 % of queries"]`.
    Shares,
    /// `1..2 pipelines`.
    Things,
    /// A query in the source's own language.
    Query,
    /// `{ severity = "critical" }`.
    Labels,
    /// A list of tables of this kind.
    Tables(&'static Table),
}

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub fallback: Fallback,
    /// Only with these kinds of measurement; empty = with all.
    pub kinds: &'static [&'static str],
    /// One line for the reference and the schema.
    pub why: &'static str,
}

/// One table of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    /// `[[stages]]`: as often as there are stages; else `[plan]`, once.
    pub many: bool,
    pub keys: &'static [&'static [Key]],
    pub why: &'static str,
}

impl Table {
    /// All keys, in the order of the reference.
    pub fn all_keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.keys.iter().flat_map(|group| group.iter())
    }

    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.all_keys().find(|key| key.name == name)
    }

    /// As it is written: `[plan]`, `[[stages]]`.
    #[must_use]
    pub fn head(&self) -> String {
        if self.many { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }
}

pub(super) const fn key(name: &'static str, shape: Shape, fallback: Fallback, why: &'static str) -> Key {
    Key { name, shape, fallback, kinds: &[], why }
}

pub(super) const fn required(example: &'static str) -> Fallback {
    Fallback::Required(example)
}

pub(super) const fn unset(then: &'static str, example: &'static str) -> Fallback {
    Fallback::Unset { then, example }
}

pub const RELEASE_KINDS: &[&str] = &["exposure", "deployment"];
pub const EARLY: &[&str] = &["refuse", "warn"];
pub const ON_PAUSE: &[&str] = &["runs", "stops"];
pub const SEVERITIES: &[&str] = &["info", "warning", "critical"];

const ID: Key = key("id", Shape::Id, required("\"error-rate\""), "Its name, once in its kind: [a-z0-9_-], 1 to 64 characters.");
const OWNER: Key = key("owner", Shape::Text, unset("nobody is named", "\"QA Lead\""), "Who sees to it.");
const STAGES_ONLY: Key = key("stages", Shape::Ids, Fallback::Value("[]"), "Only in these stages; empty is in all of them.");

pub const PLAN: Table = Table {
    name: "plan",
    many: false,
    why: "What is released, in one table.",
    keys: &[&[
        ID,
        key("title", Shape::Text, required("\"Athena v1.2.0\""), "People's name of it."),
        key("version", Shape::Text, required("\"1.2.0\""), "The plan's or the release's version; it stands in the record."),
        OWNER,
        key("restates", Shape::Text, unset("it stands for itself", "\"RELEASE_PROCESS.md\""), "The document that it restates."),
        key(
            "zone",
            Shape::Text,
            unset("times are shown in UTC and in this machine's zone", "\"America/Los_Angeles\""),
            "The team's time zone by its IANA name: `t` shows times in it. Nothing is judged by it.",
        ),
        key(
            "sets",
            Shape::Ids,
            Fallback::Value("[]"),
            "Gate sets in the order in which they have to be complete: a later one is never complete before an earlier one.",
        ),
    ]],
};

pub const ROLLOUTS: Table = Table {
    name: "rollouts",
    many: true,
    why: "A rollout that the plan judges. A rollout that no plan names can be acted on; the form says that no plan judges it.",
    keys: &[&[
        key(
            "rollout",
            Shape::Text,
            required("\"k8s/shop/checkout\""),
            "Its identifier, source/namespace/name, or an unambiguous tail of it.",
        ),
        key(
            "kind",
            Shape::OneOf(RELEASE_KINDS),
            required("\"exposure\""),
            "deployment: new software takes traffic over, in minutes. exposure: people get a feature, over days. One plan is one ladder.",
        ),
    ]],
};

pub const STAGES: Table = Table {
    name: "stages",
    many: true,
    why: "A stage of the team's own ladder, in order. Exactly one of percent, people, share, count says how large it is.",
    keys: &[&[
        ID,
        key(
            "percent",
            Shape::Percents,
            unset("sized otherwise", "[\"25 %\", \"50 %\", \"100 %\"]"),
            "Its sub-steps, ascending: each is an advance of its own.",
        ),
        key("people", Shape::People, unset("sized otherwise", "\"50..100 people\""), "From how many to how many heads."),
        key(
            "share",
            Shape::Shares,
            unset("sized otherwise", "[\"10 % of queries\", \"50 % of queries\"]"),
            "Its sub-steps as shares of a workload, ascending.",
        ),
        key("count", Shape::Things, unset("sized otherwise", "\"1..2 pipelines\""), "From how many to how many whole things."),
        key(
            "weights",
            Shape::Percents,
            unset("percent says it; with another measure nobody says which stage a rollout is in", "[\"25 %\"]"),
            "The weight of the rollout at each sub-step.",
        ),
        key("min", Shape::Duration, unset("no minimum", "\"7d\""), "The whole stage lasts at least this long."),
        key("max", Shape::Duration, unset("never overdue", "\"14d\""), "After this it is overdue."),
        key(
            "soak",
            Shape::Duration,
            unset("min divided by the number of sub-steps", "\"56h\""),
            "Each sub-step lasts at least this long.",
        ),
        key("early", Shape::OneOf(EARLY), Fallback::Value("\"refuse\""), "What an advance before the soak is over is."),
        key("on_pause", Shape::OneOf(ON_PAUSE), Fallback::Value("\"runs\""), "What a person's pause does to the soak clock."),
        key("audience", Shape::Text, unset("not said", "\"opted-in alpha testers, 50-100 users\""), "Who gets it, in words."),
        key(
            "criteria",
            Shape::Ids,
            unset("only gates hold it", "[\"error-rate\"]"),
            "All have to pass to leave the stage, and each of its sub-steps.",
        ),
        key(
            "roll_back_to",
            Shape::Text,
            unset("`plan lint` flags it", "\"10 % (beta), by the flag\""),
            "Where a roll back leads, and how.",
        ),
    ]],
};

pub const CRITERIA: Table = Table {
    name: "criteria",
    many: true,
    why: "A rule about a reading. Each has to be named by a stage or a gate.",
    keys: &[&[ID, key("title", Shape::Text, unset("the id", "\"error rate\""), "People's name of it.")], GAUGE, PASS, &[OWNER]],
};

pub const ITEMS: Table = Table {
    name: "items",
    many: true,
    why: "What a person sees to, and ticks with evidence.",
    keys: &[&[
        ID,
        key("title", Shape::Text, required("\"Rollback plan prepared\""), "What has to be so."),
        OWNER,
        key("valid_for", Shape::Duration, unset("it holds until it is taken back", "\"30d\""), "An older tick does not count."),
    ]],
};

pub const GATES: Table = Table {
    name: "gates",
    many: true,
    why: "A named group of criteria and manual items; one without any is refused, because it would always pass.",
    keys: &[&[
        ID,
        key("title", Shape::Text, required("\"Production gates\""), "People's name of it."),
        key("set", Shape::Id, unset("it belongs to no set", "\"production\""), "One of the plan's sets."),
        key("required", Shape::Flag, Fallback::Value("true"), "false: shown, and holds nothing back."),
        STAGES_ONLY,
        key("criteria", Shape::Ids, unset("none", "[\"error-rate\"]"), "Criteria that have to pass."),
        key(
            "items",
            Shape::Tables(&ITEMS),
            unset("none", "[{ id = \"rollback-plan\", title = \"Rollback plan prepared\" }]"),
            "Manual items.",
        ),
    ]],
};

pub const TRIGGERS: Table = Table {
    name: "triggers",
    many: true,
    why: "A rollback condition. It proposes, nothing acts by itself; of all that match the hardest is proposed.",
    keys: &[&[ID], GAUGE, TRIGGER, &[STAGES_ONLY]],
};

pub const ALERTS: Table = Table {
    name: "alerts",
    many: true,
    why: "An alert rule that has to exist at a source: its absence is said.",
    keys: &[&[
        key("name", Shape::Text, required("\"HighErrorRate\""), "The rule's name there."),
        key("source", Shape::Text, required("\"prom\""), "A source of the configuration that tells alerts."),
        key("severity", Shape::OneOf(SEVERITIES), required("\"critical\""), "In a Prometheus rule file it stands under labels."),
        key("for", Shape::Duration, unset("not compared", "\"5m\""), "How long its condition holds before it fires."),
        key("expr", Shape::Query, unset("not said", "'error_rate > 0.05'"), "The condition, as the document has it."),
    ]],
};

/// All tables, in the order of the reference.
pub const TABLES: &[&Table] = &[&PLAN, &ROLLOUTS, &STAGES, &CRITERIA, &GATES, &TRIGGERS, &ALERTS];
