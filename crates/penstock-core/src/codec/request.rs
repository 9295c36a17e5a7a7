//! A request as bytes.

use std::io::Write;

/// What is sent, as the exchange decided it.
#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'a> {
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// `Host`, with its line end.
    pub host_line: &'a str,
    /// `User-Agent` and `Accept-Encoding`, with their line ends.
    pub agent_lines: &'a AgentLines,
    /// The user's own, which replace the engine's of the same name; of a name given twice the last one is sent.
    pub headers: &'a [(&'a str, &'a str)],
    /// Cookies of the jar, besides those that the user's own `Cookie` header names.
    pub cookies: Option<&'a str>,
    /// The value of `Authorization`, unless the user gave that header.
    pub authorization: Option<&'a str>,
    pub body_length: Option<usize>,
    /// HTTP/1.0.
    pub is_old: bool,
    /// For a proxy that passes the request on.
    pub forwarded: Option<Forwarded<'a>>,
}

/// What a proxy wants to know that passes a request on.
#[derive(Debug, Clone, Copy)]
pub struct Forwarded<'a> {
    /// `http://host[:port]`, in front of the target.
    pub prefix: &'a str,
    /// The value of `Proxy-Authorization`.
    pub authorization: Option<&'a str>,
}

/// The lines that are the same for all requests of a run.
#[derive(Debug, Clone)]
pub struct AgentLines {
    user_agent: String,
    accept_encoding: String,
    both: String,
}

impl AgentLines {
    /// An empty value means no such header.
    #[must_use]
    pub fn new(user_agent: &str, accept_encoding: &str) -> Self {
        let line =
            |name: &str, value: &str| if value.is_empty() { String::new() } else { format!("{name}: {value}\r\n") };
        let (user_agent, accept_encoding) = (line("User-Agent", user_agent), line("Accept-Encoding", accept_encoding));
        Self { both: format!("{user_agent}{accept_encoding}"), user_agent, accept_encoding }
    }
}

/// Adds the head, empty line included, to `out`.
pub fn encode(out: &mut Vec<u8>, head: &RequestHead) {
    out.extend_from_slice(head.method.as_bytes());
    out.push(b' ');
    if let Some(forwarded) = &head.forwarded {
        out.extend_from_slice(forwarded.prefix.as_bytes());
    }
    out.extend_from_slice(head.target.as_bytes());
    out.extend_from_slice(if head.is_old { b" HTTP/1.0\r\n" } else { b" HTTP/1.1\r\n" });
    let mut length = head.body_length.or_else(|| announces_empty_body(head.method).then_some(0));
    let mut user_cookies = None;
    if head.headers.is_empty() {
        out.extend_from_slice(head.host_line.as_bytes());
        out.extend_from_slice(head.agent_lines.both.as_bytes());
    } else {
        let has = |name| given(head.headers, name);
        if !has("host") {
            out.extend_from_slice(head.host_line.as_bytes());
        }
        if !has("user-agent") {
            out.extend_from_slice(head.agent_lines.user_agent.as_bytes());
        }
        if !has("accept-encoding") {
            out.extend_from_slice(head.agent_lines.accept_encoding.as_bytes());
        }
        for (at, (name, value)) in head.headers.iter().enumerate() {
            if head.headers[at + 1..].iter().any(|(later, _)| later.eq_ignore_ascii_case(name)) {
                continue;
            }
            match name.len() {
                6 if name.eq_ignore_ascii_case("cookie") => {
                    user_cookies = Some(*value);
                    continue;
                }
                14 if name.eq_ignore_ascii_case("content-length") => length = None,
                // The body is sent whole, with its length; saying both would be an attack on the server's framing.
                17 if name.eq_ignore_ascii_case("transfer-encoding") => continue,
                _ => {}
            }
            line(out, &[name, ": ", value.trim_matches([' ', '\t'])]);
        }
    }
    if let Some(value) = head.authorization.filter(|_| !given(head.headers, "authorization")) {
        line(out, &["Authorization: ", value]);
    }
    if let Some(authorization) = head.forwarded.as_ref().and_then(|forwarded| forwarded.authorization)
        && !given(head.headers, "proxy-authorization")
    {
        line(out, &["Proxy-Authorization: ", authorization]);
    }
    match (user_cookies, head.cookies) {
        (Some(own), Some(jar)) => line(out, &["Cookie: ", own, "; ", jar]),
        (Some(cookies), None) | (None, Some(cookies)) => line(out, &["Cookie: ", cookies]),
        (None, None) => {}
    }
    if let Some(length) = length {
        // Writing to memory does not fail.
        let _ = write!(out, "Content-Length: {length}\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// Whether the user gave a header of this name.
#[must_use]
pub fn given(headers: &[(&str, &str)], name: &str) -> bool {
    headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
}

/// The value of the last header of this name: the one that is sent.
#[must_use]
pub fn last<'a>(headers: &[(&'a str, &'a str)], name: &str) -> Option<&'a str> {
    headers.iter().rev().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

fn line(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        push_text(out, part);
    }
    out.extend_from_slice(b"\r\n");
}

/// Text goes out in Latin-1, HTTP's own, or as UTF-8 where that cannot say it.
fn push_text(out: &mut Vec<u8>, text: &str) {
    if !text.is_ascii() && text.chars().all(|character| u8::try_from(character).is_ok()) {
        out.extend(text.chars().filter_map(|character| u8::try_from(character).ok()));
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

/// Servers may insist on a length with these methods even when there is no body.
fn announces_empty_body(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}

/// Says what of a request cannot be sent; what passes cannot break out of its line.
///
/// # Errors
/// A sentence for the user.
pub fn check(method: &str, headers: &[(&str, &str)]) -> Result<(), String> {
    if method.is_empty() || !method.bytes().all(is_token) {
        return Err(format!("{method:?} is not an HTTP method"));
    }
    for (name, value) in headers {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("{name:?} is not a header name"));
        }
        if value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(format!("header {name}: a value may not hold line breaks or NUL"));
        }
    }
    Ok(())
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
