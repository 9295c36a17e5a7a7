//! From the URL that a journey asks for to the endpoint and the request target. A clean absolute URL of an origin that
//! has been seen is cut in two and looked up; everything else goes through a full URL parser.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use url::{Position, Url};

/// A journey that asks for ever new hosts must not fill the memory.
const MOST_ORIGINS: usize = 1024;

/// Where bytes go: one scheme, host and port.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub is_tls: bool,
    /// Without brackets around an IPv6 address.
    pub host: String,
    pub port: u16,
    /// `host:port`, as messages name it.
    pub name: String,
    /// `scheme://host[:port]`, the port only when it is not the scheme's own.
    pub prefix: String,
    /// The `Host` header, with its line end.
    pub host_line: String,
}

impl Endpoint {
    /// # Errors
    /// Why it is no place that can be asked.
    pub fn new(url: &Url) -> Result<Self, String> {
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(format!("unsupported scheme {other:?}; http and https are spoken")),
        };
        let host = match url.host() {
            None => return Err("no host in the URL".to_owned()),
            Some(url::Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
        };
        if host.is_empty() {
            return Err("no host in the URL".to_owned());
        }
        let port = url.port_or_known_default().unwrap_or(if is_tls { 443 } else { 80 });
        let authority = &url[Position::BeforeHost..Position::AfterPort];
        Ok(Self {
            is_tls,
            host,
            port,
            name: if url.port().is_some() { authority.to_owned() } else { format!("{authority}:{port}") },
            prefix: format!("{}://{authority}", url.scheme()),
            host_line: format!("Host: {authority}\r\n"),
        })
    }
}

/// A place as a journey names it.
#[derive(Debug)]
pub struct Origin {
    pub endpoint: Arc<Endpoint>,
    /// The prefix that was asked for, when the run is retargeted.
    pub asked_prefix: Option<String>,
}

impl Origin {
    /// The host that was asked for, when the run is retargeted.
    #[must_use]
    pub fn asked_host(&self) -> Option<&str> {
        let authority = self.asked_prefix.as_deref()?.split_once("://")?.1;
        let end = authority.rfind(':').filter(|at| !authority[*at..].contains(']')).unwrap_or(authority.len());
        Some(&authority[..end])
    }
}

/// A URL, taken apart.
#[derive(Debug, Clone)]
pub struct Address<'a> {
    pub origin: Arc<Origin>,
    /// Path and query, as they are sent.
    pub target: Cow<'a, str>,
    /// `user:password` of the URL, decoded.
    pub user_info: Option<String>,
}

impl Address<'_> {
    /// The URL that is asked.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.origin.endpoint.prefix, self.target)
    }

    /// The URL before retargeting, if that changed it.
    #[must_use]
    pub fn asked_url(&self) -> Option<String> {
        self.origin.asked_prefix.as_ref().map(|prefix| format!("{prefix}{}", self.target))
    }

    #[must_use]
    pub fn path(&self) -> &str {
        let end = memchr::memchr(b'?', self.target.as_bytes()).unwrap_or(self.target.len());
        &self.target[..end]
    }

    #[must_use]
    pub fn into_owned(self) -> Address<'static> {
        Address { origin: self.origin, target: Cow::Owned(self.target.into_owned()), user_info: self.user_info }
    }
}

/// Knows the origins of a run.
pub struct AddressBook {
    base: Option<(Url, Arc<Origin>)>,
    retarget: Option<Arc<Endpoint>>,
    /// By the prefix that is asked; of these places `retarget` says nothing.
    overrides: FxHashMap<String, Arc<Endpoint>>,
    origins: RefCell<FxHashMap<Box<str>, Arc<Origin>>>,
}

impl AddressBook {
    /// Requests to an origin of `overrides` go to the one beside it, all others to `retarget`, if there is one. What
    /// was sent elsewhere is not looked up again.
    ///
    /// # Errors
    /// A sentence that names the setting that is no URL, or an origin that is to go to two places.
    pub fn new(base_url: Option<&str>, retarget: Option<&str>, overrides: &[(String, String)]) -> Result<Self, String> {
        let retarget = retarget.map(|text| place("http.retarget", text)).transpose()?.map(Arc::new);
        let mut by_prefix = FxHashMap::default();
        for (at, (from, to)) in overrides.iter().enumerate() {
            let setting = format!("http.target_overrides[{at}]");
            let asked = place(&setting, from)?;
            if by_prefix.insert(asked.prefix, Arc::new(place(&setting, to)?)).is_some() {
                return Err(format!("{setting} {from:?}: this origin goes elsewhere already"));
            }
        }
        let mut book = Self { base: None, retarget, overrides: by_prefix, origins: RefCell::default() };
        if let Some(text) = base_url {
            let url = Url::parse(text).map_err(|error| error.to_string());
            let base = url.and_then(|url| book.origin(&url).map(|origin| (url, origin)));
            book.base = Some(base.map_err(|error| format!("http.base_url {text:?}: {error}"))?);
        }
        Ok(book)
    }

    /// Takes a URL apart, resolving it against the base URL of the run where it is relative.
    ///
    /// # Errors
    /// Why it is no URL that can be asked.
    pub fn resolve<'a>(&self, text: &'a str) -> Result<Address<'a>, String> {
        if let Some((origin, target)) = self.resolve_clean(text) {
            return Ok(Address { origin, target: Cow::Borrowed(target), user_info: None });
        }
        let whole = keep_white_space(text);
        let parsed = match &self.base {
            Some((base, _)) => base.join(&whole),
            None => Url::parse(&whole),
        };
        let address = self.address(&parsed.map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => "a relative URL, and the run has no base URL".to_owned(),
            url::ParseError::EmptyHost => "no host in the URL".to_owned(),
            error => error.to_string(),
        })?)?;
        self.remember_spelling(text, &address.origin);
        Ok(address)
    }

    /// The target of a redirect.
    ///
    /// # Errors
    /// Why it is no URL that can be asked.
    pub fn follow(&self, from: &Address, location: &str) -> Result<Address<'static>, String> {
        let here = from.asked_url().unwrap_or_else(|| from.url());
        let here = Url::parse(&here).map_err(|error| error.to_string())?;
        self.address(&here.join(location).map_err(|error| error.to_string())?)
    }

    fn resolve_clean<'a>(&self, text: &'a str) -> Option<(Arc<Origin>, &'a str)> {
        let bytes = text.as_bytes();
        if bytes.first() == Some(&b'/') {
            let (_, origin) = self.base.as_ref()?;
            return (bytes.get(1) != Some(&b'/') && is_clean(bytes)).then(|| (Arc::clone(origin), text));
        }
        let (prefix, target) = split_prefix(text)?;
        let origin = self.origins.borrow().get(prefix).map(Arc::clone)?;
        is_clean(target.as_bytes()).then_some((origin, target))
    }

    /// `HTTP://Host:80` is parsed once; the next URL that begins so is only cut.
    fn remember_spelling(&self, text: &str, origin: &Arc<Origin>) {
        let Some(prefix) = split_prefix(text).map(|(prefix, _)| prefix) else { return };
        let mut origins = self.origins.borrow_mut();
        if origins.len() < MOST_ORIGINS && !prefix.bytes().any(|byte| matches!(byte, b'@' | b'?' | b'#' | b'\\')) {
            origins.insert(prefix.into(), Arc::clone(origin));
        }
    }

    fn address(&self, url: &Url) -> Result<Address<'static>, String> {
        let origin = self.origin(url)?;
        let user_info = (!url.username().is_empty() || url.password().is_some())
            .then(|| format!("{}:{}", decoded(url.username()), decoded(url.password().unwrap_or_default())));
        let target = url[Position::BeforePath..Position::AfterQuery].to_owned();
        Ok(Address { origin, target: Cow::Owned(target), user_info })
    }

    fn origin(&self, url: &Url) -> Result<Arc<Origin>, String> {
        let prefix = format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::AfterPort]);
        if let Some(origin) = self.origins.borrow().get(prefix.as_str()) {
            return Ok(Arc::clone(origin));
        }
        let asked = Endpoint::new(url)?;
        let origin = Arc::new(match self.overrides.get(&asked.prefix).or(self.retarget.as_ref()) {
            Some(endpoint) => {
                let is_other = endpoint.prefix != asked.prefix;
                Origin { endpoint: Arc::clone(endpoint), asked_prefix: is_other.then_some(asked.prefix) }
            }
            None => Origin { endpoint: Arc::new(asked), asked_prefix: None },
        });
        let mut origins = self.origins.borrow_mut();
        if origins.len() >= MOST_ORIGINS {
            origins.clear();
        }
        origins.insert(prefix.into(), Arc::clone(&origin));
        Ok(origin)
    }
}

fn place(setting: &str, text: &str) -> Result<Endpoint, String> {
    let url = Url::parse(text).map_err(|error| error.to_string());
    url.and_then(|url| Endpoint::new(&url)).map_err(|error| format!("{setting} {text:?}: {error}"))
}

/// A URL parser drops line breaks and what is blank at the end, as a browser does with what someone typed. Here they
/// come from values, and must reach the server.
fn keep_white_space(text: &str) -> Cow<'_, str> {
    let is_blank = |character: char| character <= ' ';
    let text = text.trim_start_matches(is_blank);
    let end = text.trim_end_matches(is_blank).len();
    if end == text.len() && !text.contains(['\t', '\n', '\r']) {
        return Cow::Borrowed(text);
    }
    let kept = text.char_indices().map(|(at, character)| match character {
        '\t' | '\n' | '\r' => format!("%{:02X}", u32::from(character)),
        _ if at >= end => format!("%{:02X}", u32::from(character)),
        _ => character.to_string(),
    });
    Cow::Owned(kept.collect())
}

/// `http://host:port` and the rest, if that begins with a slash.
fn split_prefix(text: &str) -> Option<(&str, &str)> {
    let authority = text.find("://").filter(|at| matches!(at, 4 | 5))? + 3;
    let cut = authority + memchr::memchr(b'/', &text.as_bytes()[authority..])?;
    text.split_at_checked(cut)
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

/// Whether a target goes out as it is: nothing to encode, no dot segments to resolve, no fragment to cut.
fn is_clean(target: &[u8]) -> bool {
    let mut previous = 0;
    target.iter().all(|&byte| {
        // An encoded dot is a dot, too.
        let may_be_dots = previous == b'/' && (byte == b'.' || byte == b'%');
        previous = byte;
        CLEAN[usize::from(byte)] && !may_be_dots
    })
}

const CLEAN: [bool; 256] = {
    let mut table = [false; 256];
    let clean = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&()*+,;=:@/?%";
    let mut at = 0;
    while at < clean.len() {
        table[clean[at] as usize] = true;
        at += 1;
    }
    table
};
