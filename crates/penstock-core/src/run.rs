//! The run: one loop, one thread, one task a user.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use rustc_hash::FxHashSet;

use crate::address::AddressBook;
use crate::clock::{MILLISECOND_NS, SECOND_NS, WallOffset, latest_ns, now_ns, seconds_to_ns};
use crate::codec::heads::Heads;
use crate::codec::request::AgentLines;
use crate::connect::Sources;
use crate::connection::Scratch;
use crate::connections::Pool;
use crate::crew::Crew;
use crate::dns::Resolver;
use crate::host::{Host, Resume, Step};
use crate::ledger::{Ledger, Pending};
use crate::multiplexed::Translator;
use crate::net::Chunk;
use crate::outbox::{Command, Heard, Outbox};
use crate::plan::{Http, Plan};
use crate::policy::Policy;
use crate::population::Population;
use crate::progress::Progress;
use crate::random::Random;
use crate::starts::Place;
use crate::tally::{Stretch, Tally};
use crate::timers::{Event, Timers};
use crate::tls::Tls;
use crate::transport::Connections;
use crate::waits::{Stage, Waits};
use crate::way::Ways;

/// The loop's own pulse: timeouts are seen and signals noticed this often.
const TICK_NS: u64 = 10 * MILLISECOND_NS;
/// How long the last frames may wait for a reader.
const PATIENCE_NS: u64 = 30 * SECOND_NS;
const SLOW_STEP_NS: u64 = 50 * MILLISECOND_NS;
const MOST_SPARE: usize = 64;

/// All that the tasks of a run share. Nothing of it is borrowed across an await or a call into the host.
pub struct Run<H: Host> {
    pub host: H,
    pub http: Http,
    pub agent_lines: AgentLines,
    pub addresses: AddressBook,
    pub resolver: Resolver,
    pub sources: Sources,
    /// None: every address may be connected to.
    pub policy: Option<Policy>,
    pub ways: Ways,
    pub tls: Tls,
    pub journeys: Vec<String>,
    pub populations: Vec<Population<H>>,
    /// The tasks of users and of connections that are shared.
    pub crew: Rc<Crew>,
    /// Who has which slot of `waits`.
    pub places: RefCell<Vec<Place>>,
    pub is_paused: Cell<bool>,
    pub start_ns: u64,
    pub timers: Timers,
    pub waits: Waits,
    pub tally: RefCell<Tally>,
    pub scratch: Rc<RefCell<Scratch>>,
    pub heads: Heads,
    pub translator: RefCell<Translator>,
    /// Of exchanges that are over, for those that begin.
    #[expect(clippy::vec_box, reason = "they are handed out as they lie, which moves a pointer")]
    spare: RefCell<Vec<Box<Progress>>>,
    /// None: users have connections of their own.
    pub pool: Option<Pool>,
    /// For what must not be guessed by accident: the nonces of digests.
    pub chance: Random,
    /// Servers of TLS that were found not to speak HTTP/2, by the prefix of their URLs.
    pub http1_only: RefCell<FxHashSet<Box<str>>>,
    pub open_connections: Rc<Cell<u64>>,
    outbox: Outbox,
    wall: WallOffset,
    source: String,
    grace_s: f64,
    /// Where the load ends, and the borders of what is measured.
    load_end_ns: u64,
    warm_up_end_ns: u64,
    main_end_ns: u64,
    end: RefCell<End>,
    second: Cell<u64>,
    /// Up to when snapshots were made, and when the next one is due.
    told_ns: Cell<u64>,
    tell_ns: Cell<u64>,
    /// The ledger of the user that is being stepped.
    stepped: RefCell<Option<Rc<RefCell<Ledger<H>>>>>,
}

/// How the run came to its end.
#[derive(Debug, Default)]
struct End {
    reason: Option<&'static str>,
    message: Option<String>,
}

impl<H: Host> Run<H> {
    /// Prepares a run inside the runtime that will carry it. `fd` is the socket to Python.
    ///
    /// # Errors
    /// What the system refused, or what is wrong in the plan.
    pub fn new(host: H, plan: &Plan, fd: OwnedFd) -> io::Result<Self> {
        let invalid = |wrong: String| io::Error::new(io::ErrorKind::InvalidInput, wrong);
        let http = plan.http.clone();
        let addresses = http.address_book().map_err(invalid)?;
        let populations: Vec<_> = (0..plan.populations.len()).map(|at| Population::new(plan, at)).collect();
        let start_ns = plan.start_at_ns.unwrap_or_else(now_ns);
        let load_end_ns = start_ns + populations.iter().map(Population::end_ns).max().unwrap_or_default();
        let grace_s = populations.iter().map(|population| population.load.grace_s).fold(0.0, f64::max);
        Ok(Self {
            host,
            agent_lines: AgentLines::new(&http.user_agent, &http.accept_encoding),
            addresses,
            resolver: Resolver::new(&http.hosts, http.dns_lifetime_s),
            sources: Sources::new(&http.source_addresses, http.source_addresses_by),
            policy: http.policy.as_ref().map(Policy::new).transpose().map_err(invalid)?,
            ways: Ways::new(http.http_version, http.proxy.as_ref()).map_err(invalid)?,
            tls: Tls::new(&http),
            http,
            journeys: plan.journeys.iter().map(|journey| journey.name.clone()).collect(),
            populations,
            crew: Rc::default(),
            places: RefCell::default(),
            is_paused: Cell::new(false),
            start_ns,
            timers: Timers::new()?,
            waits: Waits::default(),
            tally: RefCell::new(Tally::new(plan.limits, start_ns)),
            scratch: Rc::default(),
            spare: RefCell::default(),
            heads: Heads::default(),
            translator: RefCell::default(),
            pool: (plan.http.connections == Connections::Pool).then(|| Pool::new(plan.http.pool_size)),
            chance: Random::new(plan.seed, (1 << 40) + u64::from(plan.segment.index)),
            http1_only: RefCell::default(),
            open_connections: Rc::default(),
            outbox: Outbox::new(fd)?,
            wall: WallOffset::default(),
            source: format!("{}/{}", plan.segment.index, plan.segment.of),
            grace_s: plan.cool_down_s.unwrap_or(grace_s),
            load_end_ns,
            warm_up_end_ns: start_ns + seconds_to_ns(plan.warm_up_s),
            main_end_ns: if plan.cool_down_s.is_some() { load_end_ns } else { u64::MAX },
            end: RefCell::default(),
            second: Cell::new(0),
            told_ns: Cell::new(start_ns),
            tell_ns: Cell::new(start_ns),
            stepped: RefCell::new(None),
        })
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// When the loop's own timer fails.
    pub async fn run(self: &Rc<Self>) -> io::Result<()> {
        let delivery = tokio::task::spawn_local({
            let run = Rc::clone(self);
            async move { run.outbox.deliver().await }
        });
        let listening = tokio::task::spawn_local({
            let run = Rc::clone(self);
            async move { run.listen().await }
        });
        let working = tokio::task::spawn_local(Rc::clone(&self.crew).work());
        self.wall.refresh();
        self.begin();
        self.timers.at(now_ns(), Event::Tick);
        self.timers.at(self.load_end_ns, Event::EndOfLoad);
        while !self.is_over() {
            let now_ns = self.timers.wait().await?;
            self.waits.set_now(now_ns);
            while let Some((due_ns, event)) = self.timers.due(now_ns) {
                self.handle(event, due_ns, now_ns);
            }
        }
        listening.abort();
        self.finish();
        let is_delivered = self.drain().await?;
        delivery.abort();
        working.abort();
        if is_delivered { Ok(()) } else { Err(io::Error::other("the run is over, but nobody reads its snapshots")) }
    }

    /// Waits until everything is sent; gives whether it was.
    async fn drain(&self) -> io::Result<bool> {
        let limit_ns = now_ns() + PATIENCE_NS;
        self.timers.at(limit_ns, Event::EndOfGrace);
        let mut drained = pin!(self.outbox.drain());
        loop {
            let mut waited = pin!(self.timers.wait());
            let first = poll_fn(|context| match drained.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Ok(true)),
                Poll::Pending => waited.as_mut().poll(context).map_ok(|_| false),
            });
            if first.await? {
                return Ok(true);
            }
            let now_ns = now_ns();
            if now_ns >= limit_ns {
                return Ok(false);
            }
            while self.timers.due(now_ns).is_some() {} // what was due before the end does not matter any more
        }
    }

    /// Whether all users have left; when nothing is left to do, they are told to.
    fn is_over(&self) -> bool {
        let at_ns = self.since_start(now_ns());
        if self.waits.stage() == Stage::Running && self.populations.iter().all(|one| one.is_done(at_ns)) {
            self.stop("finished", None, self.grace_s);
        }
        self.waits.stage() > Stage::Running && self.populations.iter().all(|one| one.present.get() == 0)
    }

    fn handle(self: &Rc<Self>, event: Event, due_ns: u64, now_ns: u64) {
        match event {
            Event::Tick => {
                if due_ns >= self.start_ns {
                    self.tally.borrow_mut().health.loop_lag.record(now_ns - due_ns);
                }
                self.wall.refresh();
                self.roll(now_ns);
                self.waits.scan();
                self.expire(now_ns);
                if self.host.is_interrupted() {
                    self.stop("stopped", None, 0.0);
                }
                // A tick that was missed is not made up for.
                self.timers.at((due_ns + TICK_NS).max(now_ns), Event::Tick);
            }
            Event::Start(slot) => self.start_user(slot, due_ns),
            Event::Due(population) => self.come_due(population, due_ns),
            Event::Wake(slot) => self.waits.wake(slot),
            Event::Look => {} // after every event the loop looks whether to go on
            Event::EndOfLoad => self.stop("finished", None, self.grace_s),
            Event::EndOfGrace => self.waits.advance(Stage::Interrupting),
        }
    }

    /// Lets users leave at the end of their iterations, and cuts what still runs after the grace. The first reason is
    /// the one told; of several graces the one that ends first counts.
    pub fn stop(&self, reason: &'static str, message: Option<String>, grace_s: f64) {
        let mut end = self.end.borrow_mut();
        if end.reason.is_none() {
            *end = End { reason: Some(reason), message };
        }
        self.waits.advance(Stage::Leaving);
        self.timers.at(now_ns(), Event::Look);
        if grace_s <= 0.0 {
            self.waits.advance(Stage::Interrupting);
        } else {
            self.timers.at(now_ns().saturating_add(seconds_to_ns(grace_s)), Event::EndOfGrace);
        }
    }

    async fn listen(&self) {
        let mut inbox = Vec::new();
        loop {
            match self.outbox.hear(&mut inbox).await {
                Heard::Command(Command::Stop { grace_s }) => self.stop("stopped", None, grace_s),
                Heard::Command(Command::Pause) => self.pause(true),
                Heard::Command(Command::Resume) => self.pause(false),
                Heard::Command(Command::Level { population, level, at_ns }) => {
                    if let Err(wrong) = self.set_level(population, level, at_ns) {
                        return self.stop("failed", Some(wrong), 0.0);
                    }
                }
                Heard::Closed => return self.stop("stopped", None, 0.0),
                Heard::Nonsense(message) => return self.stop("failed", Some(message), 0.0),
            }
        }
    }

    fn finish(&self) {
        let now_ns = now_ns();
        self.expire(now_ns);
        self.roll(now_ns);
        self.emit(now_ns.max(self.start_ns));
        let end = self.end.borrow();
        let frame = serde_json::json!({
            "type": "end", "reason": end.reason.unwrap_or("finished"), "message": end.message,
        });
        self.outbox.push(frame.to_string().as_bytes());
    }

    /// Ends the seconds that are over. Called only between steps, so that what belongs to one step stays together.
    pub fn roll(&self, now_ns: u64) {
        if now_ns < self.tell_ns.get() {
            return;
        }
        loop {
            let second_end_ns = self.start_ns + (self.second.get() + 1) * SECOND_NS;
            let told_ns = self.told_ns.get();
            // A second in which the warm-up ends, or the cool-down begins, is told in two parts.
            let end_ns = [self.warm_up_end_ns, self.main_end_ns]
                .into_iter()
                .filter(|border_ns| *border_ns > told_ns)
                .fold(second_end_ns, u64::min);
            self.tell_ns.set(end_ns);
            if now_ns < end_ns {
                return;
            }
            self.emit(end_ns);
            if end_ns == second_end_ns {
                self.second.set(self.second.get() + 1);
            }
        }
    }

    /// Counts users who come or go now. A second that is over is ended before, or it would have their time as well.
    pub fn count_users(&self, change: i64) {
        let now_ns = now_ns();
        self.roll(now_ns);
        self.tally.borrow_mut().count_users(now_ns, change);
    }

    fn emit(&self, to_ns: u64) {
        let from_ns = self.told_ns.replace(to_ns);
        let phase = if from_ns < self.warm_up_end_ns {
            "warm-up"
        } else if from_ns < self.main_end_ns {
            "main"
        } else {
            "cool-down"
        };
        let mut tally = self.tally.borrow_mut();
        tally.health.open_connections = self.open_connections.get();
        let at = Stretch { second: self.second.get(), phase, from_ns, to_ns };
        self.outbox.push(&tally.snapshot(at, &self.source));
    }

    /// Runs a coroutine up to its next operation and counts what was pending; gives also when it stopped.
    pub fn step(
        &self,
        ledger: &Rc<RefCell<Ledger<H>>>,
        coroutine: &H::Coroutine,
        with: Resume<H::Reply>,
    ) -> (Step<H::Operation>, u64) {
        let began_ns = latest_ns();
        self.roll(began_ns);
        self.stepped.replace(Some(Rc::clone(ledger)));
        let step = self.host.resume(coroutine, with);
        self.stepped.replace(None);
        let ended_ns = now_ns();
        if ended_ns - began_ns > SLOW_STEP_NS {
            let place = self.host.place(coroutine);
            self.tally.borrow_mut().slow_step(place, ended_ns - began_ns);
        }
        // What a page embeds belongs to the exchange before it, which waits for that.
        if !matches!(&step, Step::Parallel(parallel) if parallel.are_dependents) {
            let counted = ledger.borrow_mut().commit(&mut self.tally.borrow_mut());
            if let Some((pending, others)) = counted {
                let Pending { progress, operation, reply, .. } = pending;
                self.put_by(progress);
                drop((operation, reply, others)); // nothing is borrowed now: this may run code of the host's
            }
        }
        (step, ended_ns)
    }

    /// What accompanies an exchange that begins.
    pub fn progress(&self) -> Box<Progress> {
        self.spare.borrow_mut().pop().unwrap_or_default()
    }

    fn put_by(&self, progress: Box<Progress>) {
        let progress = progress.cleared();
        let mut spare = self.spare.borrow_mut();
        if spare.len() < MOST_SPARE {
            spare.push(progress);
        }
    }

    /// Ends a coroutine where it stands, counting nothing of what it does meanwhile.
    pub fn close(&self, ledger: &Rc<RefCell<Ledger<H>>>, coroutine: H::Coroutine) {
        let abandoned = ledger.borrow_mut().abandon();
        drop(abandoned);
        self.stepped.replace(Some(Rc::clone(ledger)));
        self.host.close(coroutine);
        self.stepped.replace(None);
    }

    /// Starts a journey no more, in any population; tells whether there is one of this name.
    pub fn retire(&self, name: &str) -> bool {
        let journey = self.journeys.iter().position(|journey| journey == name);
        journey.is_some_and(|journey| {
            self.populations.iter().for_each(|population| population.mix.retire(journey));
            true
        })
    }

    /// Calls `act` with the ledger of the user that is being stepped; None when none is.
    pub fn with_stepped<T>(&self, act: impl FnOnce(&mut Ledger<H>, &mut Tally) -> T) -> Option<T> {
        let ledger = Rc::clone(self.stepped.borrow().as_ref()?);
        let mut ledger = ledger.borrow_mut();
        Some(act(&mut ledger, &mut self.tally.borrow_mut()))
    }

    /// When the kernel received what was just read, by the loop's clock.
    pub fn received_ns(&self, chunk: Chunk, sent_ns: Option<u64>, read_ns: u64) -> u64 {
        chunk
            .arrived_wall_ns
            .and_then(|wall_ns| u64::try_from(self.wall.monotonic_of(wall_ns)).ok())
            // A wall clock that was set since the last tick must not make times of its own.
            .filter(|arrived_ns| (sent_ns.unwrap_or(0)..=read_ns).contains(arrived_ns))
            .unwrap_or(read_ns)
    }
}
