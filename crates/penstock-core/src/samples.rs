//! Failed exchanges kept whole, one of each sort, so that a report can show what happened.

use serde::Serialize;

use crate::codec::{head, header_text, value_text};

const LONGEST_BODY: usize = 4096;

#[derive(Debug, Serialize)]
pub struct Sample {
    pub kind: &'static str,
    pub name: String,
    pub error_kind: String,
    pub message: String,
    pub request: SampleRequest,
    /// None when no complete response came.
    pub response: Option<SampleResponse>,
}

#[derive(Debug, Serialize)]
pub struct SampleRequest {
    pub method: String,
    pub url: String,
    pub original_url: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

#[derive(Debug, Serialize)]
pub struct SampleResponse {
    pub status: u16,
    pub reason: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl SampleResponse {
    #[must_use]
    pub fn new(status: u16, raw_head: &[u8], body: &[u8]) -> Self {
        let mut headers = Vec::new();
        head::each_header(raw_head, |name, value| {
            headers.push((name.to_owned(), value_text(value).into_owned()));
        });
        Self { status, reason: head::reason(raw_head), headers, body: cut_body(body) }
    }
}

/// The headers of a request head as it was sent.
#[must_use]
pub fn sent_headers(raw_head: &[u8]) -> Vec<(String, String)> {
    let text = header_text(raw_head);
    text.lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A body as text, cut for a sample.
#[must_use]
pub fn cut_body(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(LONGEST_BODY)]).into_owned()
}
