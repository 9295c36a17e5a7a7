//! Names to addresses: by the system's resolver, on a thread of its own, once a host and run.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use tokio::sync::watch;

use crate::clock::{SECOND_NS, now_ns, seconds_to_ns};
use crate::transport::HostOverride;

/// A failed lookup is repeated after this: often enough to recover, seldom enough not to be a load of its own.
const FAILURE_HOLDS_NS: u64 = SECOND_NS;

/// A run that asks ever new hosts must not fill the memory.
const MOST_HOSTS: usize = 4096;

pub type Answer = Result<Rc<[IpAddr]>, String>;

pub struct Resolver {
    hosts: RefCell<FxHashMap<Box<str>, Entry>>,
    overrides: FxHashMap<Box<str>, Vec<IpAddr>>,
    /// How long an answer holds.
    lifetime_ns: u64,
}

#[derive(Clone)]
enum Entry {
    /// Someone asks already; the answer comes to all who wait.
    Asked(watch::Receiver<Option<Result<Vec<IpAddr>, String>>>),
    Known {
        answer: Answer,
        until_ns: u64,
    },
}

impl Resolver {
    /// `lifetime_s`: how long an answer holds; None: for the whole run.
    #[must_use]
    pub fn new(overrides: &[HostOverride], lifetime_s: Option<f64>) -> Self {
        let mut by_host: FxHashMap<Box<str>, Vec<IpAddr>> = FxHashMap::default();
        for (host, address) in overrides {
            by_host.entry(host.to_ascii_lowercase().into()).or_default().push(*address);
        }
        Self { hosts: RefCell::default(), overrides: by_host, lifetime_ns: lifetime_s.map_or(u64::MAX, seconds_to_ns) }
    }

    /// The addresses of a host, if nobody must be asked for them.
    pub fn known(&self, host: &str) -> Option<Answer> {
        if let Ok(address) = host.parse() {
            return Some(Ok(Rc::from([address])));
        }
        if !self.overrides.is_empty()
            && let Some(addresses) = self.overrides.get(host)
        {
            return Some(Ok(Rc::from(addresses.as_slice())));
        }
        match self.hosts.borrow().get(host) {
            Some(Entry::Known { answer, until_ns }) if now_ns() < *until_ns => Some(answer.clone()),
            _ => None,
        }
    }

    /// The addresses of a host, the one that worked last first.
    ///
    /// # Errors
    /// The resolver's own words.
    pub async fn addresses(&self, host: &str) -> Answer {
        if let Some(answer) = self.known(host) {
            return answer;
        }
        let asked = self.hosts.borrow().get(host).cloned();
        let mut receiver = match asked {
            Some(Entry::Asked(receiver)) => receiver,
            _ => self.ask(host),
        };
        let answer = match receiver.wait_for(Option::is_some).await {
            Ok(answer) => answer.clone().unwrap_or_else(|| Ok(Vec::new())),
            Err(_) => Err("the resolver's thread ended".to_owned()),
        };
        let holds_ns = if answer.is_ok() { self.lifetime_ns } else { FAILURE_HOLDS_NS };
        let until_ns = now_ns().saturating_add(holds_ns);
        let answer: Answer = answer.map(Rc::from);
        let mut hosts = self.hosts.borrow_mut();
        if hosts.len() > MOST_HOSTS {
            hosts.retain(|_, entry| matches!(entry, Entry::Asked(_)));
        }
        // The first who hears of it keeps it; `prefer` may have put it in order since.
        if let Some(Entry::Known { answer, .. }) = hosts
            .get(host)
            .filter(|entry| matches!(entry, Entry::Known { answer: Ok(_), until_ns } if now_ns() < *until_ns))
        {
            return answer.clone();
        }
        hosts.insert(host.into(), Entry::Known { answer: answer.clone(), until_ns });
        answer
    }

    /// Puts the address that worked first, so that the next connection does not try one that is refused.
    pub fn prefer(&self, host: &str, address: IpAddr) {
        if let Some(Entry::Known { answer: Ok(addresses), .. }) = self.hosts.borrow_mut().get_mut(host)
            && addresses.first() != Some(&address)
        {
            let rest = addresses.iter().copied().filter(|other| *other != address);
            *addresses = std::iter::once(address).chain(rest).collect();
        }
    }

    fn ask(&self, host: &str) -> watch::Receiver<Option<Result<Vec<IpAddr>, String>>> {
        let (sender, receiver) = watch::channel(None);
        let name = host.to_owned();
        tokio::task::spawn_blocking(move || {
            // Nobody may be waiting any more.
            let _ = sender.send(Some(look_up(&name)));
        });
        self.hosts.borrow_mut().insert(host.into(), Entry::Asked(receiver.clone()));
        receiver
    }
}

fn look_up(host: &str) -> Result<Vec<IpAddr>, String> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in (host, 0).to_socket_addrs().map_err(|error| reason(&error))?.map(|address: SocketAddr| address.ip())
    {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err("the name has no address".to_owned()) } else { Ok(addresses) }
}

fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_lowercase()
}
