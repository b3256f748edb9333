//! The palette over the pages that it can lie over, and times in other zones.

use cutover::{
    app::{message::Message, state::AppState},
    terminal::input::Key,
};

use super::{
    judged::whole,
    rehearsed::rehearsal,
    scenes::Scene,
    world::{armed, be, console, environment, health, keys, list, nine, press, production, select, tell, welcome},
};

fn asked(mut state: AppState, text: &str) -> AppState {
    keys(&mut state, ":");
    keys(&mut state, text);
    state
}

fn on_checkout(mut state: AppState) -> AppState {
    select(&mut state, "checkout");
    state
}

fn detail() -> AppState {
    let mut state = on_checkout(armed());
    press(&mut state, Key::Enter);
    state
}

fn moved() -> AppState {
    let mut state = asked(production(), "");
    for _ in 0..40 {
        press(&mut state, Key::Down);
    }
    state
}

fn gone() -> AppState {
    let mut state = asked(production(), "checkout");
    list(&mut state, nine().into_iter().filter(|rollout| rollout.id.name.raw() != "checkout").collect());
    state
}

fn turned(mut state: AppState, text: &str) -> AppState {
    keys(&mut state, text);
    state
}

fn lost() -> AppState {
    let mut state = whole();
    be(&mut state, health(531, Some("connection refused")));
    state
}

fn not_here() -> AppState {
    let mut state = asked(production(), "verify the whole");
    press(&mut state, Key::Enter);
    state
}

fn completed() -> AppState {
    let mut state = asked(rehearsal(), "@4417");
    press(&mut state, Key::Tab);
    state
}

fn with_an_error() -> AppState {
    let mut state = production();
    tell(&mut state, Message::Notice { text: "k8s-eu: the token expired".to_owned(), is_error: true });
    asked(state, "copy")
}

pub fn all() -> Vec<Scene> {
    let scene = |name, state| Scene { screen: "palette", name, state };
    vec![
        scene("everything", asked(on_checkout(production()), "")),
        scene("further-down", moved()),
        scene("roll-back", asked(on_checkout(armed()), "roll b")),
        scene("not-armed", asked(on_checkout(production()), "adv")),
        scene("read-only", asked(console(environment(false, true)), "pause")),
        scene("rollout", asked(production(), "pay")),
        scene("gone", gone()),
        scene("not-here", not_here()),
        scene("nothing-matches", asked(production(), "zzz")),
        scene("over-a-rollout", asked(detail(), "")),
        scene("whole", asked(whole(), "alert")),
        scene("welcome", asked(welcome(false), "")),
        scene("error-unread", with_an_error()),
        scene("action", asked(on_checkout(armed()), ">roll b")),
        scene("tenant", asked(rehearsal(), "@acme")),
        scene("tenant-none", asked(rehearsal(), "@zzz")),
        scene("alert", asked(whole(), "#")),
        scene("gate", asked(whole(), "%check")),
        scene("setting", asked(whole(), "=")),
        scene("completed", completed()),
        Scene { screen: "zone", name: "local", state: turned(whole(), "t") },
        Scene { screen: "zone", name: "plan", state: turned(whole(), "tt") },
        Scene { screen: "zone", name: "local-detail", state: turned(detail(), "t") },
        Scene { screen: "zone", name: "plan-gate", state: turned(whole(), "3ttw") },
        Scene { screen: "zone", name: "plan-lost", state: turned(lost(), "tt") },
    ]
}
