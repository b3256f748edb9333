//! The statements of one transaction: the session contract (tenant-dry-runs.md 4.1), counts with checksums, orphans, aggregates.

use std::{collections::BTreeMap, time::Duration};

use super::{
    baseline::{ForeignKey, Table},
    quote::{ident, literal, qualified},
};

/// One side of a comparison: where a tenant's rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    pub schema: String,
    /// Layout column: the column and the tenant's value in it.
    pub rows_of: Option<(String, String)>,
    /// What stands for `{id}` in aggregates.
    pub id: String,
}

/// Begins the transaction that all of a tenant's reads are in. Settings are the transaction's own: a pooler hands our session to
/// others. `row_security=off` makes a policy that would hide rows an error instead of a wrong count.
#[must_use]
pub fn contract(statement_timeout: Duration, lock_timeout: Duration, name: &str) -> String {
    format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;SET LOCAL statement_timeout={};SET LOCAL lock_timeout={};\
         SET LOCAL idle_in_transaction_session_timeout='30s';SET LOCAL row_security=off;SET LOCAL search_path=pg_catalog;\
         SET LOCAL max_parallel_workers_per_gather=0;SET LOCAL jit=off;SET LOCAL timezone='UTC';SET LOCAL datestyle='ISO';\
         SET LOCAL intervalstyle='postgres';SET LOCAL extra_float_digits=1;SET LOCAL bytea_output='hex';\
         SET LOCAL application_name={};",
        statement_timeout.as_millis(),
        lock_timeout.as_millis(),
        literal(name)
    )
}

/// Ends it.
pub const END: &str = "COMMIT;";

/// Counts and checksums of one side, one branch a table: label, table, rows, sum. The sum of hashes as numeric: it cannot
/// overflow, and two equal extra rows do not cancel as they would under xor. Every column is qualified: a bare alias that is a
/// column's name too would hash only that column.
pub fn counts(label: &str, side: &Side, tables: &[&Table], by_text: bool) -> Vec<String> {
    tables
        .iter()
        .map(|table| {
            let row = table.columns.iter().map(|column| format!("_r.{}", ident(column))).collect::<Vec<_>>().join(",");
            let hash = if table.hashable && !by_text {
                format!("hash_record_extended(ROW({row}),0)")
            } else {
                format!("hashtextextended(ROW({row})::text,0)")
            };
            format!(
                "SELECT {}::text,{}::text,count(*),coalesce(sum({hash}::numeric),0) FROM {} _r{}",
                literal(label),
                literal(&table.name),
                qualified(&side.schema, &table.name),
                of_tenant(side, "_r", " WHERE ")
            )
        })
        .collect()
}

/// Orphans of the clone, one branch a foreign key: name, table, how many. The catalogue's `convalidated` proves nothing: rows
/// loaded with triggers off leave it true.
pub fn orphans(side: &Side, keys: &[&ForeignKey]) -> Vec<String> {
    keys.iter()
        .map(|key| {
            let set = key.columns.iter().map(|column| format!("_c.{} IS NOT NULL", ident(column))).collect::<Vec<_>>();
            let same = key.columns.iter().zip(&key.other_columns);
            let same = same.map(|(own, other)| format!("_p.{} = _c.{}", ident(other), ident(own))).collect::<Vec<_>>();
            let schema = key.other_schema.as_deref().unwrap_or(&side.schema);
            format!(
                "SELECT {}::text,{}::text,count(*) FROM {} _c WHERE {}{} AND NOT EXISTS (SELECT 1 FROM {} _p WHERE {})",
                literal(&key.name),
                literal(&key.table),
                qualified(&side.schema, &key.table),
                set.join(" AND "),
                of_tenant(side, "_c", " AND "),
                qualified(schema, &key.other_table),
                same.join(" AND ")
            )
        })
        .collect()
}

fn of_tenant(side: &Side, alias: &str, before: &str) -> String {
    let condition = |(column, value): &(String, String)| format!("{before}{alias}.{} = {}", ident(column), literal(value));
    side.rows_of.as_ref().map(condition).unwrap_or_default()
}

/// An operator's query for one side. The line break ends a comment that it may end with.
#[must_use]
pub fn aggregate(sql: &str, side: &Side) -> String {
    // Both at once: what is put in is never looked at again.
    let mut out = String::with_capacity(sql.len() + 64);
    let mut rest = sql;
    while let Some(at) = rest.find('{') {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        if let Some(after) = tail.strip_prefix("{schema}") {
            out.push_str(&ident(&side.schema));
            rest = after;
        } else if let Some(after) = tail.strip_prefix("{id}") {
            out.push_str(&literal(&side.id));
            rest = after;
        } else {
            out.push('{');
            rest = tail.strip_prefix('{').unwrap_or_default();
        }
    }
    out.push_str(rest);
    out.push_str("\n;");
    out
}

/// What a set of the answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Counts,
    Orphans,
    Aggregate { name: String, clone: bool },
}

/// Statements and what each of their answers is, in order.
#[derive(Debug, Default)]
pub struct Batch {
    pub sql: String,
    pub parts: Vec<Part>,
}

impl Batch {
    pub fn push(&mut self, part: Part, branches: &[String]) {
        if !branches.is_empty() {
            self.sql.push_str(&branches.join(" UNION ALL "));
            self.sql.push(';');
            self.parts.push(part);
        }
    }

    pub fn aggregates(&mut self, aggregates: &BTreeMap<String, String>, side: &Side, clone: bool) {
        for (name, sql) in aggregates {
            self.sql.push_str(&aggregate(sql, side));
            self.parts.push(Part::Aggregate { name: name.clone(), clone });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_not_looked_at_again() {
        let side = Side { schema: "t_{id}\"x".into(), rows_of: None, id: "'; DROP".into() };
        assert_eq!(
            aggregate("SELECT {x} FROM {schema}.c WHERE t={id} -- end", &side),
            "SELECT {x} FROM \"t_{id}\"\"x\".c WHERE t='''; DROP' -- end\n;"
        );
    }

    #[test]
    fn columns_are_qualified_and_the_tenants_rows_are_chosen() {
        let table = Table { name: "a b".into(), columns: vec!["c".into(), "D".into()], hashable: true };
        let side = Side { schema: "s".into(), rows_of: Some(("t".into(), "7".into())), id: "7".into() };
        assert_eq!(
            counts("s", &side, &[&table], false),
            ["SELECT 's'::text,'a b'::text,count(*),coalesce(sum(hash_record_extended(ROW(_r.\"c\",_r.\"D\"),0)::numeric),0) \
              FROM \"s\".\"a b\" _r WHERE _r.\"t\" = '7'"]
        );
        assert!(counts("s", &side, &[&table], true).concat().contains("hashtextextended(ROW(_r.\"c\",_r.\"D\")::text,0)"));
    }
}
