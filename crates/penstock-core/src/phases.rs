//! The load over time: how many users are wanted, and when user k comes and goes. Pure: no clock, no state.
//!
//! The load is a chain of straight pieces. User k (from 0, over all segments) is wanted exactly while the line is
//! above k, so any number of loops that know only the plan and their own users agree about the whole.

use crate::clock::seconds_to_ns;
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
