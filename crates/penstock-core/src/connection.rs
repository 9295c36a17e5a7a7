//! One connection to one endpoint, and how it comes to be.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use crate::address::Endpoint;
use crate::dns::Resolver;
use crate::failure::Failure;
use crate::net::{Chunk, Socket};

/// What is read and written passes through here; lent for one poll, so that idle connections own no buffers.
pub struct Scratch {
    pub read: Box<[u8]>,
    pub out: Vec<u8>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { read: vec![0; 64 * 1024].into(), out: Vec::with_capacity(4096) }
    }
}

pub struct Connection {
    pub endpoint: Arc<Endpoint>,
    socket: Socket,
    /// What the kernel would not take at once.
    unsent: Vec<u8>,
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
    /// Connects to the first address that answers.
    ///
    /// # Errors
    /// Why none did: the failure of the last one tried.
    pub async fn open(endpoint: &Arc<Endpoint>, resolver: &Resolver, open: &Rc<Cell<u64>>) -> Result<Self, Failure> {
        let addresses = resolver
            .addresses(&endpoint.host)
            .await
            .map_err(|reason| Failure::new("dns", format!("{reason} ({})", endpoint.host)))?;
        let mut failure = None;
        for address in addresses.iter() {
            match Socket::connect(SocketAddr::new(*address, endpoint.port)).await {
                Ok(socket) => {
                    resolver.prefer(&endpoint.host, *address);
                    return Ok(Self {
                        endpoint: Arc::clone(endpoint),
                        socket,
                        unsent: Vec::new(),
                        idle_since_ns: 0,
                        _open: OpenCount::new(open),
                    });
                }
                Err(error) => failure = Some(Failure::connect(&error, &endpoint.name)),
            }
        }
        Err(failure.unwrap_or_else(|| Failure::new("dns", format!("the name has no address ({})", endpoint.host))))
    }

    /// Sends what the kernel takes at once; `poll_flush` sends the rest.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let sent = self.socket.send(bytes)?;
        if sent < bytes.len() {
            self.unsent = bytes[sent..].to_vec();
        }
        Ok(())
    }

    /// Sends what is left. Ready when all is sent.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
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
        self.unsent = Vec::new();
        Poll::Ready(Ok(()))
    }

    /// Whether all of the request is on its way.
    #[must_use]
    pub fn has_sent_all(&self) -> bool {
        self.unsent.is_empty()
    }

    /// Reads some of the response while sending what is left of the request: a server may answer before it has read
    /// everything.
    pub fn poll_receive<'a>(
        &mut self,
        context: &mut Context<'_>,
        scratch: &'a mut Scratch,
    ) -> Poll<io::Result<(&'a [u8], Chunk)>> {
        if !self.unsent.is_empty() {
            // A server that stops reading may still have answered: what it said decides.
            if let Poll::Ready(Err(_)) = self.poll_flush(context) {
                self.unsent = Vec::new();
            }
        }
        let chunk = ready!(self.socket.poll_receive(context, &mut scratch.read))?;
        Poll::Ready(Ok((&scratch.read[..chunk.length], chunk)))
    }

    /// Whether the connection can carry another exchange.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.socket.is_quiet()
    }
}
