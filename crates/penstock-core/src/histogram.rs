//! Counts of durations in buckets that are the same everywhere: HDR, two significant digits, from 1 ns.

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Each power of two is cut into half as many buckets as this many bits count; values below it have one each.
const PRECISION_BITS: u32 = 8;

/// A histogram of nanoseconds with its exact sum, least and greatest value.
///
/// Recording is four additions, and telling it looks at no more buckets than lie between the least and the greatest
/// value: the loop does both while requests are on their way.
#[derive(Debug)]
pub struct Histogram {
    /// Grows to the greatest value that was ever recorded.
    counts: Vec<u32>,
    count: u64,
    sum: u64,
    least: u64,
    greatest: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: Vec::new(), count: 0, sum: 0, least: u64::MAX, greatest: 0 }
    }
}

impl Histogram {
    #[inline]
    pub fn record(&mut self, value_ns: u64) {
        let bucket = bucket_of(value_ns);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
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
            let used = self.used();
            self.counts[used].fill(0);
            (self.count, self.sum, self.least, self.greatest) = (0, 0, u64::MAX, 0);
        }
    }

    /// The buckets between the least and the greatest value.
    fn used(&self) -> std::ops::Range<usize> {
        if self.count == 0 { 0..0 } else { bucket_of(self.least)..bucket_of(self.greatest) + 1 }
    }
}

/// The place of a value's bucket.
#[expect(clippy::cast_possible_truncation, reason = "there are less than 8000 buckets")]
fn bucket_of(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(PRECISION_BITS);
    ((u64::from(shift) << (PRECISION_BITS - 1)) + (value >> shift)) as usize
}

/// The lowest value in the bucket at a place.
fn lowest_in(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let half = 1 << (PRECISION_BITS - 1);
    let shift = (bucket >> (PRECISION_BITS - 1)).saturating_sub(1);
    (bucket - shift * half) << shift
}

/// `{"n": …, "sum": …, "min": …, "max": …, "b": [low, count, low, count, …]}`
impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pairs = Vec::new();
        for bucket in self.used() {
            let count = self.counts[bucket];
            if count > 0 {
                pairs.extend([lowest_in(bucket), u64::from(count)]);
            }
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
