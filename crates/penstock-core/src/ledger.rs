//! What is being counted for one user: its iteration, its open groups, and its last exchange, which is pending until
//! the journey goes on, so that a check can still fail it and it is counted once, with all that belongs to it.

use std::borrow::Cow;

use crate::host::{Host, Operation, Reply};
use crate::progress::Sent;
use crate::samples::{Sample, SampleRequest, SampleResponse, cut_body, sent_headers};
use crate::series::{Kind, Measure};
use crate::tally::{SeriesId, Tally};

pub struct Ledger<H: Host> {
    iteration: SeriesId,
    has_failed: bool,
    pending: Option<Pending<H>>,
    open_groups: Vec<Group>,
    /// Groups that ended while an exchange was pending; it may still fail them.
    closed_groups: Vec<(Group, u64)>,
    slept_ns: u64,
    /// The iteration is being interrupted: what its `finally` blocks do is not counted.
    is_closing: bool,
}

/// An exchange that has ended and is not counted yet.
pub struct Pending<H: Host> {
    pub series: SeriesId,
    pub operation: H::Operation,
    pub reply: H::Reply,
    pub measure: Measure,
    pub sent: Sent,
    pub ended_ns: u64,
    pub failure: Option<Reason>,
}

/// Why something failed: kind and message.
pub type Reason = (Cow<'static, str>, String);

struct Group {
    name: String,
    entered_ns: u64,
    slept_before_ns: u64,
    has_failed: bool,
}

impl<H: Host> Ledger<H> {
    #[must_use]
    pub fn new(iteration: SeriesId) -> Self {
        Self {
            iteration,
            has_failed: false,
            pending: None,
            open_groups: Vec::new(),
            closed_groups: Vec::new(),
            slept_ns: 0,
            is_closing: false,
        }
    }

    /// `series`: that of the journey that begins.
    pub fn begin_iteration(&mut self, series: SeriesId) {
        self.iteration = series;
        (self.has_failed, self.slept_ns, self.is_closing) = (false, 0, false);
        self.open_groups.clear();
        self.closed_groups.clear();
    }

    pub fn add_sleep(&mut self, slept_ns: u64) {
        self.slept_ns += slept_ns;
    }

    /// Makes an exchange pending; the one before must have been counted.
    pub fn set_pending(&mut self, pending: Pending<H>) {
        if pending.failure.is_some() {
            self.fail_iteration(pending.ended_ns);
        }
        self.pending = Some(pending);
    }

    pub fn check(&mut self, tally: &mut Tally, name: &str, passed: bool) {
        if self.is_closing {
            return;
        }
        let series = self.pending.as_ref().map_or(self.iteration, |pending| pending.series);
        tally.check(series, name, passed);
        if !passed {
            self.fail(tally, "check", name);
        }
    }

    /// Fails the pending exchange, for the first reason given, or without one the iteration.
    pub fn fail(&mut self, tally: &mut Tally, kind: &str, message: &str) {
        if self.is_closing {
            return;
        }
        let ended_ns = self.pending.as_ref().map_or(0, |pending| pending.ended_ns);
        self.fail_iteration(ended_ns);
        match &mut self.pending {
            Some(pending) => {
                pending.failure.get_or_insert_with(|| (Cow::Owned(kind.to_owned()), message.to_owned()));
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
        self.open_groups.push(Group {
            name: name.to_owned(),
            entered_ns: now_ns,
            slept_before_ns: self.slept_ns,
            has_failed: false,
        });
    }

    /// Ends the innermost group; false when none is open.
    pub fn exit_group(&mut self, tally: &mut Tally, now_ns: u64) -> bool {
        let Some(group) = self.open_groups.pop() else { return self.is_closing };
        if self.is_closing {
            return true;
        }
        let slept_ns = self.slept_ns - group.slept_before_ns;
        let took_ns = now_ns.saturating_sub(group.entered_ns).saturating_sub(slept_ns);
        if self.pending.is_some() {
            self.closed_groups.push((group, took_ns));
        } else {
            count_group(tally, &group, took_ns);
        }
        true
    }

    /// Counts the pending exchange and what waited for it; gives it back to be dropped where nothing is borrowed.
    #[must_use]
    pub fn commit(&mut self, tally: &mut Tally) -> Option<Pending<H>> {
        let mut pending = self.pending.take()?;
        pending.measure.failed = pending.failure.is_some();
        tally.series(pending.series).measure(&pending.measure);
        if let Some((kind, message)) = &pending.failure
            && tally.error(pending.series, kind, message)
        {
            let name = tally.series(pending.series).name.to_string();
            tally.add_sample(pending.sample(name, kind, message));
        }
        for (group, took_ns) in self.closed_groups.drain(..) {
            count_group(tally, &group, took_ns);
        }
        Some(pending)
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
            ..Measure::default()
        });
    }

    /// From here on nothing of this iteration is counted.
    #[must_use]
    pub fn abandon(&mut self) -> Option<Pending<H>> {
        self.is_closing = true;
        self.pending.take()
    }
}

fn count_group(tally: &mut Tally, group: &Group, took_ns: u64) {
    let id = tally.series_id(Kind::Group, &group.name);
    let measure = Measure { failed: group.has_failed, service_ns: took_ns, response_ns: took_ns, ..Measure::default() };
    tally.series(id).measure(&measure);
}

impl<H: Host> Pending<H> {
    fn sample(&self, name: String, kind: &str, message: &str) -> Sample {
        let request = self.operation.request();
        let sent_body = request.body.filter(|_| self.sent.has_body).map(cut_body).unwrap_or_default();
        let mut response = None;
        if self.measure.status != 0 {
            self.reply.with_body(&mut |body| {
                response = Some(SampleResponse::new(self.measure.status, self.reply.raw_head(), body));
            });
        }
        Sample {
            kind: Kind::Request.word(),
            name,
            error_kind: kind.to_owned(),
            message: message.to_owned(),
            request: SampleRequest {
                method: self.sent.method().unwrap_or(request.method).to_owned(),
                url: self.sent.url().unwrap_or_else(|| request.url.to_owned()),
                original_url: self.sent.asked_url(),
                headers: sent_headers(&self.sent.raw_head),
                body: sent_body,
            },
            response,
        }
    }
}
