//! `tenants`: every customer and what the rehearsal of its migration found, as a list, JSON or CSV.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use clap::Args as ClapArgs;

use super::{
    answer::{
        self,
        status::StatusInput,
        tenants::{CheckWord, Tenants, all, check_word, sum},
    },
    exit::Exit,
    table::Table,
};
use crate::domain::{
    tenant::{CheckKind, Tenant, TenantState, TenantTable},
    tenant_filter::TenantFilter,
    text::DisplayText,
};

/// Most rows that people are shown; programs get all.
const SHOWN: usize = 50;

#[derive(Clone, Debug, Default, PartialEq, Eq, ClapArgs)]
pub struct TenantsArgs {
    /// Only those for which all of these hold: `state:fail`, `!ok`, `rows<0`, `cause:TEXT`, `check:hash`, or text of the name
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// One JSON object (contract: schema 1)
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Comma-separated values, safe to open in a spreadsheet
    #[arg(long)]
    pub csv: bool,
}

type Row<'a> = (&'a TenantTable, &'a Tenant, TenantState);

/// `cutover tenants`: exit 3 when one that is shown fails, 4 when one is not known.
///
/// # Errors
/// When the answer can not be written.
pub fn tenants(input: &StatusInput, args: &TenantsArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let filter = match args.filter.as_deref().map(TenantFilter::read).transpose() {
        Ok(filter) => filter.unwrap_or_default(),
        Err(wrong) => {
            writeln!(err, "cutover: {wrong}")?;
            return Ok(Exit::Usage);
        }
    };
    let everyone = all(input);
    let shown: Vec<Row<'_>> = everyone.into_iter().filter(|(_, tenant, state)| filter.lets(tenant, *state)).collect();
    if args.json {
        answer::print(&Tenants::new(input, args.filter.as_deref(), &shown), out)?;
    } else if args.csv {
        csv(&shown, out)?;
    } else {
        people(input, &shown, out)?;
    }
    let sources: Vec<_> = input.sources.iter().filter(|seen| seen.tells.tenants).collect();
    if sources.is_empty() {
        writeln!(err, "cutover: no source tells tenants; name one in the configuration: see config.example.toml")?;
        return Ok(Exit::Undecided);
    }
    let away: Vec<_> = sources.iter().filter(|seen| !input.freshness(&seen.id).is_live()).collect();
    for seen in &away {
        let why = seen.health.failure.as_ref().map(|failure| format!(": {}", failure.why)).unwrap_or_default();
        writeln!(err, "cutover: {} does not answer{why}; its tenants are not known", seen.id)?;
    }
    if away.len() == sources.len() {
        return Ok(Exit::Unreachable);
    }
    Ok(exit(&shown, !away.is_empty() || input.tables.len() < sources.len()))
}

fn exit(shown: &[Row<'_>], is_partial: bool) -> Exit {
    if shown.iter().any(|(_, _, state)| *state == TenantState::Fail) {
        return Exit::NotReached;
    }
    let unknown = shown.iter().any(|(_, _, state)| match state {
        TenantState::Unknown | TenantState::Stale | TenantState::Running | TenantState::Queued => true,
        TenantState::Fail | TenantState::Warn | TenantState::OptedOut | TenantState::Green => false,
    });
    if unknown || is_partial { Exit::Undecided } else { Exit::Done }
}

fn people(input: &StatusInput, shown: &[Row<'_>], out: &mut dyn Write) -> io::Result<()> {
    let Some(sum) = sum(input) else { return writeln!(out, "no tenants are known") };
    let states: Vec<String> = TenantState::ALL
        .iter()
        .filter_map(|state| Some(format!("{} {}", sum.by_state.get(state.word())?, state.word())))
        .collect();
    writeln!(out, "{} tenants: {}", sum.total, states.join(", "))?;
    if shown.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut table = Table::new(&["TENANT", "STATE", "ROWS", "CHECKS", "CAUSE"]);
    for (_, tenant, state) in shown.iter().take(SHOWN) {
        table.row([
            name(tenant),
            state.word().to_owned(),
            tenant.rows.map_or_else(|| "?".to_owned(), |rows| format!("{rows:+}")),
            checks(tenant),
            tenant.cause.as_ref().map_or_else(|| tenant.note.to_string(), ToString::to_string),
        ]);
    }
    table.print(out)?;
    if shown.len() > SHOWN {
        writeln!(out, "\nand {} more: see all with --json or --csv, or fewer with --filter '!ok'", shown.len() - SHOWN)?;
    }
    Ok(())
}

fn name(tenant: &Tenant) -> String {
    tenant.name.as_ref().map_or_else(|| tenant.id.to_string(), |name| format!("{} ({name})", tenant.id))
}

/// What does not pass, by name; else how many do.
fn checks(tenant: &Tenant) -> String {
    let told: Vec<(CheckKind, CheckWord)> = tenant.checks.iter().map(|(kind, result)| (*kind, check_word(result).0)).collect();
    let open: Vec<String> = told
        .iter()
        .filter(|(_, word)| !matches!(word, CheckWord::Pass | CheckWord::Absent))
        .map(|(kind, word)| format!("{kind} {}", word_of(*word)))
        .collect();
    if open.is_empty() { format!("{} pass", told.len()) } else { open.join(", ") }
}

fn word_of(word: CheckWord) -> &'static str {
    match word {
        CheckWord::Pass => "pass",
        CheckWord::Warn => "warn",
        CheckWord::Fail => "fail",
        CheckWord::Unknown => "unknown",
        CheckWord::Running => "running",
        CheckWord::Absent => "absent",
    }
}

/// Every tenant as a line of CSV (RFC 4180): one column a kind of check, then the source's own.
fn csv(shown: &[Row<'_>], out: &mut dyn Write) -> io::Result<()> {
    let kinds: Vec<CheckKind> = CheckKind::ALL
        .into_iter()
        .filter(|kind| shown.iter().any(|(_, tenant, _)| tenant.checks.iter().any(|(made, _)| made == kind)))
        .collect();
    let mut columns: Vec<&DisplayText> = Vec::new();
    for (table, _, _) in shown {
        for column in &table.columns {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
    }
    let mut head = vec!["source", "tenant", "name", "state", "rows"].into_iter().map(text_cell).collect::<Vec<_>>();
    head.extend(kinds.iter().map(|kind| text_cell(kind.word())));
    head.extend(["cause", "note", "checked_at"].into_iter().map(text_cell));
    head.extend(columns.iter().map(|column| text_cell(column.as_str())));
    line(&head, out)?;
    for (table, tenant, state) in shown {
        let mut cells = vec![
            text_cell(table.source.as_str()),
            text_cell(tenant.id.display().as_str()),
            text_cell(tenant.name.as_ref().map_or("", DisplayText::as_str)),
            text_cell(state.word()),
            // A number of our own: a minus before it begins no formula.
            tenant.rows.map(|rows| rows.to_string()).unwrap_or_default(),
        ];
        for kind in &kinds {
            let result = tenant.checks.iter().find(|(made, _)| made == kind).map(|(_, result)| check_word(result));
            cells.push(result.map_or_else(String::new, |(word, words)| {
                let why = words.map(|words| format!(": {words}")).unwrap_or_default();
                text_cell(&format!("{}{why}", word_of(word)))
            }));
        }
        cells.push(text_cell(tenant.cause.as_ref().map_or("", DisplayText::as_str)));
        cells.push(text_cell(tenant.note.as_str()));
        cells.push(tenant.checked.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).unwrap_or_default());
        cells.extend(columns.iter().map(|column| {
            let value = table.columns.iter().position(|known| known == *column).and_then(|at| tenant.values.get(at));
            text_cell(value.map_or("", DisplayText::as_str))
        }));
        line(&cells, out)?;
    }
    Ok(())
}

fn line(cells: &[String], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{}\r\n", cells.join(","))
}

/// Text from elsewhere as one cell. A spreadsheet takes what begins with `=`, `+`, `-` or `@` for a formula, also behind
/// blanks and quotes, and a formula can send data away: such a cell begins with an apostrophe.
fn text_cell(foreign: &str) -> String {
    let clean = DisplayText::new(foreign);
    let text = clean.as_str();
    let begins = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).chars().next();
    // Full-width forms of the same signs are taken for them, too.
    let is_formula = begins.is_some_and(|c| "=+-@|%\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c));
    let mut cell = String::with_capacity(text.len() + 3);
    if is_formula {
        cell.push('\'');
    }
    cell.push_str(text);
    if cell.contains([',', '"', '\n', '\r', ';', '\t', '\'']) || is_formula {
        let mut quoted = String::new();
        let _ = write!(quoted, "\"{}\"", cell.replace('"', "\"\""));
        return quoted;
    }
    cell
}
