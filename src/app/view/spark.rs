//! Numbers as a line of blocks. `ui` has an ASCII twin for each block.

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One block a number, scaled between the smallest and the largest; `?` where there was none. All equal is a line in the
/// middle: nothing moved.
#[must_use]
pub fn spark(values: &[Option<f64>]) -> String {
    let known = || values.iter().flatten().copied().filter(|value| value.is_finite());
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let span = high - low;
    values
        .iter()
        .map(|value| match value.filter(|value| value.is_finite()) {
            None => '?',
            Some(_) if span <= 0.0 => LEVELS[3],
            Some(value) => {
                let share = (value - low) / span;
                let level = (1..LEVELS.len()).filter(|step| share * 8.0 >= f64::from(u8::try_from(*step).unwrap_or(7))).count();
                LEVELS.get(level).copied().unwrap_or('█')
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_and_the_highest_are_the_ends() {
        assert_eq!(spark(&[Some(0.0), Some(1.0), None, Some(0.5), Some(f64::NAN)]), "▁█?▅?");
        assert_eq!(spark(&[Some(2.0), Some(2.0)]), "▄▄");
        assert_eq!(spark(&[]), "");
        assert_eq!(spark(&[None]), "?");
        assert_eq!(spark(&[Some(-1e308), Some(1e308)]).chars().count(), 2);
    }
}
