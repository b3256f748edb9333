//! The state x action matrix of the Argo driver (rollout-control-planes.md 8.3, corrected by the measured
//! `matrix.json`) for the verbs of this console, and the surroundings that refuse before any state is looked at.

use cutover::domain::{
    action::ActionId,
    confirm::{NotConfirmed, Phrase, Proposal, Via},
    freshness::Freshness,
    id::TargetId,
    operation::Operation::{self, Advance, Nudge, Pause, Resume, RollBack},
    permit::{Arming, Context, Mode, OpenAction, RefusalCode as Code, Rights, permit},
    rollout::{HoldCause, Phase, Rollout},
    text::DisplayText,
    verdict::Gates,
};

use crate::operate::fake::{hold, start, waiting};

fn calm() -> Context {
    Context {
        now: start(),
        freshness: Freshness::Live,
        mode: Mode::ReadWrite,
        arming: Arming::NotNeeded,
        rights: Rights::NotAsked,
        gates: Gates::NoPlan,
        in_flight: None,
        in_doubt: None,
        accepted: None,
        ledger_unwritable: None,
    }
}

fn with(change: impl FnOnce(&mut Rollout)) -> Rollout {
    let mut rollout = waiting();
    change(&mut rollout);
    rollout
}

fn states() -> Vec<(&'static str, Rollout)> {
    let no_effect = |rollout: &mut Rollout| {
        rollout.holds = vec![hold(HoldCause::Inconclusive)];
        rollout.holds[0].release_has_no_effect = true;
    };
    let promoted = |rollout: &mut Rollout| {
        rollout.phase = Phase::Healthy;
        rollout.holds.clear();
        rollout.stable.clone_from(&rollout.revision);
    };
    vec![
        ("healthy", with(promoted)),
        ("running-weight", with(|r| (r.phase, r.holds) = (Phase::Progressing, vec![]))),
        ("paused-step", waiting()),
        ("paused-timed", with(|r| r.holds = vec![hold(HoldCause::TimedPause)])),
        ("paused-bg", with(|r| (r.holds, r.position) = (vec![hold(HoldCause::BlueGreen)], None))),
        ("manual-healthy", with(|r| (promoted(r), r.phase = Phase::Paused, r.holds = vec![hold(HoldCause::Manual)]).0)),
        ("manual-weight", with(|r| r.holds = vec![hold(HoldCause::Manual)])),
        ("manual-step", with(|r| r.holds = vec![hold(HoldCause::Manual), hold(HoldCause::StepPause)])),
        ("unsure-step", with(|r| r.holds = vec![hold(HoldCause::Inconclusive)])),
        ("unsure-bg", with(no_effect)),
        ("aborted", with(|r| (r.phase, r.holds, r.aborted) = (Phase::Aborted, vec![], true))),
        ("deadline", with(|r| (r.phase, r.holds) = (Phase::Degraded, vec![]))),
        ("invalid", with(|r| (r.phase, r.holds, r.invalid) = (Phase::Degraded, vec![], true))),
        ("unobserved", with(|r| r.observed = false)),
        ("unpausing", with(|r| (r.holds, r.unpausing, r.phase) = (vec![], true, Phase::Progressing))),
    ]
}

#[test]
fn the_state_action_matrix_holds() {
    // state | advance, pause, resume, roll back: None = offered.
    let expected: &[(&str, [Option<Code>; 4])] = &[
        (
            "healthy",
            [
                Some(Code::NothingToRelease),
                Some(Code::NothingToRelease),
                Some(Code::NotManuallyPaused),
                Some(Code::NothingToRelease),
            ],
        ),
        ("running-weight", [Some(Code::NotHeld), None, Some(Code::NotManuallyPaused), None]),
        ("paused-step", [None, None, Some(Code::NotManuallyPaused), None]),
        ("paused-timed", [None, None, Some(Code::NotManuallyPaused), None]),
        ("paused-bg", [None, None, Some(Code::NotManuallyPaused), None]),
        ("manual-healthy", [Some(Code::ManuallyPaused), Some(Code::AlreadyPaused), None, Some(Code::NothingToRelease)]),
        ("manual-weight", [Some(Code::ManuallyPaused), Some(Code::AlreadyPaused), None, None]),
        ("manual-step", [Some(Code::ManuallyPaused), Some(Code::AlreadyPaused), None, None]),
        ("unsure-step", [None, None, Some(Code::NotManuallyPaused), None]),
        ("unsure-bg", [Some(Code::NoEffect), None, Some(Code::NotManuallyPaused), None]),
        ("aborted", [Some(Code::Aborted), Some(Code::Aborted), Some(Code::NotManuallyPaused), Some(Code::Aborted)]),
        ("deadline", [Some(Code::NotHeld), None, Some(Code::NotManuallyPaused), None]),
        ("invalid", [Some(Code::InvalidSpec), Some(Code::InvalidSpec), Some(Code::NotManuallyPaused), None]),
        ("unobserved", [Some(Code::Settling), None, Some(Code::NotManuallyPaused), None]),
        ("unpausing", [Some(Code::Settling), None, Some(Code::NotManuallyPaused), None]),
    ];
    let states = states();
    assert_eq!(
        states.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        expected.iter().map(|(name, _)| *name).collect::<Vec<_>>()
    );
    for ((state, rollout), (_, row)) in states.iter().zip(expected) {
        for (operation, expected) in Operation::VERBS.into_iter().zip(row) {
            let answer = permit(operation, rollout, &calm()).err().map(|refusal| refusal.code);
            assert_eq!(answer, *expected, "{operation} when {state}");
        }
    }
}

#[test]
fn what_surrounds_a_rollout_refuses_first_and_the_safe_direction_least() {
    let open = || Some(OpenAction { id: ActionId("1".into()), operation: Advance, who: DisplayText::new("bob"), since: start() });
    let lost = || Freshness::Lost { since: start(), why: DisplayText::new("timed out") };
    let cases: Vec<(&str, Context, Option<Code>, Option<Code>)> = vec![
        (
            "stale",
            Context { freshness: Freshness::Stale { age: std::time::Duration::from_secs(40) }, ..calm() },
            Some(Code::NotFresh),
            None,
        ),
        ("lost", Context { freshness: lost(), ..calm() }, Some(Code::NotFresh), None),
        ("never", Context { freshness: Freshness::Never, ..calm() }, Some(Code::NotFresh), None),
        ("read-only", Context { mode: Mode::ReadOnly { why: "x".into() }, ..calm() }, Some(Code::ReadOnly), Some(Code::ReadOnly)),
        ("disarmed", Context { arming: Arming::Disarmed, ..calm() }, Some(Code::NotArmed), None),
        (
            "denied",
            Context { rights: Rights::Denied { sentence: "x".into() }, ..calm() },
            Some(Code::NotPermitted),
            Some(Code::NotPermitted),
        ),
        ("gate fails", Context { gates: Gates::Fail { sentence: "x".into() }, ..calm() }, Some(Code::GateFails), None),
        (
            "gate undecided",
            Context { gates: Gates::Undecided { sentence: "x".into() }, ..calm() },
            Some(Code::GateUndecided),
            None,
        ),
        ("in flight", Context { in_flight: open(), ..calm() }, Some(Code::InFlight), Some(Code::InFlight)),
        ("in doubt", Context { in_doubt: open(), ..calm() }, Some(Code::InDoubt), None),
        (
            "ledger",
            Context { ledger_unwritable: Some("full".into()), ..calm() },
            Some(Code::LedgerUnwritable),
            Some(Code::LedgerUnwritable),
        ),
    ];
    for (name, context, advance, safe) in cases {
        let code = |operation| permit(operation, &waiting(), &context).err().map(|refusal| refusal.code);
        assert_eq!(code(Advance), advance, "advance: {name}");
        assert_eq!(code(Pause), safe, "pause: {name}");
        assert_eq!(code(RollBack), safe, "roll back: {name}");
    }
    let superseding = permit(RollBack, &waiting(), &Context { in_doubt: open(), ..calm() }).unwrap();
    assert_eq!(superseding.supersedes, Some(ActionId("1".into())));
}

#[test]
fn a_nudge_is_offered_only_for_an_accepted_change() {
    let open = OpenAction { id: ActionId("1".into()), operation: Advance, who: DisplayText::new("me"), since: start() };
    assert_eq!(permit(Nudge, &waiting(), &calm()).unwrap_err().code, Code::NothingToNudge);
    assert!(permit(Nudge, &waiting(), &Context { accepted: Some(open), ..calm() }).is_ok());
}

#[test]
fn a_name_that_kubernetes_would_not_give_can_not_be_acted_on() {
    for name in ["Checkout", "check\u{202e}out", "-x", "", "a/b", "p\u{430}yments"] {
        let rollout = with(|r| r.id = TargetId::new(&r.id.source, "shop", name));
        for operation in Operation::VERBS {
            assert_eq!(permit(operation, &rollout, &calm()).unwrap_err().code, Code::NameNotActionable, "{name:?}");
        }
    }
}

#[test]
fn every_refusal_names_the_target_or_says_what_to_do() {
    for (state, rollout) in states() {
        for operation in Operation::ALL {
            if let Err(refusal) = permit(operation, &rollout, &calm()) {
                assert!(refusal.sentence.contains("checkout"), "{operation} when {state}: {}", refusal.sentence);
            }
        }
    }
}

fn proposal(operation: Operation, after: Option<u32>, letters: Option<[char; 2]>) -> Proposal {
    let mut plan = crate::operate::fake::plan(operation);
    plan.after.weight = after;
    let offer = permit(Pause, &waiting(), &calm()).unwrap();
    Proposal {
        judged: Vec::new(),
        action: ActionId("1".into()),
        phrase: Phrase::of(&plan, letters),
        plan,
        offer,
        needs_reason: operation == RollBack,
    }
}

#[test]
fn what_has_to_be_typed_is_the_new_state_and_two_letters() {
    let letters = Some(['k', 'v']);
    assert_eq!(proposal(Advance, Some(50), letters).phrase.text(), "50-kv");
    assert_eq!(proposal(Advance, Some(25), letters).phrase.text(), "checkout-kv", "no weight changes: the name");
    assert_eq!(proposal(Resume, Some(25), letters).phrase.text(), "checkout-kv");
    assert_eq!(proposal(RollBack, Some(0), letters).phrase.text(), "checkout-kv", "a roll back always takes the name");
    assert_eq!(proposal(Pause, Some(25), letters).phrase.text(), "pause");
    assert_eq!(proposal(Advance, Some(50), None).phrase.text(), "50", "scripts pass no letters");
}

#[test]
fn only_the_exact_phrase_confirms() {
    let proposal = proposal(RollBack, Some(0), Some(['k', 'v']));
    for typed in ["", "y", "yes", "checkout", "checkout-", "checkout-kw", "Checkout-kv", " checkout-kv", "checkout-kv "] {
        assert!(matches!(proposal.confirm(typed, "r", Via::Screen), Err(NotConfirmed::WrongPhrase { .. })), "{typed:?}");
    }
    assert_eq!(proposal.confirm("checkout-kv", "  ", Via::Screen), Err(NotConfirmed::ReasonMissing));
    assert_eq!(proposal.confirm("checkout-kv", " errors ", Via::Screen).unwrap().reason(), Some("errors"));
}
