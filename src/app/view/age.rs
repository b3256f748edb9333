//! Spans of time as people read them.

use std::time::Duration;

/// `1h02m`, `4m12s`, `31s`: two units at most.
#[must_use]
pub fn span_of_time(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    if days > 0 {
        format!("{days}d{hours:02}h")
    } else if hours > 0 {
        format!("{hours}h{minutes:02}m")
    } else if minutes > 0 {
        format!("{minutes}m{:02}s", seconds % 60)
    } else {
        format!("{seconds}s")
    }
}

/// How long something took: as above, and `412ms` below a second.
#[must_use]
pub fn time_taken(time: Duration) -> String {
    if time < Duration::from_secs(1) { format!("{}ms", time.as_millis()) } else { span_of_time(time) }
}

/// As `span_of_time`, by the minute from two minutes on: for columns, which change each second else.
#[must_use]
pub fn coarse_span(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    if (2..60).contains(&minutes) { format!("{minutes}m") } else { span_of_time(time) }
}

/// For the column of the longest list: `<1m`, then minutes. Forty young rollouts that count seconds cost a slow line more bytes
/// than all the rest (1,000 of them at 200x50: 411 B/s against 98); the page of the rollout counts them.
#[must_use]
pub fn column_span(time: Duration) -> String {
    match time.as_secs() {
        0..60 => "<1m".to_owned(),
        seconds @ 60..120 => format!("{}m", seconds / 60),
        _ => coarse_span(time),
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, coarse_span, column_span};

    #[test]
    fn a_column_changes_once_a_minute() {
        let at = |seconds| column_span(Duration::from_secs(seconds));
        for seconds in 1..3_600 {
            assert!(at(seconds) == at(seconds - 1) || seconds % 60 == 0, "{seconds}");
        }
        assert_eq!([at(0), at(59), at(60), at(119), at(600), at(7_260)], ["<1m", "<1m", "1m", "1m", "10m", "2h01m"]);
    }

    #[test]
    fn a_coarse_span_counts_minutes_from_two_on() {
        let at = |seconds| coarse_span(Duration::from_secs(seconds));
        assert_eq!([at(59), at(119), at(120), at(3_599), at(3_600)], ["59s", "1m59s", "2m", "59m", "1h00m"]);
    }
}
