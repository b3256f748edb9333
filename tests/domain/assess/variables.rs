//! Variables of queries: a value stays a value wherever it stands, and one that nobody knows leaves the question unasked.

use cutover::domain::{
    assess::{questions, standing},
    id::{Name, TargetId},
    plan::Gauge,
    quantity::Unit,
    question::Reason,
    rollout::Rollout,
};

use super::kit::{Land, at_weight, athena, checkout, criterion, now, source, text, value};

/// The query as it is asked; `None` when it is not.
fn asked(query: &str, rollout: &Rollout) -> Option<String> {
    let plan = athena(vec![criterion("it", value(query, Unit::Percent), "< 1 %")]);
    let at = standing(&plan, rollout, &[], now());
    questions(&plan, rollout, at.as_ref(), now()).first().map(|question| question.query.to_string())
}

fn named(name: &str) -> Rollout {
    Rollout { id: TargetId { name: Name::new(name), ..checkout().id }, ..checkout() }
}

#[test]
fn every_variable_has_its_value() {
    let query = r#"x{app="$rollout",ns="$namespace",v="$version",s="$stable",st="$stage"}[$window]"#;
    let expected = r#"x{app="checkout",ns="shop",v="5f8f5748d7",s="7848f77cc4",st="gradual"}[5m]"#;
    assert_eq!(asked(query, &checkout()).as_deref(), Some(expected));
    assert_eq!(asked("a$ b $5 c", &checkout()).as_deref(), Some("a$ b $5 c"), "a dollar that names nothing stays");
    assert_eq!(asked("/v1/$rollout.json#/a", &checkout()).as_deref(), Some("/v1/checkout.json#/a"));
}

#[test]
fn a_variable_that_nobody_knows_leaves_the_question_unasked() {
    let mut unknown = checkout();
    unknown.revision = None;
    unknown.stable.as_mut().unwrap().hash = text("");
    for query in ["x{v=\"$version\"}", "x{v=\"$stable\"}", "x{v=\"$nothing\"}", "$versions", "x[$windows]"] {
        assert_eq!(asked(query, &unknown), None, "{query}");
    }
    let plan = athena(vec![criterion("it", value("x{v=\"$version\"}", Unit::Percent), "< 1 %")]);
    let mut land = Land::new(plan);
    land.rollout = unknown;
    let found = land.first();
    assert_eq!((found.reason, found.sentence.as_str()), (Some(Reason::MissingInput), "the version of checkout is not known"));
    assert_eq!(found.evidence.query, "x{v=\"$version\"}", "as the plan has it");
    let gauge = Gauge { window: None, ..value("x[$window]", Unit::Percent) };
    let found = Land::new(athena(vec![criterion("it", gauge, "< 1 %")])).first();
    assert_eq!(found.sentence, "the plan gives no window for $window");
    let gauge = Gauge { sampled: Some("up{v=\"$nothing\"}".into()), ..value("x", Unit::Percent) };
    assert_eq!(Land::new(athena(vec![criterion("it", gauge, "< 1 %")])).first().sentence, "there is no variable $nothing");
    assert_eq!(asked("x", &at_weight(0)), None, "at no stage nothing of the stage is asked");
}

#[test]
fn a_name_can_not_leave_its_string() {
    for (name, query, expected) in [
        (r#"a"} or vector(0) #"#, r#"x{app="$rollout"}"#, Some(r#"x{app="a\"} or vector(0) #"}"#)),
        (r"a\", r#"x{app="$rollout"}"#, Some(r#"x{app="a\\"}"#)),
        ("a'b", "x{app='$rollout'}", Some(r"x{app='a\'b'}")),
        ("a'b", r#"x{app="$rollout"}"#, Some(r#"x{app="a'b"}"#)),
        ("a`b", "x{app=`$rollout`}", None),
        (r"a\b", "x{app=`$rollout`}", Some(r"x{app=`a\b`}")),
        ("a\nb", r#"x{app="$rollout"}"#, None),
        ("a b", "x{app=$rollout}", None),
        ("a\"b", "$rollout", None),
        ("a/b", "/v1/$rollout#/a", None),
    ] {
        assert_eq!(asked(query, &named(name)).as_deref(), expected, "{name} in {query}");
    }
}

#[test]
fn a_name_matches_itself_and_no_pattern() {
    for (name, query, expected) in [
        ("a.b", r#"x{app=~"$rollout"}"#, r#"x{app=~"a\\.b"}"#),
        ("a.b", r#"x{app!~"$rollout"}"#, r#"x{app!~"a\\.b"}"#),
        ("a.b", r#"x{app =~ "$rollout-.*"}"#, r#"x{app =~ "a\\.b-.*"}"#),
        ("a.b", "x{app=~`$rollout`}", r"x{app=~`a\.b`}"),
        (".*", r#"x{app=~"$rollout"}"#, r#"x{app=~"\\.\\*"}"#),
        ("a|b", r#"x{app=~"$rollout"}"#, r#"x{app=~"a\\|b"}"#),
        (r"a\b", r#"x{app=~"$rollout"}"#, r#"x{app=~"a\\\\b"}"#),
        ("a\"b", r#"x{app=~"$rollout"}"#, r#"x{app=~"a\\\"b"}"#),
        ("a.b", r#"x{app="$rollout"}"#, r#"x{app="a.b"}"#),
        ("a.b", r#"x{app!="$rollout"}"#, r#"x{app!="a.b"}"#),
        ("a.b", r#"x{q=~"\"",app="$rollout"}"#, r#"x{q=~"\"",app="a.b"}"#),
        ("a.b", r#"x{q=~"a",app="$rollout"}"#, r#"x{q=~"a",app="a.b"}"#),
        ("a-b_c:d/e f", r#"x{app=~"$rollout"}"#, r#"x{app=~"a-b_c:d/e f"}"#),
    ] {
        assert_eq!(asked(query, &named(name)).as_deref(), Some(expected), "{name} in {query}");
    }
    let _ = source("prom");
}
