//! Exceptions and places of user code, in words for reports.

use std::path::Path;

use pyo3::exceptions::PySystemExit;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Folders whose code is not the user's.
struct Folders {
    penstock: String,
    installed: Vec<String>,
}

fn folders(py: Python<'_>) -> &'static Folders {
    static FOLDERS: PyOnceLock<Folders> = PyOnceLock::new();
    FOLDERS.get_or_init(py, || {
        let penstock = py
            .import("penstock")
            .and_then(|package| package.getattr("__path__")?.get_item(0)?.extract())
            .unwrap_or_else(|_| "\0".to_owned());
        let installed = py
            .import("sysconfig")
            .and_then(|sysconfig| {
                let paths = sysconfig.call_method0("get_paths")?;
                ["stdlib", "platstdlib", "purelib", "platlib"]
                    .into_iter()
                    .map(|key| paths.get_item(key)?.extract())
                    .collect()
            })
            .unwrap_or_default();
        Folders { penstock, installed }
    })
}

/// How far a file is from what the user wrote.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    Own,
    Installed,
    Penstock,
}

fn distance(py: Python<'_>, file: &str) -> Distance {
    let folders = folders(py);
    if Path::new(file).starts_with(&folders.penstock) {
        Distance::Penstock
    } else if file.starts_with('<') || folders.installed.iter().any(|folder| Path::new(file).starts_with(folder)) {
        Distance::Installed
    } else {
        Distance::Own
    }
}

/// A line of code, and how far it is from the user's.
struct Line {
    text: String,
    distance: Distance,
}

impl Line {
    fn of_code(code: &Bound<'_, PyAny>, number: u32) -> PyResult<Self> {
        let file: String = code.getattr("co_filename")?.extract()?;
        let short = Path::new(&file).file_name().map_or(file.as_str().into(), |name| name.to_string_lossy());
        Ok(Self { text: format!("{short}:{number}"), distance: distance(code.py(), &file) })
    }
}

/// The innermost line of the user's own code; without one, the innermost that is not Penstock's.
fn innermost(lines: Vec<Line>) -> Option<String> {
    let mut best: Option<Line> = None;
    for line in lines {
        if line.distance < Distance::Penstock && best.as_ref().is_none_or(|best| line.distance <= best.distance) {
            best = Some(line);
        }
    }
    best.map(|line| line.text)
}

/// `TypeName: text (file.py:12)`
pub fn describe(py: Python<'_>, error: &PyErr) -> String {
    let name = error.get_type(py).name().map_or_else(|_| "Exception".to_owned(), |name| name.to_string());
    let text = error.value(py).str().map_or_else(|_| "(its text cannot be read)".to_owned(), |text| text.to_string());
    let is_of_asyncio = text == "no running event loop" || name == "AsyncLibraryNotFoundError";
    let is_exit = error.is_instance_of::<PySystemExit>(py);
    let mut message = if text.is_empty() { name } else { format!("{name}: {text}") };
    if is_of_asyncio {
        message.push_str(
            "; Penstock's loop is not asyncio: await http and sleep of penstock.script, or use a library without a loop",
        );
    }
    if is_exit {
        message.push_str("; a journey cannot end the program: raise StopUser to let this user go");
    }
    match place_of_error(py, error) {
        Some(place) => format!("{message} ({place})"),
        None => message,
    }
}

/// Where it was raised; of what Python raised in its place, where that was (a `StopIteration` of a coroutine, say).
fn place_of_error(py: Python<'_>, error: &PyErr) -> Option<String> {
    let of = |error: &PyErr| traceback_lines(py, error).ok().and_then(innermost);
    of(error).or_else(|| error.cause(py).and_then(|cause| of(&cause)))
}

fn traceback_lines(py: Python<'_>, error: &PyErr) -> PyResult<Vec<Line>> {
    let mut lines = Vec::new();
    let mut entry = error.traceback(py).map(Bound::into_any);
    while let Some(at) = entry.filter(|entry| !entry.is_none()) {
        let code = at.getattr("tb_frame")?.getattr("f_code")?;
        lines.push(Line::of_code(&code, at.getattr("tb_lineno")?.extract()?)?);
        entry = Some(at.getattr("tb_next")?);
    }
    Ok(lines)
}

/// Where a coroutine stands: the innermost line of the user's among those that await each other.
pub fn place(coroutine: &Bound<'_, PyAny>) -> String {
    let lines = awaiting_lines(coroutine).unwrap_or_default();
    let deepest = lines.last().map(|line| line.text.clone());
    innermost(lines).or(deepest).unwrap_or_else(|| "(unknown place)".to_owned())
}

/// Where the user's code of a coroutine that has ended is defined; None when that is not the user's.
pub fn definition(coroutine: &Bound<'_, PyAny>) -> Option<String> {
    awaiting_lines(coroutine).ok().and_then(innermost)
}

fn awaiting_lines(coroutine: &Bound<'_, PyAny>) -> PyResult<Vec<Line>> {
    let mut lines = Vec::new();
    let mut awaited = Some(coroutine.clone());
    while let Some(at) = awaited {
        if !at.hasattr("cr_frame")? {
            break;
        }
        let frame = at.getattr("cr_frame")?;
        let code = at.getattr("cr_code")?;
        // A coroutine that has ended has no line any more, only its definition.
        let number = if frame.is_none() { code.getattr("co_firstlineno")? } else { frame.getattr("f_lineno")? };
        lines.push(Line::of_code(&code, number.extract()?)?);
        awaited = Some(at.getattr("cr_await")?).filter(|next| !next.is_none());
    }
    Ok(lines)
}
