//! `tick`, `ack` and `note`: what is recorded, and what is not.

use std::{sync::Arc, time::Duration};

use cutover::{
    cli::command::AnswerName,
    domain::{alert::AlertKey, human::Saying, plan::PlanName, verdict::Verdict},
};

use super::{
    answers::check,
    judged::{KEY, judged, plan},
    world::{Fake, cutover, cutover_words, lost, target, text},
};

fn world() -> Fake {
    Fake::new(judged(Verdict::Pass))
}

fn said(world: &Fake) -> Vec<Saying> {
    std::mem::take(&mut world.asked.lock().unwrap().said)
}

#[test]
fn a_tick_names_plan_item_and_evidence_and_contacts_nothing() {
    let world = world();
    let ended = cutover_words(&world, &["tick", "backup", "--evidence", "see OPS-7"]);
    assert_eq!((ended.exit.code(), ended.out.as_str()), (0, "ticked backup of athena: recorded as alice #42\n"));
    let (athena, backup) = (PlanName::new("athena"), PlanName::new("backup"));
    let expected = Saying::Tick { plan: athena.clone(), item: backup.clone(), evidence: "see OPS-7".into() };
    assert_eq!(said(&world), [expected]);
    check(AnswerName::Said, &cutover(&world, "tick athena/backup --evidence OPS-7 --json").json());
    said(&world);
    assert_eq!(cutover_words(&world, &["tick", "backup", "--take-back", "--reason", "wrong one"]).exit.code(), 0);
    assert_eq!(said(&world), [Saying::Untick { plan: athena, item: backup, reason: Some("wrong one".into()) }]);
    assert_eq!(world.asked.lock().unwrap().looks, 0);
}

#[test]
fn what_can_not_be_recorded_is_said_and_not_recorded() {
    let mut two = judged(Verdict::Pass);
    let other = cutover::domain::plan::Plan { id: PlanName::new("helios"), ..plan() };
    two.plans = Arc::from([Arc::new(plan()), Arc::new(other)]);
    let two = Fake::new(two);
    let long = "x".repeat(513);
    for (world, words, part) in [
        (&world(), vec!["tick", "nothing", "--evidence", "x"], "athena/backup, athena/comms"),
        (&world(), vec!["tick", "backup", "--evidence", "  "], "needs evidence"),
        (&world(), vec!["tick", "backup", "--evidence", long.as_str()], "513 characters"),
        (&two, vec!["tick", "backup", "--evidence", "x"], "athena/backup, helios/backup"),
        (&world(), vec!["note", " "], "says nothing"),
        (&world(), vec!["note", "x", "--about", "nobody"], "no rollout is called nobody"),
        (&world(), vec!["ack", "Nothing"], "no alert is called Nothing"),
        (&world(), vec!["ack", "HighErrorRate", "--for", "0s"], "1 s to 24 h"),
    ] {
        let ended = cutover_words(world, &words);
        assert_eq!(ended.exit.code(), 2, "{words:?}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(part), "{words:?}: {}", ended.err);
        assert_eq!(said(world), [], "{words:?}");
    }
    assert_eq!(cutover_words(&two, &["tick", "helios/backup", "--evidence", "x"]).exit.code(), 0);
    let mut full = world();
    full.unwritable = Some("no space left on device".into());
    let ended = cutover(&full, "note x");
    assert_eq!(ended.exit.code(), 5);
    assert!(ended.err.contains("not recorded: no space left on device"), "{}", ended.err);
}

#[test]
fn an_alert_is_acknowledged_by_name_or_by_the_beginning_of_its_identifier() {
    let world = world();
    let expected = |lasts: u64, note: Option<&str>| Saying::Acknowledge {
        alert: AlertKey::new(KEY),
        name: text("HighErrorRate"),
        lasts: Duration::from_secs(lasts),
        note: note.map(Into::into),
    };
    assert_eq!(cutover(&world, "ack HighErrorRate").exit.code(), 0);
    assert_eq!(said(&world), [expected(1800, None)]);
    let ended = cutover_words(&world, &["ack", "00ff", "--for", "1h30m", "--note", "looking at it"]);
    assert_eq!((ended.exit.code(), ended.out.contains("acknowledged HighErrorRate for 90 min")), (0, true));
    assert_eq!(said(&world), [expected(5400, Some("looking at it"))]);
    // Two alerts of one name: one that is said to be meant, or none.
    let mut twins = judged(Verdict::Pass);
    let mut feed = (*twins.feeds[0]).clone();
    let mut twin = (*feed.alerts[1]).clone();
    twin.key = AlertKey::new("00ff11");
    feed.alerts = feed.alerts.iter().cloned().chain([Arc::new(twin)]).collect();
    twins.feeds = vec![Arc::new(feed)];
    let twins = Fake::new(twins);
    let ended = cutover(&twins, "ack HighErrorRate");
    assert_eq!((ended.exit.code(), said(&twins).len()), (2, 0));
    assert!(ended.err.contains("00ff11  job=checkout"), "{}", ended.err);
    assert_eq!(cutover(&twins, "ack 00ff11").exit.code(), 0);
    // A source that is away may have it.
    let mut away = judged(Verdict::Pass);
    away.sources[1].health = lost();
    assert_eq!(cutover(&Fake::new(away), "ack Nothing").exit.code(), 7);
}

#[test]
fn a_note_is_about_a_rollout_or_about_nothing() {
    let world = world();
    assert_eq!(cutover_words(&world, &["note", "support is staffed"]).exit.code(), 0);
    assert_eq!(cutover_words(&world, &["note", "x", "--about", "k8s/shop/checkout"]).exit.code(), 0);
    assert_eq!(world.asked.lock().unwrap().looks, 0, "a whole identifier needs no look");
    let ended = cutover_words(&world, &["note", "x", "--about", "checkout"]);
    assert_eq!(ended.out, "noted on k8s/shop/checkout: recorded as alice #42\n");
    let about = said(&world).into_iter().map(|saying| match saying {
        Saying::Note { about, .. } => about,
        other @ (Saying::Tick { .. } | Saying::Untick { .. } | Saying::Acknowledge { .. }) => panic!("{other:?}"),
    });
    assert_eq!(about.collect::<Vec<_>>(), [None, Some(target("checkout")), Some(target("checkout"))]);
}
