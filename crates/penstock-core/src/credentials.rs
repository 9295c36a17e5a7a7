//! Credentials that answer a server's challenge: Digest (RFC 7616) and Basic (RFC 7617). A server that was satisfied once
//! is told at once from then on, without being asked.

use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::random::Random;
use crate::redirect::basic;
use crate::way::Credentials;

/// What a user knows of a server that asked who it is.
#[derive(Debug)]
pub struct Acquaintance {
    /// `http://host:port` of the server.
    pub server: Box<str>,
    user: Box<str>,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    Basic(String),
    Digest(Challenge),
}

/// What a server wants a digest of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    has_quality: bool,
    hashes_user: bool,
    /// How often the nonce was used.
    count: u32,
    is_stale: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Md5,
    Md5Session,
    Sha256,
    Sha256Session,
}

/// What is to be done about a challenge.
#[derive(Debug)]
pub enum Reaction {
    /// Ask again, with what is known now.
    Again(Acquaintance),
    /// The server has seen the credentials and does not like them, or wants none.
    Accept,
    /// What it wants cannot be given.
    Fail(Failure),
}

impl Acquaintance {
    /// Whether it is about this server and user.
    #[must_use]
    pub fn is_of(&self, server: &str, user: &str) -> bool {
        &*self.server == server && &*self.user == user
    }

    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The value of an `Authorization` header.
    pub fn header(&mut self, request: &Asked<'_>, credentials: &Credentials<'_>, random: &Random) -> String {
        match &mut self.answer {
            Answer::Basic(value) => value.clone(),
            Answer::Digest(challenge) => challenge.answer(request, credentials, &client_nonce(random)),
        }
    }
}

/// The request that a header is for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub method: &'a str,
    pub target: &'a str,
}

/// Decides what to do about the `WWW-Authenticate` headers of a 401. `tried` is what was sent.
#[must_use]
pub fn react(
    headers: &[String],
    credentials: &Credentials<'_>,
    server: &str,
    tried: Option<&Acquaintance>,
) -> Reaction {
    let challenges: Vec<Offer> = headers.iter().flat_map(|header| offers(header)).collect();
    let digest = challenges.iter().filter_map(Offer::digest).max_by_key(|challenge| challenge.algorithm);
    if let Some(challenge) = digest {
        // Sent before and refused, unless only the nonce was too old.
        let was_refused = matches!(tried.map(|one| &one.answer), Some(Answer::Digest(_))) && !challenge.is_stale;
        if was_refused {
            return Reaction::Accept;
        }
        return Reaction::Again(Acquaintance {
            server: server.into(),
            user: credentials.user.into(),
            answer: Answer::Digest(challenge),
        });
    }
    let has = |scheme: &str| challenges.iter().any(|offer| offer.scheme.eq_ignore_ascii_case(scheme));
    if has("basic") && !credentials.only_digest {
        if tried.is_some() {
            return Reaction::Accept;
        }
        let value = basic(&format!("{}:{}", credentials.user, credentials.password));
        return Reaction::Again(Acquaintance {
            server: server.into(),
            user: credentials.user.into(),
            answer: Answer::Basic(value),
        });
    }
    if challenges.is_empty() {
        return Reaction::Accept;
    }
    let mut asked: Vec<&str> = Vec::new();
    for offer in &challenges {
        if !asked.contains(&offer.scheme.as_str()) {
            asked.push(&offer.scheme);
        }
    }
    let spoken = if credentials.only_digest { "Digest was to be spoken" } else { "Digest and Basic are spoken" };
    let message = format!("the server asks for credentials by {}, {spoken}", asked.join(" or "));
    Reaction::Fail(Failure::new("auth", message))
}

/// One challenge of a header.
#[derive(Debug)]
struct Offer {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Offer {
    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The challenge, if it is one of Digest that can be answered.
    fn digest(&self) -> Option<Challenge> {
        if !self.scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let algorithm = match self.get("algorithm").unwrap_or("MD5").to_ascii_uppercase().as_str() {
            "MD5" => Algorithm::Md5,
            "MD5-SESS" => Algorithm::Md5Session,
            "SHA-256" => Algorithm::Sha256,
            "SHA-256-SESS" => Algorithm::Sha256Session,
            _ => return None,
        };
        let has_quality = match self.get("qop") {
            None => false,
            Some(qop) if qop.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")) => true,
            Some(_) => return None, // auth-int alone
        };
        Some(Challenge {
            realm: self.get("realm").unwrap_or_default().to_owned(),
            nonce: self.get("nonce")?.to_owned(),
            opaque: self.get("opaque").map(str::to_owned),
            algorithm,
            has_quality,
            hashes_user: self.get("userhash").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            count: 0,
            is_stale: self.get("stale").is_some_and(|value| value.eq_ignore_ascii_case("true")),
        })
    }
}

/// Takes a header apart: `Digest realm="a", nonce="b", Basic realm="c"`.
fn offers(header: &str) -> Vec<Offer> {
    let mut found: Vec<Offer> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            return found;
        }
        let value = after.trim_start_matches([' ', '\t']).strip_prefix('=');
        // `Negotiate abc==` has a token and no parameters: its `=` belongs to no name.
        match value.filter(|value| !value.starts_with('=') && !value.is_empty()) {
            Some(value) if !found.is_empty() => {
                let (text, later) = read_value(value.trim_start_matches([' ', '\t']));
                if let Some(offer) = found.last_mut() {
                    offer.parameters.push((word.to_ascii_lowercase(), text));
                }
                rest = later;
            }
            _ => {
                if value.is_none() {
                    found.push(Offer { scheme: word.to_owned(), parameters: Vec::new() });
                }
                rest = after.trim_start_matches('=');
            }
        }
    }
}

/// A value, quoted or not, and what comes behind it.
fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

impl Challenge {
    fn answer(&mut self, request: &Asked<'_>, credentials: &Credentials<'_>, client_nonce: &str) -> String {
        self.count += 1;
        let hash = |text: &str| self.algorithm.hash(text);
        let count = format!("{:08x}", self.count);
        let mut first = hash(&format!("{}:{}:{}", credentials.user, self.realm, credentials.password));
        if matches!(self.algorithm, Algorithm::Md5Session | Algorithm::Sha256Session) {
            first = hash(&format!("{first}:{}:{client_nonce}", self.nonce));
        }
        let second = hash(&format!("{}:{}", request.method, request.target));
        let response = if self.has_quality {
            hash(&format!("{first}:{}:{count}:{client_nonce}:auth:{second}", self.nonce))
        } else {
            hash(&format!("{first}:{}:{second}", self.nonce))
        };
        let user = if self.hashes_user {
            hash(&format!("{}:{}", credentials.user, self.realm))
        } else {
            credentials.user.to_owned()
        };
        let mut header = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\", response=\"{response}\", algorithm={}",
            quoted(&user),
            quoted(&self.realm),
            quoted(&self.nonce),
            quoted(request.target),
            self.algorithm.word(),
        );
        if self.has_quality {
            header.extend([", qop=auth, nc=", &count, ", cnonce=\"", client_nonce, "\""]);
        } else if matches!(self.algorithm, Algorithm::Md5Session | Algorithm::Sha256Session) {
            header.extend([", cnonce=\"", client_nonce, "\""]);
        }
        if let Some(opaque) = &self.opaque {
            header.extend([", opaque=\"", &quoted(opaque), "\""]);
        }
        if self.hashes_user {
            header.push_str(", userhash=true");
        }
        header
    }
}

impl Algorithm {
    fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 | Self::Md5Session => hex(&Md5::digest(text.as_bytes())),
            Self::Sha256 | Self::Sha256Session => hex(&Sha256::digest(text.as_bytes())),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Session => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Session => "SHA-256-sess",
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|half| char::from_digit(half.into(), 16)).collect()
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn client_nonce(random: &Random) -> String {
    format!("{:016x}", random.bits())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Asked, Credentials, Random, Reaction, offers, react};

    const MUFASA: Credentials<'_> = Credentials { only_digest: true, user: "Mufasa", password: "Circle of Life" };

    fn challenge(header: &str) -> super::Challenge {
        offers(header)[0].digest().expect("a digest")
    }

    #[test]
    fn the_examples_of_the_standard_come_out() {
        // RFC 7616, 3.9.1
        let parameters = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        let client_nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let request = Asked { method: "GET", target: "/dir/index.html" };
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let mut challenge = challenge(&format!("Digest {parameters}, algorithm={algorithm}"));
            let header = challenge.answer(&request, &MUFASA, client_nonce);
            assert!(header.contains(&format!("response=\"{response}\"")), "{algorithm}: {header}");
            assert!(header.contains("nc=00000001") && header.contains("qop=auth,"), "{header}");
            let again = challenge.answer(&request, &MUFASA, client_nonce);
            assert!(again.contains("nc=00000002"), "{again}");
        }
    }

    #[test]
    fn headers_are_taken_apart() {
        let found = offers("Digest realm=\"a, \\\"b\\\"\", nonce=n , Basic realm=\"c\", Negotiate abc==, NTLM");
        let schemes: Vec<&str> = found.iter().map(|offer| offer.scheme.as_str()).collect();
        assert!(schemes.starts_with(&["Digest", "Basic", "Negotiate"]), "{schemes:?}");
        assert_eq!(schemes.last(), Some(&"NTLM"));
        assert_eq!(found[0].get("realm"), Some("a, \"b\""));
        assert_eq!(found[0].get("nonce"), Some("n"));
    }

    #[test]
    fn the_strongest_digest_is_answered() {
        let headers = ["Digest realm=\"a\", nonce=\"1\"", "Digest realm=\"a\", nonce=\"2\", algorithm=SHA-256"];
        let Reaction::Again(known) = react(&headers.map(str::to_owned), &MUFASA, "s", None) else { panic!() };
        assert!(known.is_of("s", "Mufasa"));
        let super::Answer::Digest(challenge) = known.answer else { panic!() };
        assert_eq!(challenge.nonce, "2");
    }

    #[test]
    fn what_cannot_be_answered_is_said() {
        let any = Credentials { only_digest: false, ..MUFASA };
        for (header, credentials, message) in [
            ("NTLM", any, "the server asks for credentials by NTLM, Digest and Basic are spoken"),
            ("Negotiate", any, "the server asks for credentials by Negotiate, Digest and Basic are spoken"),
            ("Basic realm=\"x\"", MUFASA, "the server asks for credentials by Basic, Digest was to be spoken"),
        ] {
            let Reaction::Fail(failure) = react(&[header.to_owned()], &credentials, "s", None) else { panic!() };
            assert_eq!((failure.kind, failure.message.as_str()), ("auth", message));
        }
    }

    fn part() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,20}",
            prop::sample::select(vec![
                "Digest ",
                "Basic ",
                "realm=",
                "nonce=",
                "nonce=\"n\"",
                "qop=\"auth,auth-int\"",
                "algorithm=SHA-256-sess",
                "stale=true",
                "userhash=true",
                "opaque=\"",
                "\\\"",
                "\"",
                ",",
                "=",
                " ",
            ])
            .prop_map(str::to_owned),
        ]
    }

    proptest! {
        #[test]
        fn anything_may_be_a_challenge(
            headers in prop::collection::vec(prop::collection::vec(part(), 0..12).prop_map(|parts| parts.concat()), 0..3),
            only_digest in any::<bool>(),
        ) {
            let credentials = Credentials { only_digest, ..MUFASA };
            if let Reaction::Again(mut known) = react(&headers, &credentials, "s", None) {
                let asked = Asked { method: "GET", target: "/" };
                for _ in 0..2 {
                    let header = known.header(&asked, &credentials, &Random::new(1, 1));
                    if header.starts_with("Digest ") {
                        // What comes back on the server's word is quoted, and can add nothing of its own.
                        let offers = offers(&header);
                        let given = |name: &str| offers[0].parameters.iter().filter(|(given, _)| given == name).count();
                        prop_assert_eq!(offers.len(), 1, "{}", header);
                        prop_assert_eq!((given("username"), given("response"), given("uri")), (1, 1, 1), "{}", header);
                    }
                }
            }
        }
    }
}
