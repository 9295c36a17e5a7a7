//! Which journey comes next: any number of users, on any number of machines, has the mix of the plan.

use std::cell::RefCell;

use crate::clock::seconds_to_ns;
use crate::plan::{MixRule, Share};
use crate::random::Random;

/// 2^64 divided by the golden ratio: multiples of it, modulo 2^64, fill the range as evenly as can be.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
const HOUR_S: f64 = 3600.0;

#[derive(Debug)]
pub struct Mix {
    rule: MixRule,
    shares: Vec<Share>,
    /// Upper ends of the journeys' shares of the range of `u64`.
    upper: Vec<u64>,
    /// How often each journey was started here.
    started: RefCell<Vec<u64>>,
    /// Which journeys are started no more.
    retired: RefCell<Vec<bool>>,
}

impl Mix {
    /// The weights must be finite, not negative, and add up to more than 0 (`Plan::read` sees to that).
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "shares")]
    pub fn new(rule: MixRule, shares: &[Share]) -> Self {
        let total: f64 = shares.iter().map(|share| share.weight).sum();
        let mut sum = 0.0;
        let mut upper: Vec<u64> = shares
            .iter()
            .map(|share| {
                sum += share.weight;
                (sum / total * u64::MAX as f64) as u64
            })
            .collect();
        // Rounding must not leave a gap at the top, nor give it to a journey of weight 0.
        let last = shares.iter().rposition(|share| share.weight > 0.0).unwrap_or(0);
        for end in &mut upper[last..] {
            *end = u64::MAX;
        }
        let (started, retired) = (RefCell::new(vec![0; shares.len()]), RefCell::new(vec![false; shares.len()]));
        Self { rule, shares: shares.to_vec(), upper, started, retired }
    }

    #[must_use]
    pub fn rule(&self) -> MixRule {
        self.rule
    }

    /// The place in the plan of the journey that user k runs in its iteration of this number.
    #[must_use]
    pub fn journey(&self, user: u64, iteration: u64) -> usize {
        let place = match self.rule {
            MixRule::Users | MixRule::Pace => self.of_user(user),
            MixRule::Tests => self.furthest_behind(),
            MixRule::Sequential => usize::try_from(iteration % self.shares.len() as u64).unwrap_or_default(),
        };
        self.shares[self.not_retired(place)].journey
    }

    /// Starts a journey no more: users who would do it take the next one of the plan that is left.
    pub fn retire(&self, journey: usize) {
        for (share, retired) in self.shares.iter().zip(self.retired.borrow_mut().iter_mut()) {
            *retired |= share.journey == journey;
        }
    }

    #[must_use]
    pub fn is_retired(&self, journey: usize) -> bool {
        self.shares
            .iter()
            .zip(self.retired.borrow().iter())
            .any(|(share, retired)| share.journey == journey && *retired)
    }

    /// Whether no journey is left to be started.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.shares.iter().zip(self.retired.borrow().iter()).all(|(share, retired)| *retired || share.weight <= 0.0)
    }

    fn not_retired(&self, place: usize) -> usize {
        let (retired, count) = (self.retired.borrow(), self.shares.len());
        let is_left = |place: &usize| !retired[*place] && self.shares[*place].weight > 0.0;
        if retired[place] {
            (1..count).map(|step| (place + step) % count).find(is_left).unwrap_or(place)
        } else {
            place
        }
    }

    fn of_user(&self, user: u64) -> usize {
        let point = user.wrapping_mul(GOLDEN);
        self.upper.iter().position(|upper| point < *upper).unwrap_or_else(|| {
            self.upper.iter().position(|upper| *upper == u64::MAX).unwrap_or(0) // the very last point of the range
        })
    }

    /// The journey whose starts lie furthest below its share, this start being made.
    #[expect(clippy::cast_precision_loss, reason = "fewer starts than 2^53")]
    fn furthest_behind(&self) -> usize {
        let mut started = self.started.borrow_mut();
        let retired = self.retired.borrow();
        let weight = |place: usize| if retired[place] { 0.0 } else { self.shares[place].weight };
        let total: f64 = (0..self.shares.len()).map(weight).sum();
        let all = started.iter().sum::<u64>() as f64 + 1.0;
        let behind = |place: usize| all * weight(place) / total - started[place] as f64;
        let mut chosen = 0;
        for place in 1..self.shares.len() {
            if weight(place) > 0.0 && (behind(place) > behind(chosen) || weight(chosen) == 0.0) {
                chosen = place;
            }
        }
        started[chosen] += 1;
        chosen
    }

    /// A user's own clock for each journey, where the mix is a pace.
    #[must_use]
    pub fn paces(&self, start_ns: u64, random: &Random) -> Option<Paces> {
        (self.rule == MixRule::Pace).then(|| {
            let journeys = self.shares.iter().filter(|share| share.weight > 0.0);
            Paces(
                journeys
                    .map(|share| {
                        let interval_s = HOUR_S / share.weight;
                        let due_ns = start_ns.saturating_add(seconds_to_ns(interval_s * random.share()));
                        Pace { journey: share.journey, interval_s, due_ns }
                    })
                    .collect(),
            )
        })
    }
}

/// When a user starts which journey next; never more often than the pace says.
#[derive(Debug)]
pub struct Paces(Vec<Pace>);

#[derive(Debug)]
struct Pace {
    journey: usize,
    interval_s: f64,
    due_ns: u64,
}

impl Paces {
    /// Leaves out a journey that is started no more.
    pub fn leave_out(&mut self, is_retired: impl Fn(usize) -> bool) {
        self.0.retain(|pace| !is_retired(pace.journey));
    }

    /// The journey that is due next, and when.
    #[must_use]
    pub fn next(&self) -> (usize, u64) {
        self.0.iter().map(|pace| (pace.journey, pace.due_ns)).min_by_key(|(_, due_ns)| *due_ns).unwrap_or_default()
    }

    /// It is started: late ones are not made up for.
    pub fn advance(&mut self, spread: f64, late_ns: u64, random: &Random) {
        if let Some(pace) = self.0.iter_mut().min_by_key(|pace| pace.due_ns) {
            let step_ns = seconds_to_ns(pace.interval_s * random.around_one(spread));
            pace.due_ns = pace.due_ns.saturating_add(late_ns).saturating_add(step_ns);
        }
    }
}
