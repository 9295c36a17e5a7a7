//! Everything that is to happen at a time, in one heap behind one timerfd: starts of users, sleeps, the loop's own
//! ticks. A timerfd is late by tens of microseconds where a timer wheel is late by one or two milliseconds.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::os::fd::OwnedFd;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

use crate::clock::{SECOND_NS, now_ns};
use crate::net;

/// What is due; the order among equals is the order of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    Tick,
    EndOfLoad,
    EndOfGrace,
    /// A user is to start; the slot says which.
    Start(usize),
    /// A slot of a rate is due; the place of the population.
    Due(usize),
    /// A sleep is over.
    Wake(usize),
    /// Something happened that may end the run.
    Look,
}

pub struct Timers {
    fd: AsyncFd<OwnedFd>,
    heap: RefCell<BinaryHeap<Reverse<(u64, Event)>>>,
    armed_ns: Cell<u64>,
}

impl Timers {
    /// # Errors
    /// When the process may not open another descriptor.
    pub fn new() -> io::Result<Self> {
        let fd = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        Ok(Self { fd: net::watch_timer(fd)?, heap: RefCell::default(), armed_ns: Cell::new(u64::MAX) })
    }

    /// Makes an event due at a monotonic time.
    pub fn at(&self, due_ns: u64, event: Event) {
        self.heap.borrow_mut().push(Reverse((due_ns, event)));
        if due_ns < self.armed_ns.get() {
            self.arm(due_ns);
        }
    }

    /// The next event that is due by `now_ns`, with its time.
    pub fn due(&self, now_ns: u64) -> Option<(u64, Event)> {
        let mut heap = self.heap.borrow_mut();
        if heap.peek()?.0.0 > now_ns {
            return None;
        }
        heap.pop().map(|Reverse(due)| due)
    }

    /// Waits until something is due.
    ///
    /// # Errors
    /// When the descriptor cannot be watched.
    pub async fn wait(&self) -> io::Result<()> {
        loop {
            let Some(due_ns) = self.heap.borrow().peek().map(|Reverse((due_ns, _))| *due_ns) else {
                return std::future::pending().await;
            };
            if due_ns <= now_ns() {
                return Ok(());
            }
            if due_ns != self.armed_ns.get() {
                self.arm(due_ns);
            }
            // The timer is one-shot and the readiness an edge, so it is never read: arming it anew is enough.
            self.fd.readable().await?.clear_ready();
            self.armed_ns.set(u64::MAX);
        }
    }

    fn arm(&self, due_ns: u64) {
        let due_ns = due_ns.max(1); // 0 would disarm it
        #[expect(clippy::cast_possible_wrap, reason = "monotonic time fits for 292 years")]
        let value = Timespec { tv_sec: (due_ns / SECOND_NS) as i64, tv_nsec: (due_ns % SECOND_NS) as i64 };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
        timerfd_settime(self.fd.get_ref(), TimerfdTimerFlags::ABSTIME, &once)
            .expect("an open timerfd takes any valid time");
        self.armed_ns.set(due_ns);
    }
}
