//! How a connection comes to be: name, address, TCP, TLS.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::address::Endpoint;
use crate::clock::{SECOND_NS, now_ns};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::host::Host;
use crate::net::Socket;
use crate::run::Run;
use crate::timers::Event;

/// An address that does not answer gets so long before the next one of the same host is tried: two repetitions of
/// the kernel's own first packet.
const ATTEMPT_NS: u64 = 3 * SECOND_NS;

/// Connects to the first address that answers. `config` is the user's own, made when it is first needed.
///
/// # Errors
/// Kinds `dns`, `connect` (of the last address tried) and `tls`.
pub async fn connect<H: Host>(
    run: &Run<H>,
    slot: usize,
    endpoint: &Arc<Endpoint>,
    config: &RefCell<Option<Arc<ClientConfig>>>,
) -> Result<Connection, Failure> {
    let addresses = run
        .resolver
        .addresses(&endpoint.host)
        .await
        .map_err(|reason| Failure::new("dns", format!("{reason} ({})", endpoint.host)))?;
    let mut failure = Failure::new("dns", format!("the name has no address ({})", endpoint.host));
    for (at, address) in addresses.iter().enumerate() {
        let attempt = Socket::connect(SocketAddr::new(*address, endpoint.port));
        let is_last = at + 1 == addresses.len();
        let attempt = if is_last { Some(attempt.await) } else { limited(run, slot, attempt).await };
        match attempt {
            Some(Ok(socket)) => {
                run.resolver.prefer(&endpoint.host, *address);
                let mut connection = Connection::new(Arc::clone(endpoint), socket, &run.open_connections);
                if endpoint.is_tls {
                    let known = config.borrow().clone();
                    let config = if let Some(known) = known {
                        known
                    } else {
                        let made = run.tls.user_config().await?;
                        // Another exchange of the user may have been faster.
                        Arc::clone(config.borrow_mut().get_or_insert(made))
                    };
                    connection.secure(config, &run.scratch).await?;
                }
                return Ok(connection);
            }
            Some(Err(error)) => failure = Failure::connect(&error, &endpoint.name),
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
