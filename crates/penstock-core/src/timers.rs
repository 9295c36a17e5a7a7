//! Everything that is to happen at a time, in one heap behind two timerfds: starts of users, sleeps, the loop's own
//! ticks. A timerfd is late by tens of microseconds where a timer wheel is late by one or two milliseconds.
//!
//! Two, because setting the one that comes first means to program the processor's timer, which takes most of a start
//! where the machine is a guest of another. Each time is therefore set while the one before is still to come; then the
//! kernel programs it in passing, when it handles that one.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::io;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

use crate::clock::{SECOND_NS, latest_ns, now_ns};
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

/// The time of what does not come.
const NEVER: u64 = u64::MAX;

pub struct Timers {
    alarms: [Alarm; 2],
    heap: RefCell<BinaryHeap<Reverse<(u64, Event)>>>,
}

impl Timers {
    /// # Errors
    /// When the process may not open another descriptor.
    pub fn new() -> io::Result<Self> {
        Ok(Self { alarms: [Alarm::new()?, Alarm::new()?], heap: RefCell::default() })
    }

    /// Makes an event due at a monotonic time. What is told early, while something else is still to come, costs least.
    pub fn at(&self, due_ns: u64, event: Event) {
        self.heap.borrow_mut().push(Reverse((due_ns, event)));
        let [one, other] = &self.alarms;
        if due_ns < one.due_ns.get().min(other.due_ns.get()) {
            let later = if one.due_ns.get() > other.due_ns.get() { one } else { other };
            later.set(due_ns);
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

    /// Waits until something is due; gives the time.
    ///
    /// # Errors
    /// When the descriptors cannot be watched.
    pub async fn wait(&self) -> io::Result<u64> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let mut has_rung = false;
        for alarm in &self.alarms {
            has_rung |= alarm.hear(context)?;
        }
        let now_ns = if has_rung { now_ns() } else { latest_ns() };
        let [first_ns, second_ns] = self.next_two();
        if first_ns <= now_ns {
            return Poll::Ready(Ok(now_ns));
        }
        self.expect(first_ns, second_ns);
        self.expect(second_ns, first_ns);
        Poll::Pending
    }

    /// Has an alarm set for a time, but not the one that is set for another.
    fn expect(&self, due_ns: u64, other_ns: u64) {
        if due_ns == NEVER || self.alarms.iter().any(|alarm| alarm.due_ns.get() == due_ns) {
            return;
        }
        let [one, other] = &self.alarms;
        if one.due_ns.get() == other_ns { other } else { one }.set(due_ns);
    }

    /// The two times at which something is due next.
    fn next_two(&self) -> [u64; 2] {
        let heap = self.heap.borrow();
        let at = |place: usize| heap.as_slice().get(place).map_or(NEVER, |Reverse((due_ns, _))| *due_ns);
        [at(0), at(1).min(at(2))] // the second of a heap is one of the two below its top
    }
}

/// A timerfd, and what it is set for; `NEVER` once it has rung.
struct Alarm {
    fd: AsyncFd<OwnedFd>,
    due_ns: Cell<u64>,
}

impl Alarm {
    fn new() -> io::Result<Self> {
        let fd = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        Ok(Self { fd: net::watch_timer(fd)?, due_ns: Cell::new(NEVER) })
    }

    /// Whether it has rung; if not, the task is woken when it does.
    fn hear(&self, context: &mut Context<'_>) -> io::Result<bool> {
        let mut has_rung = false;
        // It is one-shot and its readiness an edge, so it is never read: setting it anew is enough.
        while let Poll::Ready(ready) = self.fd.poll_read_ready(context) {
            ready?.clear_ready();
            self.due_ns.set(NEVER);
            has_rung = true;
        }
        Ok(has_rung)
    }

    fn set(&self, due_ns: u64) {
        let due_ns = due_ns.max(1); // 0 would disarm it
        #[expect(clippy::cast_possible_wrap, reason = "monotonic time fits for 292 years")]
        let value = Timespec { tv_sec: (due_ns / SECOND_NS) as i64, tv_nsec: (due_ns % SECOND_NS) as i64 };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
        timerfd_settime(self.fd.get_ref(), TimerfdTimerFlags::ABSTIME, &once)
            .expect("an open timerfd takes any valid time");
        self.due_ns.set(due_ns);
    }
}
