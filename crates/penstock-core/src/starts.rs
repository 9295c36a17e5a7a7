//! When users come and what they are to start: the timers of every population, and the commands that change them.

use std::rc::Rc;

use crate::clock::now_ns;
use crate::host::Host;
use crate::plan::{Model, check_level};
use crate::population::{Population, Seat};
use crate::run::Run;
use crate::timers::Event;
use crate::user;
use crate::waits::Stage;

/// A user's place: its population and its seat there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub population: usize,
    pub seat: usize,
}

impl<H: Host> Run<H> {
    /// Sets the timers of everything that is to come.
    pub fn begin(&self) {
        for at in 0..self.populations.len() {
            self.seat_users(at, 0);
            self.arm(at);
        }
    }

    /// Makes the seats that the load needs, and sets the timer of every user who is not there.
    fn seat_users(&self, at: usize, after_ns: u64) {
        let population = &self.populations[at];
        while population.seats.borrow().len() < population.wanted_seats() {
            self.add_seat(at);
        }
        let seats = population.seats.borrow().len();
        for seat in 0..seats {
            self.await_user(Place { population: at, seat }, after_ns);
        }
    }

    fn add_seat(&self, at: usize) -> usize {
        let mut seats = self.populations[at].seats.borrow_mut();
        let mut places = self.places.borrow_mut();
        let (slot, seat) = (places.len(), seats.len());
        places.push(Place { population: at, seat });
        self.waits.add_slot();
        seats.push(Seat { slot, kept: None, is_present: false, is_spent: false, start_ns: None, given_ns: None });
        seat
    }

    /// Sets the timer of a user who is away, for when the load wants it next.
    pub fn await_user(&self, place: Place, after_ns: u64) {
        let population = &self.populations[place.population];
        let mut seats = population.seats.borrow_mut();
        let seat = &mut seats[place.seat];
        if seat.start_ns.take().is_some() {
            population.awaited.set(population.awaited.get() - 1);
        }
        if seat.is_present || seat.is_spent || self.waits.stage() != Stage::Running {
            return;
        }
        if let Some(stay) = population.stay(place.seat, after_ns) {
            let start_ns = self.start_ns + stay.from_ns.max(after_ns);
            seat.start_ns = Some(start_ns);
            population.awaited.set(population.awaited.get() + 1);
            self.timers.at(start_ns, Event::Start(seat.slot));
        }
    }

    /// A user's time has come, unless the load was changed meanwhile.
    pub fn start_user(self: &Rc<Self>, slot: usize, due_ns: u64) {
        let place = self.places.borrow()[slot];
        let population = &self.populations[place.population];
        let mut seats = population.seats.borrow_mut();
        let seat = &mut seats[place.seat];
        if seat.start_ns != Some(due_ns) {
            return;
        }
        seat.start_ns = None;
        population.awaited.set(population.awaited.get() - 1);
        if self.waits.stage() != Stage::Running {
            return;
        }
        seat.is_present = true;
        population.present.set(population.present.get() + 1);
        self.crew.spawn(user::live(Rc::clone(self), place, due_ns));
    }

    /// Sets the timer for the next slot of a rate, and for the one after it: see `timers`.
    pub fn arm(&self, at: usize) {
        let population = &self.populations[at];
        let next = if self.waits.stage() == Stage::Running || population.load.model == Model::Requests {
            population.due_ns().map(|due_ns| self.start_ns + due_ns)
        } else {
            None
        };
        // One at the same time is told when its turn comes: a timer says no more than the time.
        let after = next.and_then(|due_ns| {
            let after_ns = population.due_after_ns().map(|due_ns| self.start_ns + due_ns);
            after_ns.filter(|after_ns| *after_ns > due_ns)
        });
        let known = [population.armed_ns.replace(next), population.foreseen_ns.replace(after)];
        for due_ns in [next, after].into_iter().flatten().filter(|due_ns| !known.contains(&Some(*due_ns))) {
            self.timers.at(due_ns, Event::Due(at));
        }
    }

    /// A slot is due, unless the load was changed meanwhile.
    pub fn come_due(self: &Rc<Self>, at: usize, due_ns: u64) {
        let population = &self.populations[at];
        if population.armed_ns.get() != Some(due_ns) {
            return;
        }
        population.armed_ns.set(None);
        population.advance_slot();
        if !self.is_paused.get() {
            match population.load.model {
                Model::Arrivals => self.arrive(at, due_ns),
                _ => self.offer(population, due_ns),
            }
        }
        self.arm(at);
    }

    /// Gives a due time to whoever waits for one, or keeps it for the next.
    fn offer(&self, population: &Population<H>, due_ns: u64) {
        let taker = population.takers.borrow_mut().pop_front();
        match taker {
            Some(seat) => self.give(population, seat, due_ns),
            None => population.backlog.borrow_mut().push_back(due_ns),
        }
    }

    /// Gives what was due before a pause to those who became free in it.
    fn match_up(&self, population: &Population<H>) {
        while !population.takers.borrow().is_empty() {
            let Some(due_ns) = population.take_backlog() else { return };
            if population.load.model == Model::Arrivals {
                population.busy.set(population.busy.get() + 1);
            }
            self.offer(population, due_ns);
        }
    }

    fn give(&self, population: &Population<H>, seat: usize, due_ns: u64) {
        let seat = &mut population.seats.borrow_mut()[seat];
        seat.given_ns = Some(due_ns);
        self.waits.wake(seat.slot);
    }

    /// Gives an arrival to the user who was free last (its connections are the warmest), or to a new one.
    fn arrive(self: &Rc<Self>, at: usize, due_ns: u64) {
        if self.waits.stage() != Stage::Running {
            return;
        }
        let population = &self.populations[at];
        let free = population.takers.borrow_mut().pop_back();
        if let Some(seat) = free {
            population.busy.set(population.busy.get() + 1);
            self.give(population, seat, due_ns);
        } else if population.present.get() < population.most_seats() {
            let seat = self.add_seat(at);
            population.busy.set(population.busy.get() + 1);
            population.present.set(population.present.get() + 1);
            {
                let mut seats = population.seats.borrow_mut();
                (seats[seat].is_present, seats[seat].given_ns) = (true, Some(due_ns));
            }
            self.crew.spawn(user::serve(Rc::clone(self), Place { population: at, seat }));
        } else {
            population.backlog.borrow_mut().push_back(due_ns);
        }
    }

    /// Drops what has waited for too long, or for a load that is over.
    pub fn expire(&self, now_ns: u64) {
        for population in &self.populations {
            let mut dropped = population.expire(now_ns);
            let is_at_end = self.since_start(now_ns) >= population.end_ns();
            let is_over = match population.load.model {
                Model::Users => false,
                Model::Arrivals => is_at_end || self.waits.stage() > Stage::Running,
                // Users who are still there may take them; what ended before its time wants no more of them.
                Model::Requests => is_at_end && population.present.get() == 0,
            };
            if is_over {
                dropped += population.backlog.borrow_mut().drain(..).count() as u64;
            }
            if dropped > 0 {
                self.tally.borrow_mut().iterations.dropped += dropped;
            }
        }
    }

    /// Holds another level from now on, or from a time that all loops of the run are told.
    ///
    /// # Errors
    /// A sentence about a level or a population that cannot be.
    pub fn set_level(&self, at: usize, level: f64, from_ns: Option<u64>) -> Result<(), String> {
        check_level(level)?;
        let Some(population) = self.populations.get(at) else { return Err(format!("population: there is no {at}")) };
        if self.waits.stage() == Stage::Running {
            population.set_level(self.since_start(from_ns.unwrap_or_else(now_ns)), level);
            self.seat_users(at, self.since_start(now_ns()));
            self.arm(at);
            self.waits.stir();
        }
        Ok(())
    }

    /// Lets no iteration begin, and no request of a rate, until it is resumed.
    pub fn pause(&self, is_paused: bool) {
        self.is_paused.set(is_paused);
        if !is_paused {
            self.waits.set_now(now_ns());
            self.populations.iter().for_each(|population| self.match_up(population));
        }
        self.waits.stir();
    }

    #[must_use]
    pub fn since_start(&self, now_ns: u64) -> u64 {
        now_ns.saturating_sub(self.start_ns)
    }
}
