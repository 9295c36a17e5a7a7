//! Stepping coroutines.

use std::ptr;

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;
use pyo3::{ffi, intern};

/// What a coroutine did when it was resumed.
pub enum Turn<'py> {
    Yielded(Bound<'py, PyAny>),
    Returned(Bound<'py, PyAny>),
    Raised(PyErr),
}

/// Resumes with a value. `PyIter_Send` gives the return value without making a `StopIteration`.
pub fn send<'py>(coroutine: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> Turn<'py> {
    let py = coroutine.py();
    let mut result = ptr::null_mut();
    // SAFETY: both are live objects, the lock is held; on success `result` is an owned reference.
    unsafe {
        match ffi::PyIter_Send(coroutine.as_ptr(), value.as_ptr(), &raw mut result) {
            ffi::PySendResult::PYGEN_NEXT => Turn::Yielded(Bound::from_owned_ptr(py, result)),
            ffi::PySendResult::PYGEN_RETURN => Turn::Returned(Bound::from_owned_ptr(py, result)),
            ffi::PySendResult::PYGEN_ERROR => Turn::Raised(PyErr::fetch(py)),
        }
    }
}

/// Resumes by raising an exception at the await.
pub fn throw<'py>(coroutine: &Bound<'py, PyAny>, error: PyErr) -> Turn<'py> {
    let py = coroutine.py();
    match coroutine.call_method1(intern!(py, "throw"), (error.into_value(py),)) {
        Ok(yielded) => Turn::Yielded(yielded),
        Err(error) if error.is_instance_of::<PyStopIteration>(py) => match error.value(py).getattr("value") {
            Ok(value) => Turn::Returned(value),
            Err(error) => Turn::Raised(error),
        },
        Err(error) => Turn::Raised(error),
    }
}
