//! The users of this loop's segment: who is who, and what stays of a user while it is away.

use std::cell::{Cell, RefCell};

use crate::cookies::Jar;
use crate::host::Host;
use crate::plan::Segment;

pub struct Seats<H: Host> {
    segment: Segment,
    kept: RefCell<Vec<Option<Kept<H>>>>,
    /// Users that are here.
    present: Cell<usize>,
    /// Users that will not come again.
    retired: Cell<usize>,
}

/// What a user has when the load lets it come back.
pub struct Kept<H: Host> {
    pub user: H::User,
    pub iteration: u64,
    pub jar: Option<Box<Jar>>,
}

impl<H: Host> Seats<H> {
    /// `peak`: one more than the highest user of the whole run.
    #[must_use]
    pub fn new(segment: Segment, peak: u64) -> Self {
        let (index, of) = (u64::from(segment.index), u64::from(segment.of));
        let seats = usize::try_from((peak + of - 1 - index) / of).unwrap_or(usize::MAX);
        Self {
            segment,
            kept: RefCell::new((0..seats).map(|_| None).collect()),
            present: Cell::new(0),
            retired: Cell::new(0),
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.borrow().len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the user on a seat, over all segments.
    #[must_use]
    pub fn user(&self, slot: usize) -> u64 {
        u64::from(self.segment.index) + slot as u64 * u64::from(self.segment.of)
    }

    /// All seats with their users.
    pub fn users(&self) -> impl Iterator<Item = (usize, u64)> {
        (0..self.len()).map(|slot| (slot, self.user(slot)))
    }

    pub fn take(&self, slot: usize) -> Option<Kept<H>> {
        self.kept.borrow_mut()[slot].take()
    }

    pub fn keep(&self, slot: usize, kept: Kept<H>) {
        let before = self.kept.borrow_mut()[slot].replace(kept);
        drop(before);
    }

    /// A user comes.
    pub fn arrive(&self) {
        self.present.set(self.present.get() + 1);
    }

    /// A user goes; gives whether it was the last one here.
    pub fn leave(&self) -> bool {
        self.present.set(self.present.get() - 1);
        self.present.get() == 0
    }

    #[must_use]
    pub fn nobody_is_here(&self) -> bool {
        self.present.get() == 0
    }

    /// One user will not come again.
    pub fn retire(&self) {
        self.retired.set(self.retired.get() + 1);
    }

    #[must_use]
    pub fn all_retired(&self) -> bool {
        self.retired.get() >= self.len()
    }
}
