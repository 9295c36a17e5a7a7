//! The HTTP side of one user: its connections, its cookies, its TLS sessions. Several exchanges of the user may be on
//! their way at once; each has a connection of its own, and nothing here is borrowed across an await.

use std::cell::RefCell;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::address::Endpoint;
use crate::clock::{latest_ns, now_ns};
use crate::connect::connect;
use crate::connection::Connection;
use crate::cookies::Jar;
use crate::failure::Failure;
use crate::host::{Host, Request, Resume};
use crate::plan::Cookies;
use crate::progress::Progress;
use crate::redirect::Hop;
use crate::run::Run;
use crate::transmit::{Arrived, transmit};
use crate::way::Way;

/// A user who asks ever new hosts lets go of the connections it used longest ago.
const MOST_IDLE: usize = 32;

#[derive(Default)]
pub struct Client {
    idle: RefCell<Vec<Connection>>,
    /// None while it is empty or cookies are off.
    pub jar: RefCell<Option<Box<Jar>>>,
    tls: RefCell<Option<Arc<ClientConfig>>>,
}

impl Client {
    /// A client with the cookies that its user kept.
    #[must_use]
    pub fn new(jar: Option<Box<Jar>>) -> Self {
        Self { jar: RefCell::new(jar), ..Self::default() }
    }

    /// Puts other cookies in the place of those that are there, or tells them.
    pub fn cookies<R>(&self, lines: Option<Vec<String>>) -> Resume<R> {
        if let Some(lines) = lines {
            self.jar.replace((!lines.is_empty()).then(|| Box::new(Jar::from_lines(&lines))));
            return Resume::Nothing;
        }
        Resume::Lines(self.jar.borrow().as_ref().map(|jar| jar.lines()).unwrap_or_default())
    }

    /// Lets go of what belongs to one iteration.
    pub fn begin_iteration(&self, cookies: Cookies) {
        if cookies == Cookies::Iteration {
            self.jar.replace(None);
        }
    }

    /// Performs a request and those that redirects ask for; `hop` is left at the last one.
    ///
    /// # Errors
    /// Why no response came.
    pub async fn perform<H: Host>(
        &self,
        run: &Run<H>,
        slot: usize,
        request: &Request<'_>,
        hop: &mut Hop<'_>,
        progress: &mut Progress,
    ) -> Result<Arrived<H::Body>, Failure> {
        loop {
            let mut arrived = self.perform_hop(run, slot, request, hop, progress).await?;
            let Some(location) = arrived.location.take() else { return Ok(arrived) };
            let next = hop.next(arrived.status, &location, &run.addresses);
            *hop = next.map_err(|reason| Failure::new("url", format!("redirect to no usable URL: {reason}")))?;
            if run.http.counts_redirects {
                progress.end_hop(arrived.status);
            }
            progress.redirects.push(location);
        }
    }

    async fn perform_hop<H: Host>(
        &self,
        run: &Run<H>,
        slot: usize,
        request: &Request<'_>,
        hop: &Hop<'_>,
        progress: &mut Progress,
    ) -> Result<Arrived<H::Body>, Failure> {
        let endpoint = &hop.address.origin.endpoint;
        let way = run.ways.to(endpoint, request.wish).map_err(|wrong| Failure::new("proxy", wrong))?;
        let mut may_retry = is_idempotent(hop.method);
        loop {
            let (mut connection, is_reused) = match self.take_idle(run, endpoint, way.as_ref()) {
                Some(connection) => (connection, true),
                None => (self.open(run, slot, endpoint, way.as_ref(), progress).await?, false),
            };
            let outcome = transmit(run, request, hop, &mut connection, &self.jar, progress).await;
            match outcome {
                Ok((arrived, is_reusable)) => {
                    if is_reusable {
                        connection.idle_since_ns = progress.read_ns.unwrap_or_default();
                        self.keep(connection);
                    }
                    return Ok(arrived);
                }
                // The server may have closed while the request was on its way: it never saw it.
                Err(broken) if is_reused && may_retry && broken.is_untouched => {
                    may_retry = false;
                    // The others that were idle are likely to be gone as well, and the retry must not meet one.
                    self.idle.borrow_mut().retain(|idle| idle.endpoint != *endpoint);
                    progress.forget_sending();
                    run.tally.borrow_mut().health.reconnects += 1;
                }
                Err(broken) => return Err(broken.failure),
            }
        }
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() >= MOST_IDLE {
            idle.remove(0);
        }
        idle.reserve_exact(1); // most users talk to one origin
        idle.push(connection);
    }

    /// The idle connection to an endpoint, if it is still usable.
    fn take_idle<H: Host>(&self, run: &Run<H>, endpoint: &Arc<Endpoint>, way: Option<&Arc<Way>>) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        let at = idle.iter().rposition(|idle| is_same(&idle.endpoint, endpoint) && idle.way.as_ref() == way)?;
        let connection = idle.remove(at);
        if connection.is_usable(latest_ns()) {
            return Some(connection);
        }
        run.tally.borrow_mut().health.reconnects += 1;
        None
    }

    async fn open<H: Host>(
        &self,
        run: &Run<H>,
        slot: usize,
        endpoint: &Arc<Endpoint>,
        way: Option<&Arc<Way>>,
        progress: &mut Progress,
    ) -> Result<Connection, Failure> {
        let began_ns = now_ns();
        let opening = progress.opening.get_or_insert_default();
        // Boxed, so that a user who is not connecting does not carry the room for it.
        let connection = Box::pin(connect(run, slot, endpoint, way, &self.tls, opening)).await?;
        progress.connect_ns = Some(progress.connect_ns.unwrap_or_default() + (now_ns() - began_ns));
        Ok(connection)
    }
}

fn is_same(one: &Arc<Endpoint>, other: &Arc<Endpoint>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

/// What can be sent twice without doing twice.
fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
}
