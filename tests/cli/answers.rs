//! Every JSON answer is what its schema says, and every field of it is required: unknown is null, never absent.

use clap::ValueEnum;
use cutover::{
    cli::{command::AnswerName, run::schema},
    domain::{operation::Operation, outcome::Outcome, permit::RefusalCode},
};
use serde_json::Value;

use super::world::{Fake, alone, checkout, cutover, healthy, input, ledger, lost, now, open, record, soaking};

pub fn check(name: AnswerName, answer: &Value) {
    let schema = schema(name);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(answer).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    assert!(errors.is_empty(), "{name:?}: {errors:#?}\n{answer:#}");
    let fields = answer.as_object().unwrap();
    for field in fields.keys() {
        let mut without = answer.clone();
        without.as_object_mut().unwrap().remove(field);
        assert!(!validator.is_valid(&without), "{name:?}: {field} may be absent");
        assert!(schema["properties"].get(field).is_some(), "{name:?}: {field} is not in the schema");
    }
    let promised = schema["properties"].as_object().unwrap();
    assert_eq!(promised.len(), fields.len(), "{name:?}: the answer has every field that the schema names");
    let mut other = answer.clone();
    other["schema"] = 2.into();
    assert!(!validator.is_valid(&other), "{name:?}: schema is 1");
}

fn bare() -> Fake {
    let mut rollout = healthy("bare");
    rollout.position = None;
    rollout.weight = cutover::domain::rollout::Weight::default();
    rollout.pods = cutover::domain::rollout::Pods::default();
    rollout.revision = None;
    rollout.stable = None;
    let mut seen = input(vec![rollout]);
    seen.sources[0].health = cutover::domain::freshness::SourceHealth::never();
    Fake::new(seen)
}

#[test]
fn status_is_what_its_schema_says() {
    let mut seen = input(vec![checkout(), soaking("search"), healthy("cart")]);
    seen.book.as_mut().unwrap().in_doubt.push(open("0199e0c2-0000-7000-8000-0000003f9a21", Operation::Advance));
    check(AnswerName::Status, &cutover(&Fake::new(seen), "status --json").json());
    check(AnswerName::Status, &cutover(&bare(), "status --json").json());
    let mut away = input(vec![checkout()]);
    away.sources[0].health = lost();
    away.environments.clear();
    check(AnswerName::Status, &cutover(&Fake::new(away), "status --json").json());
}

#[test]
fn status_holds_the_contracts_fields() {
    let answer = cutover(&Fake::waiting(), "status --json").json();
    assert_eq!(answer["at"], "2026-11-21T10:00:00.000Z");
    assert_eq!(answer["environment"], serde_json::json!({"name": "prod-eu", "danger": true, "mode": "read-write"}));
    assert_eq!(answer["sources"][0]["age_s"], 0.4);
    assert_eq!(answer["sources"][0]["latency_s"], 0.012);
    assert_eq!(answer["sources"][0]["next_read_s"], 1.6);
    let rollout = &answer["rollouts"][0];
    assert_eq!(rollout["id"], "k8s/shop/checkout");
    assert_eq!(
        rollout["step"],
        serde_json::json!({"index": 1, "count": 6, "name": "pause until advanced", "entered_at": "2026-11-21T09:55:48.000Z"})
    );
    assert_eq!(rollout["weight"], serde_json::json!({"set": 25, "actual": 25, "verified": null}));
    assert_eq!(
        rollout["holds"],
        serde_json::json!([{"cause": "step_pause", "since": "2026-11-21T09:55:48.000Z", "until": null, "needs_person": true}])
    );
    assert_eq!(rollout["pods"]["not_ready"][0]["reason"], "ImagePullBackOff");
    assert_eq!(rollout["operations"][0], serde_json::json!({"verb": "advance", "possible": true, "refusal": null}));
    assert_eq!(rollout["operations"][2]["refusal"]["code"], "not_manually_paused");
    assert_eq!(rollout["stage"], Value::Null);
    assert_eq!((&answer["alerts"], &answer["gates"], &answer["tenants"]), (&Value::Null, &Value::Null, &Value::Null));
}

#[test]
fn what_was_never_read_is_null_and_not_nothing() {
    let answer = cutover(&bare(), "status --json").json();
    assert_eq!(answer["sources"][0]["freshness"], "never");
    assert_eq!(answer["sources"][0]["age_s"], Value::Null);
    assert_eq!(answer["rollouts"][0]["pods"], serde_json::json!({"desired": null, "ready": null, "not_ready": null}));
    assert_eq!(answer["rollouts"][0]["step"], Value::Null);
    assert_eq!(answer["verdict"]["state"], "unknown");
}

#[test]
fn every_outcome_is_what_its_schema_says() {
    for outcome in [
        Outcome::Verified,
        Outcome::Accepted,
        Outcome::Rejected,
        Outcome::Refused,
        Outcome::NotSent,
        Outcome::InDoubt,
        Outcome::Contradicted,
    ] {
        let mut world = Fake::waiting();
        world.outcome = outcome;
        check(AnswerName::Outcome, &cutover(&world, "advance checkout --confirm 50 --json").json());
    }
    let world = Fake::waiting();
    for line in [
        "advance checkout --json",
        "advance checkout --dry-run --json",
        "pause checkout --json",
        "rollback checkout --dry-run --json",
    ] {
        check(AnswerName::Outcome, &cutover(&world, line).json());
    }
    let mut world = Fake::waiting();
    world.refuses = Some(RefusalCode::NotArmed);
    check(AnswerName::Outcome, &cutover(&world, "advance checkout --json").json());
}

#[test]
fn the_other_answers_are_what_their_schemas_say() {
    check(AnswerName::Why, &cutover(&Fake::waiting(), "why checkout --json").json());
    check(AnswerName::Why, &cutover(&bare(), "why bare --json").json());

    let mut world = Fake::waiting();
    check(AnswerName::Doubt, &cutover(&world, "doubt list --json").json());
    world.input.book.as_mut().unwrap().in_doubt.push(open("0199e0c2-0000-7000-8000-0000003f9a21", Operation::Advance));
    world.input.book.as_mut().unwrap().in_doubt[0].outcome = None;
    check(AnswerName::Doubt, &cutover(&world, "doubt list --json").json());

    let home = tempfile::tempdir().unwrap();
    check(AnswerName::AuditVerify, &alone(home.path(), "audit verify --json").json());
    record(&ledger(home.path()), Operation::Advance);
    let verified = alone(home.path(), "audit verify --json").json();
    check(AnswerName::AuditVerify, &verified);
    assert_eq!((&verified["chains"][0]["ok"], verified["chains"][0]["head"].as_str().unwrap().len()), (&Value::Bool(true), 64));

    check(AnswerName::Config, &alone(home.path(), "config check --json").json());
    std::fs::create_dir_all(home.path().join(".config/cutover")).unwrap();
    std::fs::write(home.path().join(".config/cutover/config.toml"), "nonsense = 1\n").unwrap();
    let checked = alone(home.path(), "config check --json").json();
    check(AnswerName::Config, &checked);
    assert_eq!((&checked["ok"], &checked["exists"]), (&Value::Bool(false), &Value::Bool(true)));
    check(AnswerName::Version, &alone(home.path(), "version --json").json());
    std::fs::remove_file(home.path().join(".config/cutover/config.toml")).unwrap();
    let plans = concat!(env!("CARGO_MANIFEST_DIR"), "/plans");
    check(AnswerName::PlanLint, &alone(home.path(), &format!("plan lint {plans} --json")).json());
    check(AnswerName::PlanLint, &alone(home.path(), "plan lint /absent.toml --json").json());
    check(AnswerName::PlanShow, &alone(home.path(), &format!("plan show {plans} --json")).json());
}

#[test]
fn every_schema_is_a_schema_and_is_printed() {
    let home = tempfile::tempdir().unwrap();
    for name in AnswerName::value_variants() {
        let answer = name.to_possible_value().unwrap().get_name().to_owned();
        let ended = alone(home.path(), &format!("schema {answer}"));
        assert_eq!(ended.exit.code(), 0);
        let schema: Value = serde_json::from_str(&ended.out).unwrap();
        jsonschema::meta::validate(&schema).unwrap();
        if *name != AnswerName::Plan {
            assert_eq!(schema["properties"]["schema"]["const"], 1, "{answer}");
        }
    }
}

#[test]
fn the_schema_refuses_words_that_the_contract_does_not_have() {
    let mut answer = cutover(&Fake::waiting(), "status --json").json();
    let schema = schema(AnswerName::Status);
    let validator = jsonschema::validator_for(&schema).unwrap();
    answer["verdict"]["state"] = "fine".into();
    assert!(!validator.is_valid(&answer));
    answer["verdict"]["state"] = "go".into();
    assert!(validator.is_valid(&answer));
    answer["at"] = now().to_rfc3339().into();
    assert!(!validator.is_valid(&answer), "milliseconds and Z");
}
