//! Counts of durations in buckets that are the same everywhere: HDR, two significant digits, from 1 ns.

use serde::ser::{Serialize, SerializeStruct, Serializer};

const SIGNIFICANT_DIGITS: u8 = 2;

/// A histogram of nanoseconds with its exact sum, least and greatest value.
#[derive(Debug)]
pub struct Histogram {
    buckets: hdrhistogram::Histogram<u32>,
    count: u64,
    sum: u64,
    least: u64,
    greatest: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        let buckets = hdrhistogram::Histogram::new(SIGNIFICANT_DIGITS).expect("two significant digits are allowed");
        Self { buckets, count: 0, sum: 0, least: u64::MAX, greatest: 0 }
    }
}

impl Histogram {
    #[inline]
    pub fn record(&mut self, value_ns: u64) {
        // It grows to any value: this fails only beyond what u64 can count.
        let _ = self.buckets.record(value_ns);
        self.count += 1;
        self.sum += value_ns;
        self.least = self.least.min(value_ns);
        self.greatest = self.greatest.max(value_ns);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn clear(&mut self) {
        if self.count > 0 {
            self.buckets.reset();
            (self.count, self.sum, self.least, self.greatest) = (0, 0, u64::MAX, 0);
        }
    }
}

/// `{"n": …, "sum": …, "min": …, "max": …, "b": [low, count, low, count, …]}`
impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pairs = Vec::new();
        for bucket in self.buckets.iter_recorded() {
            pairs.push(self.buckets.lowest_equivalent(bucket.value_iterated_to()));
            pairs.push(u64::from(bucket.count_at_value()));
        }
        let mut fields = serializer.serialize_struct("Histogram", 5)?;
        fields.serialize_field("n", &self.count)?;
        fields.serialize_field("sum", &self.sum)?;
        fields.serialize_field("min", if self.count == 0 { &0 } else { &self.least })?;
        fields.serialize_field("max", &self.greatest)?;
        fields.serialize_field("b", &pairs)?;
        fields.end()
    }
}
