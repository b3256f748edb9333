//! Numbers in words.

use std::time::Duration;

use cutover::domain::quantity::{age_in_words, number_in_words};

#[test]
fn an_age_is_whole_seconds() {
    let words = [531_900, 60_000, 400].map(|millis| age_in_words(Duration::from_millis(millis)));
    assert_eq!(words, ["8m51s", "1m", "0s"]);
}

#[test]
fn digits_in_front_of_the_point_are_never_left_out() {
    for (value, text) in [
        (1240.3, "1240"),
        (999.96, "1000"),
        (99_999.7, "100000"),
        (120.04, "120"),
        (99.996, "100"),
        (10.5, "10.5"),
        (0.05, "0.05"),
        (-1999.6, "-2000"),
        (0.000_000_1, "1e-7"),
    ] {
        assert_eq!(number_in_words(value), text);
    }
}

#[test]
fn what_is_no_number_is_named() {
    let words = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e15, -2.0, 0.0].map(number_in_words);
    assert_eq!(words, ["NaN", "+Inf", "-Inf", "1000000000000000", "-2", "0"]);
}
