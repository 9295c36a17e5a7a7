//! Heads that came before. A server says nearly the same to the same request: within a second every byte of it. A head
//! that is known is compared and not parsed again, and all who keep it keep the same bytes.

use std::cell::RefCell;
use std::sync::Arc;

use super::Fault;
use super::head::{self, Head};

const PLACES: usize = 32;
/// What is longer is seldom the same twice.
const LONGEST_KNOWN: usize = 4096;

/// A head, and its bytes.
pub type Kept = (Head, Arc<[u8]>);

#[derive(Debug, Default)]
pub struct Heads {
    known: [RefCell<Option<Kept>>; PLACES],
}

impl Heads {
    /// Reads the head at the start of what arrived, as `head::parse` does.
    ///
    /// # Errors
    /// `Fault::Garbage` when the bytes cannot become the head of a response.
    pub fn read(&self, data: &[u8]) -> Result<Option<Kept>, Fault> {
        // The same answers have the same length, others mostly not: so each has a place of its own.
        let mut place = self.known[data.len() % PLACES].borrow_mut();
        if let Some((head, bytes)) = &*place
            && data.starts_with(bytes)
        {
            return Ok(Some((*head, Arc::clone(bytes))));
        }
        let Some(head) = head::parse(data)? else { return Ok(None) };
        let bytes: Arc<[u8]> = data[..head.length].into();
        if head.length <= LONGEST_KNOWN {
            *place = Some((head, Arc::clone(&bytes)));
        }
        Ok(Some((head, bytes)))
    }
}
