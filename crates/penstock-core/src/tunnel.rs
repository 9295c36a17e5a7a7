//! A proxy's tunnel: CONNECT, and what the proxy says to it.

use std::future::poll_fn;
use std::io;

use crate::address::Endpoint;
use crate::codec::head;
use crate::failure::{Failure, standard_phrase};
use crate::net::Socket;
use crate::way::Proxy;

/// A proxy that says more than this has nothing to say.
const LONGEST_ANSWER: usize = 64 * 1024;

/// `host:port`, as CONNECT names a server.
#[must_use]
pub fn target_of(endpoint: &Endpoint) -> String {
    endpoint.name.clone()
}

/// Asks the proxy at the other end of the socket for a tunnel; afterwards the socket speaks to the target.
///
/// # Errors
/// Kind `proxy`: what the proxy said, or that it said nothing.
pub async fn open(socket: &Socket, target: &str, proxy: &Proxy) -> Result<(), Failure> {
    let name = &proxy.endpoint.name;
    let broken = |error: io::Error| match error.kind() {
        io::ErrorKind::ConnectionReset => Failure::new("proxy", format!("the proxy reset the connection ({name})")),
        _ => Failure::new("proxy", format!("the proxy closed the connection ({name})")),
    };
    let authorization = proxy.authorization.as_ref();
    let authorization = authorization.map(|value| format!("Proxy-Authorization: {value}\r\n")).unwrap_or_default();
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n");
    let mut bytes = request.as_bytes();
    while !bytes.is_empty() {
        let sent = poll_fn(|context| socket.poll_send(context, bytes)).await.map_err(broken)?;
        bytes = &bytes[sent..];
    }
    let mut answer = Vec::new();
    loop {
        // Byte for byte up to the end of the head: what comes behind it is already the target's.
        let is_open = poll_fn(|context| socket.poll_receive_line(context, &mut answer)).await.map_err(broken)?;
        if !is_open {
            return Err(broken(io::ErrorKind::UnexpectedEof.into()));
        }
        if answer.len() > LONGEST_ANSWER {
            return Err(Failure::new("proxy", format!("the proxy's answer has no end ({name})")));
        }
        let head = head::parse(&answer)
            .map_err(|_| Failure::new("proxy", format!("the proxy does not speak HTTP/1.1 ({name})")))?;
        match head {
            None => {}
            Some(head) if head.status < 200 => drop(answer.drain(..head.length)),
            Some(head) if head.status < 300 => return Ok(()),
            Some(head) => {
                let phrase = standard_phrase(head.status).map(|phrase| format!(" {phrase}")).unwrap_or_default();
                return Err(Failure::new(
                    "proxy",
                    format!("the proxy refused the tunnel: {}{phrase} ({name})", head.status),
                ));
            }
        }
    }
}
