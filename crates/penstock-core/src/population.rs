//! The users of one population that are this loop's, and what is due for them. When things happen is in `starts`,
//! what a user does in `user`.
//!
//! Of a rate, due times and users that are free meet in two queues, of which at most one holds something:
//!
//! ```text
//!   slots ──▶ due time ──▶ backlog ─┐
//!                                   ├─▶ a start (of an iteration: arrivals; of an exchange: requests)
//!        free user ──────▶ takers ──┘
//! ```

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::client::Client;
use crate::clock::{MILLISECOND_NS, seconds_to_ns};
use crate::cookies::Jar;
use crate::host::Host;
use crate::mix::{Mix, Paces};
use crate::phases::{Phases, Stay};
use crate::plan::{self, Load, Model, Segment};
use crate::profiles::Profiles;
use crate::random::Random;
use crate::slots::Slots;

/// What begins later than this because nobody was free counts as late; less is the timer's lateness.
pub const LATE_NS: u64 = MILLISECOND_NS;

pub struct Population<H: Host> {
    /// Its place in the plan, and how many there are.
    at: usize,
    of: usize,
    pub load: Load,
    pub mix: Mix,
    pub pace_spread: f64,
    pub profiles: Profiles,
    /// Journeys that a user does once, before its first and after its last iteration; whether also at the end.
    pub on_start: Option<usize>,
    pub on_stop: Option<usize>,
    pub stops_at_end: bool,
    pub random: Random,
    /// Which users are this loop's; None where there are fewer users than loops.
    segment: Option<Segment>,
    /// The load as the plan says it: users, or a rate.
    line: RefCell<Phases>,
    /// How many users there are, where they come and go by themselves.
    crowd: RefCell<Phases>,
    pub seats: RefCell<Vec<Seat<H>>>,
    slots: RefCell<Option<Slots>>,
    /// The due time that a timer is set for, and the one after it, of which the timers know already.
    pub armed_ns: Cell<Option<u64>>,
    pub foreseen_ns: Cell<Option<u64>>,
    pub backlog: RefCell<VecDeque<u64>>,
    pub takers: RefCell<VecDeque<usize>>,
    /// Iterations that may still be started here.
    budget: Cell<u64>,
    /// Users that are there; starts that a timer is set for; users that run an arrival's iteration.
    pub present: Cell<usize>,
    pub awaited: Cell<usize>,
    pub busy: Cell<usize>,
    /// Others may come although nobody is there: the level was changed by hand, or this loop stands by for that.
    may_rise: Cell<bool>,
}

/// The place of one user.
pub struct Seat<H: Host> {
    pub slot: usize,
    pub kept: Option<Kept<H>>,
    pub is_present: bool,
    pub is_spent: bool,
    /// When the user comes, if a timer is set for it.
    pub start_ns: Option<u64>,
    /// The due time of what the user is to start.
    pub given_ns: Option<u64>,
}

/// What a user has when the load lets it come back.
pub struct Kept<H: Host> {
    pub user: H::User,
    pub iteration: u64,
    pub jar: Option<Box<Jar>>,
    pub paces: Option<Paces>,
}

impl<H: Host> Population<H> {
    #[must_use]
    pub fn new(plan: &plan::Plan, at: usize) -> Self {
        let given = &plan.populations[at];
        let load = given.load.clone();
        let line = Phases::new(&load.phases);
        let stream = |purpose: u64| (at as u64) << 40 | purpose << 32 | u64::from(plan.segment.index);
        let most_users = load.max_users.unwrap_or_else(|| line.peak());
        let sharing = plan.segment.among(most_users);
        let (segment, crowd) = match load.model {
            Model::Users => (Some(plan.segment), line.clone()),
            Model::Arrivals => (sharing, Phases::new(&[])),
            Model::Requests => {
                (sharing, Phases::constant(most_users, line.first_ns().unwrap_or_default(), line.end_ns()))
            }
        };
        let slots = segment.filter(|_| load.model != Model::Users).map(|segment| {
            let most = load.iterations_total.filter(|_| load.model == Model::Arrivals);
            Slots::new(segment, load.spacing, most, Random::new(plan.seed, stream(1)))
        });
        let budget = match (load.iterations_total, sharing) {
            (None, _) => u64::MAX,
            (Some(total), Some(segment)) => segment.share(total),
            (Some(_), None) => 0,
        };
        Self {
            at,
            of: plan.populations.len(),
            mix: Mix::new(given.mix, &given.shares),
            pace_spread: given.pace_spread,
            profiles: Profiles::new(&given.browsers, &given.networks),
            on_start: given.on_start,
            on_stop: given.on_stop,
            stops_at_end: given.stops_at_end,
            random: Random::new(plan.seed, stream(2)),
            segment,
            load,
            line: RefCell::new(line),
            crowd: RefCell::new(crowd),
            seats: RefCell::default(),
            slots: RefCell::new(slots),
            armed_ns: Cell::new(None),
            foreseen_ns: Cell::new(None),
            backlog: RefCell::default(),
            takers: RefCell::default(),
            budget: Cell::new(budget),
            present: Cell::new(0),
            awaited: Cell::new(0),
            busy: Cell::new(0),
            may_rise: Cell::new(plan.stands_by),
        }
    }

    /// The number of the user on a seat, over all segments of this population.
    #[must_use]
    pub fn number(&self, seat: usize) -> u64 {
        self.segment.map_or(0, |segment| u64::from(segment.index) + seat as u64 * u64::from(segment.of))
    }

    /// The number of the user on a seat, over the whole run.
    #[must_use]
    pub fn user(&self, seat: usize) -> u64 {
        self.number(seat) * self.of as u64 + self.at as u64
    }

    /// A client for the user on a seat. Source addresses are dealt to the users of each population in turn.
    #[must_use]
    pub fn client(&self, seat: usize, jar: Option<Box<Jar>>) -> Client {
        let number = self.number(seat);
        let turn = u32::try_from(number + self.at as u64).unwrap_or(u32::MAX);
        Client::new(turn, jar, self.profiles.line(number))
    }

    /// How many seats are needed now.
    #[must_use]
    pub fn wanted_seats(&self) -> usize {
        let share = |users: u64| self.segment.map_or(0, |segment| segment.share(users));
        usize::try_from(share(self.crowd.borrow().peak())).unwrap_or(usize::MAX)
    }

    /// How many users may be made for arrivals.
    #[must_use]
    pub fn most_seats(&self) -> usize {
        let users = self.load.max_users.unwrap_or_default();
        usize::try_from(self.segment.map_or(0, |segment| segment.share(users))).unwrap_or(usize::MAX)
    }

    #[must_use]
    pub fn stay(&self, seat: usize, at_ns: u64) -> Option<Stay> {
        self.crowd.borrow().stay(self.number(seat), at_ns)
    }

    #[must_use]
    pub fn end_ns(&self) -> u64 {
        self.line.borrow().end_ns()
    }

    /// Takes the right to start one iteration; false when all were made.
    pub fn take_iteration(&self) -> bool {
        let left = if self.mix.is_over() { 0 } else { self.budget.get() };
        self.budget.set(left.saturating_sub(1));
        left > 0
    }

    #[must_use]
    pub fn has_iterations(&self) -> bool {
        self.budget.get() > 0 && !self.mix.is_over()
    }

    /// When the next slot is due, in nanoseconds of the run.
    #[must_use]
    pub fn due_ns(&self) -> Option<u64> {
        let (slots, line) = (self.slots.borrow(), self.line.borrow());
        let slots = slots.as_ref().filter(|_| self.load.model != Model::Arrivals || !self.mix.is_over())?;
        let goes_on = self.load.model == Model::Requests && !self.takers.borrow().is_empty();
        slots.due_ns(&line).or_else(|| if goes_on { slots.due_beyond_ns(&line) } else { None })
    }

    /// When the slot after the next is due, as far as the load says it.
    #[must_use]
    pub fn due_after_ns(&self) -> Option<u64> {
        self.slots.borrow().as_ref().and_then(|slots| slots.due_after_ns(&self.line.borrow()))
    }

    /// Whether requests need no slot: the load is over and ended on the ground.
    #[must_use]
    pub fn is_unpaced(&self, at_ns: u64) -> bool {
        let line = self.line.borrow();
        self.load.model != Model::Requests || (at_ns >= line.end_ns() && line.last_level() <= 0.0)
    }

    pub fn advance_slot(&self) {
        if let Some(slots) = self.slots.borrow_mut().as_mut() {
            slots.advance();
        }
    }

    /// The oldest due time that nobody took.
    pub fn take_backlog(&self) -> Option<u64> {
        self.backlog.borrow_mut().pop_front()
    }

    /// Drops what has waited for too long; gives how much that was.
    pub fn expire(&self, now_ns: u64) -> u64 {
        let patience_ns = seconds_to_ns(self.load.patience_s);
        let mut backlog = self.backlog.borrow_mut();
        let kept = backlog.partition_point(|due_ns| now_ns.saturating_sub(*due_ns) > patience_ns);
        backlog.drain(..kept).count() as u64
    }

    /// Holds another level from a time of the run on.
    pub fn set_level(&self, at_ns: u64, level: f64) {
        self.may_rise.set(true);
        let line = self.line.borrow().with_level(at_ns, level);
        if self.load.model == Model::Users {
            *self.crowd.borrow_mut() = line.clone();
        }
        *self.line.borrow_mut() = line;
    }

    /// Whether nothing will be started any more and all that was has ended.
    #[must_use]
    pub fn is_done(&self, at_ns: u64) -> bool {
        let may_rise = self.may_rise.get() && at_ns < self.end_ns() && self.budget.get() > 0;
        let is_idle = match self.load.model {
            Model::Arrivals => {
                self.busy.get() == 0 && self.armed_ns.get().is_none() && self.backlog.borrow().is_empty()
            }
            Model::Users | Model::Requests => self.present.get() == 0 && self.awaited.get() == 0,
        };
        is_idle && !may_rise
    }
}
