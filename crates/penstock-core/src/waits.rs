//! Waiting with an end: every user has one place in a dense table, with its waker and the time at which its exchange
//! is over. One scan a tick over the table replaces a timer a request.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Poll, Waker};

const NO_DEADLINE: u64 = u64::MAX;

/// How far the run has come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Running,
    /// Users leave at the end of their iteration.
    Leaving,
    /// Iterations are cut where they stand.
    Interrupting,
}

/// Why a wait ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    Timeout,
    Interrupted,
}

pub struct Waits {
    wakers: RefCell<Vec<Option<Waker>>>,
    deadlines_ns: RefCell<Vec<u64>>,
    stage: Cell<Stage>,
    /// The time of the last events; whatever is due by then may go on.
    now_ns: Cell<u64>,
    /// How often the load was changed from outside.
    changes: Cell<u64>,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            wakers: RefCell::default(),
            deadlines_ns: RefCell::default(),
            stage: Cell::new(Stage::Running),
            now_ns: Cell::new(0),
            changes: Cell::new(0),
        }
    }
}

impl Waits {
    /// Makes room for one more user.
    pub fn add_slot(&self) {
        self.wakers.borrow_mut().push(None);
        self.deadlines_ns.borrow_mut().push(NO_DEADLINE);
    }

    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage.get()
    }

    /// Goes on to a later stage and lets everyone know.
    pub fn advance(&self, stage: Stage) {
        if stage > self.stage.get() {
            self.stage.set(stage);
            self.wake_all();
        }
    }

    fn wake_all(&self) {
        for waker in self.wakers.borrow().iter().flatten() {
            waker.wake_by_ref();
        }
    }

    /// Lets everyone look again at what the load wants of them.
    pub fn stir(&self) {
        self.changes.set(self.changes.get() + 1);
        self.wake_all();
    }

    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.get()
    }

    pub fn set_now(&self, now_ns: u64) {
        self.now_ns.set(now_ns);
    }

    pub fn wake(&self, slot: usize) {
        if let Some(waker) = &self.wakers.borrow()[slot] {
            waker.wake_by_ref();
        }
    }

    /// Wakes everyone whose deadline has passed.
    pub fn scan(&self) {
        let now_ns = self.now_ns.get();
        for (slot, deadline_ns) in self.deadlines_ns.borrow().iter().enumerate() {
            if *deadline_ns <= now_ns {
                self.wake(slot);
            }
        }
    }

    /// Makes the running task the one of this slot. A task's waker stays the same through its life.
    pub async fn take_slot(&self, slot: usize) {
        poll_fn(|context| {
            self.wakers.borrow_mut()[slot] = Some(context.waker().clone());
            Poll::Ready(())
        })
        .await;
    }

    pub fn leave_slot(&self, slot: usize) {
        self.wakers.borrow_mut()[slot] = None;
    }

    /// Runs a future until it is done, its time is over or the run is interrupted. The future is borrowed: taken by
    /// value it would have its place in the user's task twice. One that is not `is_alone` in its slot keeps the earliest
    /// deadline of all there; whoever polls them together forgets it before each round.
    ///
    /// # Errors
    /// Why it was cut.
    pub async fn guarded<F: Future>(
        &self,
        slot: usize,
        deadline_ns: u64,
        is_alone: bool,
        mut future: Pin<&mut F>,
    ) -> Result<F::Output, Cut> {
        if is_alone {
            self.deadlines_ns.borrow_mut()[slot] = deadline_ns;
        }
        let result = poll_fn(|context| {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(value));
            }
            if self.stage.get() == Stage::Interrupting {
                return Poll::Ready(Err(Cut::Interrupted));
            }
            if deadline_ns <= self.now_ns.get() {
                return Poll::Ready(Err(Cut::Timeout));
            }
            if !is_alone {
                let deadline_here_ns = &mut self.deadlines_ns.borrow_mut()[slot];
                *deadline_here_ns = deadline_ns.min(*deadline_here_ns);
            }
            Poll::Pending
        })
        .await;
        if is_alone {
            self.forget_deadline(slot);
        }
        result
    }

    pub fn forget_deadline(&self, slot: usize) {
        self.deadlines_ns.borrow_mut()[slot] = NO_DEADLINE;
    }

    /// Runs a future until it is done; None when the loop's time came to `limit_ns` first (an event must wake the slot
    /// then).
    pub async fn unless<F: Future>(&self, limit_ns: u64, mut future: Pin<&mut F>) -> Option<F::Output> {
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if self.now_ns.get() >= limit_ns => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// Waits until the loop's time is `due_ns` (an event must wake the slot then), or the run reaches `stage`.
    pub async fn until(&self, due_ns: u64, stage: Stage) {
        poll_fn(
            |_| {
                if self.now_ns.get() >= due_ns || self.stage.get() >= stage { Poll::Ready(()) } else { Poll::Pending }
            },
        )
        .await;
    }

    /// Waits until the loop's time is `due_ns` (an event must wake the slot then), the load is changed or is over.
    pub async fn until_changed(&self, due_ns: u64) {
        let changes = self.changes.get();
        self.when(|| self.now_ns.get() >= due_ns || self.stage.get() > Stage::Running || self.changes.get() != changes)
            .await;
    }

    /// Waits until something holds; whoever makes it so must wake the slot.
    pub async fn when(&self, holds: impl Fn() -> bool) {
        poll_fn(|_| if holds() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Lets every other task that is ready go first. After a read this means: all sockets that are ready are read and
    /// stamped before any coroutine is stepped.
    pub async fn after_all_others(&self) {
        let mut is_first = true;
        poll_fn(|context| {
            if std::mem::take(&mut is_first) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }
}
