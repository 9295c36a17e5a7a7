//! One exchange: from what a journey asked for to what it gets, on the connections of its user.

use std::borrow::Cow;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use crate::address::{Address, Endpoint};
use crate::clock::{MILLISECOND_NS, now_ns, seconds_to_ns};
use crate::codec::request::{self, RequestHead};
use crate::codec::response::{Received, ResponseReader};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::host::{FinalUrl, Host, Operation, Request, Response};
use crate::progress::Progress;
use crate::run::Run;
use crate::series::Measure;
use crate::waits::Cut;

/// A connection that was idle for longer is looked at before it is used again.
const TRUSTED_IDLE_NS: u64 = 500 * MILLISECOND_NS;
/// A buffer that one large request made grow is given back.
const USUAL_OUT: usize = 1024 * 1024;

/// The HTTP side of one user.
#[derive(Default)]
pub struct Client {
    idle: Vec<Connection>,
}

/// What an exchange gave, and what is to be counted of it.
pub struct Exchange<B> {
    pub response: Response<B>,
    pub measure: Measure,
    pub progress: Progress,
    pub ended_ns: u64,
}

/// A response as it came off one connection.
struct Arrived<B> {
    status: u16,
    raw_head: Box<[u8]>,
    body: Option<B>,
}

/// An exchange on one connection that did not come to its end.
struct Broken {
    failure: Failure,
    /// No byte of a response came: the server may never have seen the request.
    untouched: bool,
}

impl Client {
    /// Closes all connections.
    pub fn disconnect(&mut self) {
        self.idle = Vec::new();
    }

    /// Performs what was handed over; None when the run was interrupted meanwhile.
    ///
    /// `due_ns` is when it should have been sent, `asked_ns` when the journey asked.
    pub async fn exchange<H: Host>(
        &mut self,
        run: &Run<H>,
        slot: usize,
        operation: &H::Operation,
        due_ns: u64,
        asked_ns: u64,
    ) -> Option<Exchange<H::Body>> {
        let request = operation.request();
        let timeout_s = request.timeout_s.unwrap_or(run.http.timeout_s);
        let deadline_ns = asked_ns.saturating_add(seconds_to_ns(timeout_s));
        let mut progress = Progress::default();
        let address = match run.addresses.resolve(request.url) {
            Ok(address) => address,
            Err(reason) => {
                let url = FinalUrl::Other(request.url.to_owned());
                let result = Err(Failure::new("url", reason));
                return Some(conclude(run, &request, result, url, progress, due_ns, asked_ns));
            }
        };
        let mut hop = Hop { address, method: request.method, has_body: request.body.is_some() };
        let performed = run.waits.guarded(slot, deadline_ns, self.perform(run, &request, &mut hop, &mut progress));
        let result = match performed.await {
            Ok(result) => result,
            Err(Cut::Timeout) => Err(Failure::timeout(timeout_s)),
            Err(Cut::Interrupted) => return None,
        };
        let url = match &hop.address.target {
            Cow::Borrowed(target) => FinalUrl::AsAsked {
                origin: Arc::clone(&hop.address.origin),
                target_at: request.url.len() - target.len(),
            },
            Cow::Owned(_) => FinalUrl::Other(hop.address.url()),
        };
        progress.sent.origin = Some(Arc::clone(&hop.address.origin));
        Some(conclude(run, &request, result, url, progress, due_ns, asked_ns))
    }

    async fn perform<H: Host>(
        &mut self,
        run: &Run<H>,
        request: &Request<'_>,
        hop: &mut Hop<'_>,
        progress: &mut Progress,
    ) -> Result<Arrived<H::Body>, Failure> {
        let endpoint = Arc::clone(&hop.address.origin.endpoint);
        let mut may_retry = true;
        loop {
            let (mut connection, is_reused) = match self.take_idle(run, &endpoint) {
                Some(connection) => (connection, true),
                None => (Box::pin(connect(run, &endpoint, progress)).await?, false),
            };
            match transmit(run, request, hop, &mut connection, progress).await {
                Ok((arrived, reusable)) => {
                    if reusable {
                        connection.idle_since_ns = progress.read_ns.unwrap_or_default();
                        self.idle.push(connection);
                    }
                    return Ok(arrived);
                }
                Err(broken) if is_reused && may_retry && broken.untouched && is_idempotent(hop.method) => {
                    may_retry = false;
                    run.tally.borrow_mut().health.reconnects += 1;
                }
                Err(broken) => return Err(broken.failure),
            }
        }
    }

    /// The idle connection to an endpoint, if it is still usable.
    fn take_idle<H: Host>(&mut self, run: &Run<H>, endpoint: &Arc<Endpoint>) -> Option<Connection> {
        let at = self.idle.iter().rposition(|idle| idle.endpoint == *endpoint)?;
        let connection = self.idle.swap_remove(at);
        if now_ns().saturating_sub(connection.idle_since_ns) > TRUSTED_IDLE_NS && !connection.is_quiet() {
            run.tally.borrow_mut().health.reconnects += 1;
            return None;
        }
        Some(connection)
    }
}

/// One request of an exchange; a redirect makes another.
struct Hop<'a> {
    address: Address<'a>,
    method: &'a str,
    has_body: bool,
}

async fn connect<H: Host>(
    run: &Run<H>,
    endpoint: &Arc<Endpoint>,
    progress: &mut Progress,
) -> Result<Connection, Failure> {
    let began_ns = now_ns();
    let connection = Connection::open(endpoint, &run.resolver, &run.open_connections).await?;
    progress.connect_ns = Some(progress.connect_ns.unwrap_or_default() + (now_ns() - began_ns));
    Ok(connection)
}

/// Sends the request and receives the response; gives also whether the connection may be used again.
async fn transmit<H: Host>(
    run: &Run<H>,
    request: &Request<'_>,
    hop: &Hop<'_>,
    connection: &mut Connection,
    progress: &mut Progress,
) -> Result<(Arrived<H::Body>, bool), Broken> {
    let longest_body = run.http.max_body_bytes;
    let broken = |error: &std::io::Error, untouched| Broken { failure: Failure::broken(error, untouched), untouched };
    send(run, request, hop, connection, progress).map_err(|error| broken(&error, true))?;
    let mut reader = ResponseReader::new(hop.method == "HEAD", longest_body);
    poll_fn(|context| {
        loop {
            let scratch = &mut *run.scratch.borrow_mut();
            let (data, chunk) = match connection.poll_receive(context, scratch) {
                Poll::Ready(Ok(received)) => received,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(broken(&error, reader.is_untouched()))),
                Poll::Pending => return Poll::Pending,
            };
            let read_ns = now_ns();
            let untouched = reader.is_untouched();
            let received = if data.is_empty() { reader.close().map(Some) } else { reader.feed(data) };
            progress.bytes_received += data.len() as u64;
            match received {
                Ok(None) => {}
                Ok(Some(received)) => {
                    progress.read_ns = Some(read_ns);
                    progress.received_ns = Some(run.received_ns(chunk, progress.sent_ns, read_ns));
                    let reusable = received.reusable && connection.has_sent_all();
                    return Poll::Ready(Ok((arrive(run, &received), reusable)));
                }
                Err(fault) => {
                    let untouched = untouched && data.is_empty();
                    let failure = Failure::fault(fault, longest_body);
                    return Poll::Ready(Err(Broken { failure, untouched }));
                }
            }
        }
    })
    .await
}

fn send<H: Host>(
    run: &Run<H>,
    request: &Request<'_>,
    hop: &Hop<'_>,
    connection: &mut Connection,
    progress: &mut Progress,
) -> std::io::Result<()> {
    let out = &mut run.scratch.borrow_mut().out;
    out.clear();
    out.shrink_to(USUAL_OUT);
    let body = request.body.filter(|_| hop.has_body);
    request::encode(
        out,
        &RequestHead {
            method: hop.method,
            target: &hop.address.target,
            host_line: &hop.address.origin.endpoint.host_line,
            agent_lines: &run.agent_lines,
            headers: request.headers,
            cookies: None,
            basic: None,
            body_length: body.map(<[u8]>::len),
        },
    );
    let sent = &mut progress.sent;
    sent.raw_head.clear();
    sent.raw_head.extend_from_slice(out);
    sent.has_body = body.is_some();
    out.extend_from_slice(body.unwrap_or_default());
    let now = now_ns();
    progress.sent_ns.get_or_insert(now);
    progress.bytes_sent += out.len() as u64;
    connection.send(out)
}

fn arrive<H: Host>(run: &Run<H>, received: &Received) -> Arrived<H::Body> {
    Arrived {
        status: received.head.status,
        raw_head: received.raw_head.into(),
        body: Some(run.host.body(received.body)),
    }
}

/// What can be sent twice without doing twice.
fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
}

fn conclude<H: Host>(
    run: &Run<H>,
    request: &Request<'_>,
    result: Result<Arrived<H::Body>, Failure>,
    url: FinalUrl,
    mut progress: Progress,
    due_ns: u64,
    asked_ns: u64,
) -> Exchange<H::Body> {
    let (ended_ns, arrived, failure) = match result {
        Ok(arrived) => {
            let failure =
                (!is_expected(arrived.status, request.expected_status)).then(|| Failure::status(arrived.status));
            (progress.received_ns, Some(arrived), failure)
        }
        Err(failure) => (None, None, Some(failure)),
    };
    let ended_ns = ended_ns.unwrap_or_else(now_ns);
    let service_ns = ended_ns.saturating_sub(progress.sent_ns.unwrap_or(asked_ns));
    if let (Some(received_ns), Some(read_ns)) = (progress.received_ns, progress.read_ns) {
        run.tally.borrow_mut().health.client_lag.record(read_ns.saturating_sub(received_ns));
    }
    let (status, raw_head, body) =
        arrived.map_or((0, Box::default(), None), |arrived| (arrived.status, arrived.raw_head, arrived.body));
    Exchange {
        measure: Measure {
            failed: failure.is_some(),
            status,
            bytes_sent: progress.bytes_sent,
            bytes_received: progress.bytes_received,
            service_ns,
            response_ns: ended_ns.saturating_sub(due_ns),
            connect_ns: progress.connect_ns,
        },
        response: Response {
            status,
            raw_head,
            body,
            url,
            redirects: std::mem::take(&mut progress.redirects),
            elapsed_ns: service_ns,
            failure,
        },
        progress,
        ended_ns,
    }
}

fn is_expected(status: u16, expected: Option<&[(u16, u16)]>) -> bool {
    match expected {
        None => (200..400).contains(&status),
        Some([]) => true,
        Some(ranges) => ranges.iter().any(|(least, most)| (*least..=*most).contains(&status)),
    }
}
