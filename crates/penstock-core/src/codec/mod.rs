//! HTTP/1.1 as bytes: the only place that knows its framing. No sockets here, so every split of every response can be
//! tried in a test.

use std::borrow::Cow;

pub mod chunked;
pub mod head;
pub mod heads;
pub mod request;
pub mod response;
pub mod websocket;

/// Header text: HTTP's own is Latin-1, and many say UTF-8 all the same.
#[must_use]
pub fn header_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

/// The value of a received header as text; lines that continue others are joined by a blank (RFC 9112, 5.2).
#[must_use]
pub fn value_text(bytes: &[u8]) -> Cow<'_, str> {
    let text = header_text(bytes);
    if memchr::memchr2(b'\r', b'\n', bytes).is_none() {
        return text;
    }
    Cow::Owned(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}

/// What a server may do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not HTTP, with what is wrong.
    Garbage(&'static str),
    /// The body is longer than the plan allows.
    BodyTooLong,
    /// The connection ended before the first byte of a response.
    ClosedBefore,
    /// The connection ended inside a response.
    ClosedWithin,
}
