//! One exchange: from what a journey asked for to what it gets, and what is to be counted of it.

use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;

use crate::address::Address;
use crate::client::Client;
use crate::clock::{now_ns, seconds_to_ns};
use crate::codec::request::given;
use crate::failure::{Failure, Reason};
use crate::host::{FinalUrl, Host, Operation, Request, Response};
use crate::plan::Browser;
use crate::progress::Progress;
use crate::redirect::{Hop, basic};
use crate::run::Run;
use crate::series::Kind;
use crate::tally::SeriesId;
use crate::timers::Event;
use crate::transmit::{Arrived, encode_head};
use crate::waits::Cut;

/// One that has ended.
pub struct Exchange<R> {
    pub reply: R,
    pub progress: Box<Progress>,
}

/// When something was to be done, and when it was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub due_ns: u64,
    pub asked_ns: u64,
    /// Whether it is the only exchange of its user at the time.
    pub is_alone: bool,
}

/// Performs what was handed over; None when the run was interrupted meanwhile.
pub async fn exchange<H: Host>(
    run: &Run<H>,
    slot: usize,
    client: &Client,
    operation: &H::Operation,
    asked: Asked,
) -> Option<Exchange<H::Reply>> {
    let request = operation.request();
    let timeout_s = request.timeout_s.unwrap_or(run.http.timeout_s);
    let deadline_ns = asked.asked_ns.saturating_add(seconds_to_ns(timeout_s));
    let mut progress = run.progress();
    if let Some(seconds) = request.handling.and_then(|handling| handling.until?.seconds) {
        let until_ns = asked.asked_ns.saturating_add(seconds_to_ns(seconds));
        progress.until_ns = Some(until_ns);
        run.timers.at(until_ns, Event::Wake(slot));
    }
    let address = run.addresses.resolve(request.url);
    let series = {
        let tally = &mut *run.tally.borrow_mut();
        let path = || address.as_ref().map_or(request.url, Address::path);
        match request.name {
            _ if request.handling.is_some_and(|handling| handling.is_unrecorded) => None,
            Some(name) => Some(tally.series_id(Kind::Request, name)),
            None => Some(tally.request_id(request.method, path())),
        }
    };
    let address = match address {
        Ok(address) => address,
        Err(reason) => {
            let url = FinalUrl::Other(request.url.to_owned());
            return Some(conclude(
                run,
                operation,
                &request,
                Err(Failure::new("url", reason).into()),
                url,
                progress,
                series,
                asked,
            ));
        }
    };
    let browser = client.browser.borrow().clone();
    let mut hop = Hop {
        method: request.method,
        headers: headers_of(browser.as_deref(), request.headers),
        has_body: request.body.is_some(),
        authorization: address.user_info.as_deref().map(basic),
        address,
    };
    let mut arrived = None;
    let performed = {
        let performing = pin!(client.perform(run, slot, &request, &mut hop, &mut progress, &mut arrived));
        run.waits.guarded(slot, deadline_ns, asked.is_alone, performing).await
    };
    let result = match performed {
        Ok(result) => result.map(|()| arrived),
        Err(Cut::Timeout) => Err(Failure::timeout(timeout_s).into()),
        Err(Cut::Interrupted) => return None,
    };
    if progress.sent.raw_head.is_empty() {
        // It never came to sending; a sample shows what would have been sent.
        encode_head(run, &request, &hop, client.jar.borrow().as_deref(), None, &mut progress.sent.raw_head);
        progress.sent.has_body = hop.has_body;
    }
    let url = match &hop.address.target {
        Cow::Borrowed(target) => {
            FinalUrl::AsAsked { origin: Arc::clone(&hop.address.origin), target_at: request.url.len() - target.len() }
        }
        Cow::Owned(_) => FinalUrl::Other(hop.address.url()),
    };
    progress.sent.origin = Some(hop.address.origin);
    if let (Some(received_ns), Some(read_ns)) = (progress.received_ns, progress.read_ns) {
        run.tally.borrow_mut().health.client_lag.record(read_ns.saturating_sub(received_ns));
    }
    Some(conclude(run, operation, &request, result, url, progress, series, asked))
}

/// The headers of a request with those of the user's browser that it does not have itself.
pub(crate) fn headers_of<'a>(
    browser: Option<&'a Browser>,
    own: &'a [(&'a str, &'a str)],
) -> Cow<'a, [(&'a str, &'a str)]> {
    let Some(browser) = browser else { return Cow::Borrowed(own) };
    let of_browser = browser.headers.iter().map(|header| (header.name.as_str(), header.value.as_str()));
    of_browser.filter(|(name, _)| !given(own, name)).chain(own.iter().copied()).collect()
}

/// Ends an exchange: makes what its journey gets, and what is to be counted. `request` may differ from that of the
/// operation in what is expected.
#[expect(clippy::too_many_arguments, reason = "all that is known of an exchange comes together here")]
pub(crate) fn conclude<H: Host>(
    run: &Run<H>,
    operation: &H::Operation,
    request: &Request<'_>,
    result: Result<Option<Arrived<H::Body>>, Box<Failure>>,
    url: FinalUrl,
    mut progress: Box<Progress>,
    series: Option<SeriesId>,
    asked: Asked,
) -> Exchange<H::Reply> {
    let (status, raw_head, body, failure) = match result {
        Ok(None) => (0, Arc::default(), None, None),
        Ok(Some(arrived)) => {
            let unexpected = || {
                (!is_expected(arrived.status, request.expected_status)).then(|| Failure::status(arrived.status).into())
            };
            let failure = arrived.failure.or_else(unexpected);
            (arrived.status, arrived.raw_head, arrived.body, failure)
        }
        Err(failure) => (0, Arc::default(), None, Some(failure)),
    };
    // What failed is measured up to now, when that is known.
    let ended_ns = if status == 0 { now_ns() } else { progress.received_ns.unwrap_or_else(now_ns) };
    let service_ns = ended_ns.saturating_sub(progress.sent_ns.unwrap_or(asked.asked_ns));
    let first_sent_ns = progress.first_sent_ns.or(progress.sent_ns);
    if let (Some(first), Some(sent_ns)) = (progress.hops.first_mut(), first_sent_ns) {
        first.response_ns = first.service_ns + sent_ns.saturating_sub(asked.due_ns);
    }
    let due_ns = progress.hop_due_ns.unwrap_or(asked.due_ns);
    let measure = &mut progress.measure;
    measure.failed = failure.is_some();
    measure.status = status;
    measure.service_ns = service_ns;
    measure.response_ns = ended_ns.saturating_sub(due_ns);
    progress.failure = failure.as_deref().map(|failure| Box::new(reason(failure)));
    progress.series = series;
    progress.due_ns = asked.due_ns;
    progress.ended_ns = ended_ns;
    progress.first_sent_ns = first_sent_ns;
    let response = Response {
        status,
        raw_head,
        body,
        url,
        redirects: std::mem::take(&mut progress.redirects),
        elapsed_ns: ended_ns.saturating_sub(first_sent_ns.unwrap_or(asked.asked_ns)),
        failure,
    };
    Exchange { reply: run.host.reply(operation, response), progress }
}

pub(crate) fn reason(failure: &Failure) -> Reason {
    (failure.kind.into(), failure.message.clone())
}

/// Whether a status is no failure.
#[must_use]
pub fn is_expected(status: u16, expected: Option<&[(u16, u16)]>) -> bool {
    match expected {
        None => (200..400).contains(&status),
        Some([]) => true,
        Some(ranges) => ranges.iter().any(|(least, most)| (*least..=*most).contains(&status)),
    }
}
