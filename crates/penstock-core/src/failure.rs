//! Why an exchange failed, in texts that reports group by: nothing in them differs from one time to the next, beyond
//! the host and port that were asked.

use std::borrow::Cow;
use std::io;

use crate::codec::Fault;

/// One reason. `kind` is one of the words of `penstock.script.http.Response.error_kind`, or of the recorder's callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: &'static str,
    pub message: String,
}

/// Why something failed, in the words of whoever failed it: kind and message.
pub type Reason = (Cow<'static, str>, String);

impl Failure {
    #[must_use]
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    #[must_use]
    pub fn timeout(seconds: f64) -> Self {
        Self::new("timeout", format!("no complete response within {seconds} s"))
    }

    /// `name` is the `host:port` that was asked.
    #[must_use]
    pub fn connect(error: &io::Error, name: &str) -> Self {
        let what = match error.raw_os_error() {
            Some(libc::EMFILE | libc::ENFILE) => return Self::new("exhausted", "out of file descriptors"),
            Some(libc::EADDRNOTAVAIL) => return Self::new("exhausted", "out of local ports"),
            Some(libc::ENOBUFS | libc::ENOMEM) => return Self::new("exhausted", "out of memory for sockets"),
            Some(libc::ECONNREFUSED) => "connection refused",
            Some(libc::ECONNRESET) => "connection reset while connecting",
            Some(libc::ETIMEDOUT) => "no answer to connecting",
            Some(libc::EHOSTUNREACH) => "no route to the host",
            Some(libc::ENETUNREACH) => "network unreachable",
            Some(libc::EACCES | libc::EPERM) => "connecting is not permitted",
            _ => return Self::new("connect", format!("cannot connect ({name}): {error}")),
        };
        Self::new("connect", format!("{what} ({name})"))
    }

    /// A connection that broke; `name` is the `host:port` asked, `untouched` says that no byte of the response had come.
    #[must_use]
    pub fn broken(error: &io::Error, untouched: bool, name: &str) -> Self {
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::tls(error, name);
        }
        let what = match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionAborted => "closed",
            io::ErrorKind::ConnectionReset => "reset",
            io::ErrorKind::TimedOut => "timed out",
            _ => return Self::new("closed", format!("connection broken: {error}")),
        };
        let place = if untouched { "before the response" } else { "in mid-response" };
        Self::new("closed", format!("connection {what} {place}"))
    }

    #[must_use]
    pub fn fault(fault: Fault, longest_body: u64) -> Self {
        match fault {
            Fault::Garbage(what) => Self::new("protocol", what),
            Fault::BodyTooLong => Self::too_long(longest_body),
            Fault::ClosedBefore => Self::new("closed", "connection closed before the response"),
            Fault::ClosedWithin => Self::new("closed", "connection closed in mid-response"),
        }
    }

    #[must_use]
    pub fn too_long(longest_body: u64) -> Self {
        Self::new("body", format!("response body longer than {longest_body} bytes"))
    }

    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::new(
            "status",
            match standard_phrase(status) {
                Some(phrase) => format!("HTTP status {status} - {phrase}"),
                None => format!("HTTP status {status} - Unsuccessful HTTP response"),
            },
        )
    }
}

/// The phrase that the IANA registry has for a status.
#[must_use]
pub fn standard_phrase(status: u16) -> Option<&'static str> {
    Some(match status {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Payload Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        418 => "I'm a teapot",
        421 => "Misdirected Request",
        422 => "Unprocessable Entity",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        510 => "Not Extended",
        511 => "Network Authentication Required",
        _ => return None,
    })
}
