//! Whatever a source says, in whatever state, only a finite, fresh, whole reading of the right version that holds the rule
//! ever passes.

use std::{sync::Arc, time::Duration};

use cutover::domain::{
    plan::Gauge,
    quantity::Unit,
    question::{Answer, NoReading, Reason, Value},
    verdict::{Gates, Verdict},
};
use proptest::{option, prelude::*};

use super::kit::{BOOT, Land, athena, criterion, now, text, value};

fn values() -> impl Strategy<Value = Value> {
    let numbers = prop_oneof![any::<f64>(), 0.0..2.0, Just(1.0), Just(f64::NAN), Just(f64::INFINITY)];
    let labelled = (prop_oneof![Just("5f8f5748d7"), Just("7848f77cc4"), Just("")], numbers.clone());
    prop_oneof![
        numbers.prop_map(Value::Number),
        labelled.prop_map(|(of, value)| Value::Series { labels: Arc::new([(text("version"), text(of))]), value }),
        Just(Value::Many(vec![])),
        Just(Value::Empty),
        any::<bool>().prop_map(Value::Truth),
        ".*".prop_map(|words| Value::Text(text(&words))),
        Just(Value::OptedOut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn only_what_is_finite_fresh_whole_and_of_the_subject_passes(
        told in values(),
        fails in prop::bool::weighted(0.1),
        sample_age in option::of(0_u64..90),
        received in 0_u64..90,
        warns in prop::bool::weighted(0.2),
        asks_subject in any::<bool>(),
        history in prop::collection::vec((0_i64..20, option::of(any::<f64>())), 0..16),
    ) {
        let subject_label = asks_subject.then(|| "version".to_owned());
        let gauge = Gauge { subject_label, ..value("rate", Unit::Percent) };
        let history = history.into_iter().map(|(ago, value)| (now() - chrono::Duration::seconds(ago), value)).collect();
        let answer = Answer {
            value: told.clone(),
            sample_age: sample_age.map(Duration::from_secs),
            history,
            warnings: if warns { vec![text("remark")] } else { vec![] },
        };
        let mut land = Land::new(athena(vec![criterion("it", gauge, "< 1 %")]));
        let said = if fails { Err(NoReading::new(Reason::Http, "503")) } else { Ok(answer) };
        let asked = land.plan.clone();
        let at = cutover::domain::assess::standing(&asked, &land.rollout, &[], now());
        let question = cutover::domain::assess::questions(&asked, &land.rollout, at.as_ref(), now()).remove(0);
        land.put(question, said, Duration::from_secs(received));
        let assessment = land.assess();
        let found = &assessment.evaluations[0];
        let number = match &told {
            Value::Number(number) if !asks_subject => Some(*number),
            Value::Series { labels, value } if !asks_subject || labels[0].1.as_str() == "5f8f5748d7" => Some(*value),
            _ => None,
        };
        let sound = !fails && !warns && sample_age.unwrap_or(0) + received <= 60 && number.is_some_and(f64::is_finite);
        let holds = number.is_some_and(|number| number < 1.0 && (number - 1.0).abs() > 1e-14);
        prop_assert_eq!(found.verdict == Verdict::Pass, sound && holds, "{:?} {}", found.verdict, found.sentence);
        prop_assert_eq!(found.verdict == Verdict::Fail, sound && !holds);
        prop_assert_eq!(matches!(assessment.advance, Gates::Pass { .. }), sound && holds);
        prop_assert!(found.evidence.history.len() <= 12);
        prop_assert!(BOOT > Duration::ZERO);
    }

    #[test]
    fn no_query_and_no_name_makes_it_panic_or_leaves_a_variable_in_it(query in ".{0,60}", name in ".{0,20}", tail in "(\\$(rollout|version|x)|\"|'|`|=~|\\\\){0,8}") {
        let mut land = Land::new(athena(vec![criterion("it", value(&format!("{query}{tail}"), Unit::Percent), "< 1 %")]));
        land.rollout.id.name = cutover::domain::id::Name::new(&name);
        land.rollout.revision.as_mut().unwrap().hash = text("abc");
        let land = land.answer(|_| super::kit::number(0.0));
        let _ = land.assess();
    }
}
