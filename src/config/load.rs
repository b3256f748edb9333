//! From the file's text to `Settings`: all of it, or every mistake in it.

use std::{
    fmt::Write as _,
    ops::Range,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use toml::{Spanned, de::DeTable};

use super::{
    document::{self, Document, document},
    keys::{ENVIRONMENT, LEDGER, LOG, PLANS, SCREEN, SOURCE, TABLES, Table},
    kind::SourceKind,
    places::{Flags, Paths, Surroundings, search},
    problem::{ConfigError, suggest},
    reading::{Reading, Roots, Section},
    settings::{Environment, LedgerSettings, LogSettings, ScreenSettings, Settings},
    source::source,
};

/// Settings, and where they came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub settings: Settings,
    /// The file that was read; `None` = there is none, all defaults.
    pub origin: Option<PathBuf>,
    /// SHA-256 of the file's bytes in hexadecimal, for the ledger's `session_open`.
    pub sha256: Option<String>,
    pub paths: Paths,
}

/// Finds and reads the configuration. `themes` are the names that `screen.theme` may have besides `auto`; empty = not
/// checked. `kinds` are the kinds of source there are. Blocking; called before the screen is taken.
///
/// # Errors
/// Every mistake in the file, or why it cannot be read. A file that was asked for by flag or environment must exist.
pub fn load(flags: &Flags, around: &Surroundings, themes: &[&str], kinds: &[&SourceKind]) -> Result<Loaded, ConfigError> {
    let paths = Paths::find(flags, around)?;
    let Some(origin) = search(flags, around) else {
        return Ok(Loaded { settings: Settings::default(), origin: None, sha256: None, paths });
    };
    let bytes = document::bytes(&origin, "check the path in --config or CUTOVER_CONFIG, or run without it")?;
    let sha256 = Sha256::digest(&bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let text = document::text(bytes, &origin)?;
    let settings = parse(&text, &origin, around.home(), themes, kinds)?;
    let paths = paths.with(&settings, &origin);
    Ok(Loaded { settings, origin: Some(origin), sha256: Some(sha256), paths })
}

/// Reads the text of a configuration file. `origin` is its path: it stands in messages, and relative paths begin in its
/// directory.
///
/// # Errors
/// Every mistake found. A file that is no TOML reports only what is wrong with its TOML.
pub fn parse(
    text: &str,
    origin: &Path,
    home: Option<&Path>,
    themes: &[&str],
    kinds: &[&SourceKind],
) -> Result<Settings, ConfigError> {
    let Document { table: document, problems, is_broken } = document(text);
    if is_broken {
        return Err(ConfigError::new(origin, text, problems));
    }
    let beside = origin.parent().unwrap_or(Path::new(""));
    let mut reading = Reading { problems, roots: Roots { beside, home } };
    let settings = whole(&mut reading, document.get_ref(), themes, kinds);
    if reading.problems.is_empty() { Ok(settings) } else { Err(ConfigError::new(origin, text, reading.problems)) }
}

fn whole(reading: &mut Reading<'_>, document: &DeTable<'_>, themes: &[&str], kinds: &[&SourceKind]) -> Settings {
    let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    for key in document.keys() {
        if !names.contains(&key.get_ref().as_ref()) {
            let what = format!("unknown key `{}`", key.get_ref());
            // A key of some table, written above the first [table] line, is the common slip.
            let written = key.get_ref().as_ref();
            // `[source.k8s]` is a table misspelt, whatever keys there are.
            let is_table = document.get(written).is_some_and(|value| value.get_ref().is_table());
            let is_of_a_kind = !is_table && kinds.iter().any(|kind| kind.keys.iter().any(|known| known.name == written));
            let home = TABLES.iter().find(|table| table.keys.iter().any(|known| known.name == written));
            let home = home.or(is_of_a_kind.then_some(&SOURCE));
            let next = match home {
                Some(table) => format!("`{}` belongs under {}", key.get_ref(), title(table, table.named)),
                None => suggest(key.get_ref(), "the file has the tables", &names),
            };
            reading.push(key.span(), what, next);
        }
    }
    let sections = named(reading, document, &ENVIRONMENT);
    let known: Vec<&str> = sections.iter().map(|(name, _)| name.as_str()).collect();
    let environments = sections.iter().map(|(name, section)| environment(reading, name.clone(), section)).collect();
    let sources = named(reading, document, &SOURCE)
        .into_iter()
        .filter_map(|(name, section)| source(reading, &name, section, &known, kinds))
        .collect();
    let empty = DeTable::new();
    let of_plans = single(reading_table(reading, document, &PLANS), &empty, &PLANS);
    let of_screen = single(reading_table(reading, document, &SCREEN), &empty, &SCREEN);
    let of_ledger = single(reading_table(reading, document, &LEDGER), &empty, &LEDGER);
    let of_log = single(reading_table(reading, document, &LOG), &empty, &LOG);
    Settings {
        environments,
        sources,
        plans: plans(reading, &of_plans),
        screen: screen(reading, &of_screen, themes),
        ledger: ledger(reading, &of_ledger),
        log: log(reading, &of_log),
    }
}

pub(super) fn title(table: &Table, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("[{}.{name}]", table.name),
        None => format!("[{}]", table.name),
    }
}

/// A table of the document with the place of its name.
fn reading_table<'t>(
    reading: &mut Reading<'_>,
    document: &'t DeTable<'t>,
    table: &Table,
) -> Option<(&'t DeTable<'t>, Range<usize>)> {
    let (key, value) = document.get_key_value(table.name)?;
    Some((reading.table(&title(table, table.named), value)?, key.span()))
}

fn single<'t>(found: Option<(&'t DeTable<'t>, Range<usize>)>, empty: &'t DeTable<'t>, table: &Table) -> Section<'t> {
    let (content, span) = found.unwrap_or((empty, 0..0));
    Section { title: title(table, None), span, table: content, keys: table.keys.to_vec() }
}

/// The tables that the operator names, in the order of their names.
fn named<'t>(reading: &mut Reading<'_>, document: &'t DeTable<'t>, table: &'static Table) -> Vec<(String, Section<'t>)> {
    let Some((content, _)) = reading_table(reading, document, table) else { return Vec::new() };
    let mut sections = Vec::new();
    for (key, value) in content {
        check_name(reading, key, table);
        let title = title(table, Some(key.get_ref()));
        let Some(content) = reading.table(&title, value) else { continue };
        sections
            .push((key.get_ref().to_string(), Section { title, span: key.span(), table: content, keys: table.keys.to_vec() }));
    }
    sections
}

/// Names of sources stand in ids and names of environments on line 1: `[a-z0-9-]`, 1 to 32 characters.
fn check_name<T: AsRef<str>>(reading: &mut Reading<'_>, key: &Spanned<T>, table: &Table) {
    let name = key.get_ref().as_ref();
    let right = (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !right {
        reading.push(
            key.span(),
            format!("`{name}` cannot be a name in [{}]", table.name),
            "use 1 to 32 lower-case letters, digits and `-`",
        );
    }
}

fn environment(reading: &mut Reading<'_>, name: String, section: &Section<'_>) -> Environment {
    reading.unknown_keys(section);
    let danger = reading.flag(section, "danger");
    let mode = reading.text(section, "mode");
    Environment { name, danger, read_only: mode.is_none_or(|(mode, _)| mode != "read-write") }
}

fn plans(reading: &mut Reading<'_>, section: &Section<'_>) -> Vec<PathBuf> {
    reading.unknown_keys(section);
    reading.paths(section, "files")
}

fn screen(reading: &mut Reading<'_>, section: &Section<'_>, themes: &[&str]) -> ScreenSettings {
    reading.unknown_keys(section);
    let theme = reading.text(section, "theme");
    if let Some((theme, span)) = &theme
        && theme != "auto"
        && !themes.is_empty()
        && !themes.contains(&theme.as_str())
    {
        let right: Vec<&str> = std::iter::once("auto").chain(themes.iter().copied()).collect();
        reading.push(span.clone(), format!("unknown theme \"{theme}\""), suggest(theme, "themes", &right));
    }
    let glyphs = reading.text(section, "glyphs");
    ScreenSettings {
        theme: theme.map(|(theme, _)| theme).filter(|theme| theme != "auto"),
        ascii: glyphs.filter(|(glyphs, _)| glyphs != "auto").map(|(glyphs, _)| glyphs == "ascii"),
        bell: reading.flag(section, "bell"),
    }
}

fn ledger(reading: &mut Reading<'_>, section: &Section<'_>) -> LedgerSettings {
    reading.unknown_keys(section);
    LedgerSettings {
        dir: reading.path(section, "dir"),
        shared: reading.path(section, "shared"),
        allow_volatile: reading.flag(section, "allow_volatile"),
    }
}

fn log(reading: &mut Reading<'_>, section: &Section<'_>) -> LogSettings {
    reading.unknown_keys(section);
    let file = reading.path(section, "file");
    let level = reading.text(section, "level").map_or_else(|| LogSettings::default().level, |(level, _)| level);
    LogSettings { file, level }
}
