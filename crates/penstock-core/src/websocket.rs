//! The `WebSockets` of one user. Each has a task that reads, answers pings and keeps messages until the journey asks for them,
//! so that a user who thinks does not fall silent.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::client::{Client, USUAL_HEAD, travel, travel_back, wait_until};
use crate::clock::{now_ns, seconds_to_ns};
use crate::codec::head;
use crate::codec::request::last;
use crate::codec::response::SWITCHING_PROTOCOLS;
use crate::codec::websocket::{
    BINARY, CLOSE, FrameReader, Message, PING, PONG, TEXT, Violation, close_payload, close_words, encode,
};
use crate::connection::Connection;
use crate::exchange::{Asked, Exchange, conclude, headers_of, reason};
use crate::failure::Failure;
use crate::host::{FinalUrl, Host, Operation, Request, Response};
use crate::profiles::Line;
use crate::progress::Progress;
use crate::redirect::{Hop, basic};
use crate::run::Run;
use crate::series::{Kind, Measure};
use crate::timers::Event;
use crate::transmit::{Arrived, encode_head, joined_header, store_cookies};
use crate::transport::HttpVersion;
use crate::waits::{Cut, Stage};
use crate::way::Wish;

/// What RFC 6455 appends to the key.
const KEY_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Messages and bytes that wait for the journey; beyond them nothing more is read.
const MOST_MESSAGES: usize = 1000;
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// How long the server may take to answer a close.
const CLOSING_S: f64 = 2.0;

/// The open sockets of a user, by the number that its journey gave them.
#[derive(Default)]
pub struct Sockets {
    open: Vec<(u64, WebSocket)>,
}

impl Sockets {
    #[must_use]
    pub fn get(&self, key: u64) -> Option<Rc<Shared>> {
        self.open.iter().find(|(known, _)| *known == key).map(|(_, socket)| Rc::clone(&socket.shared))
    }

    pub fn add(&mut self, key: u64, socket: WebSocket) {
        self.remove(key);
        self.open.push((key, socket));
    }

    pub fn remove(&mut self, key: u64) {
        self.open.retain(|(known, _)| *known != key);
    }
}

/// An open socket; dropping it tells the server and ends its task.
pub struct WebSocket {
    shared: Rc<Shared>,
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        if self.shared.end.borrow().is_none() {
            // The server may like to know; nobody waits for what it says.
            let _ = self.shared.send(CLOSE, &close_payload(1001, ""));
            self.shared.finish(Failure::new("closed", "closed by its user"));
        }
        if let Some(reader) = self.shared.reader.take() {
            reader.wake();
        }
    }
}

/// What the task of a socket and its user share.
pub struct Shared {
    connection: RefCell<Connection>,
    /// The user's line, which slows messages; None: as fast as it goes.
    line: Option<Rc<Line>>,
    inbox: RefCell<VecDeque<Kept>>,
    kept_bytes: Cell<usize>,
    /// Why there will be no more messages.
    end: RefCell<Option<Failure>>,
    /// The task that reads.
    reader: RefCell<Option<Waker>>,
    mask: Cell<u32>,
    is_closing: Cell<bool>,
    /// What the last ping said that is not answered yet.
    owed: RefCell<Option<Vec<u8>>>,
    /// When a message was sent that none was received after.
    asked_ns: Cell<Option<u64>>,
    sent_bytes: Cell<u64>,
    scratch: Rc<RefCell<crate::connection::Scratch>>,
}

struct Kept {
    message: Message,
    /// When it was here; with a line, when that has brought it.
    arrived_ns: u64,
}

impl Shared {
    /// Sends a message, as much as the kernel takes now; the reading task sends the rest.
    ///
    /// # Errors
    /// When the connection is gone.
    fn send(&self, opcode: u8, payload: &[u8]) -> Result<(), Failure> {
        if opcode == CLOSE && self.is_closing.replace(true) {
            return Ok(()); // said once is enough
        }
        if let Some(end) = &*self.end.borrow() {
            return Err(end.clone());
        }
        let mask = self.mask.get().wrapping_mul(0x9E37_79B1).wrapping_add(0x85EB_CA6B);
        self.mask.set(mask);
        let scratch = &mut *self.scratch.borrow_mut();
        scratch.out.clear();
        encode(&mut scratch.out, opcode, payload, mask.to_be_bytes());
        self.sent_bytes.set(self.sent_bytes.get() + scratch.out.len() as u64);
        let mut connection = self.connection.borrow_mut();
        let sent = connection.send(scratch);
        if !connection.has_sent_all()
            && let Some(reader) = &*self.reader.borrow()
        {
            reader.wake_by_ref();
        }
        sent.map_err(|_| self.finish(Failure::new("closed", "connection broken while sending")))
    }

    /// Notes the end; the first reason is the one that counts.
    fn finish(&self, failure: Failure) -> Failure {
        self.end.borrow_mut().get_or_insert(failure).clone()
    }

    fn take(&self) -> Option<Kept> {
        let was_full = self.is_full();
        let kept = self.inbox.borrow_mut().pop_front()?;
        self.kept_bytes.set(self.kept_bytes.get() - kept.message.payload.len());
        if was_full && let Some(reader) = &*self.reader.borrow() {
            reader.wake_by_ref();
        }
        Some(kept)
    }

    /// When the user's line brings the next message, where it has not yet.
    fn next_brought_ns(&self) -> Option<u64> {
        self.line.as_ref()?;
        self.inbox.borrow().front().map(|kept| kept.arrived_ns).filter(|arrived_ns| *arrived_ns > now_ns())
    }

    fn is_full(&self) -> bool {
        self.inbox.borrow().len() >= MOST_MESSAGES || self.kept_bytes.get() >= MOST_BYTES
    }

    /// Reads and answers until the connection ends.
    fn poll_read<H: Host>(
        &self,
        run: &Run<H>,
        slot: usize,
        frames: &mut FrameReader,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        self.reader.replace(Some(context.waker().clone()));
        let mut messages = Vec::new();
        loop {
            if self.end.borrow().is_some() {
                run.waits.wake(slot);
                return Poll::Ready(());
            }
            if self.is_full() {
                return Poll::Pending;
            }
            self.answer_ping();
            let was_sending = !self.connection.borrow().has_sent_all();
            let (read, arrived_ns) = {
                let scratch = &mut *self.scratch.borrow_mut();
                let mut connection = self.connection.borrow_mut();
                match connection.poll_receive(context, scratch) {
                    Poll::Pending => {
                        if was_sending && connection.has_sent_all() {
                            run.waits.wake(slot);
                            if self.owed.borrow().is_some() {
                                continue;
                            }
                        }
                        return Poll::Pending;
                    }
                    Poll::Ready(Err(_)) => {
                        self.finish(Failure::new("closed", "connection broken"));
                        continue;
                    }
                    Poll::Ready(Ok((&[], _))) => {
                        self.finish(Failure::new("closed", "connection closed without a closing handshake"));
                        continue;
                    }
                    Poll::Ready(Ok((data, chunk))) => {
                        (frames.feed(data, &mut messages), run.received_ns(chunk, None, now_ns()))
                    }
                }
            };
            self.accept(&mut messages, read, arrived_ns);
            run.waits.wake(slot);
        }
    }

    /// Answers the last ping once all before is sent: a server that pings and does not read gets one answer (RFC 6455,
    /// 5.5.3), and what it does not read grows no further.
    fn answer_ping(&self) {
        if self.connection.borrow().has_sent_all()
            && let Some(payload) = self.owed.take()
        {
            let _ = self.send(PONG, &payload);
        }
    }

    /// Takes the messages that a read brought, and what was wrong behind them.
    fn accept(&self, messages: &mut Vec<Message>, read: Result<(), Violation>, arrived_ns: u64) {
        for message in messages.drain(..) {
            match message.opcode {
                TEXT | BINARY => {
                    let bytes = message.payload.len();
                    self.kept_bytes.set(self.kept_bytes.get() + bytes);
                    let line = self.line.as_ref();
                    let arrived_ns = line.map_or(arrived_ns, |line| line.received_ns(arrived_ns, bytes as u64));
                    self.inbox.borrow_mut().push_back(Kept { message, arrived_ns });
                }
                PING => {
                    self.owed.replace(Some(message.payload));
                    self.answer_ping();
                }
                CLOSE => {
                    let _ = self.send(CLOSE, &message.payload[..message.payload.len().min(2)]);
                    self.finish(Failure::new("closed", close_words(&message.payload)));
                }
                _ => {}
            }
        }
        if let Err(violation) = read {
            let _ = self.send(CLOSE, &close_payload(violation.code, violation.reason));
            self.finish(Failure::new("protocol", violation.reason));
        }
    }
}

/// Opens a socket: the handshake, and the task that reads from then on. None when the run was interrupted.
pub async fn open<H: Host>(
    run: &Rc<Run<H>>,
    slot: usize,
    client: &Client,
    operation: &H::Operation,
    subprotocols: &[String],
    asked: Asked,
) -> Option<(Exchange<H::Reply>, Option<WebSocket>)> {
    let request = operation.request();
    let timeout_s = request.timeout_s.unwrap_or(run.http.timeout_s);
    let deadline_ns = asked.asked_ns.saturating_add(seconds_to_ns(timeout_s));
    let mut progress = Box::<Progress>::default();
    let address = run.addresses.resolve(request.url);
    let series = {
        let path = address.as_ref().map_or(request.url, |address| address.path());
        let tally = &mut *run.tally.borrow_mut();
        match request.name {
            Some(name) => tally.series_id(Kind::Request, name),
            None => tally.request_id("WS", path),
        }
    };
    let address = match address {
        Ok(address) => address,
        Err(reason) => {
            let url = FinalUrl::Other(request.url.to_owned());
            let failed = Err(Failure::new("url", reason).into());
            return Some((conclude(run, operation, &request, failed, url, progress, Some(series), asked), None));
        }
    };
    let key = STANDARD.encode(now_ns().wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes().repeat(2));
    let offered = subprotocols.join(", ");
    let mut headers = vec![
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", key.as_str()),
    ];
    if !offered.is_empty() {
        headers.push(("Sec-WebSocket-Protocol", &offered));
    }
    let browser = client.browser.borrow().clone();
    headers.extend_from_slice(&headers_of(browser.as_deref(), request.headers));
    let hop = Hop {
        method: "GET",
        authorization: address.user_info.as_deref().map(basic),
        headers: Cow::Owned(headers),
        has_body: false,
        address,
    };
    let shaken = {
        let shaking = pin!(shake_hands(run, slot, client, &request, &hop, &mut progress));
        run.waits.guarded(slot, deadline_ns, asked.is_alone, shaking).await
    };
    let shaken = match shaken {
        Ok(shaken) => shaken,
        Err(Cut::Timeout) => Err(Failure::timeout(timeout_s)),
        Err(Cut::Interrupted) => return None,
    };
    progress.sent.origin = Some(std::sync::Arc::clone(&hop.address.origin));
    let url = FinalUrl::Other(hop.address.url());
    let expected = Request { expected_status: Some(&[(101, 101)]), ..request };
    let (arrived, socket) = match shaken {
        Ok((arrived, Some(upgraded))) => {
            (Ok(Some(arrived)), Some(begin(run, slot, upgraded, client.line.as_ref().map(Rc::clone))))
        }
        Ok((arrived, None)) => (Ok(Some(arrived)), None),
        Err(failure) => (Err(failure.into()), None),
    };
    Some((conclude(run, operation, &expected, arrived, url, progress, Some(series), asked), socket))
}

/// A connection that speaks WebSocket from now on, with what came behind the handshake, and when that was.
struct Upgraded {
    connection: Connection,
    early: Vec<u8>,
    arrived_ns: u64,
}

async fn shake_hands<H: Host>(
    run: &Run<H>,
    slot: usize,
    client: &Client,
    request: &Request<'_>,
    hop: &Hop<'_>,
    progress: &mut Progress,
) -> Result<(Arrived<H::Body>, Option<Upgraded>), Failure> {
    let endpoint = &hop.address.origin.endpoint;
    let own = request.wish;
    let wish = Wish {
        credentials: None,
        proxy: own.and_then(|own| own.proxy),
        no_proxy: own.map(|own| own.no_proxy.clone()).unwrap_or_default(),
        version: Some(HttpVersion::Http11),
        certificate: own.and_then(|own| own.certificate),
        tunnels: true,
    };
    let way = run.ways.to(endpoint, Some(&wish)).map_err(|wrong| Failure::new("proxy", wrong))?;
    let mut connection = client.connections.open(run, slot, endpoint, way.as_ref(), progress).await?;
    if let Some(line) = &client.line {
        Box::pin(travel(run, slot, line, endpoint.is_tls, false, USUAL_HEAD, progress)).await;
    }
    let received_before = progress.measure.bytes_received;
    let broken = |error: &std::io::Error| Failure::broken(error, true, &endpoint.name);
    {
        let scratch = &mut *run.scratch.borrow_mut();
        scratch.out.clear();
        encode_head(run, request, hop, client.jar.borrow().as_deref(), Some(&connection), &mut scratch.out);
        progress.sent.raw_head.clone_from(&scratch.out);
        progress.measure.bytes_sent += scratch.out.len() as u64;
        progress.sent_ns.get_or_insert_with(now_ns);
        connection.send(scratch).map_err(|error| broken(&error))?;
    }
    let mut came = Vec::new();
    let head = poll_fn(|context| {
        loop {
            let scratch = &mut *run.scratch.borrow_mut();
            let (data, chunk) = match connection.poll_receive(context, scratch) {
                Poll::Ready(received) => received.map_err(|error| broken(&error))?,
                Poll::Pending => return Poll::Pending,
            };
            if data.is_empty() {
                return Poll::Ready(Err(Failure::new("closed", "connection closed before the response")));
            }
            came.extend_from_slice(data);
            progress.measure.bytes_received += data.len() as u64;
            if came.len() > head::LONGEST_HEAD {
                return Poll::Ready(Err(Failure::new("protocol", "response head longer than 256 KiB")));
            }
            while let Some(head) = head::parse(&came).map_err(|fault| Failure::fault(fault, run.http.max_body_bytes))? {
                if head.status < 200 && head.status != SWITCHING_PROTOCOLS {
                    came.drain(..head.length); // the answer is still to come
                    continue;
                }
                let read_ns = now_ns();
                (progress.read_ns, progress.received_ns) =
                    (Some(read_ns), Some(run.received_ns(chunk, progress.sent_ns, read_ns)));
                return Poll::Ready(Ok(head));
            }
        }
    })
    .await?;
    let early = came.split_off(head.length);
    let arrived_ns = progress.received_ns.unwrap_or_else(now_ns);
    if let Some(line) = &client.line {
        Box::pin(travel_back(run, slot, line, received_before, progress)).await;
    }
    store_cookies(run, &head, &came, hop, &client.jar);
    let mut arrived = Arrived { status: head.status, raw_head: came.into(), body: None, location: None, failure: None };
    if head.status != SWITCHING_PROTOCOLS {
        return Ok((arrived, None));
    }
    if let Some(wrong) = wrong_with(&arrived.raw_head, &hop.headers) {
        arrived.failure = Some(Box::new(Failure::new("protocol", wrong)));
        return Ok((arrived, None));
    }
    Ok((arrived, Some(Upgraded { connection: *connection, early, arrived_ns })))
}

/// Says why an answer 101 opens no socket (RFC 6455, 4.1), given the headers of the request.
fn wrong_with(head: &[u8], asked: &[(&str, &str)]) -> Option<&'static str> {
    let told = |name| joined_header(head, name).unwrap_or_default();
    let is_among =
        |token: &str, list: &str, same: fn(&str, &str) -> bool| list.split(',').any(|one| same(one.trim(), token));
    let key = last(asked, "sec-websocket-key").unwrap_or_default();
    let digest = Sha1::new().chain_update(key.as_bytes()).chain_update(KEY_SUFFIX).finalize();
    if told("sec-websocket-accept").trim() != STANDARD.encode(digest) {
        return Some("the server accepted another handshake than this one");
    }
    let is_switched = is_among("websocket", &told("upgrade"), str::eq_ignore_ascii_case)
        && is_among("upgrade", &told("connection"), str::eq_ignore_ascii_case);
    if !is_switched {
        return Some("the server switched to something else than a WebSocket");
    }
    if !told("sec-websocket-extensions").trim().is_empty() {
        return Some("the server uses an extension that was not offered");
    }
    let chosen = told("sec-websocket-protocol");
    let offered = last(asked, "sec-websocket-protocol").unwrap_or_default();
    if !chosen.trim().is_empty() && !is_among(chosen.trim(), offered, str::eq) {
        return Some("the server chose a subprotocol that was not offered");
    }
    None
}

fn begin<H: Host>(run: &Rc<Run<H>>, slot: usize, upgraded: Upgraded, line: Option<Rc<Line>>) -> WebSocket {
    let Upgraded { connection, early, arrived_ns } = upgraded;
    #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
    let shared = Rc::new(Shared {
        connection: RefCell::new(connection),
        line,
        inbox: RefCell::default(),
        kept_bytes: Cell::new(0),
        end: RefCell::new(None),
        reader: RefCell::new(None),
        mask: Cell::new(now_ns() as u32),
        is_closing: Cell::new(false),
        owed: RefCell::new(None),
        asked_ns: Cell::new(None),
        sent_bytes: Cell::new(0),
        scratch: Rc::clone(&run.scratch),
    });
    let mut frames = FrameReader::new(run.http.max_body_bytes);
    let mut messages = Vec::new();
    let read = frames.feed(&early, &mut messages);
    shared.accept(&mut messages, read, arrived_ns);
    run.crew.spawn({
        let (run, shared) = (Rc::clone(run), Rc::clone(&shared));
        async move { poll_fn(|context| shared.poll_read(&run, slot, &mut frames, context)).await }
    });
    WebSocket { shared }
}

/// Sends a message and waits until the kernel has all of it; None when the run was interrupted.
///
/// # Errors
/// Why it could not be sent.
pub async fn send<H: Host>(
    run: &Run<H>,
    slot: usize,
    socket: Option<&Rc<Shared>>,
    opcode: u8,
    payload: &[u8],
) -> Option<Result<(), Failure>> {
    let Some(socket) = socket else { return Some(Err(not_open())) };
    let mut began_ns = None;
    if let Some(line) = &socket.line {
        let now_ns = *began_ns.insert(now_ns());
        Box::pin(wait_until(run, slot, line.sent_ns(now_ns, payload.len() as u64))).await;
        if run.waits.stage() == Stage::Interrupting {
            return None;
        }
    }
    if let Err(failure) = socket.send(opcode, payload) {
        return Some(Err(failure));
    }
    socket.asked_ns.set(Some(began_ns.unwrap_or_else(now_ns)));
    let sent = pin!(poll_fn(|_| {
        let is_over = socket.connection.borrow().has_sent_all() || socket.end.borrow().is_some();
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    }));
    let timeout_s = run.http.timeout_s;
    match run.waits.guarded(slot, now_ns().saturating_add(seconds_to_ns(timeout_s)), true, sent).await {
        Ok(()) => Some(Ok(())),
        Err(Cut::Timeout) => Some(Err(Failure::new("timeout", format!("not sent within {timeout_s} s")))),
        Err(Cut::Interrupted) => None,
    }
}

/// Waits for the next message; None when the run was interrupted. It is measured from the last one sent, if none was
/// received since then, else from when it was asked for.
pub async fn receive<H: Host>(
    run: &Run<H>,
    slot: usize,
    socket: Option<&Rc<Shared>>,
    operation: &H::Operation,
    asked_ns: u64,
) -> Option<Exchange<H::Reply>> {
    let request = operation.request();
    let timeout_s = request.timeout_s.unwrap_or(run.http.timeout_s);
    let deadline_ns = asked_ns.saturating_add(seconds_to_ns(timeout_s));
    let from_ns = socket.and_then(|socket| socket.asked_ns.take()).unwrap_or(asked_ns);
    let result = match socket {
        None => Err(not_open()),
        Some(socket) => {
            let came = pin!(poll_fn(|_| {
                if let Some(brought_ns) = socket.next_brought_ns() {
                    run.timers.at(brought_ns, Event::Wake(slot));
                    return Poll::Pending;
                }
                match (socket.take(), &*socket.end.borrow()) {
                    (Some(kept), _) => Poll::Ready(Ok(kept)),
                    (None, Some(end)) => Poll::Ready(Err(end.clone())),
                    (None, None) => Poll::Pending,
                }
            }));
            match run.waits.guarded(slot, deadline_ns, true, came).await {
                Ok(result) => result,
                // Without the time: it is what others have left of theirs, and a failure is counted by its words.
                Err(Cut::Timeout) => Err(Failure::new("timeout", "no message came in time")),
                Err(Cut::Interrupted) => return None,
            }
        }
    };
    let ended_ns = result.as_ref().map_or_else(|_| now_ns(), |kept| kept.arrived_ns);
    let service_ns = ended_ns.saturating_sub(from_ns);
    let (opcode, body, failure) = match result {
        Ok(kept) => (kept.message.opcode, Some(kept.message.payload), None),
        Err(failure) => (0, None, Some(failure)),
    };
    let series = {
        let tally = &mut *run.tally.borrow_mut();
        tally.series_id(Kind::Message, request.name.unwrap_or(request.url))
    };
    let bytes_received = body.as_ref().map_or(0, Vec::len) as u64;
    let measure = Measure {
        failed: failure.is_some(),
        bytes_sent: socket.map_or(0, |socket| socket.sent_bytes.take()),
        bytes_received,
        service_ns,
        response_ns: service_ns,
        ..Measure::default()
    };
    let progress = Progress {
        measure,
        failure: failure.as_ref().map(|failure| Box::new(reason(failure))),
        series: Some(series),
        due_ns: from_ns,
        ended_ns,
        ..Progress::default()
    };
    let response = Response {
        status: u16::from(opcode),
        raw_head: std::sync::Arc::default(),
        body: body.map(|body| run.host.body(&body)),
        url: FinalUrl::Other(request.url.to_owned()),
        redirects: Vec::new(),
        elapsed_ns: service_ns,
        failure: failure.map(Box::new),
    };
    Some(Exchange { reply: run.host.reply(operation, response), progress: Box::new(progress) })
}

/// Closes a socket and waits a while for the server to agree; false when the run was interrupted.
pub async fn close<H: Host>(run: &Run<H>, slot: usize, socket: &Shared, code: u16, reason: &str) -> bool {
    if socket.send(CLOSE, &close_payload(code, reason)).is_err() {
        return true;
    }
    let ended = pin!(poll_fn(|_| {
        while socket.take().is_some() {} // nobody asks any more
        if socket.end.borrow().is_some() { Poll::Ready(()) } else { Poll::Pending }
    }));
    let deadline_ns = now_ns().saturating_add(seconds_to_ns(CLOSING_S));
    run.waits.guarded(slot, deadline_ns, true, ended).await != Err(Cut::Interrupted)
}

fn not_open() -> Failure {
    Failure::new("closed", "the socket is not open")
}
