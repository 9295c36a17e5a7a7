//! A body too large to be copied for each user that sends it: it goes out in pieces, from where all users share it.

use std::io;
use std::task::{Context, Poll};

use crate::clock::now_ns;
use crate::connection::{Connection, Scratch};

/// What goes out with the head, and then at a time.
pub const PIECE: usize = 64 * 1024;
/// After so many the others have their turn, however fast the server reads.
const MOST_AT_ONCE: usize = 16;

pub struct Upload<'a> {
    rest: &'a [u8],
    was_blocked: bool,
    is_cut: bool,
}

impl<'a> Upload<'a> {
    /// What is left of a body once its first piece is on its way; None when nothing is.
    #[must_use]
    pub fn new(body: Option<&'a [u8]>) -> Option<Box<Self>> {
        let rest = body?.get(PIECE..).filter(|rest| !rest.is_empty())?;
        Some(Box::new(Self { rest, was_blocked: false, is_cut: false }))
    }

    /// Hands over as much as the kernel takes. Where it takes no more, the task is woken once it does; a connection
    /// that takes no more for good is left alone: the server may have answered before, and what it said decides.
    pub fn poll(&mut self, context: &mut Context<'_>, connection: &mut Connection, scratch: &mut Scratch) {
        for _ in 0..MOST_AT_ONCE {
            match connection.poll_flush(context) {
                Poll::Pending => {
                    self.was_blocked = true;
                    return;
                }
                Poll::Ready(Ok(())) if self.rest.is_empty() || self.is_cut => return,
                Poll::Ready(Ok(())) => self.is_cut = self.send(connection, scratch).is_err(),
                Poll::Ready(Err(_)) => {
                    self.is_cut = true;
                    return;
                }
            }
        }
        context.waker().wake_by_ref();
    }

    fn send(&mut self, connection: &mut Connection, scratch: &mut Scratch) -> io::Result<()> {
        let (now, later) = self.rest.split_at(self.rest.len().min(PIECE));
        scratch.out.clear();
        scratch.out.extend_from_slice(now);
        connection.send(scratch)?;
        self.rest = later;
        if self.was_blocked && later.is_empty() && connection.has_sent_all() {
            connection.sent_late_ns = Some(now_ns());
        }
        Ok(())
    }

    /// Whether the connection has been given all of the body.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.rest.is_empty() && !self.is_cut
    }
}
