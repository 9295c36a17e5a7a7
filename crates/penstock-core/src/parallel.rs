//! Requests of one user that go out together, so many at a time to one host, as a browser asks for what a page embeds.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::address::Endpoint;
use crate::client::Client;
use crate::clock::now_ns;
use crate::exchange::{Asked, Exchange, exchange};
use crate::host::{Host, Operation};
use crate::run::Run;

type Exchanging<'a, R> = Pin<Box<dyn Future<Output = Option<Exchange<R>>> + 'a>>;
/// Waits for the right to send; gives when the request was due.
pub type Turn<'a> = Pin<Box<dyn Future<Output = Option<u64>> + 'a>>;

/// What a user sends in parallel, and with what.
pub struct Together<'a, H: Host> {
    pub run: &'a Run<H>,
    pub slot: usize,
    pub client: &'a Client,
    pub requests: &'a [H::Operation],
    /// How many may be under way to one host.
    pub most_per_host: usize,
}

struct Lane<'a, R> {
    at: usize,
    host: Option<usize>,
    exchanging: Exchanging<'a, R>,
}

struct Lanes<'a, H: Host> {
    together: &'a Together<'a, H>,
    /// The requests that have not begun, in order.
    waiting: VecDeque<usize>,
    /// Where each request goes to, as a place in `under_way`; None: nowhere.
    hosts: Vec<Option<usize>>,
    under_way: Vec<usize>,
    begun: Vec<Lane<'a, H::Reply>>,
    /// The one whose turn comes next.
    turn: Option<(usize, Turn<'a>)>,
    done: Vec<Option<Exchange<H::Reply>>>,
}

/// Performs all requests; the exchanges come in the order of the requests. None when the run was interrupted. Each
/// waits for its `turn` before it begins; its time limit runs from then on.
pub async fn perform<'a, H: Host>(
    together: &'a Together<'a, H>,
    turn: impl Fn() -> Turn<'a>,
) -> Option<Vec<Exchange<H::Reply>>> {
    let mut lanes = Lanes::new(together);
    poll_fn(|context| {
        together.run.waits.forget_deadline(together.slot);
        lanes.poll(context, &turn)
    })
    .await
}

impl<'a, H: Host> Lanes<'a, H> {
    fn new(together: &'a Together<'a, H>) -> Self {
        let mut endpoints: Vec<Arc<Endpoint>> = Vec::new();
        let hosts = together.requests.iter().map(|operation| {
            let address = together.run.addresses.resolve(operation.request().url).ok()?;
            let endpoint = &address.origin.endpoint;
            let known = endpoints.iter().position(|known| known == endpoint);
            known.or_else(|| {
                endpoints.push(Arc::clone(endpoint));
                Some(endpoints.len() - 1)
            })
        });
        let hosts: Vec<_> = hosts.collect();
        Self {
            together,
            waiting: (0..together.requests.len()).collect(),
            hosts,
            under_way: vec![0; endpoints.len()],
            begun: Vec::new(),
            turn: None,
            done: together.requests.iter().map(|_| None).collect(),
        }
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
        turn: &impl Fn() -> Turn<'a>,
    ) -> Poll<Option<Vec<Exchange<H::Reply>>>> {
        loop {
            if !self.begin(context, turn) {
                return Poll::Ready(None);
            }
            let before = self.begun.len();
            let mut at = 0;
            while at < self.begun.len() {
                match self.begun[at].exchanging.as_mut().poll(context) {
                    Poll::Pending => at += 1,
                    Poll::Ready(None) => return Poll::Ready(None),
                    Poll::Ready(Some(exchange)) => {
                        let lane = self.begun.swap_remove(at);
                        if let Some(host) = lane.host {
                            self.under_way[host] -= 1;
                        }
                        self.done[lane.at] = Some(exchange);
                    }
                }
            }
            if self.begun.is_empty() && self.waiting.is_empty() && self.turn.is_none() {
                return Poll::Ready(Some(self.done.drain(..).flatten().collect()));
            }
            if self.begun.len() == before {
                return Poll::Pending;
            }
        }
    }

    /// Begins what may begin; false when the run was interrupted.
    fn begin(&mut self, context: &mut Context<'_>, turn: &impl Fn() -> Turn<'a>) -> bool {
        loop {
            if self.turn.is_none() {
                let most = self.together.most_per_host;
                let is_free = |at: &usize| self.hosts[*at].is_none_or(|host| self.under_way[host] < most);
                let Some(place) = self.waiting.iter().position(is_free) else { return true };
                let Some(at) = self.waiting.remove(place) else { return true };
                if let Some(host) = self.hosts[at] {
                    self.under_way[host] += 1;
                }
                self.turn = Some((at, turn()));
            }
            let Some((at, waiting)) = &mut self.turn else { return true };
            let at = *at;
            match waiting.as_mut().poll(context) {
                Poll::Pending => return true,
                Poll::Ready(None) => return false,
                Poll::Ready(Some(due_ns)) => {
                    self.turn = None;
                    let Together { run, slot, client, requests, .. } = *self.together;
                    let asked = Asked { due_ns, asked_ns: now_ns(), is_alone: false };
                    let exchanging = Box::pin(exchange(run, slot, client, &requests[at], asked));
                    self.begun.push(Lane { at, host: self.hosts[at], exchanging });
                }
            }
        }
    }
}
