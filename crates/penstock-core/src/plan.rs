//! The plan that Python hands over: `plan.v1` of docs/spec/engine-border.md. Unknown keys are refused, since a plan
//! of a newer version must not run half.

use serde::Deserialize;

use std::net::IpAddr;

use crate::address::AddressBook;
use crate::policy::Policy;
use crate::tls::Tls;
use crate::transport::{self, Connections, HostOverride, HttpVersion, Proxies, SourcesBy};
use crate::way::Ways;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub version: u32,
    pub segment: Segment,
    pub start_at_ns: Option<u64>,
    /// Where chance comes from; the same for all segments.
    pub seed: u64,
    /// Results of the first so many seconds are marked.
    pub warm_up_s: f64,
    /// How long iterations may run behind the end, their results being marked; None: within the grace, unmarked.
    pub cool_down_s: Option<f64>,
    /// Whether the loop stays to the end of the load although it has nobody, since its share may rise.
    #[serde(default)]
    pub stands_by: bool,
    pub journeys: Vec<Journey>,
    pub populations: Vec<Population>,
    pub http: Http,
    pub limits: Limits,
}

/// The share of the run that is this loop's: numbers k with `k % of == index`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    pub index: u32,
    pub of: u32,
}

impl Segment {
    /// How many of the first `total` numbers are this segment's.
    #[must_use]
    pub fn share(self, total: u64) -> u64 {
        let (index, of) = (u64::from(self.index), u64::from(self.of));
        if total > index { (total - index).div_ceil(of) } else { 0 }
    }

    /// The segment among those that have any of so many users; None for one that has none.
    #[must_use]
    pub fn among(self, users: u64) -> Option<Self> {
        let of = u32::try_from(users).map_or(self.of, |users| users.min(self.of));
        (self.index < of).then_some(Self { index: self.index, of })
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    pub name: String,
}

/// Users that share a load and a mix of journeys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    pub name: String,
    pub load: Load,
    pub mix: MixRule,
    /// How far the intervals of a pace spread, as a share of them.
    pub pace_spread: f64,
    pub shares: Vec<Share>,
    /// Places in the plan's list of journeys that a user does once: before its first iteration, after its last.
    #[serde(default)]
    pub on_start: Option<usize>,
    #[serde(default)]
    pub on_stop: Option<usize>,
    /// Whether users do the latter also when the load or the run is over.
    #[serde(default = "yes")]
    pub stops_at_end: bool,
    /// Of which each iteration draws one; none: the plan's own headers.
    #[serde(default)]
    pub browsers: Vec<Browser>,
    /// Of which each user has one; none: as fast as it goes.
    #[serde(default)]
    pub networks: Vec<Network>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Browser {
    pub name: String,
    pub share: f64,
    pub headers: Vec<BrowserHeader>,
    pub connections_per_host: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrowserHeader {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    pub name: String,
    pub share: f64,
    /// Kilobits (of 1000) a second; None: no limit.
    pub down_kbps: Option<f64>,
    pub up_kbps: Option<f64>,
    /// One way.
    pub latency_ms: f64,
}

/// What the weights of a mix are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MixRule {
    /// Shares of the users; each keeps its journey.
    Users,
    /// Shares of the iterations that are started.
    Tests,
    /// None: a user does the journeys in order.
    Sequential,
    /// Iterations a user and hour.
    Pace,
}

/// `journey` is a place in the plan's list.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    pub journey: usize,
    pub weight: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    pub model: Model,
    pub phases: Vec<Phase>,
    pub spacing: Spacing,
    /// The limit of users, of arrivals; the number of users, of requests.
    pub max_users: Option<u64>,
    pub patience_s: f64,
    pub iterations_per_user: Option<u64>,
    pub iterations_total: Option<u64>,
    pub pause_s: f64,
    pub pacing_s: f64,
    pub thinks: Thinks,
    /// Of thinks and pauses that are normally distributed, as a share of them.
    pub think_deviation: f64,
    /// Share of the iterations that are done by a new user.
    pub new_users: f64,
    pub grace_s: f64,
}

/// What the levels of the phases count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// Users at a time.
    Users,
    /// Iterations started a second.
    Arrivals,
    /// Requests sent a second.
    Requests,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spacing {
    Even,
    Poisson,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Thinks {
    On,
    Off,
    Normal,
}

/// A straight piece of the load, over the whole run.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    pub start: f64,
    pub end: f64,
    pub duration_s: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub base_url: Option<String>,
    pub retarget: Option<String>,
    /// Origins and where their requests go instead, whatever `retarget` says.
    #[serde(default)]
    pub target_overrides: Vec<(String, String)>,
    pub timeout_s: f64,
    pub max_redirects: u32,
    pub user_agent: String,
    pub accept_encoding: String,
    pub cookies: Cookies,
    pub verify_tls: bool,
    pub max_body_bytes: u64,
    /// Whether redirects that are followed count as requests, too.
    #[serde(default)]
    pub counts_redirects: bool,
    #[serde(default)]
    pub http_version: HttpVersion,
    #[serde(default)]
    pub proxy: Option<Proxies>,
    /// Certificates (PEM) that are trusted besides the machine's own.
    #[serde(default)]
    pub certificate_authorities: Option<String>,
    /// Chain and key (PEM) that users show.
    #[serde(default)]
    pub client_certificate: Option<String>,
    #[serde(default)]
    pub hosts: Vec<HostOverride>,
    #[serde(default)]
    pub source_addresses: Vec<IpAddr>,
    /// Whether each connection takes the next, or a user has one for all of its own.
    #[serde(default)]
    pub source_addresses_by: SourcesBy,
    #[serde(default)]
    pub connections: Connections,
    /// Connections of a pool.
    #[serde(default = "usual_pool_size")]
    pub pool_size: usize,
    /// None: names are resolved once.
    #[serde(default)]
    pub dns_lifetime_s: Option<f64>,
    #[serde(default)]
    pub policy: Option<transport::Policy>,
}

impl Http {
    /// # Errors
    /// A sentence that names the setting that is no URL.
    pub fn address_book(&self) -> Result<AddressBook, String> {
        AddressBook::new(self.base_url.as_deref(), self.retarget.as_deref(), &self.target_overrides)
    }
}

fn usual_pool_size() -> usize {
    50
}

/// How long a user's cookies live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cookies {
    Off,
    Iteration,
    User,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub series: usize,
    pub errors_per_series: usize,
    pub samples: usize,
}

/// More users than this would start no earlier than the load ends anyway; it guards the sums below.
const MOST_USERS: u64 = 10_000_000;
const HIGHEST_LEVEL: f64 = 10_000_000.0;
const SLOWEST_KBPS: f64 = 0.001;
const FASTEST_KBPS: f64 = 1e9;
const LONGEST_S: f64 = 366.0 * 86_400.0;

impl Plan {
    /// Reads and checks a plan.
    ///
    /// # Errors
    /// A sentence that names the place in the plan and what is wrong there.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let plan: Self = serde_json::from_slice(json).map_err(|error| format!("plan: {error}"))?;
        plan.check()?;
        Ok(plan)
    }

    fn check(&self) -> Result<(), String> {
        if self.version != 1 {
            return Err(format!("version: this engine reads plans of version 1, not {}", self.version));
        }
        if self.segment.of == 0 || self.segment.index >= self.segment.of {
            return Err(format!("segment: index {} of {} does not exist", self.segment.index, self.segment.of));
        }
        within("warm_up_s", self.warm_up_s, 0.0, LONGEST_S)?;
        within("cool_down_s", self.cool_down_s.unwrap_or_default(), 0.0, LONGEST_S)?;
        if self.journeys.is_empty() {
            return Err("journeys: at least one journey is needed".to_owned());
        }
        if self.populations.is_empty() {
            return Err("populations: at least one population is needed".to_owned());
        }
        for (at, population) in self.populations.iter().enumerate() {
            population.check(self.journeys.len()).map_err(|wrong| format!("populations[{at}].{wrong}"))?;
        }
        within("http.timeout_s", self.http.timeout_s, f64::MIN_POSITIVE, LONGEST_S)?;
        self.http.address_book()?;
        for (place, value) in
            [("http.user_agent", &self.http.user_agent), ("http.accept_encoding", &self.http.accept_encoding)]
        {
            if value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
                return Err(format!("{place}: may not hold line breaks"));
            }
        }
        within("http.dns_lifetime_s", self.http.dns_lifetime_s.unwrap_or_default(), 0.0, LONGEST_S)?;
        if self.http.pool_size == 0 {
            return Err("http.pool_size: at least one connection is needed".to_owned());
        }
        if self.http.source_addresses_by == SourcesBy::User && self.http.connections == Connections::Pool {
            return Err("http.source_addresses_by: connections of a pool belong to no user".to_owned());
        }
        Ways::new(self.http.http_version, self.http.proxy.as_ref())?;
        Tls::check(&self.http)?;
        self.http.policy.as_ref().map_or(Ok(()), |policy| Policy::new(policy).map(drop))
    }
}

impl Population {
    fn check(&self, journeys: usize) -> Result<(), String> {
        self.load.check().map_err(|wrong| format!("load.{wrong}"))?;
        within("pace_spread", self.pace_spread, 0.0, 1.0)?;
        for (at, share) in self.shares.iter().enumerate() {
            within(&format!("shares[{at}].weight"), share.weight, 0.0, f64::MAX)?;
            if share.journey >= journeys {
                return Err(format!("shares[{at}].journey: there is no journey {}", share.journey));
            }
        }
        for (name, journey) in [("on_start", self.on_start), ("on_stop", self.on_stop)] {
            if let Some(journey) = journey.filter(|journey| *journey >= journeys) {
                return Err(format!("{name}: there is no journey {journey}"));
            }
        }
        let weights: f64 = self.shares.iter().map(|share| share.weight).sum();
        if !weights.is_finite() || weights <= 0.0 {
            return Err("shares: the weights must add up to more than 0".to_owned());
        }
        for (at, browser) in self.browsers.iter().enumerate() {
            browser.check().map_err(|wrong| format!("browsers[{at}].{wrong}"))?;
        }
        for (at, network) in self.networks.iter().enumerate() {
            network.check().map_err(|wrong| format!("networks[{at}].{wrong}"))?;
        }
        for (place, shares) in [
            ("browsers", self.browsers.iter().map(|browser| browser.share).collect::<Vec<_>>()),
            ("networks", self.networks.iter().map(|network| network.share).collect()),
        ] {
            if !shares.is_empty() && shares.iter().sum::<f64>() <= 0.0 {
                return Err(format!("{place}: the shares must add up to more than 0"));
            }
        }
        if self.mix == MixRule::Pace && self.load.model == Model::Arrivals {
            return Err("mix: a pace is that of users who stay; arrivals have a rate of their own".to_owned());
        }
        Ok(())
    }
}

impl Browser {
    fn check(&self) -> Result<(), String> {
        within("share", self.share, 0.0, HIGHEST_LEVEL)?;
        let headers: Vec<_> = self.headers.iter().map(|header| (header.name.as_str(), header.value.as_str())).collect();
        crate::codec::request::check("GET", &headers).map_err(|wrong| format!("headers: {wrong}"))?;
        match self.connections_per_host {
            Some(0) => Err("connections_per_host: must be at least 1".to_owned()),
            _ => Ok(()),
        }
    }
}

impl Network {
    fn check(&self) -> Result<(), String> {
        within("share", self.share, 0.0, HIGHEST_LEVEL)?;
        within("latency_ms", self.latency_ms, 0.0, 60_000.0)?;
        within("down_kbps", self.down_kbps.unwrap_or(1.0), SLOWEST_KBPS, FASTEST_KBPS)?;
        within("up_kbps", self.up_kbps.unwrap_or(1.0), SLOWEST_KBPS, FASTEST_KBPS)
    }
}

impl Load {
    fn check(&self) -> Result<(), String> {
        if self.phases.is_empty() {
            return Err("phases: at least one phase is needed".to_owned());
        }
        for (at, phase) in self.phases.iter().enumerate() {
            within(&format!("phases[{at}].start"), phase.start, 0.0, HIGHEST_LEVEL)?;
            within(&format!("phases[{at}].end"), phase.end, 0.0, HIGHEST_LEVEL)?;
            within(&format!("phases[{at}].duration_s"), phase.duration_s, 0.0, LONGEST_S)?;
        }
        if self.iterations_per_user == Some(0) {
            return Err("iterations_per_user: must be at least 1, or null for no limit".to_owned());
        }
        if self.iterations_total == Some(0) {
            return Err("iterations_total: must be at least 1, or null for no limit".to_owned());
        }
        if self.model == Model::Users && self.max_users.is_some() {
            return Err("max_users: the phases say how many users there are".to_owned());
        }
        if self.model != Model::Users && !self.max_users.is_some_and(|most| (1..=MOST_USERS).contains(&most)) {
            return Err(format!("max_users: a number of users from 1 to {MOST_USERS} is needed"));
        }
        if self.model == Model::Arrivals
            && (self.iterations_per_user.is_some() || self.pause_s > 0.0 || self.pacing_s > 0.0)
        {
            return Err("model: arrivals have no iterations a user, no pause and no pacing".to_owned());
        }
        within("patience_s", self.patience_s, 0.0, LONGEST_S)?;
        within("pause_s", self.pause_s, 0.0, LONGEST_S)?;
        within("pacing_s", self.pacing_s, 0.0, LONGEST_S)?;
        within("think_deviation", self.think_deviation, 0.0, 10.0)?;
        within("new_users", self.new_users, 0.0, 1.0)?;
        within("grace_s", self.grace_s, 0.0, LONGEST_S)
    }
}

/// Whether a level can be held.
///
/// # Errors
/// A sentence that names the place.
pub fn check_level(level: f64) -> Result<(), String> {
    within("level", level, 0.0, HIGHEST_LEVEL)
}

fn within(place: &str, value: f64, least: f64, most: f64) -> Result<(), String> {
    if value.is_finite() && (least..=most).contains(&value) {
        return Ok(());
    }
    Err(format!("{place}: {value} is not between {least:.0} and {most:.0}"))
}
