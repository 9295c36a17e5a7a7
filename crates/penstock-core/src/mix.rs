//! Which journey a user runs: any number of users, on any number of machines, has the mix of the plan.

use crate::plan::Journey;

/// 2^64 divided by the golden ratio: multiples of it, modulo 2^64, fill the range as evenly as can be.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

#[derive(Debug, Clone)]
pub struct Mix {
    /// Upper ends of the journeys' shares of the range of `u64`.
    upper: Vec<u64>,
}

impl Mix {
    /// The weights must be finite, not negative, and add up to more than 0 (`Plan::read` sees to that).
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "shares")]
    pub fn new(journeys: &[Journey]) -> Self {
        let total: f64 = journeys.iter().map(|journey| journey.weight).sum();
        let mut sum = 0.0;
        let mut upper: Vec<u64> = journeys
            .iter()
            .map(|journey| {
                sum += journey.weight;
                (sum / total * u64::MAX as f64) as u64
            })
            .collect();
        // Rounding must not leave a gap at the top, nor give it to a journey of weight 0.
        let last = journeys.iter().rposition(|journey| journey.weight > 0.0).unwrap_or(0);
        for end in &mut upper[last..] {
            *end = u64::MAX;
        }
        Self { upper }
    }

    /// The place of the journey of user k in the plan.
    #[must_use]
    pub fn journey(&self, user: u64) -> usize {
        let point = user.wrapping_mul(GOLDEN);
        self.upper.iter().position(|upper| point < *upper).unwrap_or_else(|| {
            self.upper.iter().position(|upper| *upper == u64::MAX).unwrap_or(0) // the very last point of the range
        })
    }
}
