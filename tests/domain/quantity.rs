//! Numbers in words.

use cutover::domain::quantity::number_in_words;

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
