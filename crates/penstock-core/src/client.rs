//! The HTTP side of one user: its connections, its cookies, its credentials. Several exchanges of the user may be on
//! their way at once, and nothing here is borrowed across an await.

use std::cell::RefCell;

use crate::connections::{Carrier, Connections};
use crate::cookies::Jar;
use crate::failure::Failure;
use crate::host::{Host, Request, Resume};
use crate::multiplexed;
use crate::plan::Cookies;
use crate::progress::Progress;
use crate::redirect::Hop;
use crate::run::Run;
use crate::transmit::{Arrived, transmit};
use crate::transport::Connections as Whose;

#[derive(Default)]
pub struct Client {
    connections: Connections,
    /// None while it is empty or cookies are off.
    pub jar: RefCell<Option<Box<Jar>>>,
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
    pub fn begin_iteration(&self, cookies: Cookies, connections: Whose) {
        if cookies == Cookies::Iteration {
            self.jar.replace(None);
        }
        if connections == Whose::Iteration {
            self.connections.clear();
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
        let (connections, _turn) = match &run.pool {
            None => (&self.connections, None),
            Some(pool) => (&pool.connections, Some(pool.turn(progress).await)),
        };
        let mut may_retry = is_idempotent(hop.method);
        loop {
            let (carrier, is_reused) = connections.carrier(run, slot, endpoint, way.as_ref(), progress).await?;
            let outcome = match carrier {
                Carrier::One(mut connection) => {
                    let outcome = transmit(run, request, hop, &mut connection, &self.jar, progress).await;
                    outcome.map(|(arrived, is_reusable)| {
                        if is_reusable {
                            connection.idle_since_ns = progress.read_ns.unwrap_or_default();
                            connections.keep(connection);
                        }
                        arrived
                    })
                }
                // Boxed, so that those who do not speak HTTP/2 do not carry the room for it.
                Carrier::Many(http2) => {
                    Box::pin(multiplexed::transmit(run, request, hop, &http2, &self.jar, progress)).await
                }
            };
            match outcome {
                Ok(arrived) => return Ok(arrived),
                // The server may have closed while the request was on its way: it never saw it.
                Err(broken) if is_reused && may_retry && broken.is_untouched => {
                    may_retry = false;
                    // The others that were idle are likely to be gone as well, and the retry must not meet one.
                    connections.forget(endpoint);
                    progress.forget_sending();
                    run.tally.borrow_mut().health.reconnects += 1;
                }
                Err(broken) => return Err(broken.failure),
            }
        }
    }
}

/// What can be sent twice without doing twice.
fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
}
