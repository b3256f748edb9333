//! Moments of alerts, gates and plans.

use cutover::{
    app::state::AppState,
    domain::alert::{AlertState, Severity},
    terminal::input::Key,
};

use super::{
    judged::{alert, answer, answered, feed, five, tenants, unread, well, whole},
    scenes::Scene,
    world::{health, keys, press, production, select},
};

fn with(mut state: AppState, text: &str) -> AppState {
    keys(&mut state, text);
    state
}

fn entered(state: AppState, text: &str) -> AppState {
    let mut state = with(state, text);
    press(&mut state, Key::Enter);
    state
}

/// One screen deeper, and some keys there.
fn deeper(state: AppState, text: &str, there: &str) -> AppState {
    with(entered(state, text), there)
}

fn on_gate(name: &str) -> AppState {
    let mut state = entered(whole(), "3");
    press(&mut state, Key::Home);
    for _ in 0..state.gates.roster.order.len() {
        let here = state.gates.roster.cursor.clone().and_then(|key| state.gates.rows.get(&key).cloned());
        let is_it = here.is_some_and(|row| {
            row.evaluation().is_some_and(|it| it.id.as_str() == name) || row.item().is_some_and(|it| it.id.as_str() == name)
        });
        if is_it {
            return state;
        }
        press(&mut state, Key::Down);
    }
    panic!("{name} is not among the gates");
}

fn quiet() -> AppState {
    let mut state = whole();
    feed(&mut state, Vec::new());
    tenants(&mut state, &[]);
    answer(&mut state, 120.0);
    state
}

fn blind() -> AppState {
    let mut state = whole();
    well(&mut state, "am-eu", health(531, Some("connection refused")));
    state
}

fn blind_all() -> AppState {
    let mut state = blind();
    well(&mut state, "prom-eu", health(531, Some("timeout")));
    well(&mut state, "pg-eu", health(531, Some("timeout")));
    // What says the same is not judged again before its time: another answer comes between.
    answered(&mut state, 1.0, 531);
    answered(&mut state, 538.0, 531);
    state
}

fn held() -> AppState {
    let mut state = deeper(whole(), "2", "j");
    let mut more = five();
    more.extend([
        alert("OneMore", AlertState::Firing, Severity::Critical, 1),
        alert("AndAnother", AlertState::Firing, Severity::Info, 2),
    ]);
    feed(&mut state, more);
    state
}

fn vanished() -> AppState {
    let mut state = deeper(whole(), "2", "j");
    let cursor = state.alerts.roster.cursor.clone();
    feed(&mut state, five().into_iter().filter(|alert| Some(&alert.key) != cursor.as_ref()).collect());
    state
}

fn detail() -> AppState {
    let mut state = whole();
    select(&mut state, "checkout");
    press(&mut state, Key::Enter);
    state
}

fn triggered() -> AppState {
    let mut state = whole();
    answer(&mut state, 2_400.0);
    state
}

/// Every moment.
pub fn all() -> Vec<Scene> {
    let scene = |screen, name, state| Scene { screen, name, state };
    vec![
        scene("overview", "whole", whole()),
        scene("overview", "whole-unread", unread()),
        scene("overview", "whole-quiet", quiet()),
        scene("overview", "whole-blind", blind()),
        scene("overview", "whole-blind-all", blind_all()),
        scene("overview", "whole-triggered", triggered()),
        scene("overview", "whole-on-alerts", with(whole(), "2j")),
        scene("overview", "whole-on-gates", with(whole(), "3j")),
        scene("overview", "whole-gates-zoomed", with(whole(), "3z")),
        scene("overview", "whole-filter-gates", with(whole(), "3/man")),
        scene("detail", "planned", detail()),
        scene("detail", "planned-triggers", with(detail(), "JJ")),
        scene("why", "planned", {
            let mut state = whole();
            select(&mut state, "checkout");
            with(state, "w")
        }),
        scene("alerts", "list", entered(whole(), "2")),
        scene("alerts", "filtered", entered(deeper(whole(), "2", "/sev>=warn @rel=new"), "")),
        scene("alerts", "typing", deeper(whole(), "2", "/@state=silenced")),
        scene("alerts", "held", held()),
        scene("alerts", "gone", vanished()),
        scene("alerts", "blind", entered(blind(), "2")),
        scene("alerts", "quiet", entered(quiet(), "2")),
        scene("alerts", "unread", entered(unread(), "2")),
        scene("alerts", "no-source", entered(production(), "2")),
        scene("alerts", "ack", deeper(whole(), "2", "a looking at it")),
        scene("alerts", "ack-refused", entered(deeper(whole(), "2", "ad"), "")),
        scene("alert", "firing", entered(deeper(whole(), "2", "j"), "")),
        scene("alert", "onset-unknown", entered(deeper(whole(), "2", ""), "")),
        scene("alert", "pending", entered(deeper(whole(), "2", "jj"), "")),
        scene("alert", "silenced", {
            let mut state = deeper(whole(), "2", "/etl");
            press(&mut state, Key::Enter);
            press(&mut state, Key::Enter);
            state
        }),
        scene("gates", "list", entered(whole(), "3")),
        scene("gates", "item", on_gate("access")),
        scene("gates", "no-plan", entered(production(), "3")),
        scene("gates", "unread", entered(unread(), "3")),
        scene("gates", "stale", entered(blind_all(), "3")),
        scene("gates", "tick", with(on_gate("access"), " https://tickets.example.com/A11Y-4")),
        scene("gates", "tick-refused", entered(on_gate("access"), " ")),
        scene("gate", "fails", with(on_gate("error_rate"), "w")),
        scene("gate", "no-data", with(on_gate("satisfaction"), "w")),
        scene("gate", "tenants", with(on_gate("tenants_green"), "w")),
        scene("gate", "ticked", with(on_gate("staging"), "w")),
        scene("gate", "open-item", with(on_gate("access"), "w")),
    ]
}
