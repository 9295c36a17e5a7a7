//! The life of one user: it comes, repeats its journey, and leaves.

use std::cell::RefCell;
use std::rc::Rc;

use crate::client::Client;
use crate::clock::{now_ns, seconds_to_ns};
use crate::exchange::{Asked, Exchange, exchange};
use crate::host::{Ended, Host, Operation, Resume, Step};
use crate::ledger::{Ledger, Pending};
use crate::run::Run;
use crate::seats::Kept;
use crate::series::Kind;
use crate::timers::Event;
use crate::waits::Stage;

/// How an iteration ended.
enum Iteration {
    /// `has_waited`: whether it let go of the loop at all.
    Finished {
        extra_pause_s: f64,
        has_waited: bool,
    },
    Interrupted,
}

/// One user, from a start to a leave.
struct Visit<H: Host> {
    run: Rc<Run<H>>,
    slot: usize,
    journey: usize,
    ledger: Rc<RefCell<Ledger<H>>>,
    client: Client,
}

/// Runs a user from `scheduled_ns` until it has to leave.
pub async fn live<H: Host>(run: Rc<Run<H>>, slot: usize, scheduled_ns: u64) {
    let _presence = Presence(Rc::clone(&run));
    let index = run.seats.user(slot);
    let leave_ns =
        run.phases.stay(index, now_ns().saturating_sub(run.start_ns)).map_or(0, |stay| run.start_ns + stay.to_ns);
    run.waits.take_slot(slot).await;
    run.tally.borrow_mut().count_users(now_ns(), 1);
    let mut kept = run.seats.take(slot).unwrap_or_else(|| Kept { user: run.host.user(index), iteration: 0, jar: None });
    let journey = run.mix.journey(index);
    let series = run.tally.borrow_mut().series_id(Kind::Iteration, &run.journeys[journey]);
    let ledger = Rc::new(RefCell::new(Ledger::new(series)));
    let mut visit = Visit { run: Rc::clone(&run), slot, journey, ledger, client: Client::new(kept.jar.take()) };
    visit.repeat(&mut kept, scheduled_ns, leave_ns).await;
    let is_spent = kept.iteration >= run.iterations_per_user;
    kept.jar = visit.client.jar.take();
    drop(visit);
    let now_ns = now_ns();
    run.tally.borrow_mut().count_users(now_ns, -1);
    run.waits.leave_slot(slot);
    let next = run.phases.stay(index, now_ns.saturating_sub(run.start_ns));
    if let Some(stay) = next.filter(|_| !is_spent && run.waits.stage() == Stage::Running) {
        run.seats.keep(slot, kept);
        run.timers.at(run.start_ns + stay.from_ns, Event::Start(slot));
    } else {
        run.seats.retire();
    }
}

/// Tells the run when a user leaves, however it does.
struct Presence<H: Host>(Rc<Run<H>>);

impl<H: Host> Drop for Presence<H> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop(
                "failed",
                Some("the loop broke while it ran a user; this is a fault in Penstock".to_owned()),
                0.0,
            );
        }
        if self.0.seats.leave() {
            // Nothing else may be due for long.
            self.0.timers.at(now_ns(), Event::Look);
        }
    }
}

impl<H: Host> Visit<H> {
    async fn repeat(&mut self, kept: &mut Kept<H>, scheduled_ns: u64, leave_ns: u64) {
        let run = Rc::clone(&self.run);
        let mut scheduled_ns = Some(scheduled_ns);
        loop {
            let iteration = self.iterate(kept, scheduled_ns).await;
            kept.iteration += 1;
            let Iteration::Finished { extra_pause_s, has_waited } = iteration else { return };
            let ended_ns = now_ns();
            let is_over = || run.waits.stage() > Stage::Running || now_ns() >= leave_ns;
            if is_over() || kept.iteration >= run.iterations_per_user {
                return;
            }
            let pause_s = run.pause_s + extra_pause_s;
            scheduled_ns = None;
            if pause_s > 0.0 {
                let due_ns = ended_ns.saturating_add(seconds_to_ns(pause_s));
                let wake_ns = due_ns.min(leave_ns);
                run.timers.at(wake_ns, Event::Wake(self.slot));
                run.waits.until(wake_ns, Stage::Leaving).await;
                scheduled_ns = Some(due_ns);
            } else if !has_waited {
                // An iteration that awaits nothing would keep the loop to itself.
                run.waits.after_all_others().await;
            }
            if is_over() {
                return;
            }
        }
    }

    async fn iterate(&mut self, kept: &Kept<H>, scheduled_ns: Option<u64>) -> Iteration {
        let run = Rc::clone(&self.run);
        let started_ns = now_ns();
        {
            let mut tally = run.tally.borrow_mut();
            tally.iterations.started += 1;
            if let Some(scheduled_ns) = scheduled_ns {
                tally.health.start_lateness.record(started_ns.saturating_sub(scheduled_ns));
            }
        }
        self.ledger.borrow_mut().begin_iteration();
        self.client.begin_iteration(run.http.cookies);
        let mut has_waited = false;
        let ended = match run.host.start(self.journey, &kept.user, kept.iteration) {
            Ok(coroutine) => self.drive(coroutine, scheduled_ns, &mut has_waited).await,
            Err(ended) => Some(ended),
        };
        let Some(ended) = ended else {
            run.tally.borrow_mut().iterations.interrupted += 1;
            return Iteration::Interrupted;
        };
        let mut ledger = self.ledger.borrow_mut();
        let extra_pause_s = match ended {
            Ended::Returned { extra_pause_s } => extra_pause_s,
            Ended::Raised(message) => {
                ledger.fail(&mut run.tally.borrow_mut(), "script", &message);
                0.0
            }
            Ended::Abort => {
                run.stop("stopped", None, 0.0);
                run.tally.borrow_mut().iterations.interrupted += 1;
                return Iteration::Interrupted;
            }
        };
        ledger.finish(&mut run.tally.borrow_mut(), scheduled_ns.unwrap_or(started_ns), started_ns, now_ns());
        Iteration::Finished { extra_pause_s, has_waited }
    }

    /// Steps a coroutine to its end; None when it was interrupted.
    async fn drive(
        &mut self,
        coroutine: H::Coroutine,
        scheduled_ns: Option<u64>,
        has_waited: &mut bool,
    ) -> Option<Ended> {
        let run = Rc::clone(&self.run);
        // The scheduled time of what let the user go on, for the first request after it.
        let mut due_ns = scheduled_ns;
        let mut with = Resume::Nothing;
        loop {
            let (step, asked_ns) = run.step(&self.ledger, &coroutine, with);
            match step {
                Step::Ended(ended) => return Some(ended),
                Step::Sleep(seconds) => {
                    let wake_ns = asked_ns.saturating_add(seconds_to_ns(seconds));
                    run.timers.at(wake_ns, Event::Wake(self.slot));
                    run.waits.until(wake_ns, Stage::Interrupting).await;
                    self.ledger.borrow_mut().add_sleep(now_ns().saturating_sub(asked_ns));
                    due_ns = Some(wake_ns);
                    with = Resume::Nothing;
                }
                Step::Request(operation) => {
                    if let Err(refusal) = check(&operation) {
                        with = Resume::Refusal(refusal);
                        continue;
                    }
                    let asked = Asked { due_ns: due_ns.take().unwrap_or(asked_ns), asked_ns };
                    let Some(exchange) = exchange(&run, self.slot, &mut self.client, &operation, asked).await else {
                        run.close(&self.ledger, coroutine);
                        return None;
                    };
                    with = Resume::Reply(self.settle(operation, exchange));
                    run.waits.after_all_others().await;
                }
            }
            *has_waited = true;
            if run.waits.stage() == Stage::Interrupting {
                run.close(&self.ledger, coroutine);
                return None;
            }
        }
    }

    /// Makes the exchange pending, and gives what its journey is resumed with.
    fn settle(&self, operation: H::Operation, exchange: Exchange<H::Body>) -> H::Reply {
        let failure = exchange.response.failure.as_ref().map(|failure| (failure.kind.into(), failure.message.clone()));
        let reply = self.run.host.reply(&operation, exchange.response);
        self.ledger.borrow_mut().set_pending(Pending {
            series: exchange.series,
            operation,
            reply: reply.clone(),
            measure: exchange.measure,
            sent: exchange.progress.sent,
            ended_ns: exchange.ended_ns,
            failure,
        });
        reply
    }
}

fn check<O: Operation>(operation: &O) -> Result<(), String> {
    let request = operation.request();
    crate::codec::request::check(request.method, request.headers)
}
