//! How a connection comes to be: name, address, policy, TCP, perhaps a proxy's tunnel, TLS.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::address::Endpoint;
use crate::clock::{SECOND_NS, now_ns};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::host::Host;
use crate::net::Socket;
use crate::progress::Opening;
use crate::run::Run;
use crate::timers::Event;
use crate::tls::offered;
use crate::transport::SourcesBy;
use crate::tunnel;
use crate::way::Way;

/// An address that does not answer gets so long before the next one of the same host is tried: two repetitions of
/// the kernel's own first packet.
const ATTEMPT_NS: u64 = 3 * SECOND_NS;

/// The addresses that connections come from.
pub struct Sources {
    v4: Turns,
    v6: Turns,
    by: SourcesBy,
}

/// Those of one family, and whose turn it is.
#[derive(Default)]
struct Turns {
    addresses: Vec<IpAddr>,
    next: Cell<usize>,
}

impl Sources {
    #[must_use]
    pub fn new(addresses: &[IpAddr], by: SourcesBy) -> Self {
        let (v4, v6) = addresses.iter().partition(|address| address.is_ipv4());
        let turns = |addresses| Turns { addresses, next: Cell::new(0) };
        Self { v4: turns(v4), v6: turns(v6), by }
    }

    /// The one from which this owner speaks to this address; None: the kernel may choose.
    fn choose(&self, owner: u32, to: IpAddr) -> Option<IpAddr> {
        let turns = if to.is_ipv4() { &self.v4 } else { &self.v6 };
        let turn = match self.by {
            SourcesBy::Connection => turns.next.replace(turns.next.get().wrapping_add(1)),
            SourcesBy::User => owner as usize,
        };
        turns.addresses.get(turn.checked_rem(turns.addresses.len())?).copied()
    }
}

/// Connects to the first address that answers. `owner` is the user's number, `config` its own, made when it is first
/// needed.
///
/// # Errors
/// Kinds `dns`, `refused`, `connect` and `exhausted` (of the last address tried), `proxy` and `tls`.
pub async fn connect<H: Host>(
    run: &Run<H>,
    slot: usize,
    owner: u32,
    endpoint: &Arc<Endpoint>,
    way: Option<&Arc<Way>>,
    config: &RefCell<Option<Arc<ClientConfig>>>,
    opening: &mut Opening,
) -> Result<Connection, Failure> {
    let proxy = way.and_then(|way| way.proxy.as_deref());
    let socket = reach(run, slot, owner, proxy.map_or(endpoint, |proxy| &proxy.endpoint), opening).await?;
    let mut connection = Connection::new(Arc::clone(endpoint), way.map(Arc::clone), socket, &run.open_connections);
    if let Some(proxy) = proxy {
        // What a proxy connects to is decided here as well, so it is told the address that was looked at.
        let checked = match &run.policy {
            None => None,
            Some(_) => Some(allowed(run, endpoint, opening).await?[0]),
        };
        if endpoint.is_tls || checked.is_some() || way.is_some_and(|way| way.tunnels) {
            let began_ns = now_ns();
            let target = checked.map_or_else(
                || tunnel::target_of(endpoint),
                |address| SocketAddr::new(address, endpoint.port).to_string(),
            );
            tunnel::open(connection.socket(), &target, proxy).await?;
            connection.is_tunnelled = true;
            opening.add_tcp(now_ns() - began_ns);
        }
    }
    if endpoint.is_tls {
        let began_ns = now_ns();
        let config = config_for(run, way, config).await?;
        connection.secure(config, &run.scratch).await?;
        opening.tls_ns = Some(opening.tls_ns.unwrap_or_default() + (now_ns() - began_ns));
    }
    Ok(connection)
}

/// The configuration of TLS for a way: the user's own, changed where the way wants something else.
async fn config_for<H: Host>(
    run: &Run<H>,
    way: Option<&Arc<Way>>,
    config: &RefCell<Option<Arc<ClientConfig>>>,
) -> Result<Arc<ClientConfig>, Failure> {
    let known = config.borrow().clone();
    let base = if let Some(file) = way.and_then(|way| way.certificate.as_deref()) {
        run.tls.config_of_file(file).await?
    } else if let Some(known) = known {
        known
    } else {
        let made = run.tls.user_config().await?;
        // Another exchange of the user may have been faster.
        Arc::clone(config.borrow_mut().get_or_insert(made))
    };
    let version = run.ways.version(way);
    if version == run.http.http_version {
        return Ok(base);
    }
    let mut other = ClientConfig::clone(&base);
    other.alpn_protocols = offered(version);
    Ok(Arc::new(other))
}

/// The addresses of an endpoint that the policy allows; at least one.
async fn allowed<H: Host>(run: &Run<H>, endpoint: &Endpoint, opening: &mut Opening) -> Result<Rc<[IpAddr]>, Failure> {
    let began_ns = now_ns();
    let known = run.resolver.known(&endpoint.host);
    let is_asked = known.is_none();
    let answer = match known {
        Some(answer) => answer,
        None => run.resolver.addresses(&endpoint.host).await,
    };
    if is_asked {
        opening.dns_ns = Some(opening.dns_ns.unwrap_or_default() + (now_ns() - began_ns));
    }
    let addresses = answer.map_err(|reason| Failure::new("dns", format!("{reason} ({})", endpoint.host)))?;
    let Some(policy) = &run.policy else { return Ok(addresses) };
    let mut refusal = None;
    let mut open = Vec::new();
    for address in addresses.iter() {
        match policy.check(&endpoint.host, *address) {
            Ok(()) => open.push(*address),
            Err(failure) => refusal = Some(failure),
        }
    }
    match refusal {
        Some(refusal) if open.is_empty() => Err(refusal),
        _ => Ok(Rc::from(open)),
    }
}

/// A TCP connection to the first address of an endpoint that answers.
async fn reach<H: Host>(
    run: &Run<H>,
    slot: usize,
    owner: u32,
    endpoint: &Endpoint,
    opening: &mut Opening,
) -> Result<Socket, Failure> {
    let addresses = allowed(run, endpoint, opening).await?;
    let mut failure = Failure::new("dns", format!("the name has no address ({})", endpoint.host));
    let began_ns = now_ns();
    for (at, address) in addresses.iter().enumerate() {
        let source = run.sources.choose(owner, *address);
        let attempt = Socket::connect(SocketAddr::new(*address, endpoint.port), source);
        let is_last = at + 1 == addresses.len();
        let attempt = if is_last { Some(attempt.await) } else { limited(run, slot, attempt).await };
        match attempt {
            Some(Ok(socket)) => {
                run.resolver.prefer(&endpoint.host, *address);
                opening.add_tcp(now_ns() - began_ns);
                return Ok(socket);
            }
            Some(Err(error)) => {
                failure = Failure::connect(&error, &endpoint.name);
                run.tally.borrow_mut().health.count_exhaustion(&error);
            }
            None => failure = Failure::new("connect", format!("no answer to connecting ({})", endpoint.name)),
        }
    }
    Err(failure)
}

/// An attempt, or None when it took too long.
async fn limited<H: Host, T>(run: &Run<H>, slot: usize, attempt: impl Future<Output = T>) -> Option<T> {
    let limit_ns = now_ns() + ATTEMPT_NS;
    run.timers.at(limit_ns, Event::Wake(slot));
    run.waits.unless(limit_ns, pin!(attempt)).await
}
