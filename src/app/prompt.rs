//! The one-line prompt of what people say (level 1 of ux.md 3.5): acknowledge an alert, tick a manual item. It changes
//! nothing in the world, so there is nothing to confirm; Enter records it, Esc leaves it.

use crate::{
    config::duration,
    domain::{
        alert::{Alert, AlertState},
        human::{ACKNOWLEDGED_FOR, Saying},
        plan::PlanName,
        verdict::Verdict,
    },
};

use super::{
    effect::Effect,
    field::TextField,
    gates::{self, Judged},
    keymap::Intent,
    state::AppState,
    update::say,
};

/// The open prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pub about: About,
    pub field: TextField,
    /// Why the last Enter recorded nothing.
    pub refusal: Option<String>,
}

/// What is being said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    Acknowledge { key: crate::domain::alert::AlertKey, name: crate::domain::text::DisplayText },
    Tick { plan: PlanName, item: PlanName, title: String },
}

/// Opens the prompt for an alert, pre-filled with how long it will stand.
pub fn acknowledge(state: &mut AppState, alert: &Alert) {
    if alert.state == AlertState::Resolved {
        say(state, format!("{} is resolved: there is nothing to acknowledge", alert.name), false);
        return;
    }
    state.prompt = Some(Prompt {
        about: About::Acknowledge { key: alert.key.clone(), name: alert.name.clone() },
        field: TextField::new(&duration::print(ACKNOWLEDGED_FOR)),
        refusal: None,
    });
}

/// Opens the prompt for a manual item; the evidence is asked for.
pub fn tick(state: &mut AppState, row: &Judged) {
    let Some(item) = row.item() else {
        say(state, format!("{} is measured, not ticked: w says how", row.title()), false);
        return;
    };
    let title = item.title.clone();
    let again = item.verdict == Verdict::Pass;
    let about = About::Tick { plan: row.assessment.plan.clone(), item: item.id.clone(), title: title.clone() };
    state.prompt = Some(Prompt { about, field: TextField::default(), refusal: None });
    if again {
        say(state, format!("{title} is ticked already: a new tick takes its place"), false);
    }
}

/// Space on a row of the gates.
pub fn tick_selected(state: &mut AppState) {
    let key = state.gates.roster.cursor.clone();
    match key.and_then(|key| gates::find(state, &key).cloned()) {
        Some(row) => tick(state, &row),
        None => say(state, "no gate is selected", false),
    }
}

/// Enter records, Esc leaves; nothing else is bound here.
pub fn wish(state: &mut AppState, intent: Intent) -> Vec<Effect> {
    if intent == Intent::Accept {
        return accept(state);
    }
    if matches!(intent, Intent::Back | Intent::Interrupt) {
        state.prompt = None;
    }
    Vec::new()
}

/// Enter: what is typed, recorded; or why not.
fn accept(state: &mut AppState) -> Vec<Effect> {
    let Some(prompt) = &mut state.prompt else { return Vec::new() };
    let saying = match &prompt.about {
        About::Acknowledge { key, name } => acknowledgement(prompt.field.text()).map(|(lasts, note)| Saying::Acknowledge {
            alert: key.clone(),
            name: name.clone(),
            lasts,
            note,
        }),
        About::Tick { plan, item, .. } => {
            Ok(Saying::Tick { plan: plan.clone(), item: item.clone(), evidence: prompt.field.text().trim().to_owned() })
        }
    };
    match saying.and_then(|saying| saying.check().map(|()| saying)) {
        Ok(saying) => {
            state.prompt = None;
            vec![Effect::Say(saying)]
        }
        Err(why) => {
            prompt.refusal = Some(why);
            Vec::new()
        }
    }
}

/// `45m looking at it`: how long, then a note.
fn acknowledgement(text: &str) -> Result<(std::time::Duration, Option<String>), String> {
    let text = text.trim();
    let (first, note) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let lasts = duration::parse(first)
        .filter(|lasts| !lasts.is_zero())
        .ok_or_else(|| format!("\"{first}\" is not a time: 30m, 2h, at most 24h; a note may follow it"))?;
    let note = note.trim();
    Ok((lasts, (!note.is_empty()).then(|| note.to_owned())))
}
