//! HTTP/2: one connection carries all exchanges of its owner with one server at once. Framing is the h2 library's; what
//! an exchange says, and what becomes of its answer, is the same as for HTTP/1.1.
//!
//! ```text
//!  exchange ──▶ stream ┐                    ┌ wire: our socket and TLS, with the kernel's stamps
//!  exchange ──▶ stream ┴─ driver (h2) ──────┘
//!                           ▲ a task of its own reads; who sends pushes the driver at once
//! ```

use std::cell::{Cell, OnceCell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use h2::client::{Builder, SendRequest};
use h2::{Reason, SendStream};

use crate::address::Endpoint;
use crate::codec::Fault;
use crate::connection::{Connection, Scratch};
use crate::crew::Crew;
use crate::failure::Failure;
use crate::net::Chunk;
use crate::upload::PIECE;
use crate::way::Way;
use crate::wire::{Traffic, Wire};

/// Room that a server may fill before it must wait for us: enough for a fast one far away.
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 8 * 1024 * 1024;
const LONGEST_HEAD: u32 = 256 * 1024;
/// A server that says more often that it is about to answer will never do.
const MOST_INTERIM: usize = 100;

/// A connection that speaks HTTP/2.
pub struct Http2 {
    pub endpoint: Arc<Endpoint>,
    pub way: Option<Arc<Way>>,
    sender: RefCell<SendRequest<Bytes>>,
    driver: Rc<Driver>,
    /// Exchanges under way.
    active: Cell<usize>,
}

/// What moves frames; its task lives as long as the connection.
struct Driver {
    connection: RefCell<Option<h2::client::Connection<Wire, Bytes>>>,
    /// Set in the first poll of the driver's own task.
    nudge: OnceCell<(Arc<Nudge>, Waker)>,
    traffic: Rc<Traffic>,
}

/// Wakes the driver's task, whoever polled the connection last, and remembers what for: where somebody has pushed the
/// driver since, its task has nothing left to do.
struct Nudge {
    task: Waker,
    is_due: AtomicBool,
    /// Whoever is to be woken now need not be.
    is_muted: AtomicBool,
}

impl Wake for Nudge {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // One thread does all; they are atomic only since wakers may cross threads in general.
        if !self.is_muted.load(Ordering::Relaxed) {
            self.is_due.store(true, Ordering::Relaxed);
            self.task.wake_by_ref();
        }
    }
}

/// A response whose body is complete.
pub struct Answer {
    pub status: http::StatusCode,
    pub headers: http::HeaderMap,
    pub body: Bytes,
    /// The kernel's stamp of the first and of the last bytes, and when the last were read.
    pub first: Chunk,
    pub last: Chunk,
    pub read_ns: u64,
}

/// What went wrong, and whether the server can have seen the request.
pub struct Trouble {
    pub failure: Failure,
    pub is_untouched: bool,
}

impl Http2 {
    /// Begins to speak HTTP/2 on a connection.
    ///
    /// # Errors
    /// Kind `protocol`, when the connection does not take the greeting.
    pub async fn begin(connection: Connection, scratch: Rc<RefCell<Scratch>>, crew: &Crew) -> Result<Self, Failure> {
        let (endpoint, way) = (Arc::clone(&connection.endpoint), connection.way.clone());
        let traffic = Rc::new(Traffic::default());
        let wire = Wire::new(connection, scratch, Rc::clone(&traffic));
        let (sender, connection) = Builder::new()
            .enable_push(false)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(LONGEST_HEAD)
            .max_send_buffer_size(PIECE)
            .handshake(wire)
            .await
            .map_err(|error| describe(&error, true, &endpoint.name))?;
        let driver =
            Rc::new(Driver { connection: RefCell::new(Some(connection)), nudge: OnceCell::default(), traffic });
        let own = Rc::clone(&driver);
        crew.spawn(poll_fn(move |context| own.poll_task(context)));
        Ok(Self { endpoint, way, sender: RefCell::new(sender), driver, active: Cell::new(0) })
    }

    /// Whether another exchange may begin on it.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let has_ended = || matches!(self.poll_ready(), Poll::Ready(Err(_)));
        self.driver.connection.borrow().is_some() && !has_ended()
    }

    /// Whether a stream may begin now. Nobody is woken when that changes.
    fn poll_ready(&self) -> Poll<Result<(), h2::Error>> {
        self.sender.borrow_mut().poll_ready(&mut Context::from_waker(Waker::noop()))
    }

    /// Bytes that crossed the wire since somebody asked: sent, received.
    #[must_use]
    pub fn claim_traffic(&self) -> (u64, u64) {
        self.driver.traffic.claim()
    }

    /// Sends a request and waits for its response; `sent` is told when the request is being sent, and when all of it
    /// is with the kernel. `keeps`: the longest body that is taken; None when whatever comes of it is let go of.
    ///
    /// # Errors
    /// Why no response came.
    pub async fn exchange(
        &self,
        request: http::Request<()>,
        body: Option<&[u8]>,
        keeps: Option<u64>,
        sent: &mut dyn FnMut(bool),
    ) -> Result<Answer, Trouble> {
        let name = self.endpoint.name.as_str();
        let _active = Active::begin(&self.active);
        let unseen = |error: &h2::Error| Trouble { failure: describe(error, true, name), is_untouched: true };
        let trouble =
            |error: &h2::Error| Trouble { failure: describe(error, true, name), is_untouched: is_unseen(error) };
        let begun = match self.poll_ready() {
            Poll::Ready(ready) => {
                ready.map_err(|error| unseen(&error))?;
                sent(false);
                self.sender.borrow_mut().send_request(request, body.is_none())
            }
            Poll::Pending => {
                // The server allows no more streams for now; whoever waits needs a sender of its own, to be woken.
                let mut sender = self.sender.borrow().clone();
                poll_fn(|context| sender.poll_ready(context)).await.map_err(|error| unseen(&error))?;
                sent(false);
                sender.send_request(request, body.is_none())
            }
        };
        let (mut response, mut stream) = begun.map_err(|error| trouble(&error))?;
        self.driver.push();
        let is_all_sent = match body {
            Some(body) => self.send_body(&mut stream, body).await.map_err(|error| trouble(&error))?,
            None => true,
        };
        sent(true);
        let mut interim = 0;
        let answered = poll_fn(|context| {
            while let Poll::Ready(Some(told)) = response.poll_informational(context) {
                interim += 1;
                if told.is_err() || interim > MOST_INTERIM {
                    break;
                }
            }
            if interim > MOST_INTERIM {
                let failure = Failure::new("protocol", "endless interim responses");
                return Poll::Ready(Err(Trouble { failure, is_untouched: false }));
            }
            Pin::new(&mut response).poll(context).map_err(|error| trouble(&error))
        });
        let (head, mut incoming) = answered.await?.into_parts();
        let first = self.driver.traffic.last_chunk();
        let mut received = Vec::new();
        let mut only = Bytes::new();
        while let Some(data) = poll_fn(|context| incoming.poll_data(context)).await {
            let data = data.map_err(|error| Trouble { failure: describe(&error, false, name), is_untouched: false })?;
            if let Some(longest) = keeps {
                if (only.len() + received.len() + data.len()) as u64 > longest {
                    return Err(Trouble { failure: Failure::fault(Fault::BodyTooLong, longest), is_untouched: false });
                }
                if only.is_empty() && received.is_empty() {
                    only = data.clone();
                } else {
                    received.extend_from_slice(&std::mem::take(&mut only));
                    received.extend_from_slice(&data);
                }
            }
            // What is taken makes room for more; the window of a stream that has ended needs none.
            let _ = incoming.flow_control().release_capacity(data.len());
        }
        if !incoming.is_end_stream() {
            // Trailers follow; nobody asks for them, but the exchange ends with them.
            poll_fn(|context| incoming.poll_trailers(context)).await.map_err(|error| trouble(&error))?;
        }
        if is_all_sent {
            self.let_go((response, stream, incoming));
        }
        let traffic = &self.driver.traffic;
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: if received.is_empty() { only } else { received.into() },
            first,
            last: traffic.last_chunk(),
            read_ns: traffic.read_ns(),
        })
    }

    /// Lets go of a stream that both sides have ended. It wakes the driver, in case nobody else is there and it is to
    /// end, too; while its connection is kept that can wait for the next request.
    fn let_go<T>(&self, stream: T) {
        let nudge = self.driver.nudge.get().filter(|_| self.active.get() == 1);
        if let Some((nudge, _)) = nudge {
            nudge.is_muted.store(true, Ordering::Relaxed);
        }
        drop(stream);
        if let Some((nudge, _)) = nudge {
            nudge.is_muted.store(false, Ordering::Relaxed);
        }
    }

    /// Sends a body; false when the stream ended before. Of what all users share only a piece is copied at a time: the
    /// stream has no more room than that until the kernel has taken it.
    async fn send_body(&self, stream: &mut SendStream<Bytes>, mut body: &[u8]) -> Result<bool, h2::Error> {
        if body.is_empty() {
            stream.send_data(Bytes::new(), true)?;
        }
        while !body.is_empty() {
            stream.reserve_capacity(body.len());
            let room = match stream.capacity() {
                0 => poll_fn(|context| stream.poll_capacity(context)).await.transpose()?.unwrap_or_default(),
                room => room,
            };
            let (now, later) = body.split_at(room.min(body.len()));
            if now.is_empty() {
                // No more room will come: the stream has ended, and its response says why.
                return Ok(false);
            }
            stream.send_data(Bytes::copy_from_slice(now), later.is_empty())?;
            body = later;
            self.driver.push();
        }
        self.driver.push();
        Ok(true)
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        // The driver ends with it, and may not have been woken when its last stream went.
        if let Some((nudge, _)) = self.driver.nudge.get() {
            nudge.wake_by_ref();
        }
    }
}

/// One more exchange that is under way, as long as it lives.
struct Active<'a>(&'a Cell<usize>);

impl<'a> Active<'a> {
    fn begin(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Driver {
    /// A poll of the driver's own task.
    fn poll_task(&self, context: &Context<'_>) -> Poll<()> {
        let (nudge, waker) = self.nudge.get_or_init(|| {
            let nudge = Arc::new(Nudge {
                task: context.waker().clone(),
                is_due: AtomicBool::new(true),
                is_muted: AtomicBool::new(false),
            });
            (Arc::clone(&nudge), nudge.into())
        });
        if nudge.is_due.swap(false, Ordering::Relaxed) {
            return self.poll(waker);
        }
        if self.connection.borrow().is_some() { Poll::Pending } else { Poll::Ready(()) }
    }

    fn poll(&self, waker: &Waker) -> Poll<()> {
        let mut slot = self.connection.borrow_mut();
        let Some(connection) = slot.as_mut() else { return Poll::Ready(()) };
        match Pin::new(connection).poll(&mut Context::from_waker(waker)) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(_) => {
                let ended = slot.take();
                drop(slot);
                drop(ended);
                Poll::Ready(())
            }
        }
    }

    /// Moves what can be moved now, so that a request is on its way when its sender goes on.
    fn push(&self) {
        let Some((nudge, waker)) = self.nudge.get() else { return };
        // What woke the task before is done with this.
        nudge.is_due.store(false, Ordering::Relaxed);
        if self.poll(waker).is_ready() {
            // Its own task ends, too.
            nudge.task.wake_by_ref();
        }
    }
}

/// Whether the server has said, or it is clear, that it has not looked at the request.
fn is_unseen(error: &h2::Error) -> bool {
    match error.reason() {
        Some(Reason::REFUSED_STREAM) => error.is_remote(),
        Some(Reason::NO_ERROR) => error.is_go_away() && error.is_remote(),
        Some(_) => false,
        None => error.is_io(),
    }
}

/// `untouched`: nothing of the response had come; `name` is the `host:port` that was asked.
fn describe(error: &h2::Error, untouched: bool, name: &str) -> Failure {
    if let Some(broken) = error.get_io() {
        return Failure::broken(broken, untouched, name);
    }
    let reason = error.reason().map_or_else(String::new, |reason| reason.description().to_owned());
    if error.is_remote() && error.is_go_away() {
        return Failure::new("closed", format!("the server ended the HTTP/2 connection: {reason}"));
    }
    if error.is_remote() {
        return Failure::new("closed", format!("the server reset the HTTP/2 stream: {reason}"));
    }
    match error.reason() {
        Some(Reason::ENHANCE_YOUR_CALM) => Failure::new("protocol", "the server floods the HTTP/2 connection"),
        _ => Failure::new("protocol", format!("not an HTTP/2 response: {reason}")),
    }
}
