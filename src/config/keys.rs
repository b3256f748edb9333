//! Every key of the configuration file: its shape, its default and why it is there.
//!
//! One table serves the reader, the JSON Schema and `config.example.toml`: a key that is not here is an unknown key.

/// What may stand behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `true` or `false`.
    Flag,
    Text,
    /// A list of strings.
    Texts,
    /// A path: absolute, from `~/`, or relative to the directory of the configuration file.
    Path,
    /// See `duration`.
    Duration,
    OneOf(&'static [&'static str]),
    /// `http://` or `https://`, without user information, query or fragment: what is secret stands in a `Secret`.
    Url,
    /// Where a secret is, never the secret: see `SecretRef`.
    Secret,
    /// A whole number within both bounds.
    Number {
        least: u64,
        most: u64,
    },
    /// Names, each with a string: a table of its own or `{ name = "..." }`.
    Map,
}

impl Shape {
    /// For people: "expected ...".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Text | Self::OneOf(_) => "a string",
            Self::Texts => "a list of strings",
            Self::Path => "a path (a string)",
            Self::Duration => "a duration like \"2s\"",
            Self::Url => "an address (a string)",
            Self::Secret => "a reference to a secret (a string)",
            Self::Number { .. } => "a whole number",
            Self::Map => "a table of strings",
        }
    }
}

/// What holds when a key is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// It must be written; the example shows this value.
    Required(&'static str),
    /// Written as it would be in the file, quotes included.
    Value(&'static str),
    /// Nothing is set; the words say what then happens, the value is the example's.
    Unset { then: &'static str, example: &'static str },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub fallback: Fallback,
    /// One line for the example and the schema.
    pub why: &'static str,
}

/// One table of the file. `named` tables stand once for each name: `[sources.<name>]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    /// Name in the example, for tables that the operator names.
    pub named: Option<&'static str>,
    pub keys: &'static [Key],
    pub why: &'static str,
}

pub const MODES: &[&str] = &["read-only", "read-write"];
pub const GLYPHS: &[&str] = &["auto", "unicode", "ascii"];
pub const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

pub const ENVIRONMENT: Table = Table {
    name: "environments",
    named: Some("prod"),
    why: "An environment says how dear a mistake is; its name is the badge on line 1.",
    keys: &[
        Key {
            name: "danger",
            shape: Shape::Flag,
            fallback: Fallback::Value("false"),
            why: "A red badge, and whatever widens exposure needs arming first: on the screen, or for one action by --reason; not pause, not roll back.",
        },
        Key {
            name: "mode",
            shape: Shape::OneOf(MODES),
            fallback: Fallback::Value("\"read-only\""),
            why: "Nothing can be changed by accident until you write read-write here.",
        },
    ],
};

/// What every source has; the rest is declared by its kind (`SourceKind`).
pub const SOURCE: Table = Table {
    name: "sources",
    named: Some("k8s"),
    why: "A source is one system that is read and changed; its name begins every id: k8s/shop/checkout.",
    keys: &[
        Key {
            name: "kind",
            shape: Shape::Text,
            fallback: Fallback::Required("\"argo\""),
            why: "Which system it is; its own keys stand below.",
        },
        Key {
            name: "environment",
            shape: Shape::Text,
            fallback: Fallback::Required("\"prod\""),
            why: "One of the environments above: every source has one, so that every action knows its danger.",
        },
        Key {
            name: "interval",
            shape: Shape::Duration,
            fallback: Fallback::Value("\"2s\""),
            why: "Between two small reads, 1s to 1h: an open watch that says nothing proves nothing.",
        },
        Key {
            name: "stale_after",
            shape: Shape::Duration,
            fallback: Fallback::Value("\"10s\""),
            why: "What is older is stale and refuses actions; three intervals or more.",
        },
    ],
};

pub const PLANS: Table = Table {
    name: "plans",
    named: None,
    why: "Release plans: they say whether a stage may go on, and why not.",
    keys: &[Key {
        name: "files",
        shape: Shape::Texts,
        fallback: Fallback::Value("[]"),
        why: "Plan files, or directories with *.toml plans; without one no plan judges anything, and forms say so.",
    }],
};

pub const SCREEN: Table = Table {
    name: "screen",
    named: None,
    why: "What it looks like.",
    keys: &[
        Key {
            name: "theme",
            shape: Shape::Text,
            fallback: Fallback::Value("\"auto\""),
            why: "A theme's name; auto keeps the terminal's own colours.",
        },
        Key {
            name: "glyphs",
            shape: Shape::OneOf(GLYPHS),
            fallback: Fallback::Value("\"auto\""),
            why: "auto asks the locale; ascii for terminals that show boxes where lines should be.",
        },
        Key {
            name: "bell",
            shape: Shape::Flag,
            fallback: Fallback::Value("false"),
            why: "Ring when a rollout begins to wait for a person or an action ends.",
        },
    ],
};

pub const LEDGER: Table = Table {
    name: "ledger",
    named: None,
    why: "The record of what people and this console did. Without it nothing is sent.",
    keys: &[
        Key {
            name: "dir",
            shape: Shape::Path,
            fallback: Fallback::Unset { then: "ledger in the state directory", example: "\"~/.local/state/cutover/ledger\"" },
            why: "Keep it on a local disk: it is synced before each request leaves.",
        },
        Key {
            name: "shared",
            shape: Shape::Path,
            fallback: Fallback::Unset { then: "consoles of other users are not seen", example: "\"/var/lib/cutover\"" },
            why: "A directory that the administrator set up, through which consoles on one host see each other.",
        },
        Key {
            name: "allow_volatile",
            shape: Shape::Flag,
            fallback: Fallback::Value("false"),
            why: "File systems that forget what was synced (tmpfs, overlay, NFS) are refused unless you say so.",
        },
    ],
};

pub const LOG: Table = Table {
    name: "log",
    named: None,
    why: "What the program did, for finding its faults. Never on the screen, never a secret.",
    keys: &[
        Key {
            name: "file",
            shape: Shape::Path,
            fallback: Fallback::Unset {
                then: "cutover.log in the state directory",
                example: "\"~/.local/state/cutover/cutover.log\"",
            },
            why: "Where it is written.",
        },
        Key {
            name: "level",
            shape: Shape::OneOf(LEVELS),
            fallback: Fallback::Value("\"info\""),
            why: "debug and trace are for a bug report; they grow fast.",
        },
    ],
};

/// All tables, in the order of the example. `SOURCE` stands once for each kind there.
pub const TABLES: &[Table] = &[ENVIRONMENT, SOURCE, PLANS, SCREEN, LEDGER, LOG];
