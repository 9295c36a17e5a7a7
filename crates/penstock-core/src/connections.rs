//! The connections of one owner, a user or a pool: kept ones, shared ones, and how new ones come to be.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustls::ClientConfig;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use crate::address::Endpoint;
use crate::clock::{latest_ns, now_ns};
use crate::connect::connect;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::host::Host;
use crate::http2::Http2;
use crate::progress::Progress;
use crate::run::Run;
use crate::transport::HttpVersion;
use crate::way::Way;

/// An owner who asks ever new hosts lets go of the connections it used longest ago.
const MOST_IDLE: usize = 32;

#[derive(Default)]
pub struct Connections {
    /// The number of the user that they belong to.
    owner: u32,
    #[expect(clippy::vec_box, reason = "an exchange takes one out and puts it back; its task holds a pointer to it")]
    idle: RefCell<Vec<Box<Connection>>>,
    tls: RefCell<Option<Arc<ClientConfig>>>,
    /// None before the first server that speaks HTTP/2.
    shared: RefCell<Option<Box<Shared>>>,
}

/// Connections that carry several exchanges at once, and those that may become such.
#[derive(Default)]
struct Shared {
    open: Vec<Rc<Http2>>,
    opening: Vec<Rc<Being>>,
}

/// A connection that is being opened, for which others wait that may share it.
struct Being {
    endpoint: Arc<Endpoint>,
    way: Option<Arc<Way>>,
    is_over: Notify,
}

/// What carries an exchange.
pub enum Carrier {
    /// It alone.
    One(Box<Connection>),
    /// Others too.
    Many(Rc<Http2>),
}

impl Connections {
    #[must_use]
    pub fn of_user(number: u32) -> Self {
        Self { owner: number, ..Self::default() }
    }

    /// Closes all that is not in use.
    pub fn clear(&self) {
        self.idle.take();
        self.shared.take();
    }

    /// A carrier to an endpoint, and whether it was used before.
    ///
    /// # Errors
    /// Why none could be opened.
    pub async fn carrier<H: Host>(
        &self,
        run: &Run<H>,
        slot: usize,
        endpoint: &Arc<Endpoint>,
        way: Option<&Arc<Way>>,
        progress: &mut Progress,
    ) -> Result<(Carrier, bool), Failure> {
        if let Some(connection) = self.take_idle(run, endpoint, way) {
            return Ok((Carrier::One(connection), true));
        }
        if may_share(run, endpoint, way) {
            // Boxed, as opening is below: most users never come here.
            return Box::pin(self.shared_carrier(run, slot, endpoint, way, progress)).await;
        }
        Ok((Carrier::One(self.open(run, slot, endpoint, way, progress).await?), false))
    }

    async fn shared_carrier<H: Host>(
        &self,
        run: &Run<H>,
        slot: usize,
        endpoint: &Arc<Endpoint>,
        way: Option<&Arc<Way>>,
        progress: &mut Progress,
    ) -> Result<(Carrier, bool), Failure> {
        loop {
            if let Some(http2) = self.take_shared(run, endpoint, way) {
                return Ok((Carrier::Many(http2), true));
            }
            let known = {
                let shared = self.shared.borrow();
                let mut opening = shared.iter().flat_map(|shared| &shared.opening);
                opening.find(|one| is_same(&one.endpoint, endpoint) && one.way.as_ref() == way).map(Rc::clone)
            };
            let Some(being) = known else { break };
            being.is_over.notified().await;
            if !may_share(run, endpoint, way) {
                return Ok((Carrier::One(self.open(run, slot, endpoint, way, progress).await?), false));
            }
        }
        let being = Rc::new(Being { endpoint: Arc::clone(endpoint), way: way.cloned(), is_over: Notify::new() });
        self.shared.borrow_mut().get_or_insert_default().opening.push(Rc::clone(&being));
        let _opening = Opening { connections: self, being };
        let connection = self.open(run, slot, endpoint, way, progress).await?;
        let version = run.ways.version(way);
        if !connection.is_http2() && version != HttpVersion::Http2PriorKnowledge {
            if version == HttpVersion::Http2 {
                let message = format!("the server does not speak HTTP/2 ({})", endpoint.name);
                return Err(Failure::new("protocol", message));
            }
            run.http1_only.borrow_mut().insert(endpoint.prefix.as_str().into());
            return Ok((Carrier::One(connection), false));
        }
        let http2 = Rc::new(Http2::begin(*connection, Rc::clone(&run.scratch), &run.crew).await?);
        let mut shared = self.shared.borrow_mut();
        let open = &mut shared.get_or_insert_default().open;
        if open.len() >= MOST_IDLE {
            open.remove(0);
        }
        open.push(Rc::clone(&http2));
        Ok((Carrier::Many(http2), false))
    }

    /// Keeps a connection for the next exchange.
    pub fn keep(&self, connection: Box<Connection>) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() >= MOST_IDLE && connection.way.is_none() {
            idle.remove(0);
        }
        idle.reserve_exact(1); // most users talk to one origin
        idle.push(connection);
    }

    /// Lets go of all idle connections to an endpoint.
    pub fn forget(&self, endpoint: &Endpoint) {
        self.idle.borrow_mut().retain(|idle| *idle.endpoint != *endpoint);
        if let Some(shared) = self.shared.borrow_mut().as_mut() {
            shared.open.retain(|http2| *http2.endpoint != *endpoint || http2.is_usable());
        }
    }

    /// The idle connection to an endpoint, if it is still usable.
    fn take_idle<H: Host>(
        &self,
        run: &Run<H>,
        endpoint: &Arc<Endpoint>,
        way: Option<&Arc<Way>>,
    ) -> Option<Box<Connection>> {
        let mut idle = self.idle.borrow_mut();
        let at = idle.iter().rposition(|idle| is_same(&idle.endpoint, endpoint) && idle.way.as_ref() == way)?;
        let connection = idle.remove(at);
        if connection.is_usable(latest_ns()) {
            return Some(connection);
        }
        run.tally.borrow_mut().health.reconnects += 1;
        None
    }

    fn take_shared<H: Host>(
        &self,
        run: &Run<H>,
        endpoint: &Arc<Endpoint>,
        way: Option<&Arc<Way>>,
    ) -> Option<Rc<Http2>> {
        let mut shared = self.shared.borrow_mut();
        let open = &mut shared.as_mut()?.open;
        let at = open.iter().rposition(|one| is_same(&one.endpoint, endpoint) && one.way.as_ref() == way)?;
        if open[at].is_usable() {
            return Some(Rc::clone(&open[at]));
        }
        open.remove(at);
        run.tally.borrow_mut().health.reconnects += 1;
        None
    }

    /// A new connection.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub(crate) async fn open<H: Host>(
        &self,
        run: &Run<H>,
        slot: usize,
        endpoint: &Arc<Endpoint>,
        way: Option<&Arc<Way>>,
        progress: &mut Progress,
    ) -> Result<Box<Connection>, Failure> {
        if let Some(pool) = &run.pool {
            pool.make_room(self);
        }
        let began_ns = now_ns();
        let opening = progress.measure.opening.get_or_insert_default();
        // Boxed, so that a user who is not connecting does not carry the room for it.
        let connection = Box::pin(connect(run, slot, self.owner, endpoint, way, &self.tls, opening)).await?;
        progress.measure.connect_ns = Some(progress.measure.connect_ns.unwrap_or_default() + (now_ns() - began_ns));
        Ok(Box::new(connection))
    }
}

/// Whether a connection to this endpoint may turn out to be one that is shared.
fn may_share<H: Host>(run: &Run<H>, endpoint: &Endpoint, way: Option<&Arc<Way>>) -> bool {
    match run.ways.version(way) {
        HttpVersion::Auto => endpoint.is_tls && !run.http1_only.borrow().contains(endpoint.prefix.as_str()),
        HttpVersion::Http2 | HttpVersion::Http2PriorKnowledge => true,
        HttpVersion::Http10 | HttpVersion::Http11 => false,
    }
}

/// Tells those who wait that the connection is there, or will never be.
struct Opening<'a> {
    connections: &'a Connections,
    being: Rc<Being>,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.connections.shared.borrow_mut().as_mut() {
            shared.opening.retain(|being| !Rc::ptr_eq(being, &self.being));
        }
        self.being.is_over.notify_waiters();
    }
}

fn is_same(one: &Arc<Endpoint>, other: &Arc<Endpoint>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

/// Connections that all users of an agent share: so many exchanges at a time, the others wait in order.
pub struct Pool {
    pub connections: Connections,
    size: usize,
    free: Semaphore,
}

impl Pool {
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { connections: Connections::default(), size, free: Semaphore::new(size) }
    }

    /// Waits for a connection to become free, and notes how long that took.
    ///
    /// # Panics
    /// Never: the pool is not closed.
    pub async fn turn(&self, progress: &mut Progress) -> SemaphorePermit<'_> {
        if let Ok(permit) = self.free.try_acquire() {
            return permit;
        }
        let began_ns = now_ns();
        let permit = Box::pin(self.free.acquire()).await.expect("the pool is never closed");
        let opening = progress.measure.opening.get_or_insert_default();
        opening.pool_ns = Some(opening.pool_ns.unwrap_or_default() + (now_ns() - began_ns));
        permit
    }

    /// Closes the connection that was idle longest, if there would be too many with another one.
    fn make_room(&self, connections: &Connections) {
        let busy = self.size - self.free.available_permits();
        let mut idle = connections.idle.borrow_mut();
        while !idle.is_empty() && idle.len() + busy > self.size {
            idle.remove(0);
        }
    }
}
