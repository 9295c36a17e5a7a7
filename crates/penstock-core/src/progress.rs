//! What an exchange has done so far. It lives outside the exchange's own future, so that a timeout that cuts the
//! exchange short still knows what was sent and received.

use std::sync::Arc;

use crate::address::Origin;
use crate::clock::now_ns;
use crate::failure::Reason;
use crate::series::Measure;
use crate::tally::SeriesId;

#[derive(Debug, Default)]
pub struct Progress {
    /// What is counted of it, or of its last hop where redirects count by themselves; complete when it has ended.
    pub measure: Measure,
    /// None: it is not recorded.
    pub series: Option<SeriesId>,
    /// Why it failed, if it did.
    pub failure: Option<Box<Reason>>,
    /// When it was due, and when it ended.
    pub due_ns: u64,
    pub ended_ns: u64,
    /// When the first byte was handed to the kernel.
    pub sent_ns: Option<u64>,
    /// When the last byte was received by the kernel, and when it was read.
    pub received_ns: Option<u64>,
    pub read_ns: Option<u64>,
    pub redirects: Vec<String>,
    /// The requests that were redirected, where they are counted by themselves.
    pub hops: Vec<Measure>,
    /// When the first byte of the first hop went out; before the end only if `sent_ns` is that of a later one.
    pub first_sent_ns: Option<u64>,
    /// When a stream is read for long enough.
    pub until_ns: Option<u64>,
    /// When the first server-sent event was complete.
    pub first_event_ns: Option<u64>,
    /// When the last of `hops` ended: what follows was due then.
    pub hop_due_ns: Option<u64>,
    pub sent: Sent,
}

/// How long each part of opening connections took; None: it did not occur.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opening {
    /// Waiting for a connection of the pool.
    pub pool_ns: Option<u64>,
    pub dns_ns: Option<u64>,
    /// A proxy's tunnel included.
    pub tcp_ns: Option<u64>,
    pub tls_ns: Option<u64>,
}

/// How long the parts of complete exchanges on open connections took, added up over redirects.
#[derive(Debug, Clone, Copy, Default)]
pub struct Passage {
    /// From the first byte of the request to the last being with the kernel; 0 when it took all at once.
    pub send_ns: u64,
    /// From there to the first byte of the response.
    pub wait_ns: u64,
    /// From there to its last.
    pub receive_ns: u64,
}

impl Opening {
    pub fn add_tcp(&mut self, took_ns: u64) {
        self.tcp_ns = Some(self.tcp_ns.unwrap_or_default() + took_ns);
    }
}

/// More room than this is given back when an exchange is over.
const USUAL_HEAD: usize = 4096;

impl Progress {
    /// The same room for another exchange.
    #[must_use]
    pub fn cleared(mut self: Box<Self>) -> Box<Self> {
        let mut raw_head = std::mem::take(&mut self.sent.raw_head);
        raw_head.clear();
        raw_head.shrink_to(USUAL_HEAD);
        *self = Self { sent: Sent { raw_head, ..Sent::default() }, ..Self::default() };
        self
    }

    /// Ends a hop that is counted by itself: what follows is measured anew.
    pub fn end_hop(&mut self, status: u16) {
        let ended_ns = self.received_ns.unwrap_or_else(now_ns);
        let sent_ns = self.sent_ns.unwrap_or(ended_ns);
        let due_ns = self.hop_due_ns.replace(ended_ns).unwrap_or(sent_ns);
        self.hops.push(Measure {
            status,
            service_ns: ended_ns.saturating_sub(sent_ns),
            response_ns: ended_ns.saturating_sub(due_ns),
            ..std::mem::take(&mut self.measure)
        });
        self.first_sent_ns.get_or_insert(sent_ns);
        (self.sent_ns, self.received_ns, self.read_ns) = (None, None, None);
    }

    /// What was sent went to a connection that was closed already; nobody has seen it.
    pub fn forget_sending(&mut self) {
        if self.redirects.is_empty() || !self.hops.is_empty() {
            self.sent_ns = None;
        }
    }
}

/// The last request of an exchange, as it went out.
#[derive(Debug, Default)]
pub struct Sent {
    pub origin: Option<Arc<Origin>>,
    pub raw_head: Vec<u8>,
    pub has_body: bool,
}

impl Sent {
    fn request_line(&self) -> Option<(&str, &str)> {
        let line = self.raw_head.split(|byte| *byte == b'\r').next()?;
        let mut words = std::str::from_utf8(line).ok()?.split(' ');
        Some((words.next()?, words.next()?))
    }

    /// Path and query; a proxy is told the whole URL.
    fn target(&self) -> Option<&str> {
        let (_, target) = self.request_line()?;
        Some(target.strip_prefix(self.origin.as_ref()?.endpoint.prefix.as_str()).unwrap_or(target))
    }

    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.request_line().map(|(method, _)| method)
    }

    #[must_use]
    pub fn url(&self) -> Option<String> {
        let origin = self.origin.as_ref()?;
        Some(format!("{}{}", origin.endpoint.prefix, self.target()?))
    }

    /// The URL before retargeting, if that changed it.
    #[must_use]
    pub fn asked_url(&self) -> Option<String> {
        let (origin, target) = (self.origin.as_ref()?, self.target()?);
        origin.asked_prefix.as_ref().map(|prefix| format!("{prefix}{target}"))
    }
}
