//! A user's cookies, as RFC 6265 has them. There is no list of public suffixes: a load generator protects nobody from
//! a site that sets cookies for all of `co.uk`.

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::cookie_date;

/// The least that a browser keeps is 50 a site and 4096 bytes each; more would only fill the memory.
const MOST_COOKIES: usize = 200;
const LONGEST_COOKIE: usize = 8192;

#[derive(Debug, Default)]
pub struct Jar {
    /// In the order in which they were first set.
    cookies: Vec<Cookie>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    /// Only for the very host, not for those below it.
    is_host_only: bool,
    path: String,
    is_secure: bool,
    /// Seconds since 1970; None lives as long as the jar.
    expires_s: Option<i64>,
}

/// Where a request goes, as far as cookies care.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub host: &'a str,
    /// The host before retargeting, if that changed it: a server that believes to be it sets cookies for its name.
    pub asked_host: Option<&'a str>,
    pub path: &'a str,
    pub is_secure: bool,
}

/// Seconds since 1970, by the wall clock, for which cookies expire.
#[must_use]
pub fn wall_seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

impl Jar {
    /// Takes the value of a `Set-Cookie` header; what the rules forbid is ignored, as a browser does.
    pub fn store(&mut self, header: &str, place: Place, now_s: i64) {
        let Some(cookie) = Cookie::parse(header, place, now_s) else { return };
        if cookie.expires_s.is_some_and(|expires_s| expires_s <= now_s) {
            self.cookies.retain(|known| !known.is_same(&cookie));
        } else {
            if self.cookies.len() >= MOST_COOKIES {
                self.cookies.retain(|known| known.expires_s.is_none_or(|expires_s| expires_s > now_s));
            }
            self.put(cookie);
        }
    }

    /// Puts a cookie in the place of the one that it is, or behind all others.
    fn put(&mut self, cookie: Cookie) {
        if let Some(known) = self.cookies.iter_mut().find(|known| known.is_same(&cookie)) {
            *known = cookie;
            return;
        }
        if self.cookies.len() >= MOST_COOKIES {
            self.cookies.remove(0);
        }
        self.cookies.push(cookie);
    }

    /// The value of a `Cookie` header; cookies that `own`, a header the user gives, names are left to it.
    #[must_use]
    pub fn header(&self, place: Place, own: Option<&str>, now_s: i64) -> Option<String> {
        let mut matching: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.matches(place) && cookie.expires_s.is_none_or(|expires_s| expires_s > now_s))
            .filter(|cookie| !own.is_some_and(|own| names(own).any(|name| name == cookie.name)))
            .collect();
        matching.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let mut header = String::new();
        for cookie in matching {
            for part in [if header.is_empty() { "" } else { "; " }, &cookie.name, "=", &cookie.value] {
                header.push_str(part);
            }
        }
        (!header.is_empty()).then_some(header)
    }

    /// Each cookie as a line, to be kept outside of the loop: domain, `host` or `domain` (those below it as well), path,
    /// `secure` or `any`, seconds since 1970 when it expires (or nothing), name, value, with tabs between them.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.cookies.iter().filter_map(Cookie::line).collect()
    }

    /// The jar that gave the lines; what is no such line is left out, and of one cookie the last line counts.
    #[must_use]
    pub fn from_lines(lines: &[String]) -> Self {
        let mut jar = Self::default();
        lines.iter().filter_map(|line| Cookie::from_line(line)).for_each(|cookie| jar.put(cookie));
        jar
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }
}

fn names(header: &str) -> impl Iterator<Item = &str> {
    header.split(';').map(|pair| pair.split('=').next().unwrap_or_default().trim())
}

impl Cookie {
    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.domain == other.domain && self.path == other.path
    }

    fn parse(header: &str, place: Place, now_s: i64) -> Option<Self> {
        if header.len() > LONGEST_COOKIE || header.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return None;
        }
        let mut parts = header.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() {
            return None;
        }
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: place.host.to_ascii_lowercase(),
            is_host_only: true,
            path: default_path(place.path).to_owned(),
            is_secure: false,
            expires_s: None,
        };
        let (mut has_max_age, mut domain) = (false, "");
        for part in parts {
            let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match attribute.trim().to_ascii_lowercase().as_str() {
                "expires" if !has_max_age => cookie.expires_s = cookie_date::parse(value).or(cookie.expires_s),
                "max-age" => {
                    if let Some(age_s) = read_age(value) {
                        has_max_age = true;
                        cookie.expires_s = Some(if age_s <= 0 { i64::MIN } else { now_s.saturating_add(age_s) });
                    }
                }
                // Of an attribute that is said twice the last counts.
                "domain" => domain = value.strip_prefix('.').unwrap_or(value),
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "path" => default_path(place.path).clone_into(&mut cookie.path),
                "secure" => cookie.is_secure = true,
                _ => {}
            }
        }
        if !domain.is_empty() {
            cookie.set_domain(&domain.to_ascii_lowercase(), place)?;
        }
        Some(cookie)
    }

    /// None for one whose parts hold what separates them.
    fn line(&self) -> Option<String> {
        let scope = if self.is_host_only { "host" } else { "domain" };
        let transport = if self.is_secure { "secure" } else { "any" };
        let expires = self.expires_s.map(|expires_s| expires_s.to_string()).unwrap_or_default();
        let parts = [&self.domain, scope, &self.path, transport, &expires, &self.name];
        let is_clear = !parts.iter().any(|part| part.contains('\t'));
        is_clear.then(|| format!("{}\t{}", parts.join("\t"), self.value))
    }

    fn from_line(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.splitn(7, '\t').collect();
        let [domain, scope, path, transport, expires, name, value] = parts.try_into().ok()?;
        Some(Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: domain.to_owned(),
            is_host_only: scope == "host",
            path: path.to_owned(),
            is_secure: transport == "secure",
            expires_s: if expires.is_empty() { None } else { Some(expires.parse().ok()?) },
        })
    }

    /// None when the server may not set cookies for that domain.
    fn set_domain(&mut self, domain: &str, place: Place) -> Option<()> {
        if domain == place.host {
            // An address has no hosts below it, and what is below a name without a dot belongs to others (RFC 6265, 5.3).
            self.is_host_only = !domain.contains('.') || domain.parse::<IpAddr>().is_ok();
        } else if domain.contains('.') && is_below(place.host, domain) {
            (self.domain, self.is_host_only) = (domain.to_owned(), false);
        } else if !place.asked_host.is_some_and(|asked| asked == domain || is_below(asked, domain)) {
            return None;
        }
        // A domain of the name that was asked, before retargeting, holds for the host that answers for it.
        Some(())
    }

    fn matches(&self, place: Place) -> bool {
        let host = place.host.eq_ignore_ascii_case(&self.domain)
            || (!self.is_host_only && is_below(&place.host.to_ascii_lowercase(), &self.domain));
        host && (place.is_secure || !self.is_secure) && path_matches(place.path, &self.path)
    }
}

/// Seconds of a `Max-Age`: digits, and a minus before them; however many there are.
fn read_age(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(if digits.len() < text.len() { i64::MIN } else { i64::MAX }))
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')) && host.parse::<IpAddr>().is_err()
}

fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(at) if at > 0 && path.starts_with('/') => &path[..at],
        _ => "/",
    }
}

fn path_matches(path: &str, cookie_path: &str) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'))
}
