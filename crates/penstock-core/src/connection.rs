//! One connection to one endpoint.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::ClientConfig;

use crate::address::Endpoint;
use crate::clock::{MILLISECOND_NS, now_ns};
use crate::failure::Failure;
use crate::net::{Chunk, Socket};
use crate::session::Session;
use crate::way::{Proxy, Way};

/// A connection that was idle for longer is looked at before it is used again.
const TRUSTED_IDLE_NS: u64 = 500 * MILLISECOND_NS;

/// What is read and written passes through here; lent for one poll, so that idle connections own no buffers.
pub struct Scratch {
    pub read: Box<[u8]>,
    pub out: Vec<u8>,
    plain: Vec<u8>,
    cipher: Vec<u8>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { read: vec![0; 64 * 1024].into(), out: Vec::with_capacity(4096), plain: Vec::new(), cipher: Vec::new() }
    }
}

pub struct Connection {
    pub endpoint: Arc<Endpoint>,
    /// None: the usual one.
    pub way: Option<Arc<Way>>,
    /// Whether a proxy only passes bytes on, so that requests are written as for the server itself.
    pub is_tunnelled: bool,
    socket: Socket,
    tls: Option<Box<Session>>,
    /// What the kernel would not take at once.
    unsent: Vec<u8>,
    /// What the server said in the end of the handshake: only one that speaks HTTP/2 does.
    pub early: Vec<u8>,
    /// When the kernel had all of the request, if it did not take it at once.
    pub sent_late_ns: Option<u64>,
    pub idle_since_ns: u64,
    _open: OpenCount,
}

/// One more open connection, as long as it lives.
struct OpenCount(Rc<Cell<u64>>);

impl OpenCount {
    fn new(count: &Rc<Cell<u64>>) -> Self {
        count.set(count.get() + 1);
        Self(Rc::clone(count))
    }
}

impl Drop for OpenCount {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Connection {
    #[must_use]
    pub fn new(endpoint: Arc<Endpoint>, way: Option<Arc<Way>>, socket: Socket, open: &Rc<Cell<u64>>) -> Self {
        Self {
            endpoint,
            way,
            is_tunnelled: false,
            socket,
            tls: None,
            unsent: Vec::new(),
            early: Vec::new(),
            sent_late_ns: None,
            idle_since_ns: 0,
            _open: OpenCount::new(open),
        }
    }

    /// Whether HTTP/2 was agreed on in the handshake.
    #[must_use]
    pub fn is_http2(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.is_http2())
    }

    #[must_use]
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The proxy that must be told where a request goes to.
    #[must_use]
    pub fn forwarding_proxy(&self) -> Option<&Proxy> {
        if self.is_tunnelled { None } else { self.way.as_ref()?.proxy.as_deref() }
    }

    /// Makes it a TLS connection.
    ///
    /// # Errors
    /// Kind `tls`: what went wrong in the handshake.
    pub async fn secure(&mut self, config: Arc<ClientConfig>, scratch: &RefCell<Scratch>) -> Result<(), Failure> {
        let endpoint = Arc::clone(&self.endpoint);
        let broken = |what: &str| Failure::new("tls", format!("{what} during the TLS handshake ({})", endpoint.name));
        let mut session = Session::new(config, &endpoint.host)?;
        let mut outgoing = Vec::new();
        loop {
            session.take_outgoing(&mut outgoing);
            self.unsent.append(&mut outgoing);
            poll_fn(|context| self.poll_flush(context)).await.map_err(|_| broken("connection closed"))?;
            if !session.is_handshaking() {
                self.tls = Some(Box::new(session));
                return Ok(());
            }
            let decrypted = poll_fn(|context| {
                let scratch = &mut *scratch.borrow_mut();
                let received = ready!(self.socket.poll_receive(context, &mut scratch.read));
                let length = match received {
                    Ok(Chunk { length: 0, .. }) => return Poll::Ready(Err(broken("connection closed"))),
                    Err(_) => return Poll::Ready(Err(broken("connection reset"))),
                    Ok(chunk) => chunk.length,
                };
                let decrypted = session.decrypt(&mut scratch.read[..length], &mut self.early);
                Poll::Ready(decrypted.map_err(|error| Failure::tls(&error, &endpoint.name)))
            });
            if let Err(failure) = decrypted.await {
                // The server may like to know why; the failure is what counts.
                session.take_outgoing(&mut outgoing);
                let _ = self.socket.send(&outgoing);
                return Err(failure);
            }
        }
    }

    /// Sends what is in `scratch.out`, as much as the kernel takes at once; the rest goes out while receiving.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn send(&mut self, scratch: &mut Scratch) -> io::Result<()> {
        let mut bytes = &scratch.out;
        if let Some(tls) = &mut self.tls {
            scratch.cipher.clear();
            tls.encrypt(bytes, &mut scratch.cipher)?;
            bytes = &scratch.cipher;
        }
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        let sent = self.socket.send(bytes)?;
        self.sent_late_ns = None;
        if sent < bytes.len() {
            self.unsent = bytes[sent..].to_vec();
        }
        Ok(())
    }

    /// Sends what is left. Ready when all is sent.
    pub fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut sent = 0;
        while sent < self.unsent.len() {
            match self.socket.poll_send(context, &self.unsent[sent..]) {
                Poll::Ready(Ok(length)) => sent += length,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.unsent.drain(..sent);
                    return Poll::Pending;
                }
            }
        }
        if !self.unsent.is_empty() {
            self.unsent = Vec::new();
            self.sent_late_ns = Some(now_ns());
        }
        Poll::Ready(Ok(()))
    }

    /// Whether all of the request is on its way.
    #[must_use]
    pub fn has_sent_all(&self) -> bool {
        self.unsent.is_empty()
    }

    /// Reads some of the response while sending what is left of the request: a server may answer before it has read
    /// everything. No bytes means that the server has closed.
    pub fn poll_receive<'a>(
        &mut self,
        context: &mut Context<'_>,
        scratch: &'a mut Scratch,
    ) -> Poll<io::Result<(&'a [u8], Chunk)>> {
        if !self.unsent.is_empty() && matches!(self.poll_flush(context), Poll::Ready(Err(_))) {
            // A server that stops reading may have answered before: what it said decides.
            self.unsent = Vec::new();
        }
        let Some(tls) = &mut self.tls else {
            let chunk = ready!(self.socket.poll_receive(context, &mut scratch.read))?;
            return Poll::Ready(Ok((&scratch.read[..chunk.length], chunk)));
        };
        scratch.plain.clear();
        loop {
            let end = Chunk { length: 0, arrived_wall_ns: None };
            if tls.is_closed() {
                return Poll::Ready(Ok((&[], end)));
            }
            let chunk = ready!(self.socket.poll_receive(context, &mut scratch.read))?;
            if chunk.length == 0 {
                return Poll::Ready(Ok((&[], end)));
            }
            let decrypted = tls.decrypt(&mut scratch.read[..chunk.length], &mut scratch.plain);
            decrypted.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            // Keys may be renewed, and what that says must go out with the next request at the latest.
            tls.take_outgoing(&mut self.unsent);
            if !scratch.plain.is_empty() {
                return Poll::Ready(Ok((&scratch.plain, chunk)));
            }
        }
    }

    /// Whether the connection can carry another exchange. The kernel is asked only where there is a reason to.
    #[must_use]
    pub fn is_usable(&self, now_ns: u64) -> bool {
        let is_trusted = now_ns.saturating_sub(self.idle_since_ns) <= TRUSTED_IDLE_NS && !self.socket.has_news();
        is_trusted || self.socket.is_quiet()
    }
}
