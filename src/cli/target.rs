//! Which rollout a person means: the whole identifier or an unambiguous tail of it (contract.md).

use crate::domain::id::{SourceId, TargetId};

/// Why a name did not lead to one rollout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMeant {
    #[error("{text} could be any of these; type more of the name:\n{}", list(candidates))]
    Ambiguous { text: String, candidates: Vec<TargetId> },
    #[error("no rollout is called {text}{}", near(nearest))]
    Unknown { text: String, nearest: Vec<TargetId> },
}

fn list(candidates: &[TargetId]) -> String {
    candidates.iter().map(|id| format!("  {id}")).collect::<Vec<_>>().join("\n")
}

fn near(nearest: &[TargetId]) -> String {
    if nearest.is_empty() { "; see them all with: cutover status".to_owned() } else { format!("; near it:\n{}", list(nearest)) }
}

/// The one of `known` that `text` means. The whole identifier wins over any tail.
///
/// # Errors
/// When it fits several, or none.
pub fn meant<'a>(text: &str, known: impl IntoIterator<Item = &'a TargetId>) -> Result<&'a TargetId, NotMeant> {
    let known: Vec<&TargetId> = known.into_iter().collect();
    let shown = || crate::domain::text::DisplayText::new(text).to_string();
    let fitting: Vec<&TargetId> = known.iter().copied().filter(|id| id.is_meant_by(text)).collect();
    match fitting.as_slice() {
        [only] => return Ok(only),
        [] => {}
        several => {
            if let Some(exact) = several.iter().find(|id| raw(id) == text) {
                return Ok(exact);
            }
            let mut candidates: Vec<TargetId> = several.iter().map(|id| (*id).clone()).collect();
            candidates.sort();
            return Err(NotMeant::Ambiguous { text: shown(), candidates });
        }
    }
    let wanted = text.rsplit('/').next().unwrap_or(text);
    let mut scored: Vec<(f64, &TargetId)> = known
        .iter()
        .map(|id| (strsim::jaro_winkler(wanted, id.name.raw()), *id))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .collect();
    scored.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.cmp(y)));
    Err(NotMeant::Unknown { text: shown(), nearest: scored.into_iter().take(3).map(|(_, id)| id.clone()).collect() })
}

fn raw(id: &TargetId) -> String {
    format!("{}/{}/{}", id.source.as_str(), id.namespace.raw(), id.name.raw())
}

/// The target, when `text` is a whole identifier in a connected source.
#[must_use]
pub fn whole(text: &str, sources: &[SourceId]) -> Option<TargetId> {
    let parts: Vec<&str> = text.split('/').collect();
    let [source, namespace, name] = parts.as_slice() else { return None };
    let source = sources.iter().find(|known| known.as_str() == *source)?;
    Some(TargetId::new(source, namespace, name))
}
