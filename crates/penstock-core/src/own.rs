//! What a test measures itself, in whole millionths, so that sums do not depend on their order.

use crate::histogram::Histogram;
use crate::series::cut;

const MILLION: f64 = 1e6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnKind {
    /// A sum.
    Counter,
    /// A value that changes.
    Gauge,
    /// Values with a distribution.
    Trend,
}

impl OwnKind {
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "counter" => Some(Self::Counter),
            "gauge" => Some(Self::Gauge),
            "trend" => Some(Self::Trend),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Trend => "trend",
        }
    }
}

/// One metric: what was noted since the last snapshot.
#[derive(Debug)]
pub struct Own {
    kind: OwnKind,
    name: Box<str>,
    count: u64,
    sum: i64,
    least: i64,
    most: i64,
    last: i64,
    values: Histogram,
}

/// Name, kind, count, sum, least, most, last, second, agent, distribution.
pub type OwnRow<'a> = (&'a str, &'static str, u64, i64, i64, i64, i64, u64, &'a str, Option<&'a Histogram>);

impl Own {
    #[must_use]
    pub fn new(kind: OwnKind, name: &str) -> Self {
        Self {
            kind,
            name: cut(name).into(),
            count: 0,
            sum: 0,
            least: 0,
            most: 0,
            last: 0,
            values: Histogram::default(),
        }
    }

    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        &*self.name == cut(name)
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    #[expect(clippy::cast_possible_truncation, reason = "what is beyond the range is held at its border")]
    pub fn note(&mut self, value: f64) {
        let value = (value * MILLION).round() as i64;
        (self.least, self.most) =
            if self.count == 0 { (value, value) } else { (self.least.min(value), self.most.max(value)) };
        self.count += 1;
        self.sum = self.sum.saturating_add(value);
        self.last = value;
        if self.kind == OwnKind::Trend {
            self.values.record(u64::try_from(value).unwrap_or_default());
        }
    }

    #[must_use]
    pub fn row<'a>(&'a self, second: u64, source: &'a str) -> OwnRow<'a> {
        let values = (self.kind == OwnKind::Trend).then_some(&self.values);
        let Self { kind, name, count, sum, least, most, last, .. } = self;
        (name, kind.word(), *count, *sum, *least, *most, *last, second, source, values)
    }

    pub fn clear(&mut self) {
        (self.count, self.sum) = (0, 0);
        self.values.clear();
    }
}
