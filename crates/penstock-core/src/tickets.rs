//! What one user keeps to resume TLS sessions with: as much as a browser does, in as little room as that takes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

const MOST_SERVERS: usize = 8;

/// Each holds the server's certificates anew, and each is used once; Chromium keeps as many.
const MOST_TICKETS: usize = 2;

#[derive(Debug, Default)]
pub struct Tickets {
    /// Those that were used longest ago first.
    servers: Mutex<Vec<OfServer>>,
}

#[derive(Debug)]
struct OfServer {
    name: ServerName<'static>,
    group: Option<NamedGroup>,
    old: Option<Box<Tls12ClientSessionValue>>,
    tickets: Vec<Tls13ClientSessionValue>,
}

impl Tickets {
    fn servers(&self) -> MutexGuard<'_, Vec<OfServer>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn edit(&self, name: ServerName<'static>, edit: impl FnOnce(&mut OfServer)) {
        let mut servers = self.servers();
        let mut server = match servers.iter().position(|server| server.name == name) {
            Some(at) => servers.remove(at),
            None => OfServer { name, group: None, old: None, tickets: Vec::new() },
        };
        edit(&mut server);
        if servers.len() >= MOST_SERVERS {
            servers.remove(0);
        }
        servers.reserve_exact(1); // most users talk to one server
        servers.push(server);
    }
}

impl ClientSessionStore for Tickets {
    fn set_kx_hint(&self, name: ServerName<'static>, group: NamedGroup) {
        self.edit(name, |server| server.group = Some(group));
    }

    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        self.servers().iter().find(|server| server.name == *name)?.group
    }

    fn set_tls12_session(&self, name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.edit(name, |server| server.old = Some(Box::new(value)));
    }

    fn tls12_session(&self, name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.servers().iter().find(|server| server.name == *name)?.old.as_deref().cloned()
    }

    fn remove_tls12_session(&self, name: &ServerName<'static>) {
        if let Some(server) = self.servers().iter_mut().find(|server| server.name == *name) {
            server.old = None;
        }
    }

    fn insert_tls13_ticket(&self, name: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.edit(name, |server| {
            if server.tickets.len() >= MOST_TICKETS {
                server.tickets.remove(0);
            }
            server.tickets.reserve_exact(1);
            server.tickets.push(value);
        });
    }

    fn take_tls13_ticket(&self, name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.servers().iter_mut().find(|server| server.name == *name)?.tickets.pop()
    }
}
