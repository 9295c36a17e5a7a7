//! The head of a response: what the framing needs, read once; the rest is read again by who asks for it.

use std::cell::RefCell;
use std::mem::MaybeUninit;

use httparse::{Header, ParserConfig, Response, Status};

use super::{Fault, header_text};

pub const LONGEST_HEAD: usize = 256 * 1024;
/// Enough for nearly every response; a head with more is parsed a second time with room for as many as it has lines.
const USUAL_HEADERS: usize = 64;

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
}

/// What the loop needs of a head; the flags say whether a second look at its bytes is worth it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// Bytes of the head, the empty line included.
    pub length: usize,
    pub framing: Framing,
    pub keep_alive: bool,
    pub sets_cookies: bool,
    pub is_encoded: bool,
}

/// Parses a head; None while its end is missing.
///
/// # Errors
/// `Fault::Garbage` when the bytes cannot become the head of a response.
pub fn parse(bytes: &[u8]) -> Result<Option<Head>, Fault> {
    match with_headers(bytes, evaluate)? {
        Some(head) => head.map(Some),
        None => Ok(None),
    }
}

/// Gives each header of a complete head, in order and as sent; none for the empty head of a failed exchange.
pub fn each_header(head: &[u8], each: impl FnMut(&str, &[u8])) {
    let each = RefCell::new(each);
    // A head that was parsed once parses again.
    let _ = with_headers(head, |_, response| {
        for header in response.headers.iter() {
            each.borrow_mut()(header.name, header.value);
        }
    });
}

/// The server's own phrase for the status; empty when it gave none.
#[must_use]
pub fn reason(head: &[u8]) -> String {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    words.nth(1).map_or_else(String::new, |status| {
        let rest = status.as_ptr() as usize - line.as_ptr() as usize + status.len();
        header_text(&line[rest..]).trim().to_owned()
    })
}

fn with_headers<T>(bytes: &[u8], then: impl Fn(usize, &Response) -> T) -> Result<Option<T>, Fault> {
    let result = match attempt(bytes, &mut [const { MaybeUninit::uninit() }; USUAL_HEADERS], &then) {
        Err(httparse::Error::TooManyHeaders) => {
            let lines = memchr::memchr_iter(b'\n', bytes).count();
            attempt(bytes, &mut vec![MaybeUninit::uninit(); lines], &then)
        }
        result => result,
    };
    result.map_err(|error| Fault::Garbage(describe(error)))
}

fn attempt<'b, T>(
    bytes: &'b [u8],
    headers: &mut [MaybeUninit<Header<'b>>],
    then: &impl Fn(usize, &Response) -> T,
) -> Result<Option<T>, httparse::Error> {
    let mut config = ParserConfig::default();
    // What browsers put up with is no failure of the system under test.
    config.allow_spaces_after_header_name_in_responses(true);
    config.allow_obsolete_multiline_headers_in_responses(true);
    config.allow_multiple_spaces_in_response_status_delimiters(true);
    let mut response = Response::new(&mut []);
    match config.parse_response_with_uninit_headers(&mut response, bytes, headers)? {
        Status::Complete(length) => Ok(Some(then(length, &response))),
        Status::Partial => Ok(None),
    }
}

fn describe(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::HeaderName => "invalid header name in the response",
        httparse::Error::HeaderValue => "invalid header value in the response",
        httparse::Error::NewLine => "invalid line end in the response head",
        httparse::Error::Status => "invalid status line",
        httparse::Error::TooManyHeaders => "too many response headers",
        httparse::Error::Version => "not an HTTP/1 response",
        httparse::Error::Token => "invalid response head",
    }
}

fn evaluate(length: usize, response: &Response) -> Result<Head, Fault> {
    let status = response.code.unwrap_or_default();
    if status < 100 {
        return Err(Fault::Garbage("invalid status line"));
    }
    let mut head = Head {
        status,
        length,
        framing: Framing::UntilClose,
        keep_alive: response.version == Some(1),
        sets_cookies: false,
        is_encoded: false,
    };
    let mut content_length = None;
    let mut closes = false;
    for header in response.headers.iter() {
        // Dispatch on the length first: nearly every header is passed over by one comparison of integers.
        match header.name.len() {
            10 if header.name.eq_ignore_ascii_case("connection") => {
                for option in header.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    if option.eq_ignore_ascii_case(b"close") {
                        closes = true;
                    } else if option.eq_ignore_ascii_case(b"keep-alive") {
                        head.keep_alive = true;
                    }
                }
            }
            10 if header.name.eq_ignore_ascii_case("set-cookie") => head.sets_cookies = true,
            14 if header.name.eq_ignore_ascii_case("content-length") => {
                for value in header.value.split(|byte| *byte == b',') {
                    let value = read_length(value.trim_ascii())?;
                    if content_length.is_some_and(|known| known != value) {
                        return Err(Fault::Garbage("two different Content-Length headers"));
                    }
                    content_length = Some(value);
                }
            }
            16 if header.name.eq_ignore_ascii_case("content-encoding") => head.is_encoded = true,
            17 if header.name.eq_ignore_ascii_case("transfer-encoding") => {
                for coding in header.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    if coding.eq_ignore_ascii_case(b"chunked") {
                        head.framing = Framing::Chunked;
                    } else if !coding.eq_ignore_ascii_case(b"identity") && !coding.is_empty() {
                        return Err(Fault::Garbage("a transfer encoding other than chunked"));
                    }
                }
            }
            _ => {}
        }
    }
    // Whatever else is said, the server closes (RFC 9112, 9.3); and one of HTTP/1.0 that says chunks does not know where
    // its responses end (6.1).
    head.keep_alive &= !closes && (response.version == Some(1) || head.framing != Framing::Chunked);
    if let (Framing::UntilClose, Some(length)) = (head.framing, content_length) {
        head.framing = Framing::Length(length);
    }
    if status < 200 || status == 204 || status == 304 {
        head.framing = Framing::Length(0);
    }
    Ok(head)
}

fn read_length(digits: &[u8]) -> Result<u64, Fault> {
    const INVALID: Fault = Fault::Garbage("invalid Content-Length");
    if digits.is_empty() {
        return Err(INVALID);
    }
    digits.iter().try_fold(0_u64, |length, digit| {
        if !digit.is_ascii_digit() {
            return Err(INVALID);
        }
        length.checked_mul(10).and_then(|length| length.checked_add(u64::from(digit - b'0'))).ok_or(INVALID)
    })
}
