//! Tasks of one crew take turns, whoever wakes them.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

use penstock_core::crew::Crew;
use penstock_core::waits::Waits;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::task::yield_now;

fn runtime() -> LocalRuntime {
    Builder::new_current_thread().build_local(LocalOptions::default()).expect("a runtime")
}

fn crew() -> Rc<Crew> {
    let crew = Rc::new(Crew::default());
    tokio::task::spawn_local(Rc::clone(&crew).work());
    crew
}

/// Waits for the turns of all others.
async fn turn() {
    Waits::default().after_all_others().await;
}

#[test]
fn tasks_take_turns_in_the_order_in_which_they_were_woken() {
    runtime().block_on(async {
        let (crew, said) = (crew(), Rc::new(RefCell::new(Vec::new())));
        for name in ["a", "b", "c"] {
            let said = Rc::clone(&said);
            crew.spawn(async move {
                for round in 0..2 {
                    said.borrow_mut().push((name, round));
                    turn().await;
                }
            });
        }
        while said.borrow().len() < 6 {
            yield_now().await;
        }
        assert_eq!(*said.borrow(), [("a", 0), ("b", 0), ("c", 0), ("a", 1), ("b", 1), ("c", 1)]);
    });
}

#[test]
fn a_task_that_never_waits_lets_the_runtime_have_its_turn() {
    runtime().block_on(async {
        let (crew, turns) = (crew(), Rc::new(Cell::new(0)));
        let counted = Rc::clone(&turns);
        crew.spawn(async move {
            loop {
                counted.set(counted.get() + 1);
                turn().await;
            }
        });
        for _ in 0..10 {
            yield_now().await;
        }
        assert!(turns.get() > 0);
        assert!(turns.get() <= 11 * 31);
    });
}

#[test]
fn another_thread_wakes_a_task() {
    runtime().block_on(async {
        let (crew, (tell, told)) = (crew(), tokio::sync::oneshot::channel());
        let is_told = Rc::new(Cell::new(false));
        let noted = Rc::clone(&is_told);
        crew.spawn(async move { noted.set(told.await == Ok(7)) });
        yield_now().await;
        let other = std::thread::spawn(move || tell.send(7));
        while !is_told.get() {
            yield_now().await;
        }
        assert_eq!(other.join().expect("the other thread"), Ok(()));
    });
}

#[test]
fn a_task_that_panics_goes_while_the_panic_is_seen_and_the_others_stay() {
    struct Witness(Rc<Cell<bool>>);
    impl Drop for Witness {
        fn drop(&mut self) {
            self.0.set(std::thread::panicking());
        }
    }
    runtime().block_on(async {
        let (crew, seen, done) = (crew(), Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let (witness, noted) = (Witness(Rc::clone(&seen)), Rc::clone(&done));
        crew.spawn(async move {
            let _witness = witness;
            turn().await;
            panic!("on purpose");
        });
        crew.spawn(async move {
            turn().await;
            turn().await;
            noted.set(true);
        });
        while !done.get() {
            yield_now().await;
        }
        assert!(seen.get());
    });
}

#[test]
fn who_wakes_a_task_that_is_over_disturbs_nobody_who_has_its_place() {
    runtime().block_on(async {
        let (crew, kept, turns) = (crew(), Rc::new(RefCell::new(None::<Waker>)), Rc::new(Cell::new(0)));
        let noted = Rc::clone(&kept);
        crew.spawn(poll_fn(move |context| {
            noted.replace(Some(context.waker().clone()));
            Poll::Ready(())
        }));
        yield_now().await;
        yield_now().await;
        let counted = Rc::clone(&turns);
        crew.spawn(poll_fn(move |_| {
            counted.set(counted.get() + 1);
            if counted.get() < 3 { Poll::Pending } else { Poll::Ready(()) }
        }));
        for expected in 1..=3 {
            yield_now().await;
            yield_now().await;
            assert_eq!(turns.get(), expected);
            kept.borrow().as_ref().expect("it was polled").wake_by_ref();
        }
        yield_now().await;
        yield_now().await;
        assert_eq!(turns.get(), 3);
    });
}

#[test]
fn tasks_go_with_their_crew() {
    let held = Rc::new(());
    runtime().block_on(async {
        let (crew, mine) = (crew(), Rc::clone(&held));
        crew.spawn(async move {
            pending::<()>().await;
            drop(mine);
        });
        yield_now().await;
    });
    assert_eq!(Rc::strong_count(&held), 1);
}
