//! A connection as a stream of bytes, for a library that frames them itself; who asks can still learn when they came.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::clock::now_ns;
use crate::connection::{Connection, Scratch};
use crate::net::Chunk;

pub struct Wire {
    connection: Connection,
    scratch: Rc<RefCell<Scratch>>,
    /// Read, but not yet asked for.
    kept: Vec<u8>,
    traffic: Rc<Traffic>,
}

/// What went over a wire, and when.
pub struct Traffic {
    sent: Cell<u64>,
    received: Cell<u64>,
    last: Cell<Chunk>,
    read_ns: Cell<u64>,
}

impl Default for Traffic {
    fn default() -> Self {
        let nothing = Chunk { length: 0, arrived_wall_ns: None };
        Self { sent: Cell::new(0), received: Cell::new(0), last: Cell::new(nothing), read_ns: Cell::new(0) }
    }
}

impl Traffic {
    /// Bytes sent and received since the last claim.
    pub fn claim(&self) -> (u64, u64) {
        (self.sent.take(), self.received.take())
    }

    /// What the last read brought.
    pub fn last_chunk(&self) -> Chunk {
        self.last.get()
    }

    pub fn read_ns(&self) -> u64 {
        self.read_ns.get()
    }
}

impl Wire {
    #[must_use]
    pub fn new(mut connection: Connection, scratch: Rc<RefCell<Scratch>>, traffic: Rc<Traffic>) -> Self {
        let kept = std::mem::take(&mut connection.early);
        Self { connection, scratch, kept, traffic }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.kept.is_empty() {
            let scratch = &mut *this.scratch.borrow_mut();
            let (data, chunk) = ready!(this.connection.poll_receive(context, scratch))?;
            this.traffic.last.set(chunk);
            this.traffic.read_ns.set(now_ns());
            this.traffic.received.set(this.traffic.received.get() + data.len() as u64);
            let (now, later) = data.split_at(data.len().min(buffer.remaining()));
            buffer.put_slice(now);
            this.kept.extend_from_slice(later);
        } else {
            let length = this.kept.len().min(buffer.remaining());
            buffer.put_slice(&this.kept[..length]);
            this.kept.drain(..length);
            if this.kept.is_empty() {
                this.kept = Vec::new();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.connection.poll_flush(context))?;
        let scratch = &mut *this.scratch.borrow_mut();
        scratch.out.clear();
        scratch.out.extend_from_slice(bytes);
        this.traffic.sent.set(this.traffic.sent.get() + bytes.len() as u64);
        this.connection.send(scratch)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().connection.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().connection.poll_flush(context)
    }
}
