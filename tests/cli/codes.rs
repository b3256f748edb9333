//! The exit codes are a contract: ux.md 4.2 and the comments of `domain::permit`, as a table.

use cutover::{
    cli::{Exit, answer::verdict::VerdictState, command::FailOn, look::status_exit},
    domain::{
        outcome::Outcome,
        permit::{Refusal, RefusalCode},
    },
};

/// Every code of `permit.rs`, read from its own documentation: `... exit N.` above each variant.
#[test]
fn each_refusal_ends_as_its_documentation_says() {
    let source = include_str!("../../src/domain/permit.rs");
    let list = source.split("pub enum RefusalCode {").nth(1).unwrap().split("\n}").next().unwrap();
    let schema = serde_json::to_value(schemars::schema_for!(RefusalCode)).unwrap();
    let mut documented = None;
    let mut count = 0;
    for line in list.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("///") {
            documented = comment.rsplit("exit ").next().and_then(|rest| rest.trim_end_matches('.').parse::<u8>().ok());
        } else if let Some(variant) = line.strip_suffix(',') {
            let mut word = String::new();
            for (index, letter) in variant.chars().enumerate() {
                if letter.is_uppercase() && index > 0 {
                    word.push('_');
                }
                word.extend(letter.to_lowercase());
            }
            let code: RefusalCode = serde_json::from_value(word.clone().into()).unwrap();
            assert_eq!(Some(Exit::of_refusal(code).code()), documented, "{word}");
            assert_eq!(Exit::of(Outcome::Refused, Some(&Refusal::new(code, ""))), Exit::of_refusal(code));
            count += 1;
        }
    }
    let known = schema["oneOf"].as_array().or_else(|| schema["enum"].as_array()).unwrap().len();
    assert_eq!(count, known, "every code was checked");
}

#[test]
fn each_outcome_has_its_code() {
    for (outcome, code) in [
        (Outcome::Verified, 0),
        (Outcome::Accepted, 6),
        (Outcome::Rejected, 5),
        (Outcome::Refused, 5),
        (Outcome::NotSent, 7),
        (Outcome::InDoubt, 6),
        (Outcome::Contradicted, 1),
    ] {
        assert_eq!(Exit::of(outcome, None).code(), code, "{outcome:?}");
    }
}

#[test]
fn the_numbers_are_those_of_the_contract() {
    let numbers = Exit::ALL.map(Exit::code);
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 124, 129, 130, 143]);
}

#[test]
fn a_status_that_must_not_fail_never_ends_0_on_what_is_unknown() {
    use VerdictState::{Go, Hold, Stop, Unknown};
    for (fail_on, codes) in [
        (None, [0, 0, 0, 0]),
        (Some(FailOn::Fail), [0, 0, 3, 4]),
        (Some(FailOn::Warn), [0, 3, 3, 4]),
        (Some(FailOn::Unknown), [0, 0, 0, 4]),
    ] {
        let found = [Go, Hold, Stop, Unknown].map(|state| status_exit(state, false, fail_on).code());
        assert_eq!(found, codes, "{fail_on:?}");
        assert_eq!(status_exit(Unknown, true, fail_on), Exit::Unreachable);
    }
}
