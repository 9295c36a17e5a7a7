//! The language in which journeys are written, as the loop sees it. The loop knows coroutines only through this trait,
//! so its own tests drive it with plain Rust.

use std::sync::Arc;

use crate::address::Origin;
use crate::failure::Failure;
use crate::way::Wish;

/// Steps coroutines. All calls come from the thread of the loop.
pub trait Host: 'static {
    /// A clone is another reference to the same.
    type User: Clone + 'static;
    type Coroutine: 'static;
    type Operation: Operation;
    type Body: 'static;
    type Reply: Reply;

    /// Makes the object that journeys of this user are given.
    fn user(&self, index: u64) -> Self::User;

    /// Lets go of what the user's browser keeps: an iteration begins that has none of the cookies before it.
    fn forget(&self, user: &Self::User);

    /// Calls a journey.
    ///
    /// # Errors
    /// What to say when no coroutine came of it.
    fn start(&self, journey: usize, user: &Self::User, iteration: u64) -> Result<Self::Coroutine, Ended>;

    /// Runs a coroutine up to its next operation.
    fn resume(&self, coroutine: &Self::Coroutine, with: Resume<Self::Reply>) -> Step<Self::Operation>;

    /// Ends a coroutine where it stands.
    fn close(&self, coroutine: Self::Coroutine);

    /// Where in the user's code the coroutine stands, as `file:line`.
    fn place(&self, coroutine: &Self::Coroutine) -> String;

    fn body(&self, bytes: &[u8]) -> Self::Body;

    /// Makes the object with which the operation is resumed.
    fn reply(&self, operation: &Self::Operation, response: Response<Self::Body>) -> Self::Reply;

    /// Whether the process was asked to end (a signal).
    fn is_interrupted(&self) -> bool;
}

/// What was handed over, kept as long as this lives.
pub trait Operation: 'static {
    fn request(&self) -> Request<'_>;
}

/// A response, as its journey holds it. A clone is another reference to the same.
pub trait Reply: Clone + 'static {
    fn raw_head(&self) -> &[u8];
    fn with_body(&self, use_body: &mut dyn FnMut(&[u8]));
}

#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub method: &'a str,
    pub url: &'a str,
    pub name: Option<&'a str>,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: Option<&'a [u8]>,
    pub timeout_s: Option<f64>,
    pub max_redirects: Option<u32>,
    /// (least, most) pairs; empty for any status.
    pub expected_status: Option<&'a [(u16, u16)]>,
    /// How it travels, where it says so itself.
    pub wish: Option<&'a Wish<'a>>,
    /// What is done with the response, where that is not the usual.
    pub handling: Option<&'a Handling<'a>>,
    /// Under these it is counted, too.
    pub tags: &'a [&'a str],
}

/// What is done with a response.
#[derive(Debug, Clone, Copy, Default)]
pub struct Handling<'a> {
    /// Not counted in a series of its own; what is wrong with it is said of the iteration.
    pub is_unrecorded: bool,
    /// A failure is counted, but fails neither page nor iteration.
    pub is_forgiven: bool,
    /// The body is read and counted, and not kept.
    pub discards_body: bool,
    pub until: Option<Until<'a>>,
}

/// When a response has been read far enough, if it does not end before.
#[derive(Debug, Clone, Copy)]
pub struct Until<'a> {
    /// So many server-sent events have come.
    pub events: Option<u32>,
    /// The body holds this.
    pub text: Option<&'a [u8]>,
    /// Seconds since the exchange was asked for.
    pub seconds: Option<f64>,
}

/// Requests that go out together.
pub struct Parallel<O> {
    pub requests: Vec<O>,
    /// How many may be under way to one host; None: as the user's browser does.
    pub most_per_host: Option<usize>,
    /// They belong to the page that was asked before, whose exchange stays pending; nothing can be judged of them.
    pub are_dependents: bool,
}

/// What an exchange gave, failed or not.
#[derive(Debug)]
pub struct Response<B> {
    /// 0 when no complete response came.
    pub status: u16,
    pub raw_head: Arc<[u8]>,
    pub body: Option<B>,
    pub url: FinalUrl,
    /// Targets of the redirects that were followed, as the servers gave them.
    pub redirects: Vec<String>,
    pub elapsed_ns: u64,
    pub failure: Option<Box<Failure>>,
}

/// The last URL asked. Nearly always it can be made from what the journey gave, if anyone wants it.
#[derive(Debug)]
pub enum FinalUrl {
    /// The origin's prefix and the asked URL from this byte on.
    AsAsked {
        origin: Arc<Origin>,
        target_at: usize,
    },
    Other(String),
}

pub enum Resume<R> {
    /// The first step, or the end of a sleep.
    Nothing,
    Reply(R),
    /// What was asked for and is no response.
    Lines(Vec<String>),
    Replies(Vec<R>),
    /// Whether it was done, or why not.
    Done(Result<(), Failure>),
    /// What was handed over cannot be done; raised where it was awaited.
    Refusal(String),
}

pub enum Step<O> {
    Request(O),
    Parallel(Parallel<O>),
    Socket(SocketStep<O>),
    /// Seconds, finite and not negative.
    Sleep(f64),
    /// A sleep that is the user's own, so that the load may leave it out or vary it.
    Think(f64),
    /// Asks for the user's cookies, or puts others in their place; each is one line of text (`cookies::Jar::lines`).
    Cookies(Option<Vec<String>>),
    Ended(Ended),
}

/// What is done with a WebSocket. `key` is the number that the journey gave it; the operation holds what is sent.
pub enum SocketStep<O> {
    Open { key: u64, operation: O, subprotocols: Vec<String> },
    Send { key: u64, operation: O, is_text: bool },
    Receive { key: u64, operation: O },
    Close { key: u64, code: u16, reason: String },
}

/// How a coroutine ended.
#[derive(Debug)]
pub enum Ended {
    Returned {
        extra_pause_s: f64,
    },
    /// By an exception, with its type, text and place.
    Raised(String),
    /// By what ends the whole run (`KeyboardInterrupt`); the host keeps it.
    Abort,
}
