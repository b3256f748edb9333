//! Names and values as SQL. Tenants name their own schemas: every one of them is quoted, none is trusted.

/// An identifier, always in quotes.
#[must_use]
pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

/// A string. Right under both settings of `standard_conforming_strings`: a backslash makes it an escape string.
#[must_use]
pub fn literal(text: &str) -> String {
    let text = text.replace('\0', "").replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", text.replace('\\', "\\\\")) } else { format!("'{text}'") }
}

/// `schema.table`.
#[must_use]
pub fn qualified(schema: &str, table: &str) -> String {
    format!("{}.{}", ident(schema), ident(table))
}

/// Puts the tenant's id into a pattern like `t_{id}`.
#[must_use]
pub fn fill(pattern: &str, id: &str) -> String {
    pattern.replace("{id}", id)
}

/// Whether this is one reading statement and stays one when something follows it: no `;`, and it begins as a query does.
#[must_use]
pub fn is_one_query(sql: &str) -> bool {
    let first = sql.split(|c: char| !c.is_ascii_alphabetic()).find(|word| !word.is_empty()).unwrap_or_default();
    !sql.contains([';', '\0']) && ["select", "with", "table", "values"].contains(&first.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_names() {
        assert_eq!(ident("a\"; DROP SCHEMA x; --"), "\"a\"\"; DROP SCHEMA x; --\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
        assert_eq!(qualified("T 1", "o\"o"), "\"T 1\".\"o\"\"o\"");
        assert_eq!(fill("dryrun_{id}", "{id}"), "dryrun_{id}");
    }

    #[test]
    fn only_one_reading_statement_is_a_query() {
        for right in ["SELECT 1", " with a AS (SELECT 1) SELECT * FROM a", "(select 1)", "TABLE x"] {
            assert!(is_one_query(right), "{right}");
        }
        for wrong in ["", "DELETE FROM x", "SELECT 1; DELETE FROM x", "COMMIT", "selection", "SET x = 1"] {
            assert!(!is_one_query(wrong), "{wrong}");
        }
    }
}
