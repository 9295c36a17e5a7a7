//! What follows a redirect.

use std::borrow::Cow;

use crate::address::{Address, AddressBook};

/// One request of an exchange; a redirect makes another.
#[derive(Debug, Clone)]
pub struct Hop<'a> {
    pub address: Address<'a>,
    pub method: &'a str,
    pub headers: Cow<'a, [(&'a str, &'a str)]>,
    pub has_body: bool,
    /// The value of `Authorization`: from a URL, or in answer to a challenge.
    pub authorization: Option<String>,
}

/// Headers that describe a body, and go with it.
const OF_THE_BODY: [&str; 6] =
    ["content-type", "content-length", "content-encoding", "content-language", "content-location", "transfer-encoding"];
/// Headers that are for one host only.
const OF_THE_HOST: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "host"];

#[must_use]
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

impl Hop<'_> {
    /// The request that a redirect asks for.
    ///
    /// # Errors
    /// Why its target is no URL that can be asked.
    pub fn next(&self, status: u16, location: &str, addresses: &AddressBook) -> Result<Self, String> {
        let address = addresses.follow(&self.address, location)?;
        let keeps_request = matches!(status, 307 | 308);
        let method = if keeps_request || self.method == "HEAD" { self.method } else { "GET" };
        let has_body = self.has_body && keeps_request;
        let is_same_host = address.origin.endpoint == self.address.origin.endpoint;
        let is_kept = |name: &str| {
            (keeps_request || !OF_THE_BODY.iter().any(|other| other.eq_ignore_ascii_case(name)))
                && (is_same_host || !OF_THE_HOST.iter().any(|other| other.eq_ignore_ascii_case(name)))
        };
        let headers = self.headers.iter().copied().filter(|(name, _)| is_kept(name)).collect();
        let authorization = address.user_info.as_deref().map(basic);
        let authorization = authorization.or_else(|| self.authorization.clone().filter(|_| is_same_host));
        Ok(Self { address, method, headers: Cow::Owned(headers), has_body, authorization })
    }
}

/// The value of an `Authorization` header that tells `user:password` by Basic.
#[must_use]
pub fn basic(user_info: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(user_info))
}
