//! What is compared: the tables and columns of a schema that nobody migrates, and its foreign keys. A whole-row checksum breaks
//! with the first added column, so columns are named, one by one, in the order of their names (tenant-dry-runs.md 4.5).

use std::collections::BTreeMap;

use super::{
    link::{Row, Set},
    quote::literal,
};

/// One column as the catalogue tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// `numeric(12,2)`.
    pub of_type: String,
    pub not_null: bool,
}

/// Columns by name, by table.
pub type Columns = BTreeMap<String, BTreeMap<String, Column>>;

/// One table of the baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    /// Sorted by name; the tenant's own column is not among them, so that a clone with another id compares equal.
    pub columns: Vec<String>,
    /// Every column has a hash function; otherwise its text is hashed.
    pub hashable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    pub name: String,
    pub table: String,
    pub columns: Vec<String>,
    /// `None`: in the tenant's own schema.
    pub other_schema: Option<String>,
    pub other_table: String,
    pub other_columns: Vec<String>,
}

/// All that is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    pub tables: Vec<Table>,
    pub keys: Vec<ForeignKey>,
    /// What a source should have.
    pub columns: Columns,
    /// What a clone should have.
    pub target: Columns,
}

/// Partitions are rows of their parents; generated columns follow from others.
pub const COLUMNS: &str = "FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace \
     JOIN pg_attribute a ON a.attrelid=c.oid AND a.attnum>0 AND NOT a.attisdropped \
     WHERE c.relkind IN ('r','p') AND NOT c.relispartition";

/// Tables and columns of some schemas. `tables`: empty is all.
#[must_use]
pub fn columns_query(schemas: &[&str], tables: &[String]) -> String {
    format!(
        "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid,a.atttypmod), a.attnotnull, a.attgenerated<>'', \
         EXISTS (SELECT 1 FROM pg_opclass o JOIN pg_am m ON m.oid=o.opcmethod WHERE m.amname='hash' AND o.opcdefault \
         AND o.opcintype IN (a.atttypid, CASE WHEN a.atttypid='varchar'::regtype THEN 'text'::regtype ELSE a.atttypid END)) \
         OR EXISTS (SELECT 1 FROM pg_type t WHERE t.oid=a.atttypid AND t.typtype IN ('e','r')) {COLUMNS} AND n.nspname IN ({}){};",
        listed(schemas.iter().copied()),
        only(tables)
    )
}

/// A condition on the tables that are looked at.
#[must_use]
pub fn only(tables: &[String]) -> String {
    if tables.is_empty() {
        return String::new();
    }
    format!(" AND c.relname IN ({})", listed(tables.iter().map(String::as_str)))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(literal).collect::<Vec<_>>().join(",")
}

/// The foreign keys of a schema.
#[must_use]
pub fn keys_query(schema: &str) -> String {
    format!(
        "SELECT k.conname, r.relname, fn.nspname, fr.relname, \
         (SELECT json_agg(a.attname ORDER BY u.ord) FROM unnest(k.conkey) WITH ORDINALITY u(num,ord) \
         JOIN pg_attribute a ON a.attrelid=k.conrelid AND a.attnum=u.num), \
         (SELECT json_agg(a.attname ORDER BY u.ord) FROM unnest(k.confkey) WITH ORDINALITY u(num,ord) \
         JOIN pg_attribute a ON a.attrelid=k.confrelid AND a.attnum=u.num) \
         FROM pg_constraint k JOIN pg_class r ON r.oid=k.conrelid JOIN pg_namespace n ON n.oid=r.relnamespace \
         JOIN pg_class fr ON fr.oid=k.confrelid JOIN pg_namespace fn ON fn.oid=fr.relnamespace \
         WHERE k.contype='f' AND k.conparentid=0 AND NOT r.relispartition AND n.nspname={} ORDER BY 2,1;",
        literal(schema)
    )
}

/// One field of a row, empty when NULL or not there.
#[must_use]
pub fn field(row: &Row, at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}

/// The columns of one schema out of an answer to `columns_query`.
#[must_use]
pub fn columns_of(set: &Set, schema: &str) -> Columns {
    let mut columns = Columns::new();
    for row in set.rows.iter().filter(|row| field(row, 0) == schema) {
        let column = Column { of_type: field(row, 3).to_owned(), not_null: field(row, 4) == "t" };
        columns.entry(field(row, 1).to_owned()).or_default().insert(field(row, 2).to_owned(), column);
    }
    columns
}

impl Baseline {
    /// From the answers to `columns_query` and `keys_query`. `own` is the tenant's column of shared tables.
    ///
    /// # Errors
    /// In words, when there is nothing to compare.
    pub fn read(columns: &Set, keys: &Set, schema: &str, target: &Columns, own: Option<&str>) -> Result<Self, String> {
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        for row in columns.rows.iter().filter(|row| field(row, 0) == schema) {
            let name = field(row, 1).to_owned();
            let table = tables.entry(name.clone()).or_insert_with(|| Table { name, columns: Vec::new(), hashable: true });
            if field(row, 5) == "t" || Some(field(row, 2)) == own {
                continue;
            }
            table.columns.push(field(row, 2).to_owned());
            table.hashable &= field(row, 6) == "t";
        }
        let mut tables: Vec<Table> = tables.into_values().filter(|table| !table.columns.is_empty()).collect();
        for table in &mut tables {
            table.columns.sort();
        }
        let whole = columns_of(columns, schema);
        if let Some(own) = own {
            // A shared table without the column belongs to no tenant.
            tables.retain(|table| whole.get(&table.name).is_some_and(|columns| columns.contains_key(own)));
        }
        if tables.is_empty() {
            return Err(format!("baseline {schema} has no table that this role can see and compare"));
        }
        let is_ours = |name: &str| tables.iter().any(|table| table.name == name);
        let list = |text: &str| serde_json::from_str::<Vec<String>>(text).unwrap_or_default();
        let keys = keys
            .rows
            .iter()
            .map(|row| ForeignKey {
                name: field(row, 0).to_owned(),
                table: field(row, 1).to_owned(),
                columns: list(field(row, 4)),
                other_schema: (field(row, 2) != schema).then(|| field(row, 2).to_owned()),
                other_table: field(row, 3).to_owned(),
                other_columns: list(field(row, 5)),
            })
            .filter(|key| is_ours(&key.table) && !key.columns.is_empty() && key.columns.len() == key.other_columns.len())
            .collect();
        let target = if target.is_empty() { whole.clone() } else { target.clone() };
        Ok(Self { tables, keys, columns: whole, target })
    }

    /// The tables whose baseline columns are all in both sides.
    #[must_use]
    pub fn comparable(&self, source: &Columns, clone: &Columns) -> Vec<&Table> {
        let has = |side: &Columns, table: &Table| {
            side.get(&table.name).is_some_and(|columns| table.columns.iter().all(|column| columns.contains_key(column)))
        };
        self.tables.iter().filter(|table| has(source, table) && has(clone, table)).collect()
    }
}

/// What is other in `is` than in `should`: nothing when they are equal. At most `most` lines, then how many more.
#[must_use]
pub fn drift(should: &Columns, is: &Columns, most: usize) -> Vec<String> {
    let mut found = Vec::new();
    let words = |column: &Column| format!("{}{}", column.of_type, if column.not_null { " not null" } else { "" });
    for (table, columns) in should {
        let Some(there) = is.get(table) else {
            found.push(format!("table {table} is missing"));
            continue;
        };
        for (name, column) in columns {
            match there.get(name) {
                None => found.push(format!("column {table}.{name} is missing")),
                Some(other) if other != column => {
                    found.push(format!("{table}.{name} is {}, should be {}", words(other), words(column)));
                }
                Some(_) => {}
            }
        }
        let strange = there.keys().filter(|name| !columns.contains_key(*name));
        found.extend(strange.map(|name| format!("column {table}.{name} should not be there")));
    }
    found
        .extend(is.keys().filter(|table| !should.contains_key(*table)).map(|table| format!("table {table} should not be there")));
    if found.len() > most {
        let more = found.len() - most;
        found.truncate(most);
        found.push(format!("{more} more"));
    }
    found
}
