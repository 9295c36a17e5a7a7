//! The tasks of users, and of connections that several share. They take turns inside one task of the runtime: the
//! runtime's own tasks may be woken, moved and dropped by any thread, and pay for that with every turn; these stay on the
//! thread of the loop, and only who wakes one from elsewhere (a name that was looked up) takes a lock.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::task::coop::has_budget_remaining;
use tokio::task::yield_now;

/// How many turns are taken before the loop looks at sockets and timers again. More would be felt where steps are slow;
/// this costs a hundredth of a request.
const TURNS: usize = 31;

thread_local! {
    /// Who waits for a turn on this thread.
    static HERE: RefCell<Option<Rc<Line>>> = const { RefCell::new(None) };
}

#[derive(Default)]
pub struct Crew {
    line: Rc<Line>,
    tasks: RefCell<Vec<Option<Task>>>,
    /// Places in `tasks` that nobody has.
    free: RefCell<Vec<usize>>,
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    waker: Waker,
}

/// Who is to have a turn, in order.
struct Line {
    waiting: RefCell<Waiting>,
    /// The task of the runtime in which turns are taken; None before it begins.
    host: RefCell<Option<Waker>>,
    is_taking_turns: Cell<bool>,
    elsewhere: Arc<Elsewhere>,
}

#[derive(Default)]
struct Waiting {
    places: VecDeque<usize>,
    /// By place: whether it is among `places`.
    is_in_line: Vec<bool>,
}

/// What other threads see of a crew.
struct Elsewhere {
    /// No two crews of a process have the same.
    number: u64,
    has_woken: AtomicBool,
    woken: Mutex<Woken>,
}

#[derive(Default)]
struct Woken {
    places: Vec<usize>,
    host: Option<Waker>,
}

/// Wakes the task at a place. A place may have got another task meanwhile; that one has a turn in which it finds nothing to do.
struct Call {
    place: usize,
    elsewhere: Arc<Elsewhere>,
}

impl Default for Line {
    fn default() -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let elsewhere = Elsewhere { number, has_woken: AtomicBool::new(false), woken: Mutex::default() };
        Self {
            waiting: RefCell::default(),
            host: RefCell::default(),
            is_taking_turns: Cell::new(false),
            elsewhere: Arc::new(elsewhere),
        }
    }
}

impl Line {
    /// Puts a place at the end of the line, unless it is in it.
    fn join(&self, place: usize) {
        let waiting = &mut *self.waiting.borrow_mut();
        if !std::mem::replace(&mut waiting.is_in_line[place], true) {
            waiting.places.push_back(place);
            if waiting.places.len() == 1
                && !self.is_taking_turns.get()
                && let Some(host) = &*self.host.borrow()
            {
                host.wake_by_ref();
            }
        }
    }

    fn next(&self) -> Option<usize> {
        let waiting = &mut *self.waiting.borrow_mut();
        let place = waiting.places.pop_front()?;
        waiting.is_in_line[place] = false;
        Some(place)
    }

    /// Lets those join that were woken from elsewhere.
    fn collect(&self) {
        if self.elsewhere.has_woken.load(Ordering::Acquire) {
            let places = {
                let woken = &mut *self.elsewhere.woken.lock().unwrap_or_else(PoisonError::into_inner);
                self.elsewhere.has_woken.store(false, Ordering::Release);
                std::mem::take(&mut woken.places)
            };
            for place in places {
                self.join(place);
            }
        }
    }

    /// Notes in whose name turns are taken.
    fn be_hosted(&self, by: &Waker) {
        let mut host = self.host.borrow_mut();
        if !host.as_ref().is_some_and(|host| host.will_wake(by)) {
            *host = Some(by.clone());
            self.elsewhere.woken.lock().unwrap_or_else(PoisonError::into_inner).host = Some(by.clone());
        }
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let is_here = HERE.try_with(|here| match &*here.borrow() {
            Some(line) if line.elsewhere.number == self.elsewhere.number => {
                line.join(self.place);
                true
            }
            _ => false,
        });
        if !is_here.unwrap_or(false) {
            let woken = &mut *self.elsewhere.woken.lock().unwrap_or_else(PoisonError::into_inner);
            woken.places.push(self.place);
            self.elsewhere.has_woken.store(true, Ordering::Release);
            if let Some(host) = &woken.host {
                host.wake_by_ref();
            }
        }
    }
}

impl Crew {
    /// Gives a future its turns until it is done.
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        let place = self.free.borrow_mut().pop().unwrap_or_else(|| {
            self.line.waiting.borrow_mut().is_in_line.push(false);
            let mut tasks = self.tasks.borrow_mut();
            tasks.push(None);
            tasks.len() - 1
        });
        let call = Call { place, elsewhere: Arc::clone(&self.line.elsewhere) };
        self.tasks.borrow_mut()[place] = Some(Task { future: Box::pin(future), waker: Arc::new(call).into() });
        self.line.join(place);
    }

    /// Takes turns for as long as it is polled, on one thread; when it is dropped, all tasks are.
    pub async fn work(self: Rc<Self>) {
        HERE.set(Some(Rc::clone(&self.line)));
        let _end = End(Rc::clone(&self));
        loop {
            poll_fn(|context| self.take_turns(context)).await;
            yield_now().await; // to all other tasks, and to sockets and timers
        }
    }

    /// Ready when others must have a look in; pending when there is nothing to do.
    fn take_turns(&self, context: &Context<'_>) -> Poll<()> {
        self.line.be_hosted(context.waker());
        self.line.collect();
        self.line.is_taking_turns.set(true);
        let mut turns = 0..TURNS;
        let taken = loop {
            // What a task may read at once is limited by the runtime, for all turns together.
            if turns.next().is_none() || !has_budget_remaining() {
                break Poll::Ready(());
            }
            let Some(place) = self.line.next() else { break Poll::Pending };
            self.take_turn(place);
        };
        self.line.is_taking_turns.set(false);
        taken
    }

    fn take_turn(&self, place: usize) {
        let Some(mut task) = self.tasks.borrow_mut()[place].take() else { return };
        // One that panics goes, and must be gone before the panic is over: whoever it belongs to looks whether there is one.
        let left = catch_unwind(AssertUnwindSafe(move || {
            let is_done = task.future.as_mut().poll(&mut Context::from_waker(&task.waker)).is_ready();
            (!is_done).then_some(task)
        }));
        match left.unwrap_or(None) {
            Some(task) => self.tasks.borrow_mut()[place] = Some(task),
            None => self.free.borrow_mut().push(place),
        }
    }
}

/// The end of a crew, however it comes.
struct End(Rc<Crew>);

impl Drop for End {
    fn drop(&mut self) {
        let here = HERE.try_with(RefCell::take);
        drop(here);
        // One after the other, with nothing borrowed: what goes may wake others.
        while let Some(task) = { self.0.tasks.borrow_mut().pop() } {
            drop(task);
        }
    }
}
