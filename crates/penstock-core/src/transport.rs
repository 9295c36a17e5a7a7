//! How a run's requests travel, as the plan says it.

use std::net::IpAddr;

use serde::Deserialize;

/// Which HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum HttpVersion {
    /// HTTP/2 where a server of TLS offers it, else HTTP/1.1.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = "1.0")]
    Http10,
    #[serde(rename = "1.1")]
    Http11,
    /// Over TLS, or not at all.
    #[serde(rename = "2")]
    Http2,
    #[serde(rename = "2-prior-knowledge")]
    Http2PriorKnowledge,
}

impl HttpVersion {
    /// # Errors
    /// A sentence for the user.
    pub fn read(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "1.0" => Ok(Self::Http10),
            "1.1" => Ok(Self::Http11),
            "2" => Ok(Self::Http2),
            "2-prior-knowledge" => Ok(Self::Http2PriorKnowledge),
            _ => Err(format!("HTTP version {text:?}: known are auto, 1.0, 1.1, 2 and 2-prior-knowledge")),
        }
    }
}

/// Whose connections are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Connections {
    #[default]
    User,
    Iteration,
    Pool,
}

/// What keeps a source address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourcesBy {
    #[default]
    Connection,
    User,
}

/// Proxies by the scheme of what is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxies {
    pub http: Option<String>,
    pub https: Option<String>,
    #[serde(default)]
    pub no_proxy: Vec<String>,
}

/// Which addresses may be connected to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Host names, `*.example.com`, addresses and networks; None: whatever is not closed.
    pub allowed: Option<Vec<String>>,
    #[serde(default)]
    pub closed: Vec<AddressClass>,
    /// Addresses and networks that are open although their class is closed.
    #[serde(default)]
    pub opened: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressClass {
    Loopback,
    LinkLocal,
    Metadata,
    Private,
}

/// A name and the address that it stands for.
pub type HostOverride = (String, IpAddr);
