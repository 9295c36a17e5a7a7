//! What one series gave in one second.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::histogram::Histogram;
use crate::progress::{Opening, Passage};

pub const OTHER: &str = "(other)";
/// Names and messages come from user code; each is kept once, and cut here.
const LONGEST_TEXT: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Request,
    Group,
    Iteration,
    /// A request with all that it embeds.
    Page,
    /// A message of a WebSocket, or an event of a stream, that was waited for.
    Message,
    /// All requests that carry it, once more.
    Tag,
}

impl Kind {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Group => "group",
            Self::Iteration => "iteration",
            Self::Page => "page",
            Self::Message => "message",
            Self::Tag => "tag",
        }
    }
}

/// One finished exchange, group or iteration.
#[derive(Debug, Clone, Default)]
pub struct Measure {
    pub failed: bool,
    /// 0: none.
    pub status: u16,
    pub bytes_sent: u64,
    pub bytes_received: u64,
    pub service_ns: u64,
    pub response_ns: u64,
    pub connect_ns: Option<u64>,
    /// What opening a connection took, where one was opened.
    pub opening: Option<Box<Opening>>,
    /// None before a response is complete.
    pub passage: Option<Passage>,
    /// What a group or iteration slept, which is no part of its latencies.
    pub slept_ns: u64,
}

/// What an exchange consists of, in the order of time.
const PHASES: [&str; 7] = ["pool", "dns", "tcp", "tls", "send", "wait", "receive"];

/// How long each phase of exchanges took; only of those in which it occurred.
#[derive(Debug, Default)]
struct Phases([Histogram; PHASES.len()]);

impl Phases {
    fn open(&mut self, opening: &Opening) {
        let Self([pool, dns, tcp, tls, ..]) = self;
        let parts = [(pool, opening.pool_ns), (dns, opening.dns_ns), (tcp, opening.tcp_ns), (tls, opening.tls_ns)];
        for (histogram, took_ns) in parts {
            if let Some(took_ns) = took_ns {
                histogram.record(took_ns);
            }
        }
    }

    fn pass(&mut self, passage: Passage) {
        let Self([.., send, wait, receive]) = self;
        if passage.send_ns > 0 {
            send.record(passage.send_ns);
        }
        wait.record(passage.wait_ns);
        receive.record(passage.receive_ns);
    }
}

impl Serialize for Phases {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(PHASES.iter().zip(&self.0).filter(|(_, histogram)| !histogram.is_empty()))
    }
}

/// Counts since the last snapshot. Names, messages and histograms stay from one second to the next: only their
/// counts are deltas.
#[derive(Debug)]
pub struct Series {
    pub kind: Kind,
    pub name: Box<str>,
    count: u64,
    failed: u64,
    bytes_sent: u64,
    bytes_received: u64,
    slept_ns: u64,
    /// What a browser cache gave; not among `count`.
    pub cached: u64,
    statuses: Vec<(u16, u64)>,
    errors: Vec<ErrorCount>,
    checks: Vec<CheckCount>,
    service: Histogram,
    response: Histogram,
    failed_service: Histogram,
    failed_response: Histogram,
    connect: Histogram,
    /// None before the first exchange: groups and iterations have no phases.
    phases: Option<Box<Phases>>,
}

#[derive(Debug)]
struct ErrorCount {
    kind: Box<str>,
    message: Box<str>,
    count: u64,
}

#[derive(Debug)]
struct CheckCount {
    name: Box<str>,
    held: u64,
    failed: u64,
}

impl Series {
    #[must_use]
    pub fn new(kind: Kind, name: &str) -> Self {
        Self {
            kind,
            name: cut(name).into(),
            count: 0,
            failed: 0,
            bytes_sent: 0,
            bytes_received: 0,
            slept_ns: 0,
            cached: 0,
            statuses: Vec::new(),
            errors: Vec::new(),
            checks: Vec::new(),
            service: Histogram::default(),
            response: Histogram::default(),
            failed_service: Histogram::default(),
            failed_response: Histogram::default(),
            connect: Histogram::default(),
            phases: None,
        }
    }

    pub fn measure(&mut self, measure: &Measure) {
        self.count += 1;
        self.bytes_sent += measure.bytes_sent;
        self.bytes_received += measure.bytes_received;
        self.slept_ns += measure.slept_ns;
        if measure.status != 0 {
            match self.statuses.iter_mut().find(|(status, _)| *status == measure.status) {
                Some((_, count)) => *count += 1,
                None => self.statuses.push((measure.status, 1)),
            }
        }
        if measure.failed {
            self.failed += 1;
            self.failed_service.record(measure.service_ns);
            self.failed_response.record(measure.response_ns);
        } else {
            self.service.record(measure.service_ns);
            self.response.record(measure.response_ns);
        }
        if let Some(connect_ns) = measure.connect_ns {
            self.connect.record(connect_ns);
        }
        if let Some(passage) = measure.passage {
            self.phases.get_or_insert_default().pass(passage);
        }
        if let Some(opening) = &measure.opening {
            self.phases.get_or_insert_default().open(opening);
        }
    }

    /// Counts a reason of failure; gives whether it is the first of its kind and message in the run.
    pub fn error(&mut self, kind: &str, message: &str, most: usize) -> bool {
        let message = cut(message);
        let is_known = |error: &&mut ErrorCount| &*error.kind == kind && &*error.message == message;
        if let Some(known) = self.errors.iter_mut().find(is_known) {
            known.count += 1;
            return false;
        }
        let is_new = self.errors.len() < most;
        let message = if is_new { message } else { OTHER };
        match self.errors.iter_mut().find(|error| !is_new && &*error.kind == kind && &*error.message == message) {
            Some(other) => other.count += 1,
            None => self.errors.push(ErrorCount { kind: kind.into(), message: message.into(), count: 1 }),
        }
        is_new
    }

    pub fn check(&mut self, name: &str, passed: bool, most: usize) {
        let name = cut(name);
        let at = self.checks.iter().position(|check| &*check.name == name).unwrap_or_else(|| {
            let name = if self.checks.len() < most { name } else { OTHER };
            self.checks.iter().position(|check| &*check.name == name).unwrap_or_else(|| {
                self.checks.push(CheckCount { name: name.into(), held: 0, failed: 0 });
                self.checks.len() - 1
            })
        });
        let check = &mut self.checks[at];
        *(if passed { &mut check.held } else { &mut check.failed }) += 1;
    }

    /// Whether there is anything to say of this second.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.count + self.cached > 0
            || self.checks.iter().any(|check| check.held + check.failed > 0)
            || self.errors.iter().any(|error| error.count > 0)
    }

    pub fn clear(&mut self) {
        (self.count, self.failed, self.bytes_sent, self.bytes_received, self.cached) = (0, 0, 0, 0, 0);
        self.slept_ns = 0;
        self.statuses.clear();
        for error in &mut self.errors {
            error.count = 0;
        }
        for check in &mut self.checks {
            (check.held, check.failed) = (0, 0);
        }
        for histogram in [
            &mut self.service,
            &mut self.response,
            &mut self.failed_service,
            &mut self.failed_response,
            &mut self.connect,
        ] {
            histogram.clear();
        }
        for histogram in self.phases.iter_mut().flat_map(|phases| &mut phases.0) {
            histogram.clear();
        }
    }
}

#[must_use]
pub fn cut(text: &str) -> &str {
    let end = (0..=LONGEST_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

impl Serialize for Series {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind.word())?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("count", &self.count)?;
        map.serialize_entry("failed", &self.failed)?;
        if self.bytes_sent + self.bytes_received > 0 {
            map.serialize_entry("bytes_sent", &self.bytes_sent)?;
            map.serialize_entry("bytes_received", &self.bytes_received)?;
        }
        if self.cached > 0 {
            map.serialize_entry("cached", &self.cached)?;
        }
        if self.slept_ns > 0 {
            map.serialize_entry("slept_ns", &self.slept_ns)?;
        }
        if !self.statuses.is_empty() {
            map.serialize_entry("statuses", &Statuses(&self.statuses))?;
        }
        let errors: Vec<_> = self.errors.iter().filter(|error| error.count > 0).collect();
        if !errors.is_empty() {
            let rows: Vec<_> = errors.iter().map(|error| (&error.kind, &error.message, error.count)).collect();
            map.serialize_entry("errors", &rows)?;
        }
        let checks: Vec<_> = self.checks.iter().filter(|check| check.held + check.failed > 0).collect();
        if !checks.is_empty() {
            let rows: Vec<_> = checks.iter().map(|check| (&check.name, check.held, check.failed)).collect();
            map.serialize_entry("checks", &rows)?;
        }
        for (name, histogram) in [
            ("service", &self.service),
            ("response", &self.response),
            ("failed_service", &self.failed_service),
            ("failed_response", &self.failed_response),
            ("connect", &self.connect),
        ] {
            if !histogram.is_empty() {
                map.serialize_entry(name, histogram)?;
            }
        }
        if let Some(phases) = self.phases.as_ref().filter(|phases| !phases.0.iter().all(Histogram::is_empty)) {
            map.serialize_entry("phases", phases)?;
        }
        map.end()
    }
}

struct Statuses<'a>(&'a [(u16, u64)]);

impl Serialize for Statuses<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(status, count)| (status, count)))
    }
}
