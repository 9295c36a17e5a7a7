//! `penstock.engine._native`: Python's coroutines and objects on one side, `penstock-core` on the other. No rule of
//! load testing lives here. What crosses, and how, is in docs/spec/engine-border.md.

mod coroutine;
mod exception;
mod forks;
mod gil;
mod host;
mod operation;
mod response;
mod run;
mod user;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::response::Response;
    #[pymodule_export]
    use super::run::Loop;
    #[pymodule_export]
    use super::user::User;
}
