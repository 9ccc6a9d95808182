//! Medians with their spread, and ratios round by round.

/// Lower quartile, median and upper quartile of a series.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl Spread {
    /// `None` without values.
    pub fn of(values: &[f64]) -> Option<Spread> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |part: f64| sorted.get(((sorted.len().checked_sub(1)?) as f64 * part).round() as usize).copied();
        Some(Spread { low: at(0.25)?, median: at(0.5)?, high: at(0.75)? })
    }

    /// Of the ratios `a / b`, round by round, so that a drift of the machine's speed cancels out.
    pub fn of_ratios(a: &[f64], b: &[f64]) -> Option<Spread> {
        Spread::of(&a.iter().zip(b).map(|(a, b)| a / b).collect::<Vec<_>>())
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} [{:.3}-{:.3}]", self.median, self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_of_a_series() {
        let spread = Spread::of(&[5.0, 1.0, 3.0, 2.0, 4.0]).expect("five values");
        assert_eq!(spread, Spread { low: 2.0, median: 3.0, high: 4.0 });
        assert_eq!(Spread::of(&[]), None);
    }
}
