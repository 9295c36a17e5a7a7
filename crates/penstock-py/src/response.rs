//! What a journey gets back.

use std::sync::Arc;

use penstock_core::address::Origin;
use penstock_core::codec::{head, value_text};
use penstock_core::failure::Failure;
use penstock_core::host::FinalUrl;
use penstock_core::host::Response as Exchanged;
use pyo3::exceptions::PyLookupError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyString, PyTuple};

/// What every journey asks for lies here as Python's own objects, which are read without a call; all else is made when it
/// is asked for.
#[pyclass(frozen, module = "penstock.engine._native")]
pub struct Response {
    #[pyo3(get)]
    status: Py<PyInt>,
    #[pyo3(get)]
    ok: Py<PyBool>,
    #[pyo3(get)]
    body: Py<PyBytes>,
    raw_head: Arc<[u8]>,
    url: Url,
    redirects: Vec<String>,
    elapsed_ns: u64,
    failure: Option<Box<Failure>>,
    headers: PyOnceLock<Py<PyDict>>,
    parsed: PyOnceLock<Py<PyAny>>,
}

enum Url {
    AsAsked { origin: Arc<Origin>, asked: Py<PyString>, target_at: usize },
    Other(String),
}

impl Response {
    pub fn new(py: Python<'_>, exchanged: Exchanged<Py<PyBytes>>, asked: impl FnOnce() -> Py<PyString>) -> Self {
        let url = match exchanged.url {
            FinalUrl::AsAsked { origin, target_at } => Url::AsAsked { origin, asked: asked(), target_at },
            FinalUrl::Other(url) => Url::Other(url),
        };
        Self {
            status: PyInt::new(py, exchanged.status).unbind(),
            ok: PyBool::new(py, exchanged.failure.is_none()).to_owned().unbind(),
            raw_head: exchanged.raw_head,
            body: exchanged.body.unwrap_or_else(|| PyBytes::new(py, b"").unbind()),
            url,
            redirects: exchanged.redirects,
            elapsed_ns: exchanged.elapsed_ns,
            failure: exchanged.failure,
            headers: PyOnceLock::new(),
            parsed: PyOnceLock::new(),
        }
    }

    pub fn raw_head(&self) -> &[u8] {
        &self.raw_head
    }

    pub fn body_bytes<'a>(&'a self, py: Python<'a>) -> &'a [u8] {
        self.body.as_bytes(py)
    }

    fn charset(&self) -> Option<String> {
        let mut charset = None;
        head::each_header(&self.raw_head, |name, value| {
            if name.eq_ignore_ascii_case("content-type") {
                charset = charset_of(&String::from_utf8_lossy(value));
            }
        });
        charset
    }
}

/// The charset of a content type.
fn charset_of(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

#[pymethods]
impl Response {
    #[getter]
    fn reason(&self) -> String {
        head::reason(&self.raw_head)
    }

    #[getter]
    fn error(&self) -> Option<&str> {
        self.failure.as_ref().map(|failure| failure.message.as_str())
    }

    #[getter]
    fn error_kind(&self) -> Option<&str> {
        self.failure.as_ref().map(|failure| failure.kind)
    }

    #[getter]
    fn headers(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let made = self.headers.get_or_try_init(py, || {
            let mut joined: Vec<(String, String)> = Vec::new();
            head::each_header(&self.raw_head, |name, value| {
                let (name, value) = (name.to_ascii_lowercase(), value_text(value).into_owned());
                match joined.iter_mut().find(|(known, _)| *known == name) {
                    Some((name, values)) => {
                        values.push_str(if name == "set-cookie" { "; " } else { ", " });
                        values.push_str(&value);
                    }
                    None => joined.push((name, value)),
                }
            });
            let headers = PyDict::new(py);
            for (name, value) in joined {
                headers.set_item(name, value)?;
            }
            Ok::<_, PyErr>(headers.unbind())
        });
        Ok(made?.clone_ref(py))
    }

    #[getter]
    fn text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let body = self.body.bind(py);
        let charset = self.charset().filter(|charset| !charset.eq_ignore_ascii_case("utf-8"));
        if let Some(charset) = charset {
            match body.call_method1("decode", (charset, "replace")) {
                // A charset that Python does not know, or that is no text encoding.
                Err(error) if error.is_instance_of::<PyLookupError>(py) => {}
                decoded => return decoded,
            }
        }
        let bytes = body.as_bytes();
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
        Ok(PyString::new(py, &text).into_any())
    }

    #[getter]
    fn url(&self, py: Python<'_>) -> PyResult<String> {
        Ok(match &self.url {
            Url::AsAsked { origin, asked, target_at } => {
                format!("{}{}", origin.endpoint.prefix, &asked.bind(py).to_str()?[*target_at..])
            }
            Url::Other(url) => url.clone(),
        })
    }

    #[getter]
    fn redirects<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.redirects)
    }

    #[getter]
    #[expect(clippy::cast_precision_loss, reason = "53 bits of nanoseconds are 104 days")]
    fn elapsed_s(&self) -> f64 {
        self.elapsed_ns as f64 / 1e9
    }

    fn json(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        static REQUEST_FAILED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        if let Some(parsed) = self.parsed.get(py) {
            return Ok(parsed.clone_ref(py));
        }
        if self.failure.is_some() && self.status.extract::<u16>(py)? == 0 {
            let failed = REQUEST_FAILED.import(py, "penstock.errors", "RequestFailed")?;
            let text =
                format!("there is no response to read as JSON: {}", self.error().unwrap_or("the request failed"));
            return Err(PyErr::from_value(failed.call1((text,))?));
        }
        let parsed = LOADS.import(py, "orjson", "loads")?.call1((&self.body,))?.unbind();
        Ok(self.parsed.get_or_init(py, || parsed).clone_ref(py))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(match &self.failure {
            Some(failure) => format!("<Response {} {} {:?}>", self.status.bind(py), self.url(py)?, failure.message),
            None => format!("<Response {} {}>", self.status.bind(py), self.url(py)?),
        })
    }
}
