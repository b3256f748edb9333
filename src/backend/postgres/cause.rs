//! Why a check could not be made, as one of a few classes, and texts that are equal for all tenants with one cause
//! (tenant-dry-runs.md 3.3).

use tokio_postgres::error::DbError;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `lock_timeout 55P03`.
    pub class: String,
    /// What the server said; hostile text.
    pub said: String,
    /// A check of a catalogue function that is not there: hash by text instead.
    pub no_hash: bool,
    /// The connection is of no more use.
    pub lost: bool,
}

impl Cause {
    /// The client's own reason; the connection is lost.
    #[must_use]
    pub fn lost(class: &str, said: impl Into<String>) -> Self {
        Self { class: class.to_owned(), said: said.into(), no_hash: false, lost: true }
    }

    #[must_use]
    pub fn of_server(error: &DbError) -> Self {
        let code = error.code().code();
        let class = format!("{} {code}", class(code, error.message()));
        Self { class, said: error.message().to_owned(), no_hash: code == "42883", lost: false }
    }

    #[must_use]
    pub fn of(error: &tokio_postgres::Error) -> Self {
        if let Some(error) = error.as_db_error() {
            let fatal = matches!(error.severity(), "FATAL" | "PANIC");
            return Self { lost: fatal, ..Self::of_server(error) };
        }
        // The crate's own text says what happened and holds neither address nor password; the innermost says most.
        let mut innermost: &dyn std::error::Error = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        Self::lost("connection", innermost.to_string())
    }

    /// For people.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{}: {}", self.class, self.said)
    }

    /// The same for every tenant with this cause. `own` is what names the tenant.
    #[must_use]
    pub fn key(&self, own: &[&str]) -> String {
        format!("{}: {}", self.class, normal(&self.said, own))
    }
}

fn class(code: &str, message: &str) -> &'static str {
    match code {
        "55P03" => "lock_timeout",
        "57014" => "statement_timeout",
        "40P01" => "deadlock",
        "40001" => "standby_conflict",
        "53200" => "out_of_shared_memory",
        "53300" => "too_many_connections",
        "53100" => "disk_full",
        "42501" if message.contains("row-level security") => "row_security",
        "42501" => "permission",
        "42P01" | "3F000" | "3D000" => "missing_object",
        "42703" => "column_drift",
        "42P07" | "42701" => "duplicate_object",
        "23505" => "unique",
        "23502" => "not_null",
        "23503" => "foreign_key",
        "23514" => "check",
        "25006" => "read_only",
        "28000" | "28P01" => "sign_in",
        _ if code.starts_with("08") || code.starts_with("57P") => "connection",
        _ => "other",
    }
}

/// Replaces what names one tenant, and every number and UUID, by a placeholder.
#[must_use]
pub fn normal(text: &str, own: &[&str]) -> String {
    let mut own: Vec<&str> = own.iter().copied().filter(|name| !name.is_empty()).collect();
    own.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut text = text.to_owned();
    for name in own {
        text = text.replace(name, "<tenant>");
    }
    let mut out = String::with_capacity(text.len());
    let mut digits = false;
    for word in text.split_inclusive(|c: char| !(c.is_ascii_hexdigit() || c == '-')) {
        let bare = word.trim_end_matches(|c: char| !(c.is_ascii_hexdigit() || c == '-'));
        if bare.len() == 36 && bare.matches('-').count() == 4 {
            out.push_str("<uuid>");
            out.push_str(word.get(bare.len()..).unwrap_or_default());
            digits = false;
            continue;
        }
        for c in word.chars() {
            if !c.is_ascii_digit() {
                out.push(c);
            } else if !digits {
                out.push('N');
            }
            digits = c.is_ascii_digit();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tenants_with_one_cause_have_one_text() {
        let one = normal("relation \"t_00017.cases\" holds 12 rows of 00017", &["00017", "t_00017"]);
        let two = normal("relation \"t_00402.cases\" holds 9 rows of 00402", &["00402", "t_00402"]);
        assert_eq!(one, two);
        assert_eq!(one, "relation \"<tenant>.cases\" holds N rows of <tenant>");
        assert_eq!(normal("key 018f6f0e-7b1c-7d3a-9c55-0123456789ab is there", &[]), "key <uuid> is there");
        assert_eq!(normal("é 10\u{202e}20", &["", "é"]), "<tenant> N\u{202e}N");
    }
}
