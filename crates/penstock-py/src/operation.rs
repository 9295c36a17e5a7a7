//! What a coroutine hands over: a plain tuple, read by index. Its strings and bytes are not copied; the tuple keeps
//! them.

use penstock_core::host::{Handling, Operation, Parallel, Request, SocketStep, Until};
use penstock_core::transport::HttpVersion;
use penstock_core::way::{Credentials, Wish};
use pyo3::Borrowed;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyMapping, PyString, PyTuple};

const REQUEST: i64 = 0;
const SLEEP: i64 = 1;
const THINK: i64 = 2;
const PARALLEL: i64 = 3;
const SOCKET_OPEN: i64 = 4;
const SOCKET_SEND: i64 = 5;
const SOCKET_RECEIVE: i64 = 6;
const SOCKET_CLOSE: i64 = 7;
const COOKIES: i64 = 20;
const REQUEST_LENGTH: usize = 7;
const OPTIONS_LENGTH: usize = 6;
/// The place of a request's URL.
const URL_AT: usize = 2;

pub enum Handed {
    Request(PyOperation),
    Parallel(Parallel<PyOperation>),
    Socket(SocketStep<PyOperation>),
    Sleep(f64),
    Think(f64),
    Cookies(Option<Vec<String>>),
}

/// A request, as it was handed over. Boxed: it passes through many hands, and lies in every user's task.
pub struct PyOperation(Box<Given>);

/// What is borrowed for ever belongs to objects that `tuple` and `_items` own; it leaves only through `request`, which
/// ties it to this operation's life.
struct Given {
    method: &'static str,
    url: &'static str,
    name: Option<&'static str>,
    headers: Box<[(&'static str, &'static str)]>,
    body: Option<&'static [u8]>,
    options: Options,
    _items: Option<Py<PyTuple>>,
    tuple: Py<PyTuple>,
}

impl PyOperation {
    /// The URL as the journey gave it.
    pub fn url(&self, py: Python<'_>) -> Py<PyString> {
        let url = self.0.tuple.bind(py).get_item(URL_AT).and_then(|url| Ok(url.cast_into::<PyString>()?));
        url.expect("it was read when the operation was").unbind()
    }
}

impl Operation for PyOperation {
    fn request(&self) -> Request<'_> {
        let given = &*self.0;
        Request {
            method: given.method,
            url: given.url,
            name: given.name,
            headers: &given.headers,
            body: given.body,
            timeout_s: given.options.timeout_s,
            max_redirects: given.options.max_redirects,
            expected_status: given.options.expected_status.as_deref(),
            wish: given.options.wish.as_deref(),
            handling: given.options.handling.as_deref(),
            tags: &given.options.tags,
        }
    }
}

/// Reads what was yielded.
///
/// # Errors
/// What to raise at the await that handed it over.
pub fn read(yielded: Bound<'_, PyAny>) -> PyResult<Handed> {
    let Ok(tuple) = yielded.cast_into::<PyTuple>() else { return Err(foreign()) };
    let Ok(code) = tuple.get_borrowed_item(0).and_then(Borrowed::extract::<i64>) else { return Err(foreign()) };
    match (code, tuple.len()) {
        (REQUEST, REQUEST_LENGTH) => read_request(tuple).map(Handed::Request),
        (SLEEP, 2) => read_sleep(&tuple.get_item(1)?).map(Handed::Sleep),
        (THINK, 2) => read_sleep(&tuple.get_item(1)?).map(Handed::Think),
        (COOKIES, 2) => tuple
            .get_item(1)?
            .extract()
            .map(Handed::Cookies)
            .map_err(|_| PyTypeError::new_err("cookies must be None or a tuple of lines")),
        (SOCKET_OPEN | SOCKET_CLOSE, 4) | (SOCKET_SEND | SOCKET_RECEIVE, 3) => {
            read_socket(code, &tuple).map(Handed::Socket)
        }
        (PARALLEL, 4) => read_parallel(&tuple).map(Handed::Parallel),
        _ => Err(foreign()),
    }
}

fn foreign() -> PyErr {
    PyRuntimeError::new_err(
        "this cannot be awaited in a journey: Penstock's loop is not asyncio; await only what penstock.script gives \
         (http.get(...) and its siblings, sleep(...)), and calls of your own that await these",
    )
}

fn read_sleep(seconds: &Bound<'_, PyAny>) -> PyResult<f64> {
    if !seconds.is_instance_of::<PyFloat>() && !seconds.is_instance_of::<PyInt>() {
        return Err(PyTypeError::new_err(format!("sleep: seconds must be a number, not {}", type_name(seconds))));
    }
    let seconds: f64 = seconds.extract()?;
    if !seconds.is_finite() || seconds < 0.0 {
        return Err(PyValueError::new_err(format!(
            "sleep: {seconds} seconds; give a finite number that is not negative"
        )));
    }
    Ok(seconds)
}

/// What is done with a socket: open (4, key, request, subprotocols), send (5, key, request), receive (6, key, request),
/// close (7, key, code, reason). What is sent is the body of the request; what is waited for is called by its name.
fn read_socket(code: i64, tuple: &Bound<'_, PyTuple>) -> PyResult<SocketStep<PyOperation>> {
    let key: u64 = tuple.get_item(1)?.extract()?;
    if code == SOCKET_CLOSE {
        return Ok(SocketStep::Close {
            key,
            code: tuple.get_item(2)?.extract()?,
            reason: tuple.get_item(3)?.extract()?,
        });
    }
    let request = tuple
        .get_item(2)?
        .cast_into::<PyTuple>()
        .map_err(|error| mistyped("request", "a tuple", &error.into_inner()))?;
    if request.len() != REQUEST_LENGTH {
        return Err(PyTypeError::new_err("a socket's operation holds a request"));
    }
    let is_text = request.get_item(5)?.is_instance_of::<PyString>();
    let operation = read_request(request)?;
    Ok(match code {
        SOCKET_OPEN => SocketStep::Open { key, operation, subprotocols: tuple.get_item(3)?.extract()? },
        SOCKET_SEND => SocketStep::Send { key, operation, is_text },
        SOCKET_RECEIVE => SocketStep::Receive { key, operation },
        _ => return Err(foreign()),
    })
}

fn read_parallel(tuple: &Bound<'_, PyTuple>) -> PyResult<Parallel<PyOperation>> {
    let given = tuple.get_item(1)?;
    let wrong = || PyTypeError::new_err("parallel: a tuple of requests is needed");
    let mut requests = Vec::new();
    for request in given.cast::<PyTuple>().map_err(|_| wrong())?.iter() {
        match read(request)? {
            Handed::Request(request) => requests.push(request),
            _ => return Err(wrong()),
        }
    }
    let most_per_host: Option<usize> = tuple.get_item(2)?.extract().map_err(|_| wrong_limit())?;
    if most_per_host == Some(0) {
        return Err(wrong_limit());
    }
    let are_dependents = tuple.get_item(3)?.extract()?;
    Ok(Parallel { requests, most_per_host, are_dependents })
}

fn wrong_limit() -> PyErr {
    PyValueError::new_err("parallel: the connections per host must be a whole number, at least 1")
}

fn read_request(tuple: Bound<'_, PyTuple>) -> PyResult<PyOperation> {
    let item = |at: usize| tuple.get_borrowed_item(at);
    let (method, url, name) = (item(1)?, item(URL_AT)?, item(3)?);
    let (headers, body, options) = (item(4)?, item(5)?, item(6)?);
    let (items, headers) = read_headers(&headers)?;
    let options = read_options(&options)?;
    // SAFETY (of every `text` and `bytes` here): the objects belong to the tuple, or to `items`, and both are kept in
    // the operation next to what points into them; tuples, str and bytes do not change.
    let (url, method) = unsafe { (text(&url, "url")?, text(&method, "method")?) };
    let name = if name.is_none() { None } else { Some(unsafe { text(&name, "name")? }) };
    let name = name.filter(|name| !name.is_empty()); // a row without a name would say nothing
    let body = if body.is_none() { None } else { Some(unsafe { bytes(&body)? }) };
    Ok(PyOperation(Box::new(Given { method, url, name, headers, body, options, _items: items, tuple: tuple.unbind() })))
}

type Pairs = Box<[(&'static str, &'static str)]>;

/// Headers, and the tuple that keeps their strings where the operation's own does not.
fn read_headers(headers: &Bound<'_, PyAny>) -> PyResult<(Option<Py<PyTuple>>, Pairs)> {
    if headers.is_none() {
        return Ok((None, Box::default()));
    }
    let items = match headers.cast::<PyTuple>() {
        Ok(pairs) => pairs.clone(),
        Err(_) => match headers.cast::<PyMapping>() {
            Ok(mapping) => mapping.items()?.to_tuple(),
            Err(_) => return Err(mistyped("headers", "a mapping or a tuple of pairs", headers)),
        },
    };
    let mut pairs = Vec::with_capacity(items.len());
    for item in items.iter() {
        let pair = item.cast::<PyTuple>().ok().filter(|pair| pair.len() == 2);
        let Some(pair) = pair else { return Err(mistyped("headers", "pairs of name and value", &item)) };
        // SAFETY: the strings belong to a tuple inside `items`, which the operation keeps.
        pairs.push(unsafe { (text(&pair.get_item(0)?, "header name")?, text(&pair.get_item(1)?, "header value")?) });
    }
    Ok((Some(items.unbind()), pairs.into()))
}

#[derive(Default)]
struct Options {
    timeout_s: Option<f64>,
    max_redirects: Option<u32>,
    expected_status: Option<Box<[(u16, u16)]>>,
    /// What it points into belongs to the operation's tuple.
    wish: Option<Box<Wish<'static>>>,
    handling: Option<Box<Handling<'static>>>,
    tags: Box<[&'static str]>,
}

fn read_options(options: &Bound<'_, PyAny>) -> PyResult<Options> {
    if options.is_none() {
        return Ok(Options::default());
    }
    let options =
        options.cast::<PyTuple>().ok().filter(|options| options.len() <= OPTIONS_LENGTH).ok_or_else(|| {
            PyTypeError::new_err("options must be None or a tuple as penstock.script.operations has it")
        })?;
    // What is left out at the end is as the run has it.
    let item = |at: usize| match options.get_item(at) {
        Ok(item) if at < options.len() => Some(item).filter(|item| !item.is_none()),
        _ => None,
    };
    let timeout_s = item(0).map(|item| item.extract::<f64>()).transpose();
    let timeout_s = timeout_s.map_err(|_| PyTypeError::new_err("timeout must be a number of seconds"))?;
    if timeout_s.is_some_and(|timeout_s| timeout_s.is_nan() || timeout_s <= 0.0) {
        return Err(PyValueError::new_err("timeout must be more than 0 seconds"));
    }
    let max_redirects = item(1).map(|item| item.extract()).transpose();
    let max_redirects =
        max_redirects.map_err(|_| PyTypeError::new_err("redirects must be a whole number, at least 0"))?;
    let expected_status = item(2).map(|item| item.extract::<Vec<(u16, u16)>>()).transpose();
    let expected_status =
        expected_status.map_err(|_| PyTypeError::new_err("expected statuses must be pairs of (least, most)"))?;
    let wish = item(3).map(|item| read_wish(&item)).transpose()?.map(Box::new);
    let handling = item(4).map(|item| read_handling(&item)).transpose()?.map(Box::new);
    let tags = item(5).map(|item| read_tags(&item)).transpose()?.unwrap_or_default();
    Ok(Options { timeout_s, max_redirects, expected_status: expected_status.map(Into::into), wish, handling, tags })
}

fn read_tags(tags: &Bound<'_, PyAny>) -> PyResult<Box<[&'static str]>> {
    let tags = tags.cast::<PyTuple>().map_err(|_| mistyped("tags", "a tuple of str", tags))?;
    // SAFETY: the strings belong to a tuple inside the operation's, which it keeps.
    tags.iter().map(|tag| unsafe { text(&tag, "tag") }).collect()
}

/// How a request travels: (credentials, proxy, `no_proxy`, version, certificate), each None where it says nothing.
fn read_wish(transport: &Bound<'_, PyAny>) -> PyResult<Wish<'static>> {
    let parts = transport.cast::<PyTuple>().ok().filter(|parts| parts.len() == 5);
    let parts = parts.ok_or_else(|| mistyped("transport", "a tuple of five", transport))?;
    let item = |at: usize| parts.get_item(at).ok().filter(|item| !item.is_none());
    // SAFETY (of every `text` here): the strings belong to tuples inside the operation's, which it keeps.
    let word = |at: usize, what: &str| item(at).map(|item| unsafe { text(&item, what) }).transpose();
    let mut no_proxy = Vec::new();
    if let Some(entries) = item(2) {
        let entries = entries.cast_into::<PyTuple>().map_err(|_| PyTypeError::new_err("no_proxy must be a tuple"))?;
        for entry in entries.iter() {
            no_proxy.push(unsafe { text(&entry, "no_proxy") }?);
        }
    }
    let version = word(3, "http_version")?;
    Ok(Wish {
        credentials: item(0).map(|item| read_credentials(&item)).transpose()?,
        proxy: word(1, "proxy")?,
        no_proxy: no_proxy.into(),
        version: version.map(HttpVersion::read).transpose().map_err(PyValueError::new_err)?,
        certificate: word(4, "certificate")?,
        tunnels: false,
    })
}

fn read_credentials(credentials: &Bound<'_, PyAny>) -> PyResult<Credentials<'static>> {
    let parts = credentials.cast::<PyTuple>().ok().filter(|parts| parts.len() == 3);
    let parts = parts.ok_or_else(|| mistyped("credentials", "(scheme, user, password)", credentials))?;
    // SAFETY: the strings belong to a tuple inside the operation's, which it keeps.
    let word = |at: usize, what: &str| unsafe { text(&parts.get_item(at)?, what) };
    let only_digest = match word(0, "scheme")? {
        "digest" => true,
        "any" => false,
        other => {
            return Err(PyValueError::new_err(format!(
                "credentials by {other:?} wait for no challenge; known are digest and any"
            )));
        }
    };
    Ok(Credentials { only_digest, user: word(1, "user")?, password: word(2, "password")? })
}

/// What is done with the response: (not recorded, forgiven, body discarded, until).
fn read_handling(handling: &Bound<'_, PyAny>) -> PyResult<Handling<'static>> {
    let parts = handling.cast::<PyTuple>().ok().filter(|parts| parts.len() == 4);
    let parts = parts.ok_or_else(|| mistyped("handling", "a tuple of four", handling))?;
    let until = parts.get_item(3)?;
    Ok(Handling {
        is_unrecorded: parts.get_item(0)?.extract()?,
        is_forgiven: parts.get_item(1)?.extract()?,
        discards_body: parts.get_item(2)?.extract()?,
        until: if until.is_none() { None } else { Some(read_until(&until)?) },
    })
}

/// When a response has been read far enough: (events, text, seconds), each None where it says nothing.
fn read_until(until: &Bound<'_, PyAny>) -> PyResult<Until<'static>> {
    let parts = until.cast::<PyTuple>().ok().filter(|parts| parts.len() == 3);
    let parts = parts.ok_or_else(|| mistyped("until", "a tuple of three", until))?;
    let text = parts.get_item(1)?;
    let seconds: Option<f64> = parts.get_item(2)?.extract()?;
    if seconds.is_some_and(|seconds| seconds.is_nan() || seconds <= 0.0) {
        return Err(PyValueError::new_err("a stream is read for more than 0 seconds"));
    }
    let events: Option<u32> = parts.get_item(0)?.extract()?;
    if events == Some(0) {
        return Err(PyValueError::new_err("a stream is read for at least 1 event"));
    }
    // SAFETY: the text belongs to a tuple inside the operation's, which it keeps.
    let text = if text.is_none() { None } else { Some(unsafe { bytes(&text)? }) };
    Ok(Until { events, text, seconds })
}

fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string())
}

fn mistyped(what: &str, wanted: &str, given: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{what} must be {wanted}, not {}", type_name(given)))
}

/// The text of a str, for as long as the str lives.
///
/// # Safety
/// The caller keeps the str at least as long as the result.
unsafe fn text(object: &Bound<'_, PyAny>, what: &str) -> PyResult<&'static str> {
    let string = object.cast::<PyString>().map_err(|_| mistyped(what, "a str", object))?;
    let text =
        string.to_str().map_err(|_| PyValueError::new_err(format!("{what} holds characters that are no text")))?;
    // SAFETY: a str keeps its UTF-8 form until it is freed; the caller sees to that.
    Ok(unsafe { &*std::ptr::from_ref(text) })
}

/// The bytes of a str or bytes, for as long as the object lives.
///
/// # Safety
/// As for `text`.
unsafe fn bytes(object: &Bound<'_, PyAny>) -> PyResult<&'static [u8]> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        // SAFETY: bytes do not change; the caller keeps them.
        return Ok(unsafe { &*std::ptr::from_ref(bytes.as_bytes()) });
    }
    if object.is_instance_of::<PyString>() {
        // SAFETY: as the caller promised.
        return Ok(unsafe { text(object, "body") }?.as_bytes());
    }
    Err(mistyped("body", "bytes, str or None", object))
}
