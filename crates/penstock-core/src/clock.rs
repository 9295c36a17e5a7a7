//! Clocks, as nanoseconds. Everything inside is monotonic; wall time appears only to translate kernel stamps.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::time::{ClockId, Timespec, clock_gettime};

pub const SECOND_NS: u64 = 1_000_000_000;
pub const MILLISECOND_NS: u64 = 1_000_000;

fn nanoseconds(time: Timespec) -> i64 {
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Of all threads: the clock is the same for all, and a place of each thread's own would be a call to find.
static LATEST_NS: AtomicU64 = AtomicU64::new(0);

/// `CLOCK_MONOTONIC`, the clock that plans and all processes of one machine share. Reading it also sets `latest_ns`.
pub fn now_ns() -> u64 {
    let now_ns = nanoseconds(clock_gettime(ClockId::Monotonic)).unsigned_abs();
    LATEST_NS.store(now_ns, Ordering::Relaxed);
    now_ns
}

/// The last reading of `now_ns`, for what may be a few microseconds off: a reading costs as much as
/// parsing a response. The loop reads the clock whenever it has waited, has received, and has stepped a coroutine.
#[must_use]
pub fn latest_ns() -> u64 {
    LATEST_NS.load(Ordering::Relaxed)
}

/// User and system CPU time of this process.
#[must_use]
pub fn process_cpu_ns() -> u64 {
    nanoseconds(clock_gettime(ClockId::ProcessCPUTime)).unsigned_abs()
}

/// Seconds of a plan as nanoseconds; negative or absurd values are cut to what fits.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to the range on purpose")]
pub fn seconds_to_ns(seconds: f64) -> u64 {
    (seconds * 1e9).round() as u64
}

#[must_use]
#[expect(clippy::cast_precision_loss, reason = "53 bits of nanoseconds are 104 days")]
pub fn ns_to_seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}

/// How far wall time is ahead of monotonic time. Kernel stamps are wall time; adding one cached number to a
/// monotonic reading saves a clock call a read. It changes only when the wall clock is set, so it is read anew
/// with each tick of the loop.
#[derive(Default)]
pub struct WallOffset(Cell<i64>);

impl WallOffset {
    pub fn refresh(&self) {
        let before = nanoseconds(clock_gettime(ClockId::Monotonic));
        let wall = nanoseconds(clock_gettime(ClockId::Realtime));
        let after = nanoseconds(clock_gettime(ClockId::Monotonic));
        self.0.set(wall - (before + (after - before) / 2));
    }

    /// The monotonic time of a wall time.
    #[must_use]
    pub fn monotonic_of(&self, wall_ns: i64) -> i64 {
        wall_ns - self.0.get()
    }
}
