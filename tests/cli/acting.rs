//! Changes from the command line: what is sent, what is not, and how it ends.

use cutover::{
    cli::Exit,
    domain::{
        confirm::Via, freshness::SourceHealth, id::SourceId, judge::ReadBack, operation::Operation, outcome::Outcome,
        permit::RefusalCode, source::Tells,
    },
};

use super::world::{Fake, checkout, cutover, healthy, input, lost};

fn ending(outcome: Outcome) -> Fake {
    let mut world = Fake::waiting();
    world.outcome = outcome;
    world
}

#[test]
fn a_missing_confirmation_sends_nothing_and_says_what_to_pass() {
    let world = Fake::waiting();
    let ended = cutover(&world, "advance checkout");
    assert_eq!(ended.exit, Exit::NotConfirmed);
    assert_eq!(ended.err, "cutover: advance of k8s/shop/checkout refused, nothing was sent: not confirmed: pass --confirm 50\n");
    assert_eq!(ended.out, "");
    assert_eq!(world.executed(), 0);
    assert_eq!(world.asked.lock().unwrap().denied, [RefusalCode::NotConfirmed]);
}

#[test]
fn a_wrong_confirmation_sends_nothing() {
    for line in [
        "advance checkout --confirm 25",
        "advance checkout --confirm checkout",
        "advance checkout --confirm 50-kv",
        "resume checkout --confirm resume",
        "rollback checkout --confirm check --reason bad",
        "pause checkout --confirm checkout",
        "pause checkout",
        "nudge checkout",
    ] {
        let world = Fake::waiting();
        let ended = cutover(&world, line);
        assert_eq!(ended.exit, Exit::NotConfirmed, "{line}");
        assert!(ended.err.contains("--confirm"), "{line}: {}", ended.err);
        assert_eq!(world.executed(), 0, "{line}");
        assert_eq!(world.asked.lock().unwrap().denied, [RefusalCode::NotConfirmed], "{line}");
    }
}

#[test]
fn a_roll_back_without_a_reason_sends_nothing() {
    let world = Fake::waiting();
    let args = ["cutover", "rollback", "checkout", "--confirm", "checkout", "--reason", "  "];
    let args = cutover::cli::Args::read(args).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = runtime.block_on(cutover::cli::run(&args, &world, &mut out, &mut err));
    assert_eq!(exit, Exit::NotConfirmed);
    assert!(String::from_utf8(err).unwrap().contains("needs a reason: add --reason TEXT"));
    assert_eq!(world.executed(), 0);
}

#[test]
fn each_verb_goes_once_and_as_confirmed_on_the_command_line() {
    for (line, operation, reason) in [
        ("advance checkout --confirm 50", Operation::Advance, None),
        ("advance shop/checkout --to 50% --expect-at 25% --confirm 50 --reason calm", Operation::Advance, Some("calm")),
        ("pause checkout --yes", Operation::Pause, None),
        ("pause checkout --confirm pause", Operation::Pause, None),
        ("resume k8s/shop/checkout --confirm checkout", Operation::Resume, None),
        ("rollback checkout --confirm checkout --reason errors", Operation::RollBack, Some("errors")),
        ("nudge checkout --yes", Operation::Nudge, None),
    ] {
        let world = Fake::waiting();
        let ended = cutover(&world, line);
        assert_eq!(ended.exit, Exit::Done, "{line}: {}", ended.err);
        let asked = world.asked.lock().unwrap();
        assert_eq!(asked.executed, [(operation, Via::CommandLine, reason.map(str::to_owned))], "{line}");
        assert_eq!(asked.prepared.len(), 1, "{line}");
        assert!(asked.denied.is_empty(), "{line}");
        assert!(ended.err.contains("recorded; sending"), "{line}: {}", ended.err);
    }
}

#[test]
fn a_dry_run_prints_the_requests_and_sends_nothing() {
    let world = Fake::waiting();
    let ended = cutover(&world, "advance checkout --dry-run");
    assert_eq!(ended.exit, Exit::Done);
    assert_eq!(world.executed(), 0);
    insta::assert_snapshot!(ended.out, @r#"
    advance of k8s/shop/checkout: dry run: nothing was sent; advance of checkout would be possible now
      change   step 2, 25 %, paused -> step 3, 50 %, progressing
      request  PATCH /apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout/status?fieldManager=cutover (not sent)
               [{"op":"test","path":"/metadata/uid","value":"uid-1"}]
      only if  step index is 1 (holds)
      then     half of the traffic goes to app:v2
      warning  argocd shop-app may put it back
      warning  no plan judges this
    "#);
    assert_eq!(ended.err, "next: cutover advance k8s/shop/checkout --confirm 50\n");
}

#[test]
fn a_dry_run_is_refused_like_the_change_itself() {
    let mut world = Fake::waiting();
    world.refuses = Some(RefusalCode::InDoubt);
    let ended = cutover(&world, "advance checkout --dry-run --json");
    assert_eq!(ended.exit, Exit::Refused);
    assert_eq!(ended.json()["outcome"], "refused");
    assert_eq!(ended.json()["dry_run"], true);
    assert_eq!(ended.err, "next: cutover doubt list\n");
}

#[test]
fn another_weight_than_asked_for_sends_nothing() {
    for (line, code, sentence) in [
        ("advance checkout --to 75 --confirm 50", RefusalCode::NotThatValue, "would go to 50 %, not to 75 %"),
        ("advance checkout --expect-at 5% --confirm 50", RefusalCode::StateMoved, "is at 25 %, not at 5 %"),
        ("advance checkout --to 75 --dry-run", RefusalCode::NotThatValue, "never skips a step"),
    ] {
        let world = Fake::waiting();
        let ended = cutover(&world, line);
        assert_eq!(ended.exit, Exit::Refused, "{line}");
        assert!(ended.err.contains(sentence), "{line}: {}", ended.err);
        assert_eq!(world.executed(), 0, "{line}");
        let denied = if line.contains("--dry-run") { vec![] } else { vec![code] };
        assert_eq!(world.asked.lock().unwrap().denied, denied, "{line}: a dry run leaves no record");
    }
}

#[test]
fn every_end_has_its_code_and_says_so() {
    for (outcome, exit, status) in [
        (Outcome::Verified, 0, Some(200)),
        (Outcome::Accepted, 6, Some(200)),
        (Outcome::Rejected, 5, Some(409)),
        (Outcome::Refused, 5, None),
        (Outcome::NotSent, 7, None),
        (Outcome::InDoubt, 6, None),
        (Outcome::Contradicted, 1, Some(200)),
    ] {
        let world = ending(outcome);
        let ended = cutover(&world, "advance checkout --confirm 50 --json");
        assert_eq!(ended.exit.code(), exit, "{outcome:?}");
        let answer = ended.json();
        assert_eq!(answer["outcome"], outcome.word());
        assert_eq!(answer["requests"][0]["status"], serde_json::to_value(status).unwrap());
        assert_eq!(answer["record"]["seq"], 42);
        let sent = !matches!(outcome, Outcome::Refused | Outcome::NotSent);
        assert_eq!(answer["requests"][0]["sent"], sent, "{outcome:?}");

        let people = cutover(&ending(outcome), "advance checkout --confirm 50");
        assert!((people.out + &people.err).contains(&format!("the fake says {}", outcome.title())), "{outcome:?}");
    }
}

#[test]
fn a_refusal_ends_by_its_code() {
    for (code, exit) in [
        (RefusalCode::ReadOnly, 11),
        (RefusalCode::NotArmed, 11),
        (RefusalCode::NotFresh, 4),
        (RefusalCode::Unreachable, 7),
        (RefusalCode::GateFails, 3),
        (RefusalCode::GateUndecided, 4),
        (RefusalCode::NotHeld, 5),
    ] {
        let mut world = Fake::waiting();
        world.refuses = Some(code);
        let ended = cutover(&world, "advance checkout --confirm 50 --json");
        assert_eq!(ended.exit.code(), exit, "{code:?}");
        assert_eq!(ended.json()["refusal"]["code"], serde_json::to_value(code).unwrap());
        assert_eq!(world.executed(), 0);
        assert_eq!(world.asked.lock().unwrap().denied, [code], "it was asked for and refused: that is a record");
        assert_eq!(ended.json()["record"]["seq"], 42);

        let ended = cutover(&world, "advance checkout --dry-run --json");
        assert_eq!(ended.exit.code(), exit, "{code:?}");
        assert_eq!(world.asked.lock().unwrap().denied, [code], "a dry run leaves no record");
    }
}

#[test]
fn a_reason_arms_this_one_action_and_stands_in_its_intent() {
    let world = Fake::waiting();
    cutover(&world, "advance checkout --confirm 50");
    assert!(world.asked.lock().unwrap().armed.is_empty());
    cutover(&world, "advance checkout --confirm 50 --reason planned");
    let asked = world.asked.lock().unwrap();
    assert_eq!(asked.armed, [super::world::target("checkout")]);
    assert_eq!(asked.executed.last().unwrap().2.as_deref(), Some("planned"));
}

#[test]
fn waiting_ends_when_the_controller_has_acted_when_it_did_otherwise_and_when_time_is_up() {
    let wait = "advance checkout --confirm 50 --wait --timeout 20 --json";
    let world = ending(Outcome::Accepted);
    *world.read_backs.lock().unwrap() = vec![ReadBack::AcceptedOnly, ReadBack::NotVisible, ReadBack::Reached];
    let ended = cutover(&world, wait);
    assert_eq!((ended.exit, ended.json()["outcome"].as_str()), (Exit::Done, Some("verified")));

    let world = ending(Outcome::Accepted);
    *world.read_backs.lock().unwrap() = vec![ReadBack::Contradicted("it was rolled back meanwhile".into())];
    let ended = cutover(&world, wait);
    assert_eq!((ended.exit, ended.json()["sentence"].as_str()), (Exit::Unexpected, Some("it was rolled back meanwhile")));

    let world = ending(Outcome::Accepted);
    let ended = cutover(&world, wait);
    assert_eq!((ended.exit, ended.json()["outcome"].as_str()), (Exit::TimedOut, Some("accepted")));
    assert!(ended.err.contains("not acted on within 20 s; the action itself goes on"));
    assert_eq!(world.executed(), 1, "waiting sends nothing again");
}

#[test]
fn an_outcome_that_could_not_be_recorded_is_never_a_plain_success() {
    let mut world = ending(Outcome::Verified);
    world.not_durable = Some("No space left on device".into());
    let ended = cutover(&world, "advance checkout --confirm 50 --json");
    assert_eq!(ended.exit, Exit::Unexpected);
    assert_eq!(ended.json()["outcome_not_recorded"], "No space left on device");
    assert!(ended.err.contains("could not be recorded"));
}

#[test]
fn a_name_that_fits_several_or_none_reaches_no_engine() {
    let mut other = checkout();
    other.id.namespace = cutover::domain::id::Name::new("shop-stage");
    let world = Fake::new(input(vec![checkout(), other, healthy("cart")]));
    let ended = cutover(&world, "rollback checkout --confirm checkout --reason bad");
    assert_eq!(ended.exit, Exit::Usage);
    assert_eq!(
        ended.err,
        "cutover: checkout could be any of these; type more of the name:\n  k8s/shop/checkout\n  k8s/shop-stage/checkout\n"
    );
    let ended = cutover(&world, "pause chekout --yes");
    assert_eq!(ended.exit, Exit::Usage);
    assert!(ended.err.starts_with("cutover: no rollout is called chekout; near it:\n  k8s/shop/checkout\n"), "{}", ended.err);
    let ended = cutover(&world, "pause zzz --yes");
    assert_eq!(ended.err, "cutover: no rollout is called zzz; see them all with: cutover status\n");
    assert!(world.asked.lock().unwrap().prepared.is_empty());
    assert_eq!(cutover(&world, "pause shop/checkout --yes").exit, Exit::Done);
}

#[test]
fn a_whole_name_in_a_source_that_does_not_answer_goes_to_the_engine() {
    let mut seen = input(Vec::new());
    seen.sources[0].health = lost();
    let world = Fake::new(seen);
    let ended = cutover(&world, "rollback checkout --confirm checkout --reason bad");
    assert_eq!(ended.exit, Exit::Unreachable);
    assert!(ended.err.contains("it may be in k8s, which does not answer: connection refused"), "{}", ended.err);
    assert_eq!(world.executed(), 0);
    let looks = world.asked.lock().unwrap().looks;
    assert_eq!(cutover(&world, "rollback k8s/shop/checkout --confirm checkout --reason bad").exit, Exit::Done);
    assert_eq!(world.executed(), 1);
    assert_eq!(world.asked.lock().unwrap().looks, looks, "a roll back by its whole name waits for no list");
}

/// A reader that goes away does not change how an action ended.
#[test]
fn a_reader_that_has_gone_away_does_not_change_the_code() {
    struct Gone;
    impl std::io::Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let world = ending(Outcome::InDoubt);
    let args = cutover::cli::Args::read(["cutover", "advance", "checkout", "--confirm", "50"]).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let exit = runtime.block_on(cutover::cli::run(&args, &world, &mut Gone, &mut Gone));
    assert_eq!(exit, Exit::InDoubt);
}

/// Another source that does not answer may have one of the same name: what is sent goes where somebody said, not where one
/// happened to be seen.
#[test]
fn a_short_name_is_not_acted_on_while_a_source_is_away() {
    let mut seen = input(vec![checkout()]);
    let mut away = seen.sources[0].clone();
    away.id = SourceId::new("k8s-us");
    away.health = lost();
    seen.sources.push(away);
    let world = Fake::new(seen);
    for name in ["checkout", "shop/checkout"] {
        let ended = cutover(&world, &format!("rollback {name} --confirm checkout --reason errors"));
        assert_eq!(ended.exit, Exit::Unreachable, "{}", ended.err);
        assert!(ended.err.contains("k8s-us") && ended.err.contains("name it whole: k8s/shop/checkout"), "{}", ended.err);
    }
    assert_eq!(world.executed(), 0);
    let ended = cutover(&world, "rollback k8s/shop/checkout --confirm checkout --reason errors");
    assert_eq!(world.executed(), 1, "{}", ended.err);
}

/// Metrics and databases have no rollouts: they are not asked for names, and their silence makes no name ambiguous.
#[test]
fn a_short_name_is_acted_on_beside_sources_that_have_no_rollouts() {
    let mut seen = input(vec![checkout()]);
    let mut metrics = seen.sources[0].clone();
    metrics.id = SourceId::new("metrics");
    metrics.tells = Tells { rollouts: false, answers: true, ..Tells::default() };
    metrics.health = SourceHealth::never();
    seen.sources.push(metrics);
    let world = Fake::new(seen);
    let ended = cutover(&world, "rollback checkout --confirm checkout --reason errors");
    assert_eq!((ended.exit, world.executed()), (Exit::Done, 1), "{}", ended.err);
    assert_eq!(cutover(&world, "rollback zzz --confirm zzz --reason errors").exit, Exit::Usage);
}
