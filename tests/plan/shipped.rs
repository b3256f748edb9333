//! The plans of this repository: they load against the sources that they name, and say what the documents say.

use std::path::{Path, PathBuf};

use cutover::{
    domain::{
        id::SourceId,
        plan::{GaugeKind, Plan, Repeat, TriggerAction},
        quantity::Bound,
        source::Tells,
    },
    plan::{self, Known, schema, show},
};
use std::sync::Arc;

const ANSWERS: Tells = Tells { rollouts: false, alerts: false, tenants: false, answers: true };

pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plans").join(file)
}

pub fn load(file: &str) -> Arc<Plan> {
    let sources = [
        (SourceId::new("prom"), Tells { alerts: true, ..ANSWERS }),
        (SourceId::new("feedback"), ANSWERS),
        (SourceId::new("tracker"), ANSWERS),
        (SourceId::new("telemetry"), Tells { tenants: true, ..ANSWERS }),
    ];
    let plans = plan::load(&[path(file)], Known::These(&sources)).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(plans.len(), 1);
    Arc::clone(&plans[0])
}

fn days(days: u64) -> std::time::Duration {
    std::time::Duration::from_secs(days * 86_400)
}

#[test]
fn athena_has_four_stages_with_times_and_a_way_back() {
    let plan = load("athena.toml");
    let stages: Vec<_> = plan
        .stages
        .iter()
        .map(|stage| (stage.id.as_str(), stage.weights.clone(), stage.min.unwrap(), stage.max.unwrap()))
        .collect();
    assert_eq!(
        stages,
        [
            ("internal", vec![0.1], days(2), days(2)),
            ("alpha", vec![1.0], days(3), days(5)),
            ("beta", vec![10.0], days(7), days(7)),
            ("gradual", vec![25.0, 50.0, 100.0], days(7), days(14)),
        ]
    );
    assert!(plan.stages.iter().all(|stage| stage.roll_back_to.is_some() && stage.audience.is_some()), "AT-02");
    assert_eq!(plan.stages[3].soak, Some(std::time::Duration::from_secs(7 * 86_400 / 3)), "a third each (AT-28)");
}

#[test]
fn athena_has_four_ordered_sets_with_22_items_and_owners() {
    let plan = load("athena.toml");
    let sets: Vec<_> = plan.sets.iter().map(cutover::domain::plan::PlanName::as_str).collect();
    assert_eq!(sets, ["pre-development", "development", "pre-release", "production"], "AT-17");
    let counts: Vec<usize> = plan.gates.iter().filter(|gate| gate.set.is_some()).map(|gate| gate.items.len()).collect();
    assert_eq!(counts, [4, 6, 7, 5]);
    let owners = ["Release Manager", "Engineering Lead", "Product Manager", "DevOps Engineer", "QA Lead"];
    let items = plan.gates.iter().flat_map(|gate| &gate.items);
    assert!(items.clone().all(|item| item.owner.as_deref().is_some_and(|owner| owners.contains(&owner))));
    assert!(plan.gates.iter().filter(|gate| gate.set.is_some()).all(|gate| gate.required && gate.stages.is_empty()));
}

#[test]
fn athena_has_every_trigger_with_its_origin() {
    use TriggerAction::{Emergency, Gradual, Immediate};
    let plan = load("athena.toml");
    let of = |origin: &str| -> Vec<_> {
        let of_origin = plan.triggers.iter().filter(|trigger| trigger.origin.as_deref() == Some(origin));
        of_origin.map(|trigger| (trigger.when.text.as_str(), trigger.gauge.window.map(|w| w.as_secs()), trigger.action)).collect()
    };
    assert_eq!(
        of("AutomaticRollback"),
        [("> 5 %", Some(300), Immediate), ("> 5000 ms", Some(600), Gradual), ("> 1 %", Some(120), Emergency)],
        "AT-45 to AT-47"
    );
    let limits = |origin| of(origin).into_iter().map(|(when, ..)| when.to_owned()).collect::<Vec<_>>();
    assert_eq!(limits("alerts.rollback"), ["> 10 %", "> 5000 ms", "< 3.0 points"], "AT-43");
    assert_eq!(limits("rollout.rollback"), ["> 5 %", "> 20 %", "> 0.5 points"], "AT-32");
    assert_eq!(limits("stage internal"), ["> 0 %"]);
    assert_eq!(limits("stage beta"), ["> 2 %"]);
    assert_eq!(limits("stage gradual"), ["> 1 %"]);
}

#[test]
fn athenas_stages_ask_what_the_document_asks() {
    let plan = load("athena.toml");
    let rules = |stage: usize| -> Vec<_> {
        let names = &plan.stages[stage].criteria;
        names.iter().map(|name| plan.criterion(name).unwrap().pass.text.clone()).collect()
    };
    assert_eq!(rules(0), ["= 0 %", "> 4.0 points"]);
    assert_eq!(rules(1), ["< 5 %", "< 10 %"]);
    assert_eq!(rules(2), ["< 2 %", "> 3.5 points", "< 10 %"]);
    assert_eq!(rules(3), ["< 1 %", "true"]);
    let thin = plan.criteria.iter().find(|criterion| criterion.id.as_str() == "error-rate-internal").unwrap();
    assert!(matches!(thin.gauge.kind, GaugeKind::Ratio { min_events: 3000, .. }), "C-07");
}

#[test]
fn heliosdb_keeps_off_target_apart_from_alerting() {
    let plan = load("heliosdb.toml");
    let quality = plan.criteria.iter().find(|criterion| criterion.id.as_str() == "data-quality").unwrap();
    assert_eq!((quality.pass.text.as_str(), quality.fail.as_ref().unwrap().text.as_str()), (">= 95 %", "< 90 %"), "S15");
    let speedup = plan.criteria.iter().find(|criterion| criterion.id.as_str() == "query-speedup").unwrap();
    assert!(matches!(speedup.pass.bound, Bound::Between { low, high } if low.value == 10.0 && high.value == 50.0), "HD-102");
    let health = plan.triggers.iter().find(|trigger| trigger.id.as_str() == "health-check").unwrap();
    assert_eq!(health.repeat, Repeat { times: 3, of: 3 }, "HD-101");
    let alerts: Vec<_> = plan.alerts.iter().map(|alert| (alert.name.as_str(), alert.held.unwrap().as_secs())).collect();
    assert_eq!(
        alerts,
        [("MVStorageCritical", 300), ("MVRefreshFailureHigh", 600), ("ETLQualityDegraded", 120), ("ETLJobFailures", 60)]
    );
    assert!(plan.criteria.iter().any(|criterion| criterion.due.is_some()), "HD-104");
}

#[test]
fn both_are_shown_whole() {
    insta::with_settings!({ snapshot_path => super::broken::PICTURES, prepend_module_to_snapshot => false, omit_expression => true }, {
        for file in ["athena.toml", "heliosdb.toml"] {
            let mut plan = (*load(file)).clone();
            plan.file = Path::new("plans").join(file);
            insta::assert_snapshot!(format!("show_{}", plan.id), show(&plan));
        }
    });
}

#[test]
fn the_schema_agrees_with_the_reader() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let json = |text: &str| serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    for file in ["athena.toml", "heliosdb.toml"] {
        let plan = json(&std::fs::read_to_string(path(file)).unwrap());
        let errors: Vec<String> =
            validator.iter_errors(&plan).map(|error| format!("{error} at {}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{file}: {errors:#?}");
    }
    assert!(!schema.to_string().contains("\"default\":null"), "a default that is no JSON");
    let right = super::broken::RIGHT;
    assert!(validator.is_valid(&json(right)));
    for (from, to) in [
        ("pass = \"< 1 %\"", "pass = 0.01"),
        ("pass = \"< 1 %\"", "pass = \"0.01\""),
        ("pass = \"< 1 %\"", "pass = \"< 1\""),
        ("percent = [\"25 %\"", "percent = [\"25\""),
        ("min = \"7d\"", "min = 7"),
        ("min = \"7d\"", "minimum = \"7d\""),
        ("id = \"gradual\"", "id = \"Gradual\""),
        ("kind = \"exposure\"", "kind = \"people\""),
    ] {
        let wrong = right.replacen(from, to, 1);
        assert_ne!(wrong, right, "{from}");
        assert!(!validator.is_valid(&json(&wrong)), "the schema lets through: {to}");
        assert!(plan::parse(&wrong, Path::new("p"), Known::Any).is_err(), "the reader lets through: {to}");
    }
}
