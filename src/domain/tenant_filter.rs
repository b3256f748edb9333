//! Which tenants somebody wants to see: words that all have to hold, the same on the screen and on the command line.

use super::tenant::{CheckKind, CheckResult, Tenant, TenantState};

/// A filter, read. The empty one lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantFilter {
    /// Whether a term has to hold (or must not, after `!`).
    terms: Vec<(bool, Term)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    /// Nothing to see to: green, or opted out.
    Ok,
    State(TenantState),
    /// Rows in the clone minus rows in the source; `None`: not known.
    Rows(Compare, Option<i64>),
    /// Part of the cause's text, lower case.
    Cause(String),
    /// A check that was made and does not pass.
    Check(CheckKind),
    /// Part of id or name, lower case.
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl TenantFilter {
    /// Reads words with blanks between them: `state:WORD`, `ok`, `rows<0`, `rows=?`, `cause:TEXT`, `check:KIND`, any other
    /// text as part of id or name; `!` before a word turns it round.
    ///
    /// # Errors
    /// Which word is none, and which there are.
    pub fn read(text: &str) -> Result<Self, String> {
        let terms = text.split_whitespace().map(|word| {
            let (holds, word) = word.strip_prefix('!').map_or((true, word), |rest| (false, rest));
            Ok((holds, term(word)?))
        });
        Ok(Self { terms: terms.collect::<Result<_, String>>()? })
    }

    /// Whether `tenant`, which is in `state`, is let through.
    #[must_use]
    pub fn lets(&self, tenant: &Tenant, state: TenantState) -> bool {
        self.terms.iter().all(|(holds, term)| fits(term, tenant, state) == *holds)
    }
}

fn term(word: &str) -> Result<Term, String> {
    let shown = || super::text::DisplayText::new(word);
    if word == "ok" {
        return Ok(Term::Ok);
    }
    if let Some(state) = word.strip_prefix("state:") {
        let found = TenantState::ALL.into_iter().find(|known| known.word() == state);
        let known = TenantState::ALL.map(TenantState::word).join(", ");
        return found.map(Term::State).ok_or_else(|| format!("{}: there is no such state; there are: {known}", shown()));
    }
    if let Some(kind) = word.strip_prefix("check:") {
        let found = CheckKind::ALL.into_iter().find(|known| known.word() == kind);
        let known = CheckKind::ALL.map(CheckKind::word).join(", ");
        return found.map(Term::Check).ok_or_else(|| format!("{}: there is no such check; there are: {known}", shown()));
    }
    if let Some(cause) = word.strip_prefix("cause:") {
        return Ok(Term::Cause(cause.to_lowercase()));
    }
    let rest = word.strip_prefix("rows").filter(|rest| rest.starts_with(['<', '>', '=']));
    if let Some(rest) = rest {
        return rows(rest).ok_or_else(|| format!("{}: compare rows with a whole number: rows<0, rows>=5, rows=?", shown()));
    }
    if word.is_empty() {
        return Err("`!` stands before a word: !ok, !state:green".to_owned());
    }
    Ok(Term::Text(word.to_lowercase()))
}

fn rows(text: &str) -> Option<Term> {
    let signs = [
        ("<=", Compare::LessOrEqual),
        (">=", Compare::GreaterOrEqual),
        ("<", Compare::Less),
        (">", Compare::Greater),
        ("=", Compare::Equal),
    ];
    let (compare, number) = signs.into_iter().find_map(|(sign, compare)| Some((compare, text.strip_prefix(sign)?)))?;
    match number {
        "?" if compare == Compare::Equal => Some(Term::Rows(compare, None)),
        number => Some(Term::Rows(compare, Some(number.parse().ok()?))),
    }
}

fn fits(term: &Term, tenant: &Tenant, state: TenantState) -> bool {
    match term {
        Term::Ok => matches!(state, TenantState::Green | TenantState::OptedOut),
        Term::State(wanted) => state == *wanted,
        Term::Rows(compare, limit) => match (tenant.rows, limit) {
            (None, None) => true,
            (Some(rows), Some(limit)) => match compare {
                Compare::Less => rows < *limit,
                Compare::LessOrEqual => rows <= *limit,
                Compare::Equal => rows == *limit,
                Compare::GreaterOrEqual => rows >= *limit,
                Compare::Greater => rows > *limit,
            },
            (None, Some(_)) | (Some(_), None) => false,
        },
        Term::Cause(text) => tenant.cause.as_ref().is_some_and(|cause| holds(cause.as_str(), text)),
        Term::Check(kind) => {
            tenant.checks.iter().any(|(made, result)| made == kind && !matches!(result, CheckResult::Pass | CheckResult::Absent))
        }
        Term::Text(text) => holds(tenant.id.raw(), text) || tenant.name.as_ref().is_some_and(|name| holds(name.as_str(), text)),
    }
}

fn holds(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{id::Name, text::DisplayText};

    fn tenant() -> Tenant {
        Tenant {
            id: Name::new("acme-7"),
            name: Some(DisplayText::new("Acme Ltd")),
            checks: vec![
                (CheckKind::Rows, CheckResult::Pass),
                (CheckKind::Hash, CheckResult::Fail(DisplayText::new("orders"))),
                (CheckKind::Flags, CheckResult::Absent),
            ],
            rows: Some(-1),
            tables: Vec::new(),
            values: Vec::new(),
            told: None,
            cause: Some(DisplayText::new("Row lost in orders")),
            note: DisplayText::new(""),
            checked: None,
            took: None,
        }
    }

    #[test]
    fn every_word_lets_through_what_it_says() {
        let tenant = tenant();
        let fail = TenantState::Fail;
        for (text, lets) in [
            ("", true),
            ("rows<0", true),
            ("rows<-1", false),
            ("rows<=-1", true),
            ("rows=-1", true),
            ("rows>=0", false),
            ("rows>-2", true),
            ("rows=?", false),
            ("!rows=?", true),
            ("state:fail", true),
            ("state:green", false),
            ("!ok", true),
            ("ok", false),
            ("cause:ORDERS", true),
            ("cause:users", false),
            ("check:hash", true),
            ("check:rows", false),
            ("check:flags", false),
            ("check:smoke", false),
            ("acme", true),
            ("ltd", true),
            ("other", false),
            ("rows<0 state:fail acme", true),
            ("rows<0 state:green", false),
            ("rowsomething", false),
        ] {
            assert_eq!(TenantFilter::read(text).map(|filter| filter.lets(&tenant, fail)), Ok(lets), "{text:?}");
        }
        let unknown = Tenant { rows: None, ..tenant };
        for (text, lets) in [("rows<0", false), ("rows>=0", false), ("rows=?", true), ("!rows<0", true)] {
            assert_eq!(TenantFilter::read(text).map(|filter| filter.lets(&unknown, fail)), Ok(lets), "{text:?}");
        }
        let opted_out = TenantFilter::read("!ok").map(|filter| filter.lets(&unknown, TenantState::OptedOut));
        assert_eq!(opted_out, Ok(false), "its own will, not a fault");
    }

    #[test]
    fn a_word_that_is_none_is_said() {
        for (text, part) in [
            ("state:red", "fail, unknown, stale"),
            ("check:sums", "aggregates"),
            ("rows<x", "rows<0"),
            ("rows<", "rows<0"),
            ("rows<?", "rows<0"),
            ("!", "!ok"),
        ] {
            assert!(TenantFilter::read(text).is_err_and(|why| why.contains(part)), "{text}");
        }
    }
}
