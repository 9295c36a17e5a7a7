//! The plan that Python hands over: `plan.v1` of docs/spec/engine-border.md. Unknown keys are refused, since a plan
//! of a newer version must not run half.

use serde::Deserialize;

use crate::address::AddressBook;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub version: u32,
    pub segment: Segment,
    pub start_at_ns: Option<u64>,
    pub load: Load,
    pub journeys: Vec<Journey>,
    pub http: Http,
    pub limits: Limits,
}

/// The share of the run that is this loop's: users k with `k % of == index`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    pub index: u32,
    pub of: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    pub phases: Vec<Phase>,
    pub iterations_per_user: Option<u64>,
    pub pause_s: f64,
    pub grace_s: f64,
}

/// A straight piece of the load, in users over the whole run.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    pub start: f64,
    pub end: f64,
    pub duration_s: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    pub name: String,
    pub weight: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub base_url: Option<String>,
    pub retarget: Option<String>,
    pub timeout_s: f64,
    pub max_redirects: u32,
    pub user_agent: String,
    pub accept_encoding: String,
    pub cookies: Cookies,
    pub verify_tls: bool,
    pub max_body_bytes: u64,
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
const MOST_USERS: f64 = 10_000_000.0;
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
        if self.load.phases.is_empty() {
            return Err("load.phases: at least one phase is needed".to_owned());
        }
        for (at, phase) in self.load.phases.iter().enumerate() {
            within(&format!("load.phases[{at}].start"), phase.start, 0.0, MOST_USERS)?;
            within(&format!("load.phases[{at}].end"), phase.end, 0.0, MOST_USERS)?;
            within(&format!("load.phases[{at}].duration_s"), phase.duration_s, 0.0, LONGEST_S)?;
        }
        if self.load.iterations_per_user == Some(0) {
            return Err("load.iterations_per_user: must be at least 1, or null for no limit".to_owned());
        }
        within("load.pause_s", self.load.pause_s, 0.0, LONGEST_S)?;
        within("load.grace_s", self.load.grace_s, 0.0, LONGEST_S)?;
        if self.journeys.is_empty() {
            return Err("journeys: at least one journey is needed".to_owned());
        }
        for (at, journey) in self.journeys.iter().enumerate() {
            within(&format!("journeys[{at}].weight"), journey.weight, 0.0, f64::MAX)?;
        }
        let weights: f64 = self.journeys.iter().map(|journey| journey.weight).sum();
        if !weights.is_finite() || weights <= 0.0 {
            return Err("journeys: the weights must add up to more than 0".to_owned());
        }
        within("http.timeout_s", self.http.timeout_s, f64::MIN_POSITIVE, LONGEST_S)?;
        AddressBook::new(self.http.base_url.as_deref(), self.http.retarget.as_deref())?;
        for (place, value) in
            [("http.user_agent", &self.http.user_agent), ("http.accept_encoding", &self.http.accept_encoding)]
        {
            if value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
                return Err(format!("{place}: may not hold line breaks"));
            }
        }
        Ok(())
    }
}

fn within(place: &str, value: f64, least: f64, most: f64) -> Result<(), String> {
    if value.is_finite() && (least..=most).contains(&value) {
        return Ok(());
    }
    Err(format!("{place}: {value} is not between {least:.0} and {most:.0}"))
}
