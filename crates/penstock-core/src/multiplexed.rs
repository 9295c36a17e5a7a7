//! One request and its response, as a stream of an HTTP/2 connection. What is sent is what HTTP/1.1 would be sent, told
//! in the other framing: one place decides over headers, cookies and credentials.

use std::cell::RefCell;

use http::header::{HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};

use crate::clock::now_ns;
use crate::codec::response::Received;
use crate::cookies::Jar;
use crate::failure::Failure;
use crate::host::{Host, Request};
use crate::http2::{Answer, Http2};
use crate::progress::Progress;
use crate::redirect::Hop;
use crate::run::Run;
use crate::transmit::{Arrived, Broken, arrive, encode_head};

/// Headers that are about one connection of HTTP/1.1.
const OF_THE_CONNECTION: [&str; 8] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host", "te", "http2-settings"];

/// Sends the request and receives the response into `arrived`.
///
/// # Errors
/// Why no response came.
pub async fn transmit<H: Host>(
    run: &Run<H>,
    request: &Request<'_>,
    hop: &Hop<'_>,
    http2: &Http2,
    jar: &RefCell<Option<Box<Jar>>>,
    progress: &mut Progress,
    arrived: &mut Option<Arrived<H::Body>>,
) -> Result<(), Box<Broken>> {
    let head = &mut progress.sent.raw_head;
    head.clear();
    head.reserve(256);
    let body = encode_head(run, request, hop, jar.borrow().as_deref(), None, head);
    let told = run.translator.borrow_mut().translate(head, hop.address.origin.endpoint.is_tls);
    progress.sent.has_body = body.is_some();
    let told = told.map_err(|reason| Broken { failure: Failure::new("url", reason), is_untouched: false })?;
    let (mut sent_ns, mut sent_all_ns) = (0, 0);
    let mut note = |is_all: bool| match is_all {
        false => sent_ns = now_ns(),
        true if body.is_some() => sent_all_ns = now_ns(),
        true => {}
    };
    let discards = request.handling.is_some_and(|handling| handling.discards_body);
    let keeps = (!discards).then_some(run.http.max_body_bytes);
    let outcome = http2.exchange(told, body, keeps, &mut note).await;
    let (bytes_sent, bytes_received) = http2.claim_traffic();
    progress.measure.bytes_sent += bytes_sent;
    progress.measure.bytes_received += bytes_received;
    if sent_ns > 0 {
        progress.sent_ns.get_or_insert(sent_ns);
    }
    let answer = outcome.map_err(|trouble| Broken { failure: trouble.failure, is_untouched: trouble.is_untouched })?;
    let first_ns = run.received_ns(answer.first, Some(sent_ns), answer.read_ns);
    let received_ns = run.received_ns(answer.last, Some(sent_ns), answer.read_ns);
    progress.read_ns = Some(answer.read_ns);
    progress.received_ns = Some(received_ns);
    let sent_all_ns = sent_all_ns.max(sent_ns);
    let passage = progress.measure.passage.get_or_insert_default();
    passage.send_ns += sent_all_ns.saturating_sub(sent_ns);
    passage.wait_ns += first_ns.saturating_sub(sent_all_ns);
    passage.receive_ns += received_ns.saturating_sub(first_ns);
    let raw_head = written(&answer);
    let Ok(Some((head, known_head))) = run.heads.read(&raw_head) else {
        let failure = Failure::new("protocol", "invalid response headers");
        return Err(Box::new(Broken { failure, is_untouched: false }));
    };
    let max_redirects = request.max_redirects.unwrap_or(run.http.max_redirects);
    let may_follow = progress.redirects.len() < max_redirects as usize;
    let received =
        Received { head, raw_head: &raw_head, known_head: Some(known_head), body: &answer.body, reusable: true };
    arrive(run, request, received, hop, jar, may_follow, arrived);
    Ok(())
}

/// Says a request head of HTTP/1.1 in the words of HTTP/2.
#[derive(Default)]
pub struct Translator {
    /// What was said last: all but a target are often the same again.
    target: Option<PathAndQuery>,
    lines: Vec<u8>,
    fields: Fields,
}

/// What became of the lines of a head.
#[derive(Clone, Default)]
struct Fields {
    authority: Option<Authority>,
    headers: http::HeaderMap,
}

impl Translator {
    fn translate(&mut self, head: &[u8], is_tls: bool) -> Result<http::Request<()>, String> {
        let (first, lines) = head.split_at(memchr::memchr(b'\n', head).map_or(head.len(), |end| end + 1));
        let mut words = first.split(|byte| *byte == b' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if self.target.as_ref().is_none_or(|known| known.as_str().as_bytes() != target) {
            self.target = Some(PathAndQuery::try_from(target).map_err(|error| error.to_string())?);
        }
        if self.lines != lines {
            self.lines.clear(); // should they be unusable, nothing is known
            self.fields = read_lines(lines)?;
            self.lines.extend_from_slice(lines);
        }
        let Fields { authority, headers } = self.fields.clone();
        let mut uri = http::uri::Parts::default();
        uri.scheme = Some(if is_tls { Scheme::HTTPS } else { Scheme::HTTP });
        uri.authority = authority;
        uri.path_and_query.clone_from(&self.target);
        let mut request = http::Request::new(());
        *request.method_mut() = http::Method::from_bytes(method).map_err(|error| error.to_string())?;
        *request.uri_mut() = http::Uri::from_parts(uri).map_err(|error| error.to_string())?;
        *request.version_mut() = http::Version::HTTP_2;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

fn read_lines(lines: &[u8]) -> Result<Fields, String> {
    let mut fields = Fields::default();
    let lines = lines.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    for line in lines.take_while(|line| !line.is_empty()) {
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let value = line[colon..].strip_prefix(b": ").unwrap_or_default();
        let name = HeaderName::from_bytes(&line[..colon]).map_err(|error| error.to_string())?;
        if OF_THE_CONNECTION.contains(&name.as_str()) {
            if name == http::header::HOST {
                let authority = Authority::try_from(value).map_err(|error| format!("the Host header: {error}"))?;
                fields.authority = Some(authority);
            }
            continue;
        }
        fields.headers.append(name, HeaderValue::from_bytes(value).map_err(|error| error.to_string())?);
    }
    Ok(fields)
}

/// The head of a response as HTTP/1.1 would have it, which is what journeys and samples read.
fn written(answer: &Answer) -> Vec<u8> {
    let mut head = Vec::with_capacity(512);
    head.extend_from_slice(b"HTTP/1.1 ");
    head.extend_from_slice(answer.status.as_str().as_bytes());
    head.extend_from_slice(b" \r\n");
    for (name, value) in &answer.headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}
