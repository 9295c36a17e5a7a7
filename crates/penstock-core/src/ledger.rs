//! What is being counted for one user: its iteration, its open groups and pages, and its last exchange (or exchanges,
//! if they were parallel), which is pending until the journey goes on, so that a check can still fail it and it is
//! counted once, with all that belongs to it.

use std::borrow::Cow;

use crate::host::{Host, Operation, Reply};
use crate::progress::Progress;
use crate::samples::{Sample, SampleRequest, SampleResponse, cut_body, sent_headers};
use crate::series::{Kind, Measure};
use crate::tally::{SeriesId, Tally};

pub struct Ledger<H: Host> {
    iteration: SeriesId,
    /// Whose iterations they are.
    user: H::User,
    has_failed: bool,
    pending: Option<Pending<H>>,
    /// Those that were parallel to the pending one, before it in their order.
    others: Vec<Pending<H>>,
    open_groups: Vec<Group>,
    /// Groups that ended while an exchange was pending; it may still fail them.
    closed_groups: Vec<(Group, u64)>,
    /// Tags of all requests of the iteration.
    tags: Vec<SeriesId>,
    slept_ns: u64,
    /// The iteration is being interrupted: what its `finally` blocks do is not counted.
    is_closing: bool,
}

/// An exchange that has ended and is not counted yet.
pub struct Pending<H: Host> {
    pub operation: H::Operation,
    pub reply: H::Reply,
    pub progress: Box<Progress>,
    pub is_forgiven: bool,
    pub tags: Box<[SeriesId]>,
}

/// What a check or a failure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The pending exchange, the last one of several; without one the iteration.
    Last,
    /// The exchange at this place among those that were parallel.
    Other(usize),
}

struct Group {
    name: String,
    entered_ns: u64,
    /// What the iteration had slept when the group began; once it has ended, what was slept in the group.
    slept_ns: u64,
    has_failed: bool,
    /// It is a page.
    page: Option<Box<PageTimes>>,
}

/// From the first byte sent to the last byte received of all that belongs to a page.
#[derive(Default)]
struct PageTimes {
    due_ns: Option<u64>,
    sent_ns: Option<u64>,
    ended_ns: u64,
    bytes_sent: u64,
    bytes_received: u64,
}

impl<H: Host> Ledger<H> {
    #[must_use]
    pub fn new(iteration: SeriesId, user: H::User) -> Self {
        Self {
            iteration,
            user,
            has_failed: false,
            pending: None,
            others: Vec::new(),
            open_groups: Vec::new(),
            closed_groups: Vec::new(),
            tags: Vec::new(),
            slept_ns: 0,
            is_closing: false,
        }
    }

    /// Counts all further requests of this iteration under a tag, too.
    pub fn tag(&mut self, tally: &mut Tally, name: &str) {
        let id = tally.series_id(Kind::Tag, name);
        if !self.tags.contains(&id) {
            self.tags.push(id);
        }
    }

    /// `series`: that of the journey that begins.
    pub fn begin_iteration(&mut self, series: SeriesId) {
        self.iteration = series;
        (self.has_failed, self.slept_ns, self.is_closing) = (false, 0, false);
        self.open_groups.clear();
        self.closed_groups.clear();
        self.tags.clear();
    }

    /// Puts another user in the place of the one before, who is given back.
    #[must_use]
    pub fn replace_user(&mut self, user: H::User) -> H::User {
        std::mem::replace(&mut self.user, user)
    }

    pub fn user(&self) -> &H::User {
        &self.user
    }

    pub fn add_sleep(&mut self, slept_ns: u64) {
        self.slept_ns += slept_ns;
    }

    /// Makes an exchange pending, the last one in its order if several were parallel; those before must have been
    /// counted.
    pub fn set_pending(&mut self, pending: Pending<H>) {
        self.note(&pending);
        if let Some(earlier) = self.pending.replace(pending) {
            self.others.push(earlier);
        }
    }

    /// Counts an exchange at once; nothing can be judged of it.
    pub fn count_at_once(&mut self, tally: &mut Tally, mut exchange: Pending<H>) -> Pending<H> {
        self.note(&exchange);
        count_exchange(tally, &mut exchange, self.iteration, &self.tags);
        exchange
    }

    /// Lets groups, pages and the iteration know of an exchange that has ended.
    fn note(&mut self, exchange: &Pending<H>) {
        if exchange.progress.failure.is_some() && !exchange.is_forgiven {
            self.fail_iteration(exchange.progress.ended_ns);
        }
        let progress = &*exchange.progress;
        for page in self.open_groups.iter_mut().filter_map(|group| group.page.as_mut()) {
            page.due_ns.get_or_insert(progress.due_ns);
            page.sent_ns = page.sent_ns.or(progress.first_sent_ns);
            page.ended_ns = page.ended_ns.max(progress.ended_ns);
            for measure in progress.hops.iter().chain([&progress.measure]) {
                page.bytes_sent += measure.bytes_sent;
                page.bytes_received += measure.bytes_received;
            }
        }
    }

    /// The subject that an exchange is, if its reply is the one that `is_it` finds.
    pub fn find(&self, is_it: impl Fn(&H::Reply) -> bool) -> Option<Subject> {
        if self.pending.as_ref().is_some_and(|pending| is_it(&pending.reply)) {
            return Some(Subject::Last);
        }
        self.others.iter().position(|other| is_it(&other.reply)).map(Subject::Other)
    }

    fn pending(&mut self, subject: Subject) -> Option<&mut Pending<H>> {
        match subject {
            Subject::Last => self.pending.as_mut(),
            Subject::Other(at) => self.others.get_mut(at),
        }
    }

    pub fn check(&mut self, tally: &mut Tally, subject: Subject, name: &str, passed: bool) {
        if self.is_closing {
            return;
        }
        let series = self.pending(subject).and_then(|pending| pending.progress.series).unwrap_or(self.iteration);
        tally.check(series, name, passed);
        for at in 0..self.tags.len() {
            tally.check(self.tags[at], name, passed);
        }
        if let Some(tags) = self.pending(subject).map(|pending| pending.tags.clone()) {
            for tag in tags.iter().filter(|tag| !self.tags.contains(tag)) {
                tally.check(*tag, name, passed);
            }
        }
        if !passed {
            self.fail(tally, subject, "check", name);
        }
    }

    /// Fails a pending exchange, for the first reason given, or without one the iteration.
    pub fn fail(&mut self, tally: &mut Tally, subject: Subject, kind: &str, message: &str) {
        if self.is_closing {
            return;
        }
        let ended_ns = self.pending(subject).map_or(0, |pending| pending.progress.ended_ns);
        self.fail_iteration(ended_ns);
        match self.pending(subject) {
            Some(pending) => {
                let failure = &mut pending.progress.failure;
                failure.get_or_insert_with(|| Box::new((Cow::Owned(kind.to_owned()), message.to_owned())));
            }
            None => {
                // A sample shows an exchange, and there is none.
                let _ = tally.error(self.iteration, kind, message);
            }
        }
    }

    fn fail_iteration(&mut self, exchange_ended_ns: u64) {
        self.has_failed = true;
        for group in &mut self.open_groups {
            group.has_failed = true;
        }
        for (group, _) in &mut self.closed_groups {
            group.has_failed |= group.entered_ns < exchange_ended_ns;
        }
    }

    pub fn enter_group(&mut self, name: &str, now_ns: u64) {
        self.enter(name, now_ns, None);
    }

    /// A page is a group that lasts from the first byte it sends to the last it receives.
    pub fn enter_page(&mut self, name: &str, now_ns: u64) {
        self.enter(name, now_ns, Some(Box::default()));
    }

    fn enter(&mut self, name: &str, now_ns: u64, page: Option<Box<PageTimes>>) {
        self.open_groups.push(Group {
            name: name.to_owned(),
            entered_ns: now_ns,
            slept_ns: self.slept_ns,
            has_failed: false,
            page,
        });
    }

    /// Counts a request that a browser cache answered.
    pub fn count_cached(&mut self, tally: &mut Tally, name: &str) {
        if !self.is_closing {
            let id = tally.series_id(Kind::Request, name);
            tally.series(id).cached += 1;
        }
    }

    /// Ends the innermost group; false when none is open.
    pub fn exit_group(&mut self, tally: &mut Tally, now_ns: u64) -> bool {
        let Some(mut group) = self.open_groups.pop() else { return self.is_closing };
        if self.is_closing {
            return true;
        }
        group.slept_ns = self.slept_ns - group.slept_ns;
        let took_ns = now_ns.saturating_sub(group.entered_ns).saturating_sub(group.slept_ns);
        if self.pending.is_some() {
            self.closed_groups.push((group, took_ns));
        } else {
            count_group(tally, &group, took_ns);
        }
        true
    }

    /// Counts what is pending and what waited for it; gives it back to be dropped where nothing is borrowed.
    #[must_use]
    pub fn commit(&mut self, tally: &mut Tally) -> Option<(Pending<H>, Vec<Pending<H>>)> {
        let mut pending = self.pending.take()?;
        let mut others = std::mem::take(&mut self.others);
        for exchange in &mut others {
            count_exchange(tally, exchange, self.iteration, &self.tags);
        }
        count_exchange(tally, &mut pending, self.iteration, &self.tags);
        for (group, took_ns) in self.closed_groups.drain(..) {
            count_group(tally, &group, took_ns);
        }
        Some((pending, others))
    }

    /// Counts the iteration and the groups it left open; nothing may be pending. `scheduled_ns` is when it should
    /// have begun.
    pub fn finish(&mut self, tally: &mut Tally, scheduled_ns: u64, started_ns: u64, now_ns: u64) {
        tally.iterations.finished += 1;
        tally.iterations.failed += u64::from(self.has_failed);
        self.count(tally, scheduled_ns, started_ns, now_ns);
    }

    /// Counts a pass through a journey under its name, which need not be an iteration.
    pub fn count(&mut self, tally: &mut Tally, scheduled_ns: u64, started_ns: u64, now_ns: u64) {
        while !self.open_groups.is_empty() {
            self.exit_group(tally, now_ns);
        }
        let took = |from_ns: u64| now_ns.saturating_sub(from_ns).saturating_sub(self.slept_ns);
        tally.series(self.iteration).measure(&Measure {
            failed: self.has_failed,
            service_ns: took(started_ns),
            response_ns: took(scheduled_ns.min(started_ns)),
            slept_ns: self.slept_ns,
            ..Measure::default()
        });
    }

    /// From here on nothing of this iteration is counted.
    #[must_use]
    pub fn abandon(&mut self) -> (Option<Pending<H>>, Vec<Pending<H>>) {
        self.is_closing = true;
        (self.pending.take(), std::mem::take(&mut self.others))
    }
}

fn count_exchange<H: Host>(tally: &mut Tally, exchange: &mut Pending<H>, iteration: SeriesId, tags: &[SeriesId]) {
    let progress = &mut *exchange.progress;
    progress.measure.failed = progress.failure.is_some();
    for tag in tags.iter().chain(exchange.tags.iter().filter(|tag| !tags.contains(tag))) {
        tally.series(*tag).measure(&progress.measure);
    }
    if let Some(series) = progress.series {
        tally.series(series).measure(&progress.measure);
        if !progress.hops.is_empty() {
            let id = tally.redirect_id(series);
            for hop in &progress.hops {
                tally.series(id).measure(hop);
            }
        }
    }
    let series = progress.series.unwrap_or(iteration);
    if let Some((kind, message)) = exchange.progress.failure.as_deref()
        && tally.error(series, kind, message)
    {
        let of = tally.series(series);
        let (of_kind, name) = (of.kind, of.name.to_string());
        tally.add_sample(exchange.sample(of_kind, name, kind, message));
    }
}

fn count_group(tally: &mut Tally, group: &Group, took_ns: u64) {
    let Some(page) = &group.page else {
        let id = tally.series_id(Kind::Group, &group.name);
        let measure = Measure {
            failed: group.has_failed,
            service_ns: took_ns,
            response_ns: took_ns,
            slept_ns: group.slept_ns,
            ..Measure::default()
        };
        return tally.series(id).measure(&measure);
    };
    // Where nothing was sent there is nothing but the time that went by.
    let since = |from_ns: Option<u64>| from_ns.map_or(took_ns, |from_ns| page.ended_ns.saturating_sub(from_ns));
    let measure = Measure {
        failed: group.has_failed,
        bytes_sent: page.bytes_sent,
        bytes_received: page.bytes_received,
        service_ns: since(page.sent_ns),
        response_ns: since(page.due_ns),
        ..Measure::default()
    };
    let id = tally.series_id(Kind::Page, &group.name);
    tally.series(id).measure(&measure);
}

impl<H: Host> Pending<H> {
    fn sample(&self, of: Kind, name: String, kind: &str, message: &str) -> Sample {
        let request = self.operation.request();
        let Progress { sent, measure, .. } = &*self.progress;
        let sent_body = request.body.filter(|_| sent.has_body).map(cut_body).unwrap_or_default();
        let mut response = None;
        if measure.status != 0 {
            self.reply.with_body(&mut |body| {
                response = Some(SampleResponse::new(measure.status, self.reply.raw_head(), body));
            });
        }
        Sample {
            kind: of.word(),
            name,
            error_kind: kind.to_owned(),
            message: message.to_owned(),
            request: SampleRequest {
                method: sent.method().unwrap_or(request.method).to_owned(),
                url: sent.url().unwrap_or_else(|| request.url.to_owned()),
                original_url: sent.asked_url(),
                headers: sent_headers(&sent.raw_head),
                body: sent_body,
            },
            response,
        }
    }
}
