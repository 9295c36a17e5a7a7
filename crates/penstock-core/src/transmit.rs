//! One request and its response, on one connection.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;

use crate::clock::now_ns;
use crate::codec::request::{self, Forwarded, RequestHead};
use crate::codec::response::{Received, ResponseReader};
use crate::codec::{head, value_text};
use crate::connection::Connection;
use crate::cookies::{Jar, Place, wall_seconds};
use crate::decode::decode;
use crate::failure::Failure;
use crate::host::{Host, Request};
use crate::plan::Cookies;
use crate::progress::Progress;
use crate::redirect::{Hop, is_redirect};
use crate::run::Run;
use crate::stream::Watch;
use crate::transport::HttpVersion;
use crate::upload::{PIECE, Upload};

/// A buffer that one large request made grow is given back.
const USUAL_OUT: usize = 1024 * 1024;

/// A response as it came off a connection.
pub struct Arrived<B> {
    pub status: u16,
    pub raw_head: Arc<[u8]>,
    /// None for a redirect that is followed, and for a body that cannot be decoded.
    pub body: Option<B>,
    /// Where to go on.
    pub location: Option<Box<str>>,
    /// What is wrong with the body.
    pub failure: Option<Box<Failure>>,
}

/// An exchange on one connection that did not come to its end.
pub struct Broken {
    pub failure: Failure,
    /// The connection ended before any byte of a response.
    pub is_untouched: bool,
}

/// Sends the request and receives the response into `arrived`; gives whether the connection may be used again. What is
/// handed back from one to the next is small: each hands it on.
///
/// # Errors
/// Why no response came.
pub async fn transmit<H: Host>(
    run: &Run<H>,
    request: &Request<'_>,
    hop: &Hop<'_>,
    connection: &mut Connection,
    jar: &RefCell<Option<Box<Jar>>>,
    progress: &mut Progress,
    arrived: &mut Option<Arrived<H::Body>>,
) -> Result<bool, Box<Broken>> {
    let longest_body = run.http.max_body_bytes;
    let broken = |error: &io::Error, is_untouched| {
        let failure = Failure::broken(error, is_untouched, &hop.address.origin.endpoint.name);
        Box::new(Broken { failure, is_untouched })
    };
    let sent_ns = send(run, request, hop, connection, jar, progress).map_err(|error| broken(&error, true))?;
    let mut first_ns = None;
    let mut upload = Upload::new(request.body.filter(|_| hop.has_body));
    // Boxed: who reads no stream must not carry the room for it.
    let mut watch = request.handling.and_then(|handling| handling.until).map(|until| Box::new(Watch::new(until)));
    let mut reader = ResponseReader::new(hop.method == "HEAD", longest_body).knowing(&run.heads);
    if request.handling.is_some_and(|handling| handling.discards_body) {
        reader = reader.discarding();
    }
    poll_fn(|context| {
        loop {
            let scratch = &mut *run.scratch.borrow_mut();
            if let Some(upload) = &mut upload {
                upload.poll(context, connection, scratch);
            }
            let (data, chunk) = match connection.poll_receive(context, scratch) {
                Poll::Ready(Ok(received)) => received,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(broken(&error, reader.is_untouched()))),
                Poll::Pending => {
                    let is_long_enough = progress.until_ns.is_some_and(|until_ns| now_ns() >= until_ns);
                    let Some(received) = reader.so_far().filter(|_| is_long_enough) else { return Poll::Pending };
                    progress.received_ns.get_or_insert_with(now_ns);
                    progress.read_ns.get_or_insert_with(now_ns);
                    arrive(run, request, received, hop, jar, false, arrived);
                    return Poll::Ready(Ok(false));
                }
            };
            let read_ns = now_ns();
            let arrived_ns = run.received_ns(chunk, progress.sent_ns, read_ns);
            let first_ns = *first_ns.get_or_insert(arrived_ns);
            progress.measure.bytes_received += data.len() as u64;
            let received = if data.is_empty() { reader.close().map(Some) } else { reader.feed(data) };
            let is_complete = matches!(received, Ok(Some(_)));
            let received = match (received, &mut watch) {
                (Ok(None), Some(watch)) => {
                    let so_far = reader.so_far();
                    let is_enough = so_far.as_ref().is_some_and(|so_far| watch.is_enough(so_far.body));
                    Ok(so_far.filter(|_| is_enough))
                }
                (Ok(Some(received)), Some(watch)) => {
                    watch.is_enough(received.body);
                    Ok(Some(received))
                }
                (received, _) => received,
            };
            if watch.as_ref().is_some_and(|watch| watch.events() > 0) {
                progress.first_event_ns.get_or_insert(arrived_ns);
            }
            match received {
                Ok(None) => {}
                Ok(Some(received)) => {
                    progress.read_ns = Some(read_ns);
                    progress.received_ns = Some(arrived_ns);
                    let passage = progress.measure.passage.get_or_insert_default();
                    let sent_all_ns = connection.sent_late_ns.unwrap_or(sent_ns);
                    passage.send_ns += sent_all_ns.saturating_sub(sent_ns);
                    passage.wait_ns += first_ns.saturating_sub(sent_all_ns);
                    passage.receive_ns += arrived_ns.saturating_sub(first_ns);
                    let is_all_sent =
                        connection.has_sent_all() && upload.as_ref().is_none_or(|upload| upload.is_over());
                    let is_reusable = is_complete && received.reusable && is_all_sent;
                    let max_redirects = request.max_redirects.unwrap_or(run.http.max_redirects);
                    let may_follow = progress.redirects.len() < max_redirects as usize;
                    arrive(run, request, received, hop, jar, may_follow, arrived);
                    return Poll::Ready(Ok(is_reusable));
                }
                Err(fault) => {
                    let is_untouched = fault == crate::codec::Fault::ClosedBefore;
                    let failure = Failure::fault(fault, longest_body);
                    return Poll::Ready(Err(Box::new(Broken { failure, is_untouched })));
                }
            }
        }
    })
    .await
}

/// Hands the request to the kernel, of a large body the first piece; gives when.
fn send<H: Host>(
    run: &Run<H>,
    request: &Request<'_>,
    hop: &Hop<'_>,
    connection: &mut Connection,
    jar: &RefCell<Option<Box<Jar>>>,
    progress: &mut Progress,
) -> io::Result<u64> {
    let scratch = &mut *run.scratch.borrow_mut();
    let out = &mut scratch.out;
    out.clear();
    out.shrink_to(USUAL_OUT);
    let body = encode_head(run, request, hop, jar.borrow().as_deref(), Some(connection), out);
    let sent = &mut progress.sent;
    sent.raw_head.clear();
    sent.raw_head.extend_from_slice(out);
    sent.has_body = body.is_some();
    let body = body.unwrap_or_default();
    progress.measure.bytes_sent += (out.len() + body.len()) as u64;
    out.extend_from_slice(&body[..body.len().min(PIECE)]);
    let sent_ns = now_ns();
    progress.sent_ns.get_or_insert(sent_ns);
    connection.send(scratch)?;
    Ok(sent_ns)
}

/// Adds the head of a request to `out`, as it is written on `connection`; gives the body that goes with it.
pub fn encode_head<'a, H: Host>(
    run: &Run<H>,
    request: &Request<'a>,
    hop: &Hop<'_>,
    jar: Option<&Jar>,
    connection: Option<&Connection>,
    out: &mut Vec<u8>,
) -> Option<&'a [u8]> {
    let body = request.body.filter(|_| hop.has_body);
    let own_cookies = || request::last(&hop.headers, "cookie");
    let cookies = jar.and_then(|jar| jar.header(cookie_place(hop), own_cookies(), wall_seconds()));
    request::encode(
        out,
        &RequestHead {
            method: hop.method,
            target: &hop.address.target,
            host_line: &hop.address.origin.endpoint.host_line,
            agent_lines: &run.agent_lines,
            headers: &hop.headers,
            cookies: cookies.as_deref(),
            authorization: hop.authorization.as_deref(),
            body_length: body.map(<[u8]>::len),
            is_old: connection.is_some_and(|one| run.ways.version(one.way.as_ref()) == HttpVersion::Http10),
            forwarded: connection.and_then(Connection::forwarding_proxy).map(|proxy| Forwarded {
                prefix: &hop.address.origin.endpoint.prefix,
                authorization: proxy.authorization.as_deref(),
            }),
        },
    );
    body
}

fn cookie_place<'a>(hop: &'a Hop<'_>) -> Place<'a> {
    let origin = &hop.address.origin;
    Place {
        host: &origin.endpoint.host,
        asked_host: origin.asked_host(),
        path: hop.address.path(),
        // A secure site that is retargeted to a plain one keeps its sessions.
        is_secure: origin.endpoint.is_tls || origin.asked_prefix.as_ref().is_some_and(|url| url.starts_with("https:")),
    }
}

/// Takes what a response says into `arrived`: cookies, where to go on, its body.
pub fn arrive<H: Host>(
    run: &Run<H>,
    request: &Request<'_>,
    received: Received,
    hop: &Hop,
    jar: &RefCell<Option<Box<Jar>>>,
    may_follow: bool,
    arrived: &mut Option<Arrived<H::Body>>,
) {
    let head = received.head;
    store_cookies(run, &head, received.raw_head, hop, jar);
    let raw_head = received.known_head.unwrap_or_else(|| received.raw_head.into());
    let arrived = arrived.insert(Arrived { status: head.status, raw_head, body: None, location: None, failure: None });
    if may_follow && is_redirect(head.status) {
        // An empty one leads nowhere, and of several the first is followed, as browsers do.
        let mut told = values(received.raw_head, "location").into_iter();
        arrived.location = told.find(|target| !target.is_empty()).map(String::into_boxed_str);
        if arrived.location.is_some() {
            return;
        }
    }
    if request.handling.is_some_and(|handling| handling.discards_body) {
        arrived.body = Some(run.host.body(&[]));
        return;
    }
    if !head.is_encoded || received.body.is_empty() {
        arrived.body = Some(run.host.body(received.body));
        return;
    }
    let codings = joined_header(received.raw_head, "content-encoding").unwrap_or_default();
    match decode(&codings, received.body, run.http.max_body_bytes) {
        Ok(decoded) => arrived.body = Some(run.host.body(decoded.as_deref().unwrap_or(received.body))),
        Err(failure) => arrived.failure = Some(Box::new(failure)),
    }
}

/// The values of all headers of a name.
#[must_use]
pub fn values(raw_head: &[u8], wanted: &str) -> Vec<String> {
    let mut found = Vec::new();
    head::each_header(raw_head, |name, value| {
        if name.eq_ignore_ascii_case(wanted) {
            found.push(value_text(value).into_owned());
        }
    });
    found
}

/// Puts the cookies that a response sets into the jar.
pub(crate) fn store_cookies<H: Host>(
    run: &Run<H>,
    head: &head::Head,
    raw_head: &[u8],
    hop: &Hop,
    jar: &RefCell<Option<Box<Jar>>>,
) {
    if head.sets_cookies && run.http.cookies != Cookies::Off {
        let mut jar = jar.borrow_mut();
        let jar = jar.get_or_insert_default();
        head::each_header(raw_head, |name, value| {
            if name.eq_ignore_ascii_case("set-cookie") {
                jar.store(&value_text(value), cookie_place(hop), wall_seconds());
            }
        });
    }
}

/// A header's value, or values joined by commas; None without one.
pub(crate) fn joined_header(raw_head: &[u8], wanted: &str) -> Option<String> {
    let mut joined: Option<String> = None;
    head::each_header(raw_head, |name, value| {
        if name.eq_ignore_ascii_case(wanted) {
            let value = value_text(value);
            match &mut joined {
                Some(values) => {
                    values.push(',');
                    values.push_str(&value);
                }
                None => joined = Some(value.into_owned()),
            }
        }
    });
    joined
}
