//! What may go wrong in the demo world, on request.

use std::str::FromStr;

/// One thing that goes wrong while it is switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Requests are applied or not, by the seed, and the answer never comes.
    AnswerLost,
    /// Answers take 2 to 8 s.
    Slow,
    /// Somebody else acts on the same rollout just before our request.
    Conflict,
    /// A second operator acts now and then.
    SecondOperator,
    /// The source can not be reached.
    Down,
    /// The ledger can not be written. Only named here; whoever builds the ledger obeys it.
    LedgerFull,
    /// Requests are accepted, and the controller does not act until it is nudged (or after 15 min, as the real one).
    Ignored,
    /// One more rollout, whose name carries an escape sequence.
    Hostile,
    /// Errors of the shop's canaries climb over one percent.
    ErrorSpike,
    /// Crashes over 1 % and errors over 5 % at once, of the shop's canaries.
    CrashAndErrors,
    /// Exactly 5.0 % of the requests of the shop's canaries fail.
    ErrorsAtBound,
    /// The data quality is 0.93: under its target, over its alert.
    QualityLow,
    /// The metrics source answers with samples that are ten minutes old.
    StaleMetrics,
    /// The metrics source can not be reached.
    MetricsDown,
    /// The alert source can not be reached.
    AlertsDown,
    /// The tenant source can not be reached.
    TenantsDown,
    /// 5,000 alerts fire.
    AlertStorm,
    /// One tenant of 10,000 is one row short; all others are green.
    TenantRowLost,
}

impl Fault {
    pub const ALL: [Self; 18] = [
        Self::AnswerLost,
        Self::Slow,
        Self::Conflict,
        Self::SecondOperator,
        Self::Down,
        Self::LedgerFull,
        Self::Ignored,
        Self::Hostile,
        Self::ErrorSpike,
        Self::CrashAndErrors,
        Self::ErrorsAtBound,
        Self::QualityLow,
        Self::StaleMetrics,
        Self::MetricsDown,
        Self::AlertsDown,
        Self::TenantsDown,
        Self::AlertStorm,
        Self::TenantRowLost,
    ];

    /// The word people type.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AnswerLost => "answer-lost",
            Self::Slow => "slow",
            Self::Conflict => "conflict",
            Self::SecondOperator => "second-operator",
            Self::Down => "down",
            Self::LedgerFull => "ledger-full",
            Self::Ignored => "ignored",
            Self::Hostile => "hostile",
            Self::ErrorSpike => "error-spike",
            Self::CrashAndErrors => "crash-and-errors",
            Self::ErrorsAtBound => "errors-at-bound",
            Self::QualityLow => "quality-low",
            Self::StaleMetrics => "stale-metrics",
            Self::MetricsDown => "metrics-down",
            Self::AlertsDown => "alerts-down",
            Self::TenantsDown => "tenants-down",
            Self::AlertStorm => "alert-storm",
            Self::TenantRowLost => "tenant-row-lost",
        }
    }

    fn bit(self) -> u32 {
        Self::ALL.iter().zip(0..).find(|(fault, _)| **fault == self).map_or(0, |(_, at)| 1 << at)
    }
}

/// A word that names no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown fault {word:?}; the nearest is {nearest}; there are: {}", words())]
pub struct UnknownFault {
    pub word: String,
    pub nearest: &'static str,
}

fn words() -> String {
    Fault::ALL.map(Fault::word).join(", ")
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|fault| fault.word() == word).ok_or_else(|| UnknownFault {
            word: word.to_owned(),
            nearest: Self::ALL
                .into_iter()
                .map(Self::word)
                .min_by_key(|known| strsim::damerau_levenshtein(known, word))
                .unwrap_or_default(),
        })
    }
}

/// The faults that are switched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultSet(u32);

impl FaultSet {
    #[must_use]
    pub fn has(self, fault: Fault) -> bool {
        self.0 & fault.bit() != 0
    }

    pub fn set(&mut self, fault: Fault, on: bool) {
        if on {
            self.0 |= fault.bit();
        } else {
            self.0 &= !fault.bit();
        }
    }

    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.set(fault, true);
        self
    }

    /// What is left of them where nobody uses the new version.
    pub(super) fn unmeasured(mut self) -> Self {
        for fault in [Fault::ErrorSpike, Fault::CrashAndErrors, Fault::ErrorsAtBound] {
            self.set(fault, false);
        }
        self
    }

    /// Whether the ledger has to refuse, for whoever builds it.
    #[must_use]
    pub fn ledger_full(self) -> bool {
        self.has(Fault::LedgerFull)
    }
}

impl FromStr for FaultSet {
    type Err = UnknownFault;

    /// Words separated by commas or white space; no word is no fault.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(|c: char| c == ',' || c.is_whitespace())
            .filter(|word| !word.is_empty())
            .try_fold(Self::default(), |set, word| Ok(set.with(word.parse()?)))
    }
}
