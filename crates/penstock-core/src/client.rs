//! The HTTP side of one user: its connections, its cookies, its credentials. Several exchanges of the user may be on
//! their way at once, and nothing here is borrowed across an await.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::clock::now_ns;
use crate::codec::request::given;
use crate::connections::{Carrier, Connections};
use crate::cookies::Jar;
use crate::credentials::{Acquaintance, Asked, Reaction, react};
use crate::exchange::is_expected;
use crate::failure::Failure;
use crate::host::{Host, Request, Resume};
use crate::multiplexed;
use crate::plan::{Browser, Cookies};
use crate::profiles::Line;
use crate::progress::Progress;
use crate::redirect::Hop;
use crate::run::Run;
use crate::timers::Event;
use crate::transmit::{Arrived, transmit, values};
use crate::transport::Connections as Whose;
use crate::waits::Stage;
use crate::way::Credentials;
use crate::websocket::{Shared, Sockets, WebSocket};

#[derive(Default)]
pub struct Client {
    pub(crate) connections: Connections,
    /// None while it is empty or cookies are off.
    pub jar: RefCell<Option<Box<Jar>>>,
    /// Servers that asked who the user is.
    known_to: RefCell<Vec<Acquaintance>>,
    /// None until the first one is opened.
    sockets: RefCell<Option<Box<Sockets>>>,
    /// None: as fast as it goes.
    pub(crate) line: Option<Rc<Line>>,
    pub browser: RefCell<Option<Rc<Browser>>>,
}

/// A server that asks again and again is not answered for ever: a nonce may be too old once, and once more.
const MOST_CHALLENGES: u32 = 3;
const MOST_ACQUAINTANCES: usize = 32;

/// What the head of a request is taken to have, on a user's line.
pub const USUAL_HEAD: u64 = 400;

impl Client {
    /// A client of the user of that number, with the cookies that it kept.
    #[must_use]
    pub fn new(number: u32, jar: Option<Box<Jar>>, line: Option<Rc<Line>>) -> Self {
        Self { connections: Connections::of_user(number), jar: RefCell::new(jar), line, ..Self::default() }
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
        if cookies != Cookies::User {
            self.jar.replace(None); // with none, too: a journey may bring some along
        }
        if connections == Whose::Iteration {
            self.connections.clear();
        }
    }

    /// The socket that the journey gave this number, if it is open.
    pub fn socket(&self, key: u64) -> Option<Rc<Shared>> {
        self.sockets.borrow().as_ref()?.get(key)
    }

    pub fn add_socket(&self, key: u64, socket: WebSocket) {
        self.sockets.borrow_mut().get_or_insert_default().add(key, socket);
    }

    pub fn remove_socket(&self, key: u64) {
        if let Some(sockets) = &mut *self.sockets.borrow_mut() {
            sockets.remove(key);
        }
    }

    /// Closes what an iteration left open.
    pub fn close_sockets(&self) {
        let left = self.sockets.take();
        drop(left);
    }

    /// Performs a request and those that redirects ask for; `hop` is left at the last one, its response in `arrived`.
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
        arrived: &mut Option<Arrived<H::Body>>,
    ) -> Result<(), Box<Failure>> {
        let asked = request.wish.and_then(|wish| wish.credentials.as_ref());
        if let Some(credentials) = asked {
            // Boxed, so that those without credentials do not carry the room for them.
            return Box::pin(self.perform_as(run, slot, request, hop, progress, credentials, arrived)).await;
        }
        loop {
            self.perform_hop(run, slot, request, hop, progress, arrived).await?;
            if !follow(run, hop, progress, arrived)? {
                return Ok(());
            }
        }
    }

    /// Performs a request whose sender says who it is when asked; at once where it was asked before.
    #[expect(clippy::too_many_arguments, reason = "those of `perform`, and the credentials")]
    async fn perform_as<H: Host>(
        &self,
        run: &Run<H>,
        slot: usize,
        request: &Request<'_>,
        hop: &mut Hop<'_>,
        progress: &mut Progress,
        credentials: &Credentials<'_>,
        arrived: &mut Option<Arrived<H::Body>>,
    ) -> Result<(), Box<Failure>> {
        let asked = Arc::clone(&hop.address.origin.endpoint);
        // What the request itself says of who asks wins.
        let is_silent = hop.authorization.is_none() && !given(&hop.headers, "authorization");
        let mut attempts = 0;
        loop {
            // Nobody but the server that was asked first hears of them.
            let applies = is_silent && hop.address.origin.endpoint == asked;
            if applies {
                hop.authorization = self.authorization(run, hop, credentials);
            }
            self.perform_hop(run, slot, request, hop, progress, arrived).await?;
            if applies
                && let Some(arrived) = arrived.as_mut()
                && arrived.status == 401
                && attempts < MOST_CHALLENGES
            {
                attempts += 1;
                let headers = values(&arrived.raw_head, "www-authenticate");
                let known = hop.authorization.is_some();
                let reaction = {
                    let known_to = self.known_to.borrow();
                    let tried = known_to.iter().find(|one| known && one.is_of(&asked.prefix, credentials.user));
                    react(&headers, credentials, &asked.prefix, tried)
                };
                match reaction {
                    Reaction::Again(acquaintance) => {
                        self.remember(acquaintance, credentials.user);
                        continue;
                    }
                    Reaction::Fail(failure) if !is_expected(401, request.expected_status) => {
                        arrived.failure = Some(Box::new(failure));
                    }
                    Reaction::Accept | Reaction::Fail(_) => {}
                }
            }
            if !follow(run, hop, progress, arrived)? {
                return Ok(());
            }
        }
    }

    /// What a server that knows the user already is told.
    fn authorization<H: Host>(&self, run: &Run<H>, hop: &Hop<'_>, credentials: &Credentials<'_>) -> Option<String> {
        let mut known_to = self.known_to.borrow_mut();
        let server = &hop.address.origin.endpoint.prefix;
        let known = known_to.iter_mut().find(|one| one.is_of(server, credentials.user))?;
        let asked = Asked { method: hop.method, target: &hop.address.target };
        Some(known.header(&asked, credentials, &run.chance))
    }

    fn remember(&self, acquaintance: Acquaintance, user: &str) {
        let all = &mut *self.known_to.borrow_mut();
        all.retain(|one| !one.is_of(acquaintance.server(), user));
        if all.len() >= MOST_ACQUAINTANCES {
            all.remove(0);
        }
        all.push(acquaintance);
    }

    async fn perform_hop<H: Host>(
        &self,
        run: &Run<H>,
        slot: usize,
        request: &Request<'_>,
        hop: &Hop<'_>,
        progress: &mut Progress,
        arrived: &mut Option<Arrived<H::Body>>,
    ) -> Result<(), Box<Failure>> {
        let endpoint = &hop.address.origin.endpoint;
        let way = run.ways.to(endpoint, request.wish).map_err(|wrong| Failure::new("proxy", wrong))?;
        let (connections, _turn) = match &run.pool {
            None => (&self.connections, None),
            Some(pool) => (&pool.connections, Some(pool.turn(progress).await)),
        };
        let mut may_retry = is_idempotent(hop.method);
        let received_before = progress.measure.bytes_received;
        loop {
            let (carrier, is_reused) = connections.carrier(run, slot, endpoint, way.as_ref(), progress).await?;
            if let Some(line) = &self.line {
                // Boxed, like all below: users without such a line must not carry the room for it.
                let bytes = request.body.map_or(0, <[u8]>::len) as u64 + USUAL_HEAD;
                Box::pin(travel(run, slot, line, endpoint.is_tls, is_reused, bytes, progress)).await;
            }
            let outcome = match carrier {
                Carrier::One(mut connection) => {
                    let outcome = transmit(run, request, hop, &mut connection, &self.jar, progress, arrived).await;
                    outcome.map(|is_reusable| {
                        if is_reusable {
                            connection.idle_since_ns = progress.read_ns.unwrap_or_default();
                            connections.keep(connection);
                        }
                    })
                }
                // Boxed, so that those who do not speak HTTP/2 do not carry the room for it.
                Carrier::Many(http2) => {
                    Box::pin(multiplexed::transmit(run, request, hop, &http2, &self.jar, progress, arrived)).await
                }
            };
            match outcome {
                Ok(()) => {
                    if let Some(line) = &self.line {
                        Box::pin(travel_back(run, slot, line, received_before, progress)).await;
                    }
                    return Ok(());
                }
                // The server may have closed while the request was on its way: it never saw it.
                Err(broken) if is_reused && may_retry && broken.is_untouched => {
                    may_retry = false;
                    // The others that were idle are likely to be gone as well, and the retry must not meet one.
                    connections.forget(endpoint);
                    progress.forget_sending();
                    run.tally.borrow_mut().health.reconnects += 1;
                }
                Err(broken) => return Err(broken.failure.into()),
            }
        }
    }
}

/// Goes on to where a response says; gives whether it does.
fn follow<H: Host>(
    run: &Run<H>,
    hop: &mut Hop<'_>,
    progress: &mut Progress,
    arrived: &mut Option<Arrived<H::Body>>,
) -> Result<bool, Failure> {
    let Some(arrived) = arrived.as_mut() else { return Ok(false) };
    let Some(location) = arrived.location.take() else { return Ok(false) };
    let next = hop.next(arrived.status, &location, &run.addresses);
    *hop = next.map_err(|reason| Failure::new("url", format!("redirect to no usable URL: {reason}")))?;
    if run.http.counts_redirects {
        progress.end_hop(arrived.status);
    }
    progress.redirects.push(location.into());
    Ok(true)
}

/// Lets a request pass a user's line: opening the connection if it is a new one, then its bytes.
pub async fn travel<H: Host>(
    run: &Run<H>,
    slot: usize,
    line: &Line,
    is_tls: bool,
    is_reused: bool,
    bytes: u64,
    progress: &mut Progress,
) {
    if !is_reused {
        let began_ns = now_ns();
        wait_until(run, slot, line.opened_ns(began_ns, is_tls)).await;
        progress.measure.connect_ns = Some(progress.measure.connect_ns.unwrap_or_default() + (now_ns() - began_ns));
    }
    let sent_ns = now_ns();
    progress.sent_ns.get_or_insert(sent_ns);
    wait_until(run, slot, line.sent_ns(sent_ns, bytes)).await;
}

/// Lets a response pass a user's line; it is received when the line has brought it.
pub async fn travel_back<H: Host>(
    run: &Run<H>,
    slot: usize,
    line: &Line,
    received_before: u64,
    progress: &mut Progress,
) {
    let arrived_ns = progress.received_ns.unwrap_or_else(now_ns);
    let bytes = progress.measure.bytes_received - received_before;
    let received_ns = line.received_ns(arrived_ns, bytes);
    wait_until(run, slot, received_ns).await;
    let took_ns = received_ns - arrived_ns;
    if let Some(passage) = &mut progress.measure.passage {
        passage.receive_ns += took_ns;
    }
    (progress.received_ns, progress.read_ns) = (Some(received_ns), Some(now_ns()));
}

pub async fn wait_until<H: Host>(run: &Run<H>, slot: usize, due_ns: u64) {
    run.timers.at(due_ns, Event::Wake(slot));
    run.waits.until(due_ns, Stage::Interrupting).await;
}

/// What can be sent twice without doing twice.
fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
}
