//! Durations as people write them: `2s`, `1m30s`, `500ms`, `1h`.

use std::{fmt::Write as _, time::Duration};

/// Longest duration that any setting takes: one day.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// Reads a duration. Each number has its unit: `ms`, `s`, `m`, `h`. At most 24 h; no spaces, signs or fractions.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut sum = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let number: u64 = number.parse().ok()?;
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        sum = sum.checked_add(Duration::from_millis(number.checked_mul(milliseconds)?))?;
        rest = tail;
    }
    (sum <= LONGEST).then_some(sum)
}

/// Writes a duration so that `parse` reads the same back (whole milliseconds).
#[must_use]
pub fn print(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let units = [(3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let mut rest = milliseconds;
    let mut text = String::new();
    for (size, unit) in units {
        if rest >= size {
            let _ = write!(text, "{}{unit}", rest / size);
            rest %= size;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        assert_eq!(parse("2s"), Some(Duration::from_secs(2)));
        assert_eq!(parse("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("24h"), Some(Duration::from_secs(86_400)));
    }

    #[test]
    fn reads_nothing_else() {
        for wrong in ["", "2", "s", "2 s", "-2s", "1.5s", "2sec", "25h", "99999999999999999999s", "2s3", "ä"] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_is_read_back(milliseconds in 0_u64..=86_400_000) {
            let duration = Duration::from_millis(milliseconds);
            proptest::prop_assert_eq!(parse(&print(duration)), Some(duration));
        }

        #[test]
        fn never_panics(text in ".{0,12}") {
            let _ = parse(&text);
        }
    }
}
