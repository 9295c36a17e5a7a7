//! Python's lock: held while tasks run, let go exactly while the loop waits in the kernel.

use std::cell::Cell;
use std::ptr;

use penstock_core::clock::now_ns;
use pyo3::{Python, ffi};

thread_local! {
    static SAVED: Cell<*mut ffi::PyThreadState> = const { Cell::new(ptr::null_mut()) };
}

/// The runtime is about to wait.
pub fn release() {
    // SAFETY: the runtime calls this on the thread that called `Loop.run`, which holds the lock whenever tasks run.
    SAVED.set(unsafe { ffi::PyEval_SaveThread() });
}

/// The runtime has waited, so that the clock must be read again.
pub fn retake() {
    // SAFETY: the state is the one that `release` put there on this thread; the runtime calls the two in turn.
    unsafe { ffi::PyEval_RestoreThread(SAVED.replace(ptr::null_mut())) };
    now_ns();
}

/// The proof that the lock is held. Only for what the loop calls while tasks run.
pub fn held<'py>() -> Python<'py> {
    // SAFETY: tasks run on the thread that called `Loop.run`, between `retake` and `release`. The token is used at
    // once by the caller and never kept across an await.
    unsafe { Python::assume_attached() }
}
