//! The way of a request to its server, where it is not the usual one: through a proxy, by a certain version of HTTP,
//! with a certificate of its own. Connections are shared only between requests of the same way.

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use url::Url;

use crate::address::Endpoint;
use crate::network::{Network, is_below};
use crate::redirect::basic;
use crate::transport::{HttpVersion, Proxies};

/// Journeys that make up ever new proxies must not fill the memory.
const MOST_PROXIES: usize = 4096;

#[derive(Debug, PartialEq, Eq)]
pub struct Way {
    pub proxy: Option<Arc<Proxy>>,
    pub version: HttpVersion,
    /// A PEM file with the client's chain and key, instead of the run's.
    pub certificate: Option<Box<str>>,
    /// Through a tunnel of the proxy, whatever the scheme.
    pub tunnels: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Proxy {
    pub endpoint: Arc<Endpoint>,
    /// The value of `Proxy-Authorization`.
    pub authorization: Option<String>,
}

/// What a request itself says of its way.
#[derive(Debug, Default)]
pub struct Wish<'a> {
    pub credentials: Option<Credentials<'a>>,
    /// The URL of a proxy, empty for none; None: as the run has it.
    pub proxy: Option<&'a str>,
    pub no_proxy: Box<[&'a str]>,
    pub version: Option<HttpVersion>,
    pub certificate: Option<&'a str>,
    /// What is spoken is more than requests that a proxy could pass on: it is asked for a tunnel.
    pub tunnels: bool,
}

/// Who asks, once the server wants to know.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// Only by Digest, not by Basic.
    pub only_digest: bool,
    pub user: &'a str,
    pub password: &'a str,
}

/// The ways of a run.
pub struct Ways {
    version: HttpVersion,
    /// By the scheme of what is asked: http, https.
    usual: [Option<Arc<Way>>; 2],
    no_proxy: Vec<String>,
    proxies: RefCell<FxHashMap<Box<str>, Arc<Proxy>>>,
}

impl Ways {
    /// # Errors
    /// A sentence that names the place in the plan.
    pub fn new(version: HttpVersion, proxies: Option<&Proxies>) -> Result<Self, String> {
        let mut ways = Self { version, usual: [None, None], no_proxy: Vec::new(), proxies: RefCell::default() };
        if let Some(proxies) = proxies {
            for (at, (scheme, url)) in [("http", &proxies.http), ("https", &proxies.https)].into_iter().enumerate() {
                if let Some(url) = url {
                    let proxy = read(url).map_err(|wrong| format!("http.proxy.{scheme}: {wrong}"))?;
                    let proxy = Some(Arc::new(proxy));
                    ways.usual[at] = Some(Arc::new(Way { proxy, version, certificate: None, tunnels: false }));
                }
            }
            ways.no_proxy.clone_from(&proxies.no_proxy);
        }
        Ok(ways)
    }

    /// The version of a way.
    #[must_use]
    pub fn version(&self, way: Option<&Arc<Way>>) -> HttpVersion {
        way.map_or(self.version, |way| way.version)
    }

    /// The way to an endpoint; None is the usual one, without a proxy.
    ///
    /// # Errors
    /// Why the request's own proxy is none.
    pub fn to(&self, endpoint: &Endpoint, wish: Option<&Wish>) -> Result<Option<Arc<Way>>, String> {
        let usual = || {
            let way = self.usual[usize::from(endpoint.is_tls)].as_ref()?;
            let is_direct = self.no_proxy.iter().any(|entry| is_bypassed(endpoint, entry));
            (!is_direct).then(|| Arc::clone(way))
        };
        let Some(wish) = wish else { return Ok(usual()) };
        let proxy = match wish.proxy {
            None => usual().and_then(|way| way.proxy.clone()),
            Some("") => None,
            Some(_) if wish.no_proxy.iter().any(|entry| is_bypassed(endpoint, entry)) => None,
            Some(url) => Some(self.proxy(url)?),
        };
        let version = match wish.version {
            // Without TLS there is nothing to agree on: it is the same, and so are the connections.
            Some(HttpVersion::Http11) if self.version == HttpVersion::Auto && !endpoint.is_tls => self.version,
            Some(version) => version,
            None => self.version,
        };
        if proxy.is_none() && version == self.version && wish.certificate.is_none() {
            return Ok(None);
        }
        let certificate = wish.certificate.map(Into::into);
        Ok(Some(Arc::new(Way { tunnels: wish.tunnels && proxy.is_some(), proxy, version, certificate })))
    }

    fn proxy(&self, url: &str) -> Result<Arc<Proxy>, String> {
        if let Some(known) = self.proxies.borrow().get(url) {
            return Ok(Arc::clone(known));
        }
        let proxy = Arc::new(read(url)?);
        let mut proxies = self.proxies.borrow_mut();
        if proxies.len() >= MOST_PROXIES {
            proxies.clear();
        }
        proxies.insert(url.into(), Arc::clone(&proxy));
        Ok(proxy)
    }
}

/// Reads the URL of a proxy. Its password is nobody's business but the proxy's, so no message repeats it.
fn read(text: &str) -> Result<Proxy, String> {
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&whole).map_err(|error| format!("the URL of the proxy: {error}"))?;
    if url.scheme() != "http" {
        return Err(format!("a proxy is asked by http://host:port, not by {}://", url.scheme()));
    }
    let endpoint = Endpoint::new(&url).map_err(|wrong| format!("the URL of the proxy: {wrong}"))?;
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let authorization = (!url.username().is_empty() || url.password().is_some()).then(|| {
        let pair = format!("{}:{}", decoded(url.username()), decoded(url.password().unwrap_or_default()));
        basic(&pair)
    });
    Ok(Proxy { endpoint: Arc::new(endpoint), authorization })
}

/// Whether an entry of `no_proxy` means this host.
fn is_bypassed(endpoint: &Endpoint, entry: &str) -> bool {
    let entry = entry.trim();
    if entry == "*" {
        return true;
    }
    if entry == "<local>" {
        return !endpoint.host.contains(['.', ':']);
    }
    if let (Some(network), Ok(address)) = (Network::read(entry), endpoint.host.parse::<IpAddr>()) {
        return network.holds(address);
    }
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => {
            port.parse() == Ok(endpoint.port) && is_below(&endpoint.host, name)
        }
        _ => is_below(&endpoint.host, entry),
    }
}
