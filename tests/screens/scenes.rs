//! Moments worth a picture: each screen in each state it can reach. All are reached by messages and keys.

use std::sync::Arc;

use cutover::{
    app::{message::Message, state::AppState},
    domain::{
        operation::Operation,
        outcome::Outcome,
        permit::{Refusal, RefusalCode},
        progress::{Progress, Receipt, Report, SentRequest},
        rollout::{Phase, Rollout},
    },
    ledger::book::Book,
    terminal::input::{Input, Key},
};

use super::world::{
    armed, audit_page, be, console, environment, form, health, keys, list, nine, now, open_record, plan, press, production,
    rollout, select, tell, welcome,
};

#[derive(Clone)]
pub struct Scene {
    pub screen: &'static str,
    pub name: &'static str,
    pub state: AppState,
}

fn thousand() -> AppState {
    let mut state = production();
    let mut all = nine();
    all.extend((0..991).map(|at| rollout("fleet", &format!("service-{at:04}"))));
    all.sort_by(|a, b| a.id.cmp(&b.id));
    list(&mut state, all);
    keys(&mut state, "G");
    state
}

fn on_checkout() -> AppState {
    let mut state = production();
    select(&mut state, "checkout");
    state
}

fn detail() -> AppState {
    let mut state = on_checkout();
    press(&mut state, Key::Enter);
    state
}

fn stale(mut state: AppState) -> AppState {
    be(&mut state, health(531, None));
    state
}

fn lost(mut state: AppState) -> AppState {
    be(&mut state, health(531, Some("connection refused")));
    state
}

fn gone() -> AppState {
    let mut state = on_checkout();
    list(&mut state, nine().into_iter().filter(|rollout: &Rollout| rollout.id.name.raw() != "checkout").collect());
    state
}

fn filtered(text: &str, keep: bool) -> AppState {
    let mut state = production();
    keys(&mut state, "/");
    keys(&mut state, text);
    if keep {
        press(&mut state, Key::Enter);
    }
    state
}

fn noticed(is_error: bool) -> AppState {
    let mut state = production();
    let text = if is_error { "k8s-eu: the token expired at 14:30Z; renew it and press r" } else { "copied 1 row" };
    tell(&mut state, Message::Notice { text: text.to_owned(), is_error });
    if is_error {
        tell(&mut state, Message::Notice { text: "a second thing".to_owned(), is_error });
    }
    state
}

/// Tab until the typed field has the keyboard, then type.
fn answer(state: &mut AppState, typed: &str) {
    use cutover::app::form::Focus;
    for _ in 0..6 {
        if state.form.as_ref().is_some_and(|form| form.focus == Focus::Typed) {
            break;
        }
        press(state, Key::Tab);
    }
    keys(state, typed);
}

fn advance(typed: &str) -> AppState {
    let mut state = form(Operation::Advance);
    answer(&mut state, typed);
    state
}

fn advance_ready() -> AppState {
    let mut state = advance("50-kv");
    press(&mut state, Key::Tab);
    press(&mut state, Key::Tab);
    state
}

fn advance_locked() -> AppState {
    let mut state = advance("50-k");
    let ticket = state.form.as_ref().unwrap().ticket;
    let mut checks = plan(Operation::Advance).preconditions;
    checks[1].seen = 2.into();
    tell(&mut state, Message::Rechecked { ticket, result: Ok(checks) });
    state
}

fn advance_pasted() -> AppState {
    let mut state = advance("50");
    tell(&mut state, Message::Input(Input::Paste("50-kv\n".to_owned())));
    state
}

fn advance_stale() -> AppState {
    stale(advance("50-"))
}

fn reading() -> AppState {
    let mut state = armed();
    select(&mut state, "checkout");
    keys(&mut state, "A");
    state
}

fn refused() -> AppState {
    let mut state = reading();
    let ticket = state.form.as_ref().unwrap().ticket;
    let why = "the server's own dry run said no: admission webhook \"freeze.example.com\" denied the request: change freeze until 18:00Z";
    tell(&mut state, Message::Prepared { ticket, result: Err(Refusal::new(RefusalCode::DryRunRejected, why)) });
    state
}

fn sheet(key: &str) -> AppState {
    let mut state = form(Operation::Advance);
    for _ in 0..3 {
        press(&mut state, Key::Tab);
    }
    keys(&mut state, key);
    state
}

fn arm() -> AppState {
    let mut state = on_checkout();
    keys(&mut state, "Xa");
    state
}

fn sent(stages: &[Progress]) -> AppState {
    let mut state = advance_ready();
    press(&mut state, Key::Enter);
    let action = state.running.last().expect("it was sent").action.clone();
    for progress in stages {
        tell(&mut state, Message::Operated { action: action.clone(), progress: progress.clone() });
    }
    state
}

fn report(outcome: Outcome, sentence: &str) -> Progress {
    let plan = plan(Operation::Advance);
    Progress::Done(Box::new(Report {
        action: open_record(Operation::Advance).id,
        operation: Operation::Advance,
        target: plan.target.clone(),
        outcome,
        sentence: sentence.to_owned(),
        refusal: None,
        requests: plan
            .requests
            .iter()
            .map(|request| SentRequest {
                request: request.clone(),
                sent: !matches!(outcome, Outcome::NotSent | Outcome::Refused),
                status: match outcome {
                    Outcome::Verified | Outcome::Accepted | Outcome::Contradicted => Some(200),
                    Outcome::Rejected => Some(409),
                    Outcome::InDoubt | Outcome::NotSent | Outcome::Refused => None,
                },
            })
            .collect(),
        plan: Some(plan),
        read_back_at: (outcome == Outcome::Verified).then(now),
        record: Some(Receipt { ledger: "alice".to_owned(), seq: 42, hash: "9f2c7d10e177d03b".to_owned() }),
        outcome_not_durable: None,
    }))
}

fn ended(outcome: Outcome, sentence: &str) -> AppState {
    sent(&[
        Progress::Checking,
        Progress::Settling,
        Progress::Sending,
        Progress::Answered { status: 200 },
        report(outcome, sentence),
    ])
}

fn in_doubt(choose: bool) -> AppState {
    let mut state = on_checkout();
    let book = Book { in_doubt: vec![open_record(Operation::Advance)], ..Book::default() };
    tell(&mut state, Message::Book(Arc::new(book)));
    if !matches!(state.screen(), cutover::app::state::Screen::InDoubt(_)) {
        keys(&mut state, "Xi");
    }
    if choose {
        // A good read after the action: it has moved on.
        let mut all = nine();
        let checkout = all.iter_mut().find(|rollout| rollout.id.name.raw() == "checkout").unwrap();
        checkout.holds.clear();
        checkout.phase = Phase::Progressing;
        checkout.position.as_mut().unwrap().index = 2;
        checkout.weight.set = Some(50);
        list(&mut state, all);
        be(&mut state, health(0, None));
        keys(&mut state, "1");
    }
    state
}

/// The same page with an answer of so many words, so many read-backs, and perhaps an error that nobody has read.
pub fn with_long_answer(state: &AppState, words: usize, read_backs: usize, error: bool) -> AppState {
    let mut state = state.clone();
    let mut record = open_record(Operation::Advance);
    record.sentence = vec!["answered"; words].join(" ");
    let action = record.id.clone();
    tell(&mut state, Message::Book(Arc::new(Book { in_doubt: vec![record], ..Book::default() })));
    for _ in 0..read_backs {
        tell(
            &mut state,
            Message::ReadBack { action: action.clone(), result: Ok("not visible: paused, step 2/6, weight 25 %".into()) },
        );
    }
    if error {
        tell(&mut state, Message::Notice { text: vec!["wrong"; 40].join(" "), is_error: true });
    }
    state
}

fn doubt_on_the_overview() -> AppState {
    let mut state = in_doubt(false);
    press(&mut state, Key::Esc);
    state
}

fn audit(rows: Option<u64>) -> AppState {
    let mut state = production();
    keys(&mut state, "7");
    if let Some(rows) = rows {
        tell(&mut state, Message::AuditPage(Arc::new(audit_page(rows))));
        press(&mut state, Key::Down);
    }
    state
}

fn with(mut state: AppState, text: &str) -> AppState {
    keys(&mut state, text);
    state
}

fn first_read() -> AppState {
    let mut state = production();
    let info = state.sources[0].info.clone();
    state.sources[0] = cutover::app::state::SourceState::new(info);
    list(&mut state, Vec::new());
    state.sources[0].listed = false;
    state
}

/// Every scene.
#[allow(clippy::too_many_lines, reason = "a list")]
pub fn all() -> Vec<Scene> {
    let scene = |screen, name, state| Scene { screen, name, state };
    vec![
        scene("overview", "nine", on_checkout()),
        scene("overview", "thousand", thousand()),
        scene("overview", "typing-a-filter", filtered("pa", false)),
        scene("overview", "filtered", filtered("shop", true)),
        scene("overview", "nothing-matches", filtered("zzz", true)),
        scene("overview", "stale", stale(on_checkout())),
        scene("overview", "lost", lost(on_checkout())),
        scene("overview", "gone", gone()),
        scene("overview", "read-only", console(environment(false, true))),
        scene("overview", "armed", armed()),
        scene("overview", "first-read", first_read()),
        scene("overview", "notice", noticed(false)),
        scene("overview", "errors", noticed(true)),
        scene("overview", "other-pane", with(production(), "2")),
        scene("overview", "other-pane-zoomed", with(production(), "2z")),
        scene("overview", "zoomed", with(production(), "z")),
        scene("overview", "in-doubt", doubt_on_the_overview()),
        scene("detail", "waits", detail()),
        scene("detail", "scrolled", with(detail(), "G")),
        scene("detail", "pods", {
            let mut state = production();
            select(&mut state, "recommendations");
            press(&mut state, Key::Enter);
            state
        }),
        scene("detail", "paused-by-hand", {
            let mut state = production();
            select(&mut state, "payments-gateway-canary-eu-west");
            press(&mut state, Key::Enter);
            state
        }),
        scene("detail", "stale", stale(detail())),
        scene("detail", "lost", lost(detail())),
        scene("detail", "gone", {
            let mut state = gone();
            press(&mut state, Key::Enter);
            state
        }),
        scene("why", "waits", with(on_checkout(), "w")),
        scene("why", "stale", with(stale(on_checkout()), "w")),
        scene("help", "overview", with(production(), "?")),
        scene("actions", "not-armed", with(on_checkout(), "X")),
        scene("actions", "armed", {
            let mut state = armed();
            select(&mut state, "checkout");
            with(state, "X")
        }),
        scene("actions", "read-only", with(console(environment(false, true)), "X")),
        scene("copy", "rollout", with(detail(), "y")),
        scene("form", "reading", reading()),
        scene("form", "refused", refused()),
        scene("form", "advance", advance("50-")),
        scene("form", "advance-ready", advance_ready()),
        scene("form", "advance-locked", advance_locked()),
        scene("form", "advance-pasted", advance_pasted()),
        scene("form", "advance-stale", advance_stale()),
        scene("form", "advance-calls", sheet("s")),
        scene("form", "advance-dry-run", sheet("d")),
        scene("form", "pause", form(Operation::Pause)),
        scene("form", "resume", form(Operation::Resume)),
        scene("form", "roll-back", form(Operation::RollBack)),
        scene("form", "nudge", form(Operation::Nudge)),
        scene("form", "arm", arm()),
        scene("progress", "on-its-way", sent(&[Progress::Checking, Progress::Settling, Progress::Sending])),
        scene("progress", "verified", ended(Outcome::Verified, "step 3/6, weight set 50 %, read back after 0.4 s")),
        scene(
            "progress",
            "not-acted-on",
            sent(&[Progress::Sending, Progress::Answered { status: 200 }, Progress::NotActedOn { seconds: 6 }]),
        ),
        scene(
            "progress",
            "accepted",
            ended(Outcome::Accepted, "the system took it; its controller has not acted on it for 30 s"),
        ),
        scene("progress", "contradicted", ended(Outcome::Contradicted, "it was rolled back meanwhile")),
        scene("progress", "in-doubt", ended(Outcome::InDoubt, "sent, and no answer within 10 s")),
        scene("in-doubt", "open", in_doubt(false)),
        scene("in-doubt", "chosen", in_doubt(true)),
        scene("audit", "reading", audit(None)),
        scene("audit", "records", audit(Some(40))),
        scene("audit", "empty", audit(Some(0))),
        scene("sources", "live", with(production(), "9")),
        scene("sources", "lost", with(lost(production()), "9")),
        scene("welcome", "first", welcome(false)),
        scene("welcome", "connecting", welcome(true)),
    ]
    .into_iter()
    .chain(super::moments::all())
    .chain(super::palette::all())
    .chain(super::rehearsed::all())
    .chain(super::returned::all())
    .collect()
}
