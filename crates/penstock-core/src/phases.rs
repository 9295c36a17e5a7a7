//! The load over time. Pure: no clock, no state.
//!
//! The load is a chain of straight pieces. Read as users, user k (from 0, over all segments) is wanted exactly while
//! the line is above k. Read as a rate a second, start k is due when the area under the line reaches k. Either way any
//! number of loops that know only the plan and their own numbers agree about the whole.

use crate::clock::{ns_to_seconds, seconds_to_ns};
use crate::plan::Phase;

#[derive(Debug, Clone)]
pub struct Phases {
    pieces: Vec<Piece>,
    end_ns: u64,
    peak: u64,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    from_ns: u64,
    to_ns: u64,
    start: f64,
    end: f64,
}

/// Of the last start this much may be missing by rounding: 100 a minute over a minute are 100, not 101.
const ROUNDING: f64 = 1e-6;

/// A time during which a user is wanted, in nanoseconds since the start of the run; `to_ns` is excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    pub from_ns: u64,
    pub to_ns: u64,
}

impl Phases {
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the plan bounds users to 10 million")]
    pub fn new(phases: &[Phase]) -> Self {
        let mut pieces = Vec::with_capacity(phases.len());
        let (mut from_ns, mut peak) = (0, 0.0_f64);
        for phase in phases {
            let to_ns = from_ns + seconds_to_ns(phase.duration_s);
            if to_ns > from_ns {
                pieces.push(Piece { from_ns, to_ns, start: phase.start, end: phase.end });
                peak = peak.max(phase.start).max(phase.end);
            }
            from_ns = to_ns;
        }
        Self { pieces, end_ns: from_ns, peak: peak.ceil() as u64 }
    }

    /// When the last phase ends and nobody is wanted any more.
    #[must_use]
    pub fn end_ns(&self) -> u64 {
        self.end_ns
    }

    /// A constant level from one time to another, and nothing before.
    #[must_use]
    pub fn constant(level: u64, from_ns: u64, end_ns: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "the plan bounds users to 10 million")]
        let line = level as f64;
        let pieces =
            if from_ns < end_ns { vec![Piece { from_ns, to_ns: end_ns, start: line, end: line }] } else { Vec::new() };
        Self { pieces, end_ns, peak: level }
    }

    /// The same line up to a time, and one level from then to its end.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "commands bound levels as the plan does"
    )]
    pub fn with_level(&self, at_ns: u64, level: f64) -> Self {
        let mut pieces: Vec<Piece> = self.pieces.iter().copied().filter(|piece| piece.from_ns < at_ns).collect();
        if let Some(last) = pieces.last_mut().filter(|last| last.to_ns > at_ns) {
            (last.end, last.to_ns) = (last.level(at_ns), at_ns);
        }
        if at_ns < self.end_ns {
            pieces.push(Piece { from_ns: at_ns, to_ns: self.end_ns, start: level, end: level });
        }
        let peak = pieces.iter().map(|piece| piece.start.max(piece.end)).fold(0.0, f64::max);
        Self { pieces, end_ns: self.end_ns, peak: peak.ceil() as u64 }
    }

    /// When the line first leaves the ground.
    #[must_use]
    pub fn first_ns(&self) -> Option<u64> {
        self.pieces.iter().find(|piece| piece.start.max(piece.end) > 0.0).map(|piece| piece.from_ns)
    }

    /// The level at the end of the last piece.
    #[must_use]
    pub fn last_level(&self) -> f64 {
        self.pieces.last().map_or(0.0, |piece| piece.end)
    }

    /// The area under the line up to a time: how many starts are due before it, of a rate a second.
    #[must_use]
    pub fn area(&self, at_ns: u64) -> f64 {
        self.pieces.iter().take_while(|piece| piece.from_ns < at_ns).map(|piece| piece.area(at_ns)).sum()
    }

    /// When the area reaches an amount; None when it never does before the end.
    #[must_use]
    pub fn reached_ns(&self, amount: f64) -> Option<u64> {
        if amount + ROUNDING > self.area(self.end_ns) {
            return None;
        }
        let mut before = 0.0;
        for piece in &self.pieces {
            let area = piece.area(piece.to_ns);
            if amount < before + area {
                return Some(piece.reached_ns(amount - before));
            }
            before += area;
        }
        None
    }

    /// One more than the highest user that is ever wanted.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.peak
    }

    /// How many users are wanted at a time.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the plan bounds users to 10 million")]
    pub fn users_at(&self, at_ns: u64) -> u64 {
        self.pieces
            .iter()
            .find(|piece| (piece.from_ns..piece.to_ns).contains(&at_ns))
            .map_or(0, |piece| piece.level(at_ns).ceil() as u64)
    }

    /// The stay of user k that holds `at_ns`, or else the next one after it.
    #[must_use]
    pub fn stay(&self, user: u64, at_ns: u64) -> Option<Stay> {
        let mut found: Option<Stay> = None;
        for stay in self.pieces.iter().filter_map(|piece| piece.stay(user)) {
            match &mut found {
                Some(last) if last.to_ns == stay.from_ns => last.to_ns = stay.to_ns,
                Some(last) if last.to_ns > at_ns => break,
                _ => found = Some(stay),
            }
        }
        found.filter(|stay| stay.to_ns > at_ns)
    }
}

impl Piece {
    #[expect(clippy::cast_precision_loss, reason = "a run is shorter than 104 days' worth of exact nanoseconds")]
    fn level(&self, at_ns: u64) -> f64 {
        let share = (at_ns - self.from_ns) as f64 / (self.to_ns - self.from_ns) as f64;
        self.start + (self.end - self.start) * share
    }

    /// The area from the beginning of the piece to a time, which may lie behind it.
    fn area(&self, at_ns: u64) -> f64 {
        let at_ns = at_ns.min(self.to_ns);
        ns_to_seconds(at_ns - self.from_ns) * (self.start + self.level(at_ns)) / 2.0
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the share is between 0 and 1"
    )]
    fn reached_ns(&self, amount: f64) -> u64 {
        // The root of start·x + (end - start)·x²/2 = amount, in the form that does not cancel.
        let duration_ns = (self.to_ns - self.from_ns) as f64;
        let goal = amount.max(0.0) / (duration_ns / 1e9);
        let root = (self.start * self.start + 2.0 * (self.end - self.start) * goal).max(0.0).sqrt();
        let below = self.start + root;
        let share = if below > 0.0 { (2.0 * goal / below).clamp(0.0, 1.0) } else { 0.0 };
        self.from_ns + ((share * duration_ns) as u64).min(self.to_ns - self.from_ns - 1)
    }

    /// When, in this piece, the line is above k.
    fn stay(&self, user: u64) -> Option<Stay> {
        #[expect(clippy::cast_precision_loss, reason = "the plan bounds users to 10 million")]
        let user = user as f64;
        let (from_ns, to_ns) = match (self.start > user, self.end > user) {
            (true, true) => (self.from_ns, self.to_ns),
            (false, true) => (self.crossing(user), self.to_ns),
            (true, false) => (self.from_ns, self.crossing(user)),
            (false, false) => return None,
        };
        (from_ns < to_ns).then_some(Stay { from_ns, to_ns })
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the share is between 0 and 1"
    )]
    fn crossing(&self, user: f64) -> u64 {
        let share = (user - self.start) / (self.end - self.start);
        self.from_ns + (share * (self.to_ns - self.from_ns) as f64).ceil() as u64
    }
}
