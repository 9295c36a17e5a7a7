//! The life of one user: it comes, repeats its journey, and leaves.

use std::cell::RefCell;
use std::rc::Rc;

use crate::client::Client;
use crate::clock::{latest_ns, now_ns, seconds_to_ns};
use crate::codec::websocket::{BINARY, TEXT};
use crate::exchange::{Asked, Exchange, exchange};
use crate::host::{Ended, Host, Operation, Parallel, Resume, SocketStep, Step};
use crate::ledger::{Ledger, Pending, Subject};
use crate::parallel::{self, Together, Turn};
use crate::plan::{Cookies, Model, Thinks};
use crate::population::{Kept, LATE_NS, Population};
use crate::run::Run;
use crate::series::{Kind, Measure};
use crate::starts::Place;
use crate::tally::SeriesId;
use crate::timers::Event;
use crate::waits::Stage;
use crate::websocket;

/// How many requests a browser has under way to one host.
const USUAL_PER_HOST: usize = 6;

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
    place: Place,
    slot: usize,
    ledger: Rc<RefCell<Ledger<H>>>,
    client: Client,
    kept: Kept<H>,
    /// The series of the iterations of a journey: the one that was done last.
    known_series: (usize, SeriesId),
    /// When the load lets the user go, as far as is known.
    leave_ns: u64,
    seen_changes: u64,
    /// The user did what it does first, and has yet to do what it does last.
    has_started: bool,
    /// Its journey said that it goes for good.
    is_leaving: bool,
}

/// What a user starts next.
#[derive(Debug, Clone, Copy, Default)]
struct Next {
    /// When it should begin; None: whenever the user is ready.
    due_ns: Option<u64>,
    /// None: what the mix says.
    journey: Option<usize>,
    /// The user was not free in time.
    is_late: bool,
}

/// Runs a user from `scheduled_ns` until it has to leave.
pub async fn live<H: Host>(run: Rc<Run<H>>, place: Place, scheduled_ns: u64) {
    let _alarm = Alarm { run: Rc::clone(&run), place };
    let mut visit = Visit::begin(&run, place).await;
    run.count_users(1);
    visit.repeat(scheduled_ns).await;
    visit.stop().await;
    run.count_users(-1);
    visit.end();
    run.await_user(place, run.since_start(now_ns()));
    if run.populations[place.population].present.get() == 0 {
        run.timers.at(now_ns(), Event::Look);
    }
}

/// Runs a user who does one iteration for each arrival it is given, until the run is over.
pub async fn serve<H: Host>(run: Rc<Run<H>>, place: Place) {
    let _alarm = Alarm { run: Rc::clone(&run), place };
    let mut visit = Visit::begin(&run, place).await;
    while let Some(mut next) = visit.receive().await {
        run.count_users(1);
        if !visit.has_started && visit.population().on_start.is_some() {
            // What a visitor does first is no delay of ours or of the server's.
            visit.start().await;
            (next.due_ns, next.is_late) = (None, false);
        }
        visit.iterate(next).await;
        visit.kept.iteration += 1;
        run.count_users(-1);
        let population = visit.population();
        population.busy.set(population.busy.get() - 1);
    }
    visit.stop().await;
    visit.end();
}

/// A task that panics takes its user away without a word: the run must not wait for it, nor pass for a good one.
struct Alarm<H: Host> {
    run: Rc<Run<H>>,
    place: Place,
}

impl<H: Host> Drop for Alarm<H> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let present = &self.run.populations[self.place.population].present;
            present.set(present.get().saturating_sub(1));
            let message = "the loop broke while it ran a user; this is a fault in Penstock";
            self.run.stop("failed", Some(message.to_owned()), 0.0);
        }
    }
}

impl<H: Host> Visit<H> {
    async fn begin(run: &Rc<Run<H>>, place: Place) -> Self {
        let population = &run.populations[place.population];
        let (slot, kept) = {
            let mut seats = population.seats.borrow_mut();
            let seat = &mut seats[place.seat];
            (seat.slot, seat.kept.take())
        };
        run.waits.take_slot(slot).await;
        let mut kept = kept.unwrap_or_else(|| Kept {
            user: run.host.user(population.user(place.seat)),
            iteration: 0,
            jar: None,
            paces: population.mix.paces(now_ns(), &population.random),
        });
        let series = run.tally.borrow_mut().series_id(Kind::Iteration, &run.journeys[0]);
        let known_series = (0, series);
        let ledger = Rc::new(RefCell::new(Ledger::new(series, kept.user.clone())));
        let client = population.client(place.seat, kept.jar.take());
        let run = Rc::clone(run);
        Self {
            run,
            place,
            slot,
            ledger,
            client,
            kept,
            known_series,
            leave_ns: 0,
            seen_changes: u64::MAX,
            has_started: false,
            is_leaving: false,
        }
    }

    fn end(self) {
        let Self { run, place, slot, client, mut kept, is_leaving, .. } = self;
        kept.jar = client.jar.into_inner();
        let population = &run.populations[place.population];
        let before = {
            let mut seats = population.seats.borrow_mut();
            let seat = &mut seats[place.seat];
            seat.is_present = false;
            let most = population.load.iterations_per_user.unwrap_or(u64::MAX);
            seat.is_spent = is_leaving || kept.iteration >= most || !population.has_iterations();
            seat.kept.replace(kept)
        };
        drop(before);
        population.present.set(population.present.get() - 1);
        run.waits.leave_slot(slot);
    }

    fn population(&self) -> &Population<H> {
        &self.run.populations[self.place.population]
    }

    /// Whether the load has let the user go.
    fn is_over(&mut self) -> bool {
        let changes = self.run.waits.changes();
        if self.seen_changes != changes {
            self.seen_changes = changes;
            let stay = self.population().stay(self.place.seat, self.run.since_start(now_ns()));
            self.leave_ns = stay.map_or(0, |stay| self.run.start_ns + stay.to_ns);
        }
        self.run.waits.stage() > Stage::Running || latest_ns() >= self.leave_ns
    }

    async fn repeat(&mut self, scheduled_ns: u64) {
        let mut first = Next { due_ns: Some(scheduled_ns), ..Next::default() };
        if self.population().on_start.is_some() {
            if self.hold(first).await.is_none() || !self.population().has_iterations() {
                return;
            }
            self.start().await;
            if self.is_over() {
                return;
            }
            first.due_ns = None;
        }
        let mut next = self.paced().unwrap_or(first);
        while let Some(ready) = self.hold(next).await {
            if !self.population().take_iteration() {
                return;
            }
            let started_ns = latest_ns();
            let iteration = self.iterate(ready).await;
            self.kept.iteration += 1;
            let Iteration::Finished { extra_pause_s, has_waited } = iteration else { return };
            let most = self.population().load.iterations_per_user.unwrap_or(u64::MAX);
            if extra_pause_s.is_infinite() {
                self.is_leaving = true;
                return;
            }
            if self.is_over() || self.kept.iteration >= most || !self.population().has_iterations() {
                return;
            }
            next = self.paced().unwrap_or_else(|| self.after(ready, started_ns, extra_pause_s));
            if next.due_ns.is_none() && !has_waited {
                // An iteration that awaits nothing would keep the loop to itself.
                self.run.waits.after_all_others().await;
                if self.is_over() {
                    return;
                }
            }
        }
    }

    /// Waits until it is time, and the run is not paused; None when the user has to leave instead.
    async fn hold(&mut self, mut next: Next) -> Option<Next> {
        let run = Rc::clone(&self.run);
        loop {
            let now_ns = latest_ns();
            let is_paused = run.is_paused.get();
            let due_ns = if is_paused { u64::MAX } else { next.due_ns.unwrap_or_default() };
            if due_ns <= now_ns {
                return Some(next);
            }
            if self.is_over() {
                return None;
            }
            let wake_ns = due_ns.min(self.leave_ns);
            run.timers.at(wake_ns, Event::Wake(self.slot));
            run.waits.until_changed(wake_ns).await;
            if self.is_over() {
                return None;
            }
            if is_paused && next.due_ns.is_some_and(|due_ns| due_ns <= latest_ns()) {
                // What was due meanwhile is not late: nobody wanted it.
                (next.due_ns, next.is_late) = (None, false);
            }
        }
    }

    /// What the user's own pace wants next, if the mix is one.
    fn paced(&mut self) -> Option<Next> {
        let run = Rc::clone(&self.run);
        let population = &run.populations[self.place.population];
        let paces = self.kept.paces.as_mut()?;
        paces.leave_out(|journey| population.mix.is_retired(journey));
        let (journey, due_ns) = paces.next();
        let late_ns = now_ns().saturating_sub(due_ns);
        paces.advance(population.pace_spread, late_ns, &population.random);
        Some(Next { due_ns: Some(due_ns), journey: Some(journey), is_late: late_ns > LATE_NS })
    }

    /// When the next iteration begins: after a pause, and not sooner after the last one's beginning than the pacing.
    fn after(&self, last: Next, started_ns: u64, extra_pause_s: f64) -> Next {
        let population = self.population();
        let load = &population.load;
        let pause_s = match load.thinks {
            Thinks::Off => load.pause_s,
            Thinks::On => load.pause_s + extra_pause_s,
            Thinks::Normal => (load.pause_s + extra_pause_s) * population.random.around_one(load.think_deviation),
        };
        let ended_ns = latest_ns();
        let rested_ns = (pause_s > 0.0).then(|| ended_ns.saturating_add(seconds_to_ns(pause_s)));
        if load.pacing_s <= 0.0 {
            return Next { due_ns: rested_ns, ..Next::default() };
        }
        // A late iteration is not made up for: its own beginning is where the next interval starts.
        let from_ns = last.due_ns.filter(|_| !last.is_late).unwrap_or(started_ns);
        let paced_ns = from_ns.saturating_add(seconds_to_ns(load.pacing_s));
        let due_ns = rested_ns.map_or(paced_ns, |rested_ns| rested_ns.max(paced_ns));
        Next { due_ns: Some(due_ns), journey: None, is_late: ended_ns > due_ns.saturating_add(LATE_NS) }
    }

    /// Waits for an arrival; None when there will be none.
    async fn receive(&mut self) -> Option<Next> {
        let run = Rc::clone(&self.run);
        let population = &run.populations[self.place.population];
        let seat = self.place.seat;
        let take = || population.seats.borrow_mut()[seat].given_ns.take();
        let next = |due_ns: u64, is_late: bool| Next { due_ns: Some(due_ns), journey: None, is_late };
        if let Some(due_ns) = take() {
            return Some(next(due_ns, false));
        }
        run.expire(now_ns());
        if run.waits.stage() == Stage::Running
            && !run.is_paused.get()
            && let Some(due_ns) = population.take_backlog()
        {
            population.busy.set(population.busy.get() + 1);
            return Some(next(due_ns, now_ns().saturating_sub(due_ns) > LATE_NS));
        }
        population.takers.borrow_mut().push_back(seat);
        let is_given = || population.seats.borrow()[seat].given_ns.is_some();
        run.waits.when(|| is_given() || run.waits.stage() > Stage::Running).await;
        take().map(|due_ns| next(due_ns, false))
    }

    /// Waits for the slot of a request; gives when it was due, or None when the run is interrupted.
    async fn slot(&self, asked_ns: u64) -> Option<u64> {
        let run = &self.run;
        let population = self.population();
        if population.is_unpaced(run.since_start(asked_ns)) {
            return Some(asked_ns);
        }
        run.expire(asked_ns);
        let missed = if run.is_paused.get() { None } else { population.take_backlog() };
        if let Some(due_ns) = missed {
            run.tally.borrow_mut().iterations.late += u64::from(asked_ns.saturating_sub(due_ns) > LATE_NS);
            return Some(due_ns);
        }
        population.takers.borrow_mut().push_back(self.place.seat);
        run.arm(self.place.population);
        let is_given = || population.seats.borrow()[self.place.seat].given_ns.is_some();
        run.waits.when(|| is_given() || run.waits.stage() == Stage::Interrupting).await;
        let given = population.seats.borrow_mut()[self.place.seat].given_ns.take();
        if let Some(due_ns) = given {
            run.tally.borrow_mut().health.start_lateness.record(now_ns().saturating_sub(due_ns));
        }
        given.filter(|_| run.waits.stage() < Stage::Interrupting)
    }

    /// Makes the user a new one from time to time: no cookies, no connections, nothing kept.
    async fn renew(&mut self) {
        let run = Rc::clone(&self.run);
        let population = &run.populations[self.place.population];
        if self.kept.iteration > 0 && population.load.new_users > population.random.share() {
            self.stop().await;
            let user = run.host.user(population.user(self.place.seat));
            self.client = population.client(self.place.seat, None);
            let before =
                (std::mem::replace(&mut self.kept.user, user.clone()), self.ledger.borrow_mut().replace_user(user));
            drop(before);
            self.start().await;
        }
    }

    /// What the user does before its first iteration.
    async fn start(&mut self) {
        self.has_started = true;
        if let Some(journey) = self.population().on_start {
            Box::pin(self.once(journey)).await; // boxed: what is done once must not make every user larger
        }
    }

    /// What the user does after its last iteration.
    async fn stop(&mut self) {
        let run = Rc::clone(&self.run);
        let population = &run.populations[self.place.population];
        let Some(journey) = population.on_stop.filter(|_| std::mem::take(&mut self.has_started)) else { return };
        let is_end = run.waits.stage() > Stage::Running || run.since_start(now_ns()) >= population.end_ns();
        if run.waits.stage() < Stage::Interrupting && (population.stops_at_end || !is_end) {
            Box::pin(self.once(journey)).await;
        }
    }

    /// Does a journey that counts as no iteration, under its own name; what it leaves unfinished counts as nothing.
    async fn once(&mut self, journey: usize) {
        let run = Rc::clone(&self.run);
        let started_ns = now_ns();
        let series = run.tally.borrow_mut().series_id(Kind::Iteration, &run.journeys[journey]);
        self.ledger.borrow_mut().begin_iteration(series);
        self.client.begin_iteration(run.http.cookies, run.http.connections);
        if run.http.cookies != Cookies::User {
            run.host.forget(&self.kept.user);
        }
        self.client.browser.replace(self.population().profiles.browser(&self.population().random));
        let ended = match run.host.start(journey, &self.kept.user, self.kept.iteration) {
            Ok(coroutine) => self.drive(coroutine, None, &mut false).await,
            Err(ended) => Some(ended),
        };
        self.client.close_sockets();
        match ended {
            None => return,
            Some(Ended::Abort) => return run.stop("stopped", None, 0.0),
            Some(Ended::Raised(message)) => {
                self.ledger.borrow_mut().fail(&mut run.tally.borrow_mut(), Subject::Last, "script", &message);
            }
            Some(Ended::Returned { .. }) => {}
        }
        self.ledger.borrow_mut().count(&mut run.tally.borrow_mut(), started_ns, started_ns, now_ns());
    }

    async fn iterate(&mut self, next: Next) -> Iteration {
        let run = Rc::clone(&self.run);
        let population = &run.populations[self.place.population];
        self.renew().await;
        if run.waits.stage() == Stage::Interrupting {
            return Iteration::Interrupted;
        }
        self.has_started = true;
        let scheduled_ns = next.due_ns;
        let started_ns = if scheduled_ns.is_some() { now_ns() } else { latest_ns() };
        let journey = next
            .journey
            .unwrap_or_else(|| population.mix.journey(population.number(self.place.seat), self.kept.iteration));
        let series = {
            let mut tally = run.tally.borrow_mut();
            tally.iterations.started += 1;
            if next.is_late {
                tally.iterations.late += 1;
            } else if let Some(scheduled_ns) = scheduled_ns {
                tally.health.start_lateness.record(started_ns.saturating_sub(scheduled_ns));
            }
            if self.known_series.0 != journey {
                self.known_series = (journey, tally.series_id(Kind::Iteration, &run.journeys[journey]));
            }
            self.known_series.1
        };
        self.ledger.borrow_mut().begin_iteration(series);
        self.client.begin_iteration(run.http.cookies, run.http.connections);
        if run.http.cookies != Cookies::User {
            run.host.forget(&self.kept.user);
        }
        self.client.browser.replace(self.population().profiles.browser(&self.population().random));
        let mut has_waited = false;
        let ended = match run.host.start(journey, &self.kept.user, self.kept.iteration) {
            Ok(coroutine) => self.drive(coroutine, scheduled_ns, &mut has_waited).await,
            Err(ended) => Some(ended),
        };
        self.client.close_sockets();
        let Some(ended) = ended else {
            run.tally.borrow_mut().iterations.interrupted += 1;
            return Iteration::Interrupted;
        };
        let mut ledger = self.ledger.borrow_mut();
        let extra_pause_s = match ended {
            Ended::Returned { extra_pause_s } => extra_pause_s,
            Ended::Raised(message) => {
                ledger.fail(&mut run.tally.borrow_mut(), Subject::Last, "script", &message);
                0.0
            }
            Ended::Abort => {
                run.stop("stopped", None, 0.0);
                run.tally.borrow_mut().iterations.interrupted += 1;
                return Iteration::Interrupted;
            }
        };
        ledger.finish(&mut run.tally.borrow_mut(), scheduled_ns.unwrap_or(started_ns), started_ns, latest_ns());
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
                Step::Sleep(_) | Step::Think(_) => {
                    let seconds = self.sleep_s(&step);
                    let wake_ns = asked_ns.saturating_add(seconds_to_ns(seconds));
                    if wake_ns == asked_ns {
                        run.waits.after_all_others().await;
                    } else {
                        run.timers.at(wake_ns, Event::Wake(self.slot));
                        run.waits.until(wake_ns, Stage::Interrupting).await;
                    }
                    self.ledger.borrow_mut().add_sleep(now_ns().saturating_sub(asked_ns));
                    due_ns = Some(wake_ns);
                    with = Resume::Nothing;
                }
                Step::Cookies(lines) => {
                    with = self.client.cookies(lines);
                    continue;
                }
                Step::Request(operation) => {
                    if let Err(refusal) = check(&operation) {
                        with = Resume::Refusal(refusal);
                        continue;
                    }
                    let asked = match self.population().load.model {
                        Model::Requests => {
                            let Some(slot_ns) = self.slot(asked_ns).await else {
                                run.close(&self.ledger, coroutine);
                                return None;
                            };
                            Asked { due_ns: slot_ns, asked_ns: now_ns(), is_alone: true }
                        }
                        _ => Asked { due_ns: due_ns.take().unwrap_or(asked_ns), asked_ns, is_alone: true },
                    };
                    let Some(exchange) = exchange(&run, self.slot, &self.client, &operation, asked).await else {
                        run.close(&self.ledger, coroutine);
                        return None;
                    };
                    let pending = self.pending(operation, exchange);
                    with = Resume::Reply(pending.reply.clone());
                    self.ledger.borrow_mut().set_pending(pending);
                    run.waits.after_all_others().await;
                }
                Step::Socket(step) => {
                    let asked = Asked { due_ns: due_ns.take().unwrap_or(asked_ns), asked_ns, is_alone: true };
                    // Boxed: who opens no socket must not carry the room for one.
                    let Some(resume) = Box::pin(self.use_socket(step, asked)).await else {
                        run.close(&self.ledger, coroutine);
                        return None;
                    };
                    with = resume;
                    run.waits.after_all_others().await;
                }
                Step::Parallel(parallel) => {
                    if let Some(refusal) = parallel.requests.iter().find_map(|operation| check(operation).err()) {
                        with = Resume::Refusal(refusal);
                        continue;
                    }
                    let due_ns = due_ns.take().unwrap_or(asked_ns);
                    // Boxed: who asks for one thing at a time must not carry the room for many.
                    let Some(replies) = Box::pin(self.together(parallel, due_ns)).await else {
                        run.close(&self.ledger, coroutine);
                        return None;
                    };
                    with = Resume::Replies(replies);
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

    /// How long a pause is, as the load wants thinks to be.
    fn sleep_s(&self, step: &Step<H::Operation>) -> f64 {
        let population = self.population();
        match step {
            Step::Think(seconds) => match population.load.thinks {
                Thinks::Off => 0.0,
                Thinks::On => *seconds,
                Thinks::Normal => seconds * population.random.around_one(population.load.think_deviation),
            },
            Step::Sleep(seconds) => *seconds,
            _ => 0.0,
        }
    }

    /// How many requests the user's browser has under way to one host.
    fn usual_per_host(&self) -> usize {
        let browser = self.client.browser.borrow();
        browser.as_ref().and_then(|browser| browser.connections_per_host).map_or(USUAL_PER_HOST, |most| most as usize)
    }

    /// Does requests in parallel, and makes their exchanges pending, or counts them where nothing can be judged of them;
    /// None when the run was interrupted.
    async fn together(&self, parallel: Parallel<H::Operation>, due_ns: u64) -> Option<Vec<H::Reply>> {
        let Parallel { requests, most_per_host, are_dependents } = parallel;
        let exchanges = {
            let together = Together {
                run: &self.run,
                slot: self.slot,
                client: &self.client,
                requests: &requests,
                most_per_host: most_per_host.unwrap_or_else(|| self.usual_per_host()),
            };
            let is_paced = self.population().load.model == Model::Requests;
            let turn = || -> Turn<'_> {
                if is_paced { Box::pin(self.slot(now_ns())) } else { Box::pin(std::future::ready(Some(due_ns))) }
            };
            parallel::perform(&together, turn).await?
        };
        let mut replies = Vec::with_capacity(requests.len());
        for (operation, exchange) in requests.into_iter().zip(exchanges) {
            let pending = self.pending(operation, exchange);
            replies.push(pending.reply.clone());
            if are_dependents {
                let counted = self.ledger.borrow_mut().count_at_once(&mut self.run.tally.borrow_mut(), pending);
                drop(counted);
            } else {
                self.ledger.borrow_mut().set_pending(pending);
            }
        }
        Some(replies)
    }

    /// Does something with a WebSocket; None when the run was interrupted. Its handshake is a request, and of a rate of
    /// requests it waits for a slot as any other; messages are none.
    async fn use_socket(&self, step: SocketStep<H::Operation>, asked: Asked) -> Option<Resume<H::Reply>> {
        let (run, client, slot) = (&self.run, &self.client, self.slot);
        let (operation, exchange) = match step {
            SocketStep::Open { key, operation, subprotocols } => {
                let asked = match self.population().load.model {
                    Model::Requests => {
                        Asked { due_ns: self.slot(asked.asked_ns).await?, asked_ns: now_ns(), is_alone: true }
                    }
                    _ => asked,
                };
                client.remove_socket(key);
                let opened = websocket::open(run, slot, client, &operation, &subprotocols, asked).await?;
                if let Some(socket) = opened.1 {
                    client.add_socket(key, socket);
                }
                (operation, opened.0)
            }
            SocketStep::Receive { key, operation } => {
                let socket = client.socket(key);
                let received = websocket::receive(run, slot, socket.as_ref(), &operation, asked.asked_ns).await?;
                (operation, received)
            }
            SocketStep::Send { key, operation, is_text } => {
                let (socket, opcode) = (client.socket(key), if is_text { TEXT } else { BINARY });
                let payload = operation.request().body.unwrap_or_default();
                return websocket::send(run, slot, socket.as_ref(), opcode, payload).await.map(Resume::Done);
            }
            SocketStep::Close { key, code, reason } => {
                if let Some(socket) = client.socket(key) {
                    let goes_on = websocket::close(run, slot, &socket, code, &reason).await;
                    client.remove_socket(key);
                    return goes_on.then_some(Resume::Done(Ok(())));
                }
                return Some(Resume::Done(Ok(())));
            }
        };
        let pending = self.pending(operation, exchange);
        let reply = pending.reply.clone();
        self.ledger.borrow_mut().set_pending(pending);
        Some(Resume::Reply(reply))
    }

    /// An exchange that has ended, with what its journey is resumed with.
    fn pending(&self, operation: H::Operation, exchange: Exchange<H::Reply>) -> Pending<H> {
        let Exchange { reply, progress } = exchange;
        if let (Some(event_ns), Some(sent_ns), Some(id)) =
            (progress.first_event_ns, progress.first_sent_ns, progress.series)
        {
            let tally = &mut *self.run.tally.borrow_mut();
            let name = format!("{} (first event)", tally.series(id).name);
            let (service_ns, response_ns) =
                (event_ns.saturating_sub(sent_ns), event_ns.saturating_sub(progress.due_ns));
            let id = tally.series_id(Kind::Message, &name);
            tally.series(id).measure(&Measure { service_ns, response_ns, ..Measure::default() });
        }
        let is_forgiven = operation.request().handling.is_some_and(|handling| handling.is_forgiven);
        let tags = {
            let mut tally = self.run.tally.borrow_mut();
            operation.request().tags.iter().map(|tag| tally.series_id(Kind::Tag, tag)).collect()
        };
        Pending { operation, reply, progress, is_forgiven, tags }
    }
}

fn check<O: Operation>(operation: &O) -> Result<(), String> {
    let request = operation.request();
    crate::codec::request::check(request.method, request.headers)
}
