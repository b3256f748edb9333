//! What can be recorded. The chain fields (`v`, `log`, `seg`, `seq`, `ts`, `boot`, `bt_ms`, `actor`, `tool`, `h`) are added
//! by the writer.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    action::ActionId,
    change::{ChangePlan, Precondition},
    confirm::Via,
    evidence::JudgedKind,
    id::TargetId,
    operation::Operation,
    outcome::Outcome,
    permit::Refusal,
    verdict::Verdict,
};

/// One record's own content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Entry {
    SessionOpen {
        version: String,
        config_sha256: Option<String>,
        others: Vec<OtherHead>,
    },
    /// Durable before the first byte of a request leaves.
    Intent(Box<Intent>),
    /// What the answer was.
    Outcome(OutcomeEntry),
    /// What the read-back showed, later than the outcome.
    Observed(ObservedEntry),
    /// Asked for and refused, or cancelled after confirmation; nothing was sent.
    Deny(DenyEntry),
    /// A person's (or a proven) end of an action in doubt.
    Resolve(ResolveEntry),
    SessionClose {
        reason: String,
    },
    /// A danger environment was armed on the screen. The command line arms one action at a time: its reason stands in the
    /// intent.
    Arm {
        environment: String,
        reason: String,
        until: Timestamp,
    },
    /// A manual item of a plan was seen to, with what shows it.
    Tick(TickEntry),
    /// A tick was taken back.
    Untick(UntickEntry),
    /// "I have seen this alert." It changes nothing and ends by itself.
    Acknowledge(AcknowledgeEntry),
    /// A sentence for the record.
    Note(NoteEntry),
    /// The writer's own records: a damaged tail was found (byte range and its SHA-256).
    Torn {
        off: u64,
        len: u64,
        sha256: String,
    },
    /// A new segment after an error of the old one.
    Gap {
        errno: Option<i32>,
        last_seq: u64,
        last_h: String,
    },
    Seal {
        count: u64,
        first: u64,
        last: u64,
        sha256: String,
    },
    OpenSegment {
        prev_seg: u32,
        prev_h: String,
        prev_sha256: String,
    },
    /// The wall clock jumped against the boot clock.
    Clock {
        wall_ms: i64,
        boot_ms: i64,
    },
}

impl Entry {
    /// The record's `type`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::SessionOpen { .. } => "session_open",
            Self::Intent(_) => "intent",
            Self::Outcome(_) => "outcome",
            Self::Observed(_) => "observed",
            Self::Deny(_) => "deny",
            Self::Resolve(_) => "resolve",
            Self::SessionClose { .. } => "session_close",
            Self::Arm { .. } => "arm",
            Self::Tick(_) => "tick",
            Self::Untick(_) => "untick",
            Self::Acknowledge(_) => "acknowledge",
            Self::Note(_) => "note",
            Self::Torn { .. } => "torn",
            Self::Gap { .. } => "gap",
            Self::Seal { .. } => "seal",
            Self::OpenSegment { .. } => "open_segment",
            Self::Clock { .. } => "clock",
        }
    }
}

/// The head of another user's chain, as seen when a session began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherHead {
    pub user: String,
    pub seq: u64,
    pub h: String,
}

/// A change that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub id: ActionId,
    pub operation: Operation,
    pub target: TargetId,
    /// Origin of the system (scheme, host, port), never with user information or query.
    pub origin: Option<String>,
    /// The exact plan, requests included.
    pub plan: ChangePlan,
    /// Preconditions as read just before sending.
    pub pre: Vec<Precondition>,
    /// Age of that read in milliseconds.
    pub age_ms: u64,
    pub via: Via,
    pub reason: Option<String>,
    pub supersedes: Option<ActionId>,
    /// Who the system says we are.
    pub backend_user: Option<String>,
    /// What the release plan said just before sending. Records before 0.2 have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judged: Vec<JudgedEntry>,
    /// How many judgements found no room in the record.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub judged_left_out: u32,
    /// What the release plan said against an advance now and let pass with a warning (`early = "warn"`): the soak that it cuts
    /// short and how much of it was left. Records before 0.3 have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soak_cut_short: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// One judgement of the release plan as it stood when a change was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedEntry {
    pub kind: JudgedKind,
    pub id: String,
    pub verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    pub rule: String,
    /// Age of the newest sample in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_ms: Option<u64>,
    pub place: String,
    /// SHA-256 of the query as it was asked, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_sha256: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeEntry {
    /// `seq` of the intent.
    #[serde(rename = "ref")]
    pub intent: u64,
    pub id: ActionId,
    /// `accepted`, `rejected`, `not_sent` or `in_doubt`.
    pub outcome: Outcome,
    /// HTTP status, when there was one.
    pub status: Option<u16>,
    pub sentence: String,
    pub took_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedEntry {
    #[serde(rename = "ref")]
    pub intent: u64,
    pub id: ActionId,
    /// `verified`, `accepted` (not acted on so far) or `contradicted`.
    pub outcome: Outcome,
    pub sentence: String,
    pub read_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DenyEntry {
    pub id: ActionId,
    pub operation: Operation,
    pub target: TargetId,
    pub refusal: Refusal,
    pub via: Via,
}

/// How an action in doubt ended, in a person's judgement or by proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    Applied,
    NotApplied,
    /// A later pause or roll back took its place.
    Superseded,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolveEntry {
    #[serde(rename = "ref")]
    pub intent: u64,
    pub id: ActionId,
    pub resolution: Resolution,
    /// What the read-back showed, in words.
    pub evidence: String,
    pub note: Option<String>,
}

/// Names are text here: what another user's chain holds is checked when it is folded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickEntry {
    /// Names of the plan and of its item.
    pub plan: String,
    pub item: String,
    /// A link, the number of a ticket, a sentence. Never empty.
    pub evidence: String,
    pub via: Via,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UntickEntry {
    pub plan: String,
    pub item: String,
    /// Why it does not hold any more.
    pub reason: Option<String>,
    pub via: Via,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgeEntry {
    /// Digest that identifies the alert over all sources: hexadecimal.
    pub alert: String,
    /// The alert's name at that time.
    pub name: String,
    pub until: Timestamp,
    pub note: Option<String>,
    pub via: Via,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteEntry {
    /// The rollout that it is about.
    pub about: Option<TargetId>,
    pub text: String,
    pub via: Via,
}
