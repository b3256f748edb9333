//! Which tenants are checked, and in which order: never checked, then failed, then changed, then oldest; big ones first inside,
//! so that the tail is short. What has not changed since it was checked keeps its result.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    catalogue::Seen,
    link::Set,
    quote::fill,
    settings::{Layout, PostgresSettings},
};
use crate::domain::tenant::{CheckKind, CheckResult, Tenant, TenantState};

/// Even an unchanged tenant is looked at again after this long: tokens are the server's word only.
const OLDEST: Duration = Duration::from_secs(3_600);

/// One tenant as the list gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    pub id: String,
    pub name: Option<String>,
    /// Schema, database or value of the tenant's column.
    pub source: String,
    pub clone: String,
}

/// A result that is kept between rounds.
#[derive(Clone, Debug)]
pub struct Kept {
    pub tenant: Arc<Tenant>,
    /// `None`: nothing proves that it has not changed.
    pub token: Option<String>,
    /// `Clock::since_boot`.
    pub checked: Duration,
    /// Aggregates that differ (`true`) or were not compared (`false`).
    pub unequal: Vec<(String, bool)>,
}

/// Results by tenant id.
pub type Results = BTreeMap<String, Kept>;

/// Reads the list of tenants, sorted by id.
///
/// # Errors
/// In words: no column `id`, an id that is missing or there twice, none at all.
pub fn listed(set: &Set, settings: &PostgresSettings) -> Result<Vec<Listed>, String> {
    let at = |name: &str| set.columns.iter().position(|column| column == name);
    let id_at = at("id").ok_or("`tenants` gives no column `id`")?;
    let (name, source, clone) = (at("name"), at("source"), at("clone"));
    let mut list = Vec::with_capacity(set.rows.len());
    for row in &set.rows {
        let field = |at: Option<usize>| at.and_then(|at| row.get(at).cloned().flatten()).filter(|text| !text.is_empty());
        let id = field(Some(id_at)).ok_or("`tenants` gives a tenant without id")?;
        let (source, clone) = (
            field(source).unwrap_or_else(|| fill(&settings.source, &id)),
            field(clone).unwrap_or_else(|| fill(&settings.clone, &id)),
        );
        list.push(Listed { name: field(name), source, clone, id });
    }
    list.sort();
    if let Some(twice) = list.windows(2).find(|pair| matches!(pair, [a, b] if a.id == b.id)) {
        return Err(format!("`tenants` gives {} twice", twice.first().map_or("", |one| one.id.as_str())));
    }
    if list.is_empty() {
        return Err("`tenants` gives no tenant".to_owned());
    }
    Ok(list)
}

/// One tenant to check now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub tenant: Listed,
    pub token: Option<String>,
    /// Its source and its clone have the columns that they should have, by the catalogue.
    pub as_expected: bool,
    /// The catalogue does not know its source, or its clone.
    pub absent: Option<&'static str>,
}

/// What decides whether a result is still good.
pub struct Known<'a> {
    pub seen: &'a BTreeMap<String, Seen>,
    /// Before every token: the server's start, the baseline's fingerprint.
    pub prefix: Option<String>,
    pub fingerprints: (&'a str, &'a str),
    pub now: Duration,
}

/// The tenants to check, in order.
#[must_use]
pub fn work(list: &[Listed], settings: &PostgresSettings, known: &Known<'_>, results: &Results) -> Vec<Item> {
    let mut work = Vec::new();
    for tenant in list {
        let item = item(tenant, settings, known);
        let kept = results.get(&tenant.id);
        let pages = known.seen.get(&tenant.source).map_or(0, |seen| seen.pages);
        let class = match kept {
            None => 0,
            Some(kept) if is_unknown(&kept.tenant) => 1,
            Some(kept) if kept.token.is_none() || kept.token != item.token => {
                if is_failed(&kept.tenant) {
                    1
                } else {
                    2
                }
            }
            Some(kept) if known.now.saturating_sub(kept.checked) > OLDEST => 3,
            Some(_) => continue,
        };
        work.push(((class, std::cmp::Reverse(pages), kept.map_or(Duration::ZERO, |kept| kept.checked)), item));
    }
    work.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.tenant.id.cmp(&other.tenant.id)));
    work.into_iter().map(|(_, item)| item).collect()
}

fn item(tenant: &Listed, settings: &PostgresSettings, known: &Known<'_>) -> Item {
    let (mut token, mut as_expected, mut absent) = (None, false, None);
    match settings.layout {
        Layout::Schema => {
            let (source, clone) = (known.seen.get(&tenant.source), known.seen.get(&tenant.clone));
            absent = match (source, clone) {
                (None, _) => Some("source"),
                (_, None) => Some("clone"),
                _ => None,
            };
            if let (Some(source), Some(clone)) = (source, clone) {
                as_expected = (source.fingerprint.as_str(), clone.fingerprint.as_str()) == known.fingerprints;
                token = known.prefix.as_ref().map(|prefix| {
                    format!("{prefix}|{}|{}|{}|{}", source.token, clone.token, source.fingerprint, clone.fingerprint)
                });
            }
        }
        // One token for all: that of the shared tables.
        Layout::Column => {
            let schemas = [Some(&settings.baseline), settings.clone_schema.as_ref()];
            let seen = schemas.into_iter().flatten().map(|schema| known.seen.get(schema));
            let tokens: Option<Vec<String>> =
                seen.map(|seen| seen.map(|seen| format!("{}/{}", seen.token, seen.fingerprint))).collect();
            token = known.prefix.as_ref().zip(tokens).map(|(prefix, tokens)| format!("{prefix}|{}", tokens.join("|")));
        }
        Layout::Database => {}
    }
    Item { tenant: tenant.clone(), token, as_expected, absent }
}

fn is_failed(tenant: &Tenant) -> bool {
    tenant.checks.iter().any(|(_, result)| matches!(result, CheckResult::Fail(_)))
}

fn is_unknown(tenant: &Tenant) -> bool {
    let kinds: Vec<CheckKind> = tenant.checks.iter().map(|(kind, _)| *kind).collect();
    tenant.state(&kinds, false) == TenantState::Unknown
}
