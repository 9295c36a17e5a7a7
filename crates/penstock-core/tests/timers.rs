//! What is due wakes the loop, in order, never early, whatever is told while it waits.

use std::rc::Rc;
use std::time::Duration;

use penstock_core::clock::now_ns;
use penstock_core::timers::{Event, Timers};
use proptest::prelude::*;
use tokio::runtime::{Builder, LocalOptions};

const MICROSECOND_NS: u64 = 1_000;
const FAR_NS: u64 = 1_000_000_000_000;

/// Waits for so many events; gives the times they were due at and were seen at.
async fn collect(timers: &Timers, count: usize) -> Vec<(u64, u64)> {
    let mut seen = Vec::new();
    while seen.len() < count {
        let now_ns = timers.wait().await.expect("a timer that can be watched");
        while let Some((due_ns, _)) = timers.due(now_ns) {
            seen.push((due_ns, now_ns));
        }
    }
    seen
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default()).expect("a runtime");
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(20), future).await.expect("something was due and woke nobody")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_is_told_while_the_loop_waits_comes_in_its_turn(
        first in prop::collection::vec(0..4_000_u64, 1..12),
        later in prop::collection::vec((0..4_000_u64, 0..4_000_u64), 0..12),
    ) {
        let count = first.len() + later.len();
        let seen = block_on(async {
            let timers = Rc::new(Timers::new().expect("a descriptor"));
            let began_ns = now_ns();
            timers.at(began_ns + FAR_NS, Event::Tick); // so that only an alarm of its own can wake for the others
            for (slot, after_us) in first.iter().enumerate() {
                timers.at(began_ns + after_us * MICROSECOND_NS, Event::Wake(slot));
            }
            for (told_after_us, after_us) in later {
                let timers = Rc::clone(&timers);
                tokio::task::spawn_local(async move {
                    tokio::time::sleep(Duration::from_micros(told_after_us)).await;
                    timers.at(now_ns() + after_us * MICROSECOND_NS, Event::Look);
                });
            }
            collect(&timers, count).await
        });
        prop_assert!(seen.iter().all(|(due_ns, seen_ns)| due_ns <= seen_ns), "one came early: {seen:?}");
        for pair in seen.windows(2).filter(|pair| pair[0].1 == pair[1].1) {
            prop_assert!(pair[0].0 <= pair[1].0, "two that were due together came in the wrong order: {seen:?}");
        }
    }
}

#[test]
fn a_wait_that_was_given_up_hides_nothing_from_the_next() {
    let seen = block_on(async {
        let timers = Timers::new().expect("a descriptor");
        let began_ns = now_ns();
        for after_us in [2_000, 4_000, 6_000] {
            timers.at(began_ns + after_us * MICROSECOND_NS, Event::Look);
        }
        for _ in 0..5 {
            let _ = tokio::time::timeout(Duration::from_millis(1), timers.wait()).await;
        }
        collect(&timers, 3).await
    });
    assert_eq!(seen.len(), 3);
}
