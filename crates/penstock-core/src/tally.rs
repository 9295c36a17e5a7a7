//! All that is counted between two snapshots.

use std::io;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::clock::{ns_to_seconds, process_cpu_ns};
use crate::histogram::Histogram;
use crate::own::{Own, OwnKind, OwnRow};
use crate::plan::Limits;
use crate::samples::Sample;
use crate::series::{Kind, OTHER, Series};

/// User code that is slow in ever new places must not fill the memory.
const MOST_SLOW_PLACES: usize = 100;
const RECENT: usize = 16;

/// The place of a series in the tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesId(usize);

pub struct Tally {
    limits: Limits,
    series: Vec<Series>,
    ids: [FxHashMap<Box<str>, SeriesId>; 6],
    /// Series that were asked for lately, by the length of their names: mostly the next one is among them.
    recent: [Option<SeriesId>; RECENT],
    /// Room to put a name together.
    name: String,
    samples: Vec<Sample>,
    samples_taken: usize,
    users: Users,
    pub iterations: Iterations,
    pub health: Health,
    own: Vec<Own>,
}

/// The time that a snapshot is of: a second, or its part before or behind a border of the run's phases.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    pub second: u64,
    /// `warm-up`, `main` or `cool-down`.
    pub phase: &'static str,
    pub from_ns: u64,
    pub to_ns: u64,
}

#[derive(Debug, Default)]
struct Users {
    active: u64,
    /// Up to when `user_ns` is summed.
    counted_to_ns: u64,
    user_ns: u64,
}

#[derive(Debug, Default, Serialize)]
pub struct Iterations {
    pub started: u64,
    pub finished: u64,
    pub failed: u64,
    pub interrupted: u64,
    /// Starts that waited for a free user, and those that waited in vain.
    pub late: u64,
    pub dropped: u64,
}

#[derive(Debug, Default)]
pub struct Health {
    pub open_connections: u64,
    pub reconnects: u64,
    /// Connections that could not be opened for want of file descriptors, of local ports.
    pub out_of_descriptors: u64,
    pub out_of_ports: u64,
    pub start_lateness: Histogram,
    pub client_lag: Histogram,
    pub loop_lag: Histogram,
    slow_steps: Vec<(String, u64, u64)>,
    cpu_ns: u64,
}

#[derive(Serialize)]
struct SnapshotJson<'a> {
    r#type: &'static str,
    version: u32,
    second: u64,
    source: &'a str,
    phase: &'static str,
    users: UsersJson,
    iterations: &'a Iterations,
    series: Vec<&'a Series>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    samples: Vec<SampleJson<'a>>,
    health: HealthJson<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    own: Vec<OwnRow<'a>>,
}

#[derive(Serialize)]
struct UsersJson {
    active: u64,
    user_seconds: f64,
}

#[derive(Serialize)]
struct SampleJson<'a> {
    #[serde(flatten)]
    sample: &'a Sample,
    second: u64,
    source: &'a str,
}

#[derive(Serialize)]
struct HealthJson<'a> {
    cpu_s: f64,
    wall_s: f64,
    rss_bytes: u64,
    open_connections: u64,
    reconnects: u64,
    #[serde(skip_serializing_if = "is_zero")]
    out_of_descriptors: u64,
    #[serde(skip_serializing_if = "is_zero")]
    out_of_ports: u64,
    start_lateness: &'a Histogram,
    client_lag: &'a Histogram,
    loop_lag: &'a Histogram,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    slow_steps: Vec<(&'a str, u64, f64)>,
}

impl Tally {
    #[must_use]
    pub fn new(limits: Limits, start_ns: u64) -> Self {
        Self {
            limits,
            series: Vec::new(),
            ids: Default::default(),
            recent: [None; RECENT],
            name: String::new(),
            samples: Vec::new(),
            samples_taken: 0,
            users: Users { counted_to_ns: start_ns, ..Users::default() },
            iterations: Iterations::default(),
            own: Vec::new(),
            health: Health { cpu_ns: process_cpu_ns(), ..Health::default() },
        }
    }

    /// The series of this name, or the one for all further names when there are too many.
    pub fn series_id(&mut self, kind: Kind, name: &str) -> SeriesId {
        if let Some(id) = self.recent(kind, name.len(), |known| known == name) {
            return id;
        }
        let id = self.find_or_add(kind, name);
        self.recent[name.len() % RECENT] = Some(id);
        id
    }

    fn recent(&self, kind: Kind, length: usize, is_it: impl Fn(&str) -> bool) -> Option<SeriesId> {
        let id = self.recent[length % RECENT]?;
        let series = &self.series[id.0];
        (series.kind == kind && series.name.len() == length && is_it(&series.name)).then_some(id)
    }

    fn find_or_add(&mut self, kind: Kind, name: &str) -> SeriesId {
        let ids = &self.ids[kind as usize];
        if let Some(id) = ids.get(name) {
            return *id;
        }
        let name = if self.series.len() < self.limits.series { name } else { OTHER };
        if let Some(id) = ids.get(name) {
            return *id;
        }
        let id = SeriesId(self.series.len());
        self.series.push(Series::new(kind, name));
        self.ids[kind as usize].insert(name.into(), id);
        id
    }

    /// The series of a request without a name of its own.
    pub fn request_id(&mut self, method: &str, path: &str) -> SeriesId {
        let is_it = |known: &str| {
            known.strip_prefix(method).and_then(|rest| rest.strip_prefix(' ')).is_some_and(|rest| rest == path)
        };
        if let Some(id) = self.recent(Kind::Request, method.len() + 1 + path.len(), is_it) {
            return id;
        }
        let mut name = std::mem::take(&mut self.name);
        name.clear();
        name.extend([method, " ", path]);
        let id = self.series_id(Kind::Request, &name);
        self.name = name;
        id
    }

    /// The series of the redirects that a request met.
    pub fn redirect_id(&mut self, request: SeriesId) -> SeriesId {
        let name = format!("{} (redirect)", self.series[request.0].name);
        self.series_id(Kind::Request, &name)
    }

    pub fn series(&mut self, id: SeriesId) -> &mut Series {
        &mut self.series[id.0]
    }

    pub fn check(&mut self, id: SeriesId, name: &str, passed: bool) {
        self.series[id.0].check(name, passed, self.limits.errors_per_series);
    }

    /// Notes a value of a metric of the test's own; of too many names the rest has one.
    pub fn note(&mut self, kind: OwnKind, name: &str, value: f64) {
        let at = self.own.iter().position(|own| own.is(name)).unwrap_or_else(|| {
            let name = if self.own.len() < self.limits.series { name } else { OTHER };
            self.own.iter().position(|own| own.is(name)).unwrap_or_else(|| {
                self.own.push(Own::new(kind, name));
                self.own.len() - 1
            })
        });
        self.own[at].note(value);
    }

    /// Counts a reason of failure; gives whether a sample of it is wanted.
    pub fn error(&mut self, id: SeriesId, kind: &str, message: &str) -> bool {
        let is_first = self.series[id.0].error(kind, message, self.limits.errors_per_series);
        is_first && self.wants_samples()
    }

    #[must_use]
    pub fn wants_samples(&self) -> bool {
        self.samples_taken < self.limits.samples
    }

    pub fn add_sample(&mut self, sample: Sample) {
        self.samples_taken += 1;
        self.samples.push(sample);
    }

    pub fn count_users(&mut self, now_ns: u64, change: i64) {
        self.users.count_to(now_ns);
        self.users.active = self.users.active.saturating_add_signed(change);
    }

    pub fn slow_step(&mut self, place: String, duration_ns: u64) {
        let steps = &mut self.health.slow_steps;
        let place = if steps.len() < MOST_SLOW_PLACES { place } else { OTHER.to_owned() };
        match steps.iter_mut().find(|(known, ..)| *known == place) {
            Some((_, count, longest_ns)) => {
                *count += 1;
                *longest_ns = duration_ns.max(*longest_ns);
            }
            None => steps.push((place, 1, duration_ns)),
        }
    }

    /// Gives the snapshot of what was counted since the last one, as a JSON frame, and begins the next.
    ///
    /// # Panics
    /// Never: all of it can be said in JSON.
    pub fn snapshot(&mut self, at: Stretch, source: &str) -> Vec<u8> {
        let Stretch { second, phase, from_ns, to_ns } = at;
        self.users.count_to(to_ns);
        let cpu_ns = process_cpu_ns();
        let health = &self.health;
        let snapshot = SnapshotJson {
            r#type: "snapshot",
            version: 1,
            second,
            source,
            phase,
            users: UsersJson { active: self.users.active, user_seconds: ns_to_seconds(self.users.user_ns) },
            iterations: &self.iterations,
            own: self.own.iter().filter(|own| own.count() > 0).map(|own| own.row(second, source)).collect(),
            series: self.series.iter().filter(|series| series.is_active()).collect(),
            samples: self.samples.iter().map(|sample| SampleJson { sample, second, source }).collect(),
            health: HealthJson {
                cpu_s: ns_to_seconds(cpu_ns.saturating_sub(health.cpu_ns)),
                wall_s: ns_to_seconds(to_ns.saturating_sub(from_ns)),
                rss_bytes: resident_bytes(),
                open_connections: health.open_connections,
                reconnects: health.reconnects,
                out_of_descriptors: health.out_of_descriptors,
                out_of_ports: health.out_of_ports,
                start_lateness: &health.start_lateness,
                client_lag: &health.client_lag,
                loop_lag: &health.loop_lag,
                slow_steps: health
                    .slow_steps
                    .iter()
                    .map(|(place, count, longest_ns)| (place.as_str(), *count, ns_to_seconds(*longest_ns)))
                    .collect(),
            },
        };
        let json = serde_json::to_vec(&snapshot).expect("numbers and strings are JSON");
        self.clear(cpu_ns);
        json
    }

    fn clear(&mut self, cpu_ns: u64) {
        for series in &mut self.series {
            series.clear();
        }
        self.samples.clear();
        self.own.iter_mut().for_each(Own::clear);
        self.users.user_ns = 0;
        self.iterations = Iterations::default();
        let health = &mut self.health;
        (health.reconnects, health.out_of_descriptors, health.out_of_ports) = (0, 0, 0);
        health.slow_steps.clear();
        health.cpu_ns = cpu_ns;
        for histogram in [&mut health.start_lateness, &mut health.client_lag, &mut health.loop_lag] {
            histogram.clear();
        }
    }
}

impl Health {
    /// Counts a connection that could not be opened, if it was this machine that had no more to give.
    pub fn count_exhaustion(&mut self, error: &io::Error) {
        match error.raw_os_error() {
            Some(libc::EMFILE | libc::ENFILE) => self.out_of_descriptors += 1,
            Some(libc::EADDRNOTAVAIL) => self.out_of_ports += 1,
            _ => {}
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Users {
    fn count_to(&mut self, now_ns: u64) {
        self.user_ns += self.active * now_ns.saturating_sub(self.counted_to_ns);
        self.counted_to_ns = self.counted_to_ns.max(now_ns);
    }
}

/// Resident memory of this process; 0 where the system does not say.
fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|statm| statm.split(' ').nth(1)?.parse::<u64>().ok())
        .unwrap_or_default();
    pages * rustix::param::page_size() as u64
}
