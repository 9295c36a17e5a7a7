//! What users differ in besides their journey: the browser they have, and the line they are connected by.

use std::cell::Cell;
use std::rc::Rc;

use crate::clock::SECOND_NS;
use crate::plan::{Browser, Network};
use crate::random::Random;

/// One over the plastic number: its multiples fill the unit interval evenly, and not in step with those that say which
/// journey a user has.
const SPREAD: f64 = 0.754_877_666_246_692_7;

/// The profiles of one population.
pub struct Profiles {
    browsers: Vec<Rc<Browser>>,
    networks: Vec<Network>,
}

impl Profiles {
    #[must_use]
    pub fn new(browsers: &[Browser], networks: &[Network]) -> Self {
        Self { browsers: browsers.iter().cloned().map(Rc::new).collect(), networks: networks.to_vec() }
    }

    /// The browser of one iteration, by chance; None where there are none.
    pub fn browser(&self, random: &Random) -> Option<Rc<Browser>> {
        let at = place(self.browsers.iter().map(|browser| browser.share), || random.share())?;
        Some(Rc::clone(&self.browsers[at]))
    }

    /// The line of a user, so that any number of users has the shares; None where there are none.
    #[must_use]
    pub fn line(&self, user: u64) -> Option<Rc<Line>> {
        #[expect(clippy::cast_precision_loss, reason = "there are not so many users")]
        let at = place(self.networks.iter().map(|network| network.share), || ((user as f64 + 0.5) * SPREAD).fract())?;
        Some(Rc::new(Line::new(&self.networks[at])))
    }
}

/// The place in whose part of all shares a point between 0 and 1 lies.
fn place(shares: impl Iterator<Item = f64> + Clone, point: impl FnOnce() -> f64) -> Option<usize> {
    let sum: f64 = shares.clone().sum();
    let mut left = if sum > 0.0 { point() * sum } else { return None };
    let mut last = None;
    for (at, share) in shares.enumerate().filter(|(_, share)| *share > 0.0) {
        last = Some(at);
        left -= share;
        if left < 0.0 {
            break;
        }
    }
    last
}

/// A line that all connections of a user share. Its times are added to those of the network that is really there: what
/// comes is taken at once, and told when the line would have brought it.
#[derive(Debug)]
pub struct Line {
    down: Direction,
    up: Direction,
    latency_ns: u64,
}

#[derive(Debug)]
struct Direction {
    kbps: Option<f64>,
    /// When what was given to it will have passed.
    free_ns: Cell<u64>,
}

impl Line {
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let direction = |kbps: Option<f64>| Direction { kbps, free_ns: Cell::new(0) };
        Self {
            down: direction(network.down_kbps),
            up: direction(network.up_kbps),
            latency_ns: crate::clock::seconds_to_ns(network.latency_ms / 1e3),
        }
    }

    /// When a connection is open that is open now: TCP takes one way there and back, TLS another.
    #[must_use]
    pub fn opened_ns(&self, now_ns: u64, is_tls: bool) -> u64 {
        now_ns + self.latency_ns * if is_tls { 4 } else { 2 }
    }

    /// When the last of so many bytes that are sent now is at the server.
    pub fn sent_ns(&self, now_ns: u64, bytes: u64) -> u64 {
        self.up.passed_ns(now_ns, bytes) + self.latency_ns
    }

    /// When the last of so many bytes that the server sent by now is here.
    pub fn received_ns(&self, now_ns: u64, bytes: u64) -> u64 {
        self.down.passed_ns(now_ns, bytes) + self.latency_ns
    }
}

impl Direction {
    fn passed_ns(&self, now_ns: u64, bytes: u64) -> u64 {
        let Some(kbps) = self.kbps else { return now_ns };
        let began_ns = self.free_ns.get().max(now_ns);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "sizes are far below 2^53, and times positive"
        )]
        let ended_ns = began_ns + (bytes as f64 * 8.0 / (kbps * 1000.0) * SECOND_NS as f64) as u64;
        self.free_ns.set(ended_ns);
        ended_ns
    }
}
