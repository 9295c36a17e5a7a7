//! The argument of a journey.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

#[pyclass(frozen, module = "penstock.engine._native")]
pub struct User {
    index: u64,
    iteration: AtomicU64,
    state: PyOnceLock<Py<PyDict>>,
    /// What the user's browser keeps, as `penstock.script.pages` has it.
    browser: PyOnceLock<Py<PyDict>>,
}

impl User {
    pub fn new(index: u64) -> Self {
        Self { index, iteration: AtomicU64::new(0), state: PyOnceLock::new(), browser: PyOnceLock::new() }
    }

    /// Empties the browser's cache.
    pub fn forget(&self, py: Python<'_>) {
        if let Some(browser) = self.browser.get(py) {
            browser.bind(py).clear();
        }
    }

    pub fn begin(&self, iteration: u64) {
        self.iteration.store(iteration, Ordering::Relaxed);
    }
}

#[pymethods]
impl User {
    #[getter]
    fn index(&self) -> u64 {
        self.index
    }

    #[getter]
    fn iteration(&self) -> u64 {
        self.iteration.load(Ordering::Relaxed)
    }

    #[getter]
    fn state(&self, py: Python<'_>) -> Py<PyDict> {
        self.state.get_or_init(py, || PyDict::new(py).unbind()).clone_ref(py)
    }

    #[getter]
    fn browser(&self, py: Python<'_>) -> Py<PyDict> {
        self.browser.get_or_init(py, || PyDict::new(py).unbind()).clone_ref(py)
    }

    fn __repr__(&self) -> String {
        format!("<User {} iteration {}>", self.index, self.iteration())
    }
}
