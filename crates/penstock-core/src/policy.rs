//! Which addresses may be connected to. It is asked with the resolved address of every connection, so that neither a
//! redirect nor a name that points elsewhere leads around it.

use std::net::IpAddr;

use crate::failure::Failure;
use crate::network::{Network, class, is_below};
use crate::transport::{self, AddressClass};

pub struct Policy {
    /// None: whatever is not closed.
    allowed: Option<Allowed>,
    closed: Vec<AddressClass>,
    opened: Vec<Network>,
}

struct Allowed {
    hosts: Vec<String>,
    networks: Vec<Network>,
}

impl Policy {
    /// # Errors
    /// A sentence that names the place in the plan.
    pub fn new(plan: &transport::Policy) -> Result<Self, String> {
        let mut opened = Vec::new();
        for text in &plan.opened {
            let network = Network::read(text);
            opened.push(network.ok_or_else(|| format!("http.policy.opened: {text:?} is no address and no network"))?);
        }
        let allowed = plan.allowed.as_ref().map(|entries| {
            let mut allowed = Allowed { hosts: Vec::new(), networks: Vec::new() };
            for entry in entries {
                match Network::read(entry) {
                    Some(network) => allowed.networks.push(network),
                    None => allowed.hosts.push(entry.clone()),
                }
            }
            allowed
        });
        Ok(Self { allowed, closed: plan.closed.clone(), opened })
    }

    /// Whether a connection to this address may be opened for this host.
    ///
    /// # Errors
    /// Kind `refused`: why not.
    pub fn check(&self, host: &str, address: IpAddr) -> Result<(), Failure> {
        let is_in = |networks: &[Network]| networks.iter().any(|network| network.holds(address));
        let is_named = is_in(&self.opened) || self.allowed.as_ref().is_some_and(|allowed| is_in(&allowed.networks));
        if let Some(allowed) = &self.allowed
            && !is_named
            && !allowed.hosts.iter().any(|pattern| matches(host, pattern))
        {
            return Err(Failure::new("refused", format!("the target policy does not allow {host}")));
        }
        match class(address) {
            Some(class) if !is_named && self.closed.contains(&class) => {
                Err(Failure::new("refused", format!("the target policy closes {} addresses ({host})", word(class))))
            }
            _ => Ok(()),
        }
    }
}

/// `*.example.com` is all below it, `example.com` only itself.
fn matches(host: &str, pattern: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let is_itself = |name: &str| host.trim_end_matches('.').eq_ignore_ascii_case(name.trim_end_matches('.'));
    match pattern.strip_prefix("*.") {
        Some(name) => is_below(host, name) && !is_itself(name),
        None => is_itself(pattern),
    }
}

fn word(class: AddressClass) -> &'static str {
    match class {
        AddressClass::Loopback => "loopback",
        AddressClass::LinkLocal => "link-local",
        AddressClass::Metadata => "cloud metadata",
        AddressClass::Private => "private",
    }
}
