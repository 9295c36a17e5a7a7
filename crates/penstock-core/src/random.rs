//! Chance, from a seed: `SplitMix64`. Load needs no secrets, and a run that can be repeated is easier to explain.

use std::cell::Cell;

pub struct Random(Cell<u64>);

impl Random {
    /// Streams of different numbers are independent of each other.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let random = Self(Cell::new(seed ^ stream.wrapping_mul(0xD134_2543_DE82_EF95)));
        random.bits();
        Self(Cell::new(random.bits()))
    }

    /// Any of 2⁶⁴ values.
    pub fn bits(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// At least 0, less than 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
    pub fn share(&self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The time to the next event of a Poisson process of one event a unit.
    pub fn exponential(&self) -> f64 {
        -(1.0 - self.share()).ln()
    }

    /// Around 1 with a deviation, cut at 0.
    pub fn around_one(&self, deviation: f64) -> f64 {
        if deviation <= 0.0 {
            return 1.0;
        }
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        (1.0 + deviation * radius * (std::f64::consts::TAU * self.share()).cos()).max(0.0)
    }
}
