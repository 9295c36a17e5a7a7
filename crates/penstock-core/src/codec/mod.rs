//! HTTP/1.1 as bytes: the only place that knows its framing. No sockets here, so every split of every response can be
//! tried in a test.

pub mod chunked;
pub mod head;
pub mod request;
pub mod response;

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
