//! `Loop`: a run, and the recorder that its journeys reach.

use std::cell::RefCell;
use std::os::fd::{BorrowedFd, RawFd};
use std::rc::Rc;

use penstock_core::clock::now_ns;
use penstock_core::ledger::{Ledger, Subject};
use penstock_core::own::OwnKind;
use penstock_core::plan::Plan;
use penstock_core::tally::Tally;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use tokio::runtime::{Builder, LocalOptions};

use crate::forks;
use crate::gil;
use crate::host::PyHost;
use crate::user::User;

type Run = penstock_core::run::Run<PyHost>;

/// How long any thread may keep the lock while another waits for it; Python's own 5 ms would be seen in latencies.
const SWITCH_INTERVAL_S: f64 = 0.001;

/// Names that are looked up at a time.
const MOST_LOOKUPS: usize = 16;

thread_local! {
    /// The run of this thread, where the recorder finds the user that is being stepped.
    static RUN: RefCell<Option<Rc<Run>>> = const { RefCell::new(None) };
}

#[pyclass(frozen, module = "penstock.engine._native")]
pub struct Loop {
    plan: Plan,
}

#[pymethods]
#[expect(
    clippy::unused_self,
    reason = "the recorder's calls are methods in Python; what they act on is the thread's run"
)]
impl Loop {
    #[new]
    fn new(plan: &[u8]) -> PyResult<Self> {
        let plan = Plan::read(plan).map_err(PyValueError::new_err)?;
        Ok(Self { plan })
    }

    fn run(&self, py: Python<'_>, journeys: Vec<Py<PyAny>>, fd: RawFd) -> PyResult<()> {
        if journeys.len() != self.plan.journeys.len() {
            return Err(PyValueError::new_err(format!(
                "{} journeys are given, the plan names {}",
                journeys.len(),
                self.plan.journeys.len()
            )));
        }
        if RUN.with_borrow(Option::is_some) {
            return Err(PyRuntimeError::new_err("a loop runs on this thread already"));
        }
        if fd < 0 {
            return Err(PyValueError::new_err(format!("{fd} is no file descriptor")));
        }
        // SAFETY: it is borrowed for this call only, which fails when no open file has this number.
        let socket = unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()?;
        let _interval = SwitchInterval::shorten(py)?;
        let runtime = Builder::new_current_thread()
            .enable_io()
            .max_blocking_threads(MOST_LOOKUPS)
            .on_thread_park(gil::release)
            .on_thread_unpark(gil::retake)
            .build_local(LocalOptions::default())?;
        let _binding = Binding;
        forks::watch();
        let outcome = runtime.block_on(async {
            let run = Rc::new(Run::new(PyHost::new(journeys), &self.plan, socket)?);
            RUN.set(Some(Rc::clone(&run)));
            run.run().await?;
            Ok(run)
        });
        forks::sum_up();
        // A name that is still being looked up must not hold the process.
        runtime.shutdown_background();
        let run: Rc<Run> = outcome.map_err(|error: std::io::Error| match error.kind() {
            std::io::ErrorKind::InvalidInput => PyValueError::new_err(error.to_string()),
            _ => error.into(),
        })?;
        run.host.take_abort().map_or(Ok(()), Err)
    }

    #[pyo3(signature = (name, passed, response=None))]
    fn check(&self, name: &str, passed: bool, response: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        record(|ledger, tally| {
            let subject = subject(ledger, response)?;
            ledger.check(tally, subject, name, passed);
            Ok(())
        })?
    }

    #[pyo3(signature = (kind, message, response=None))]
    fn fail(&self, kind: &str, message: &str, response: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        record(|ledger, tally| {
            let subject = subject(ledger, response)?;
            ledger.fail(tally, subject, kind, message);
            Ok(())
        })?
    }

    fn enter_page(&self, name: &str) -> PyResult<()> {
        record(|ledger, _| ledger.enter_page(name, now_ns()))
    }

    fn count_cached(&self, name: &str) -> PyResult<()> {
        record(|ledger, tally| ledger.count_cached(tally, name))
    }

    fn user(&self, py: Python<'_>) -> PyResult<Py<User>> {
        record(|ledger, _| ledger.user().user.clone_ref(py))
    }

    fn enter_group(&self, name: &str) -> PyResult<()> {
        record(|ledger, _| ledger.enter_group(name, now_ns()))
    }

    fn exit_group(&self) -> PyResult<()> {
        if record(|ledger, tally| ledger.exit_group(tally, now_ns()))? {
            return Ok(());
        }
        Err(PyRuntimeError::new_err("no group is open"))
    }

    fn tag(&self, name: &str) -> PyResult<()> {
        record(|ledger, tally| ledger.tag(tally, name))
    }

    fn measure(&self, kind: &str, name: &str, value: f64) -> PyResult<()> {
        let wrong = |text: String| Err(PyValueError::new_err(text));
        let Some(kind) = OwnKind::read(kind) else { return wrong(format!("{kind:?} is no kind of metric")) };
        if !value.is_finite() || (kind == OwnKind::Trend && value < 0.0) {
            return wrong(format!("metric {name:?} cannot hold {value}"));
        }
        record(|_, tally| tally.note(kind, name, value))
    }

    fn retire(&self, journey: &str) -> PyResult<()> {
        if RUN.with_borrow(|run| run.as_ref().is_some_and(|run| run.retire(journey))) {
            return Ok(());
        }
        Err(PyRuntimeError::new_err(format!("there is no journey {journey:?} in a run of this thread")))
    }
}

/// What a check or a failure is about.
///
/// # Errors
/// When the response is not that of the last request, or of one of the last that were parallel.
fn subject(ledger: &Ledger<PyHost>, response: Option<&Bound<'_, PyAny>>) -> PyResult<Subject> {
    let Some(response) = response else { return Ok(Subject::Last) };
    ledger.find(|reply| reply.0.is(response)).ok_or_else(|| {
        PyValueError::new_err(
            "this is not the response of the last request, which is counted already: check a response before the \
             journey awaits anything else",
        )
    })
}

fn record<T>(act: impl FnOnce(&mut Ledger<PyHost>, &mut Tally) -> T) -> PyResult<T> {
    RUN.with_borrow(|run| run.as_ref().and_then(|run| run.with_stepped(act))).ok_or_else(|| {
        PyRuntimeError::new_err("check, fail and group work inside a journey, on the thread of its loop")
    })
}

/// Ends the binding of the thread to its run, however `Loop.run` ends.
struct Binding;

impl Drop for Binding {
    fn drop(&mut self) {
        RUN.set(None);
    }
}

/// Puts the switch interval back when the run is over.
struct SwitchInterval(f64);

impl SwitchInterval {
    fn shorten(py: Python<'_>) -> PyResult<Self> {
        let sys = py.import("sys")?;
        let before = sys.call_method0("getswitchinterval")?.extract()?;
        sys.call_method1("setswitchinterval", (SWITCH_INTERVAL_S,))?;
        Ok(Self(before))
    }
}

impl Drop for SwitchInterval {
    fn drop(&mut self) {
        let set = gil::held().import("sys").and_then(|sys| sys.call_method1("setswitchinterval", (self.0,)));
        debug_assert!(set.is_ok(), "an interval that was set before can be set again");
    }
}
