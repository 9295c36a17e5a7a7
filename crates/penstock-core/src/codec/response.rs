//! One response as it arrives, in pieces of any size. What came in one piece is never copied here; what did not is
//! kept until it is complete, and no longer.

use std::sync::Arc;

use super::Fault;
use super::chunked::Chunks;
use super::head::{self, Framing, Head, LONGEST_HEAD};
use super::heads::Heads;

/// A body that is announced gets its room at once up to here; what a server merely claims is not believed further.
const ROOM_AT_ONCE: usize = 1024 * 1024;
pub const SWITCHING_PROTOCOLS: u16 = 101;
const ENDLESS_HEAD: Fault = Fault::Garbage("response head longer than 256 KiB");

#[derive(Debug)]
pub struct ResponseReader<'h> {
    heads: Option<&'h Heads>,
    answers_head: bool,
    longest_body: u64,
    /// The body is framed and counted, and not kept.
    discards: bool,
    state: State,
    /// The head and what has come of the body, while the response is not complete.
    kept: Vec<u8>,
    interim: u32,
}

/// A server that says more often that it is about to answer will never do.
const MOST_INTERIM: u32 = 100;

#[derive(Debug)]
enum State {
    Head,
    Length { head: Head, missing: u64 },
    Chunked { head: Head, chunks: Chunks },
    UntilClose { head: Head },
}

/// A complete response; the body is framed but not decompressed.
#[derive(Debug, PartialEq, Eq)]
pub struct Received<'a> {
    pub head: Head,
    pub raw_head: &'a [u8],
    /// The same bytes, where somebody keeps them already.
    pub known_head: Option<Arc<[u8]>>,
    pub body: &'a [u8],
    /// Whether the connection may carry another exchange: the server keeps it open and sent nothing beyond.
    pub reusable: bool,
}

/// What the first look at some bytes found.
enum Begun {
    HeadMissing,
    /// A whole response, its head and body at these places.
    Whole {
        head: Head,
        known_head: Option<Arc<[u8]>>,
        start: usize,
        end: usize,
    },
    /// A head, now kept; its body begins at this place.
    Body {
        at: usize,
    },
}

impl<'h> ResponseReader<'h> {
    /// `answers_head`: the request was a HEAD, so there is no body whatever the head says.
    #[must_use]
    pub fn new(answers_head: bool, longest_body: u64) -> Self {
        let (state, kept) = (State::Head, Vec::new());
        Self { heads: None, answers_head, longest_body, discards: false, state, kept, interim: 0 }
    }

    /// The same, knowing heads that came before.
    #[must_use]
    pub fn knowing(self, heads: &'h Heads) -> Self {
        Self { heads: Some(heads), ..self }
    }

    /// The same, but what comes of the body is let go of at once, however long it is.
    #[must_use]
    pub fn discarding(self) -> Self {
        Self { discards: true, ..self }
    }

    /// What has come so far of a response whose head is complete.
    #[must_use]
    pub fn so_far(&self) -> Option<Received<'_>> {
        match &self.state {
            State::Head => None,
            State::Length { head, .. } | State::Chunked { head, .. } | State::UntilClose { head } => {
                Some(received(*head, &self.kept, false))
            }
        }
    }

    /// Whether nothing of the response has come yet.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        matches!(self.state, State::Head) && self.kept.is_empty()
    }

    /// Takes what arrived; gives the response when it is complete. Not to be called after that.
    ///
    /// # Errors
    /// `Fault` when the bytes are no HTTP response, or its body is too long.
    pub fn feed<'a>(&'a mut self, data: &'a [u8]) -> Result<Option<Received<'a>>, Fault> {
        if !matches!(self.state, State::Head) {
            return Ok(self.feed_body(data)?.map(|(head, reusable)| received(head, &self.kept, reusable)));
        }
        if self.kept.is_empty() {
            return match self.begin(data)? {
                Begun::HeadMissing => Ok(None),
                Begun::Whole { head, known_head, start, end } => {
                    let whole = received(head, &data[start..end], head.keep_alive && end == data.len());
                    Ok(Some(Received { known_head, ..whole }))
                }
                Begun::Body { at } => {
                    Ok(self.feed_body(&data[at..])?.map(|(head, reusable)| received(head, &self.kept, reusable)))
                }
            };
        }
        self.kept.extend_from_slice(data);
        // Looking from the start again is worth it only when a line end came, which may be that of the head.
        if memchr::memchr(b'\n', data).is_none() {
            return self.check_head().map(|()| None);
        }
        let all = std::mem::take(&mut self.kept);
        let done = match self.begin(&all)? {
            Begun::HeadMissing => None,
            Begun::Whole { head, start, end, .. } => {
                self.kept.extend_from_slice(&all[start..end]);
                Some((head, head.keep_alive && end == all.len()))
            }
            Begun::Body { at } => self.feed_body(&all[at..])?,
        };
        Ok(done.map(|(head, reusable)| received(head, &self.kept, reusable)))
    }

    /// The server has closed the connection; gives the response if that was the end of it.
    ///
    /// # Errors
    /// `Fault::ClosedBefore` or `Fault::ClosedWithin` when something is missing, `Fault::Garbage` when what came of a head
    /// could not have become one.
    pub fn close(&mut self) -> Result<Received<'_>, Fault> {
        match &self.state {
            State::UntilClose { head } => Ok(received(*head, &self.kept, false)),
            _ if self.is_untouched() => Err(Fault::ClosedBefore),
            State::Head => head::parse(&self.kept).and(Err(Fault::ClosedWithin)),
            _ => Err(Fault::ClosedWithin),
        }
    }

    /// Looks for a head at the start of `data`, past interim responses.
    fn begin(&mut self, data: &[u8]) -> Result<Begun, Fault> {
        let mut start = 0;
        let (mut head, known_head) = loop {
            let came = match self.heads {
                Some(heads) => heads.read(&data[start..])?.map(|(head, bytes)| (head, Some(bytes))),
                None => head::parse(&data[start..])?.map(|head| (head, None)),
            };
            let Some((head, known_head)) = came else {
                self.kept = data[start..].to_vec();
                return self.check_head().map(|()| Begun::HeadMissing);
            };
            if head.status == SWITCHING_PROTOCOLS {
                return Err(Fault::Garbage("unexpected switch of protocols"));
            }
            if head.status >= 200 {
                break (head, known_head);
            }
            self.interim += 1;
            if self.interim > MOST_INTERIM {
                return Err(Fault::Garbage("endless interim responses"));
            }
            start += head.length;
        };
        if head.length > LONGEST_HEAD {
            return Err(ENDLESS_HEAD);
        }
        if self.answers_head {
            head.framing = Framing::Length(0);
        }
        let at = start + head.length;
        let mut room = 0;
        self.state = match head.framing {
            Framing::Length(length) => {
                if !self.discards {
                    self.check_length(length)?;
                }
                let length_here = usize::try_from(length).unwrap_or(usize::MAX);
                if data.len() - at >= length_here {
                    return Ok(Begun::Whole { head, known_head, start, end: at + length_here });
                }
                room = if self.discards { 0 } else { length_here.min(ROOM_AT_ONCE) };
                State::Length { head, missing: length }
            }
            Framing::Chunked => State::Chunked { head, chunks: Chunks::default() },
            Framing::UntilClose => State::UntilClose { head },
        };
        self.kept.reserve_exact(head.length + room.max(data.len() - at));
        self.kept.extend_from_slice(&data[start..at]);
        Ok(Begun::Body { at })
    }

    /// Adds to the body; gives the head, and whether the connection is reusable, when it is complete.
    fn feed_body(&mut self, data: &[u8]) -> Result<Option<(Head, bool)>, Fault> {
        let (head, end) = match &mut self.state {
            State::Head => return Ok(None),
            State::Length { head, missing } => {
                let taken = usize::try_from(*missing).map_or(data.len(), |missing| missing.min(data.len()));
                self.kept.extend_from_slice(&data[..taken]);
                *missing -= taken as u64;
                (*head, (*missing == 0).then_some(taken))
            }
            State::Chunked { head, chunks } => (*head, chunks.feed(data, &mut self.kept)?),
            State::UntilClose { head } => {
                self.kept.extend_from_slice(data);
                (*head, None)
            }
        };
        if self.discards {
            self.kept.truncate(head.length);
        }
        self.check_length((self.kept.len() - head.length) as u64)?;
        Ok(end.map(|end| (head, head.keep_alive && end == data.len())))
    }

    /// Looks at what is kept of a head without its end.
    fn check_head(&self) -> Result<(), Fault> {
        if self.kept.len() > LONGEST_HEAD { Err(ENDLESS_HEAD) } else { Ok(()) }
    }

    fn check_length(&self, length: u64) -> Result<(), Fault> {
        if length > self.longest_body { Err(Fault::BodyTooLong) } else { Ok(()) }
    }
}

fn received(head: Head, bytes: &[u8], reusable: bool) -> Received<'_> {
    let (raw_head, body) = bytes.split_at(head.length);
    Received { head, raw_head, known_head: None, body, reusable }
}
