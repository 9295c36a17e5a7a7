//! When the starts of one loop are due, of a rate over the whole run: of evenly spaced starts each k-th one, of a
//! Poisson process a stream of its own with its part of the rate. Pure but for chance.

use crate::phases::Phases;
use crate::plan::{Segment, Spacing};
use crate::random::Random;

pub struct Slots {
    segment: Segment,
    /// The area under the line at which the next start is due.
    next: f64,
    left: u64,
    /// How much area lies between it and the one after it.
    step: f64,
    /// None for even spacing.
    random: Option<Random>,
}

impl Slots {
    /// `most`: how many starts all segments may make together.
    #[must_use]
    pub fn new(segment: Segment, spacing: Spacing, most: Option<u64>, random: Random) -> Self {
        let left = most.map_or(u64::MAX, |most| segment.share(most));
        let of = f64::from(segment.of);
        match spacing {
            Spacing::Even => Self { segment, next: f64::from(segment.index), left, step: of, random: None },
            Spacing::Poisson => {
                let (next, step) = (random.exponential() * of, random.exponential() * of);
                Self { segment, next, left, step, random: Some(random) }
            }
        }
    }

    /// When the next start is due, in nanoseconds of the run.
    #[must_use]
    pub fn due_ns(&self, phases: &Phases) -> Option<u64> {
        if self.left == 0 { None } else { phases.reached_ns(self.next) }
    }

    /// When the one after the next is due.
    #[must_use]
    pub fn due_after_ns(&self, phases: &Phases) -> Option<u64> {
        if self.left < 2 { None } else { phases.reached_ns(self.next + self.step) }
    }

    /// When it would be due if the load went on as it ends; None where it ends on the ground.
    #[must_use]
    pub fn due_beyond_ns(&self, phases: &Phases) -> Option<u64> {
        let level = phases.last_level();
        let missing = self.next - phases.area(phases.end_ns());
        (level > 0.0).then(|| phases.end_ns() + crate::clock::seconds_to_ns(missing.max(0.0) / level))
    }

    pub fn advance(&mut self) {
        self.left = self.left.saturating_sub(1);
        self.next += self.step;
        if let Some(random) = &self.random {
            self.step = random.exponential() * f64::from(self.segment.of);
        }
    }
}
