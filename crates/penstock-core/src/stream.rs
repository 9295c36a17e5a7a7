//! Looking at a response while it comes: how many server-sent events it brought, and whether it is enough.

use crate::host::Until;

/// What was seen of a body so far; each byte is looked at once.
pub struct Watch<'a> {
    until: Until<'a>,
    /// Where the first line begins that has not ended yet.
    line_at: usize,
    /// The event that is being received has something in it.
    has_data: bool,
    events: u32,
    /// How much of the body was looked at.
    seen: usize,
}

impl<'a> Watch<'a> {
    #[must_use]
    pub fn new(until: Until<'a>) -> Self {
        Self { until, line_at: 0, has_data: false, events: 0, seen: 0 }
    }

    #[must_use]
    pub fn events(&self) -> u32 {
        self.events
    }

    /// Looks at what has come of the body; gives whether that is enough.
    pub fn is_enough(&mut self, body: &[u8]) -> bool {
        let seen = std::mem::replace(&mut self.seen, body.len());
        for end in memchr::memchr_iter(b'\n', &body[seen..]).map(|at| at + seen) {
            self.take_line(body[self.line_at..end].strip_suffix(b"\r").unwrap_or(&body[self.line_at..end]));
            self.line_at = end + 1;
        }
        let is_found = self.until.text.is_some_and(|text| {
            let from = seen.saturating_sub(text.len());
            memchr::memmem::find(&body[from..], text).is_some()
        });
        is_found || self.until.events.is_some_and(|events| self.events >= events)
    }

    /// An event ends with an empty line; comments and names alone make none.
    fn take_line(&mut self, line: &[u8]) {
        if line.is_empty() {
            self.events += u32::from(std::mem::take(&mut self.has_data));
        } else {
            self.has_data |= line == b"data" || line.starts_with(b"data:");
        }
    }
}
