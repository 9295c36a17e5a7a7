//! Python as a host of journeys.

use std::cell::RefCell;

use penstock_core::host::{Ended, Host, Reply, Response as Exchanged, Resume, Step};
use pyo3::exceptions::{PyKeyboardInterrupt, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyTuple, PyType};

use crate::coroutine::{Turn, send, throw};
use crate::exception;
use crate::forks;
use crate::gil::held;
use crate::operation::{self, Handed, PyOperation};
use crate::response::Response;
use crate::user::User;

/// A coroutine that answers every refusal with another mistake would keep the loop to itself.
const MOST_REFUSALS: usize = 100;

pub struct PyHost {
    journeys: Vec<Py<PyAny>>,
    /// What ends the whole run: raised again by `Loop.run`.
    abort: RefCell<Option<PyErr>>,
    /// The type of the last object that could be stepped.
    steppable: RefCell<Option<Py<PyType>>>,
}

/// The argument of journeys, which the recorder gives, too.
pub struct PyUser {
    pub user: Py<User>,
    /// It alone, as journeys are called with it.
    arguments: Py<PyTuple>,
}

impl Clone for PyUser {
    fn clone(&self) -> Self {
        let py = held();
        Self { user: self.user.clone_ref(py), arguments: self.arguments.clone_ref(py) }
    }
}

/// A response that its journey may hold, too.
pub struct PyReply(pub Py<Response>);

impl Clone for PyReply {
    fn clone(&self) -> Self {
        Self(self.0.clone_ref(held()))
    }
}

impl Reply for PyReply {
    fn raw_head(&self) -> &[u8] {
        self.0.get().raw_head()
    }

    fn with_body(&self, use_body: &mut dyn FnMut(&[u8])) {
        use_body(self.0.get().body_bytes(held()));
    }
}

impl PyHost {
    pub fn new(journeys: Vec<Py<PyAny>>) -> Self {
        Self { journeys, abort: RefCell::new(None), steppable: RefCell::new(None) }
    }

    pub fn take_abort(&self) -> Option<PyErr> {
        self.abort.borrow_mut().take()
    }

    /// Whether it is a coroutine. Journeys give ever the same type, so that it is asked once what it can do.
    fn can_step(&self, coroutine: &Bound<'_, PyAny>) -> bool {
        let kind = coroutine.get_type();
        if self.steppable.borrow().as_ref().is_some_and(|known| known.is(&kind)) {
            return true;
        }
        let can_step = ["send", "throw"].iter().all(|name| kind.hasattr(*name).unwrap_or(false));
        if can_step {
            self.steppable.replace(Some(kind.unbind()));
        }
        can_step
    }

    fn ended_by(&self, py: Python<'_>, error: PyErr) -> Ended {
        if is_stop_of_user(py, &error) {
            return Ended::Returned { extra_pause_s: f64::INFINITY };
        }
        if is_from_keyboard(py, &error) {
            self.abort.borrow_mut().get_or_insert(error);
            return Ended::Abort;
        }
        Ended::Raised(exception::describe(py, &error))
    }

    fn step(&self, coroutine: &Bound<'_, PyAny>, with: Resume<PyReply>) -> Step<PyOperation> {
        let py = coroutine.py();
        let mut turn = match with {
            Resume::Nothing | Resume::Done(Ok(())) => send(coroutine, py.None().bind(py)),
            Resume::Reply(reply) => send(coroutine, reply.0.bind(py).as_any()),
            Resume::Lines(lines) => match PyTuple::new(py, lines) {
                Ok(lines) => send(coroutine, lines.as_any()),
                Err(error) => throw(coroutine, error),
            },
            Resume::Done(Err(failure)) => match (failure.kind, failure.message).into_pyobject(py) {
                Ok(reason) => send(coroutine, reason.as_any()),
                Err(error) => throw(coroutine, error),
            },
            Resume::Replies(replies) => match PyList::new(py, replies.into_iter().map(|reply| reply.0)) {
                Ok(replies) => send(coroutine, replies.as_any()),
                Err(error) => throw(coroutine, error),
            },
            Resume::Refusal(reason) => throw(coroutine, PyValueError::new_err(reason)),
        };
        for _ in 0..MOST_REFUSALS {
            turn = match turn {
                Turn::Yielded(yielded) => match operation::read(yielded) {
                    Ok(Handed::Request(operation)) => return Step::Request(operation),
                    Ok(Handed::Parallel(parallel)) => return Step::Parallel(parallel),
                    Ok(Handed::Socket(step)) => return Step::Socket(step),
                    Ok(Handed::Sleep(seconds)) => return Step::Sleep(seconds),
                    Ok(Handed::Think(seconds)) => return Step::Think(seconds),
                    Ok(Handed::Cookies(lines)) => return Step::Cookies(lines),
                    Err(refusal) => throw(coroutine, refusal),
                },
                Turn::Returned(value) => {
                    return Step::Ended(match extra_pause(&value) {
                        Ok(extra_pause_s) => Ended::Returned { extra_pause_s },
                        Err(error) => {
                            let place =
                                exception::definition(coroutine).map(|place| format!(" ({place})")).unwrap_or_default();
                            Ended::Raised(exception::describe(py, &error) + &place)
                        }
                    });
                }
                Turn::Raised(error) => return Step::Ended(self.ended_by(py, error)),
            };
        }
        self.close(coroutine.clone().unbind());
        Step::Ended(Ended::Raised("RuntimeError: the journey awaits again and again what cannot be awaited".to_owned()))
    }
}

impl Host for PyHost {
    type User = PyUser;
    type Coroutine = Py<PyAny>;
    type Operation = PyOperation;
    type Body = Py<PyBytes>;
    type Reply = PyReply;

    fn user(&self, index: u64) -> Self::User {
        let py = held();
        let user = Bound::new(py, User::new(index)).expect("out of memory");
        let arguments = PyTuple::new(py, [&user]).expect("out of memory");
        PyUser { user: user.unbind(), arguments: arguments.unbind() }
    }

    fn forget(&self, user: &Self::User) {
        user.user.get().forget(held());
    }

    fn start(&self, journey: usize, user: &Self::User, iteration: u64) -> Result<Self::Coroutine, Ended> {
        let py = held();
        user.user.get().begin(iteration);
        let coroutine = self.journeys[journey].bind(py).call1(user.arguments.bind(py));
        let coroutine = coroutine.map_err(|error| self.ended_by(py, error))?;
        if self.can_step(&coroutine) {
            return Ok(coroutine.unbind());
        }
        Err(Ended::Raised("TypeError: a journey must be an async def function that takes a user".to_owned()))
    }

    fn resume(&self, coroutine: &Self::Coroutine, with: Resume<Self::Reply>) -> Step<Self::Operation> {
        let coroutine = coroutine.bind(held());
        let step = self.step(coroutine, with);
        if forks::is_child() {
            forks::leave(&exception::place(coroutine));
        }
        step
    }

    fn close(&self, coroutine: Self::Coroutine) {
        let py = held();
        let closed = coroutine.bind(py).call_method0(intern!(py, "close"));
        if forks::is_child() {
            forks::leave(&exception::place(coroutine.bind(py)));
        }
        if let Err(error) = closed
            && is_from_keyboard(py, &error)
        {
            self.abort.borrow_mut().get_or_insert(error);
        }
    }

    fn place(&self, coroutine: &Self::Coroutine) -> String {
        exception::place(coroutine.bind(held()))
    }

    fn body(&self, bytes: &[u8]) -> Self::Body {
        PyBytes::new(held(), bytes).unbind()
    }

    fn reply(&self, operation: &Self::Operation, response: Exchanged<Self::Body>) -> Self::Reply {
        let py = held();
        PyReply(Py::new(py, Response::new(py, response, || operation.url(py))).expect("out of memory"))
    }

    fn is_interrupted(&self) -> bool {
        let py = held();
        if let Err(error) = py.check_signals() {
            self.abort.borrow_mut().get_or_insert(error);
        }
        self.abort.borrow().is_some()
    }
}

/// Whether a journey says that its user goes for good.
fn is_stop_of_user(py: Python<'_>, error: &PyErr) -> bool {
    static STOP_USER: PyOnceLock<Option<Py<PyAny>>> = PyOnceLock::new();
    let kind = STOP_USER.get_or_init(py, || {
        py.import("penstock.script.users").and_then(|users| users.getattr("StopUser")).map(Bound::unbind).ok()
    });
    kind.as_ref().is_some_and(|kind| error.is_instance(py, kind.bind(py)))
}

/// Whether somebody pressed Ctrl-C, who means the whole run. Where the signal is ignored, as in an agent, a journey has
/// raised it itself, and it is an exception as any other.
fn is_from_keyboard(py: Python<'_>, error: &PyErr) -> bool {
    let is_ignored = || -> PyResult<bool> {
        let signal = py.import(intern!(py, "signal"))?;
        let handler = signal.call_method1(intern!(py, "getsignal"), (signal.getattr(intern!(py, "SIGINT"))?,))?;
        handler.eq(signal.getattr(intern!(py, "SIG_IGN"))?)
    };
    error.is_instance_of::<PyKeyboardInterrupt>(py) && !is_ignored().unwrap_or(false)
}

fn extra_pause(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if value.is_none() {
        return Ok(0.0);
    }
    let is_bool = value.is_instance_of::<PyBool>(); // an answer like "it went well", surely no second of pause
    if is_bool || !value.is_instance_of::<PyFloat>() && !value.is_instance_of::<PyInt>() {
        return Err(PyTypeError::new_err("a journey returns None, or seconds by which its pause grows"));
    }
    let seconds: f64 = value.extract()?;
    if seconds.is_nan() || seconds < 0.0 {
        return Err(PyValueError::new_err(format!("a journey returned a pause of {seconds} seconds")));
    }
    Ok(seconds)
}
