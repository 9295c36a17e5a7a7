//! What follows a redirect, without a network.

use std::borrow::Cow;

use penstock_core::address::AddressBook;
use penstock_core::redirect::{Hop, basic};

const HEADERS: [(&str, &str); 6] = [
    ("Accept", "a"),
    ("content-type", "b"),
    ("Authorization", "c"),
    ("COOKIE", "d"),
    ("Host", "e"),
    ("Transfer-Encoding", "f"),
];

fn hop<'a>(book: &AddressBook, method: &'a str, url: &'a str) -> Hop<'a> {
    let address = book.resolve(url).expect("valid");
    let authorization = address.user_info.as_deref().map(basic);
    Hop { address, method, headers: Cow::Borrowed(&HEADERS), has_body: method == "POST", authorization }
}

#[test]
fn methods_bodies_and_headers_follow_as_far_as_they_may() {
    type Case<'a> = (&'a str, &'a str, u16, &'a str, &'a str, bool, Vec<&'a str>);
    let book = AddressBook::new(None, None, &[]).expect("no settings");
    let all: Vec<&str> = HEADERS.iter().map(|(name, _)| *name).collect();
    let cases: [Case; 10] = [
        (
            "a see-other asks with GET",
            "POST",
            303,
            "/b",
            "GET",
            false,
            vec!["Accept", "Authorization", "COOKIE", "Host"],
        ),
        (
            "so does a found, as browsers do",
            "POST",
            302,
            "/b",
            "GET",
            false,
            vec!["Accept", "Authorization", "COOKIE", "Host"],
        ),
        ("and a move", "PUT", 301, "/b", "GET", false, vec!["Accept", "Authorization", "COOKIE", "Host"]),
        ("but HEAD stays", "HEAD", 303, "/b", "HEAD", false, vec!["Accept", "Authorization", "COOKIE", "Host"]),
        ("a temporary one repeats everything", "POST", 307, "/b", "POST", true, all.clone()),
        ("even when there is no body", "GET", 307, "/b", "GET", false, all.clone()),
        ("and a permanent one", "POST", 308, "/b", "POST", true, all.clone()),
        (
            "secrets stay with their host",
            "POST",
            307,
            "http://other.test/",
            "POST",
            true,
            vec!["Accept", "content-type", "Transfer-Encoding"],
        ),
        ("another port is another host", "GET", 302, "http://a.test:81/", "GET", false, vec!["Accept"]),
        ("the same one spelled out is not", "POST", 308, "http://A.test:80/", "POST", true, all.clone()),
    ];
    for (reason, method, status, location, next_method, has_body, names) in cases {
        let next = hop(&book, method, "http://a.test/a").next(status, location, &book).expect(reason);
        assert_eq!((next.method, next.has_body), (next_method, has_body), "{reason}");
        assert_eq!(next.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names, "{reason}");
    }
}

#[test]
fn credentials_of_a_url_stay_with_their_host_too() {
    let book = AddressBook::new(None, None, &[]).expect("no settings");
    let from = hop(&book, "GET", "http://me:pw@a.test/");
    assert_eq!(from.authorization.as_deref(), Some("Basic bWU6cHc="));
    let next = |location| from.next(302, location, &book).expect("valid").authorization;
    assert_eq!(next("/b").as_deref(), Some("Basic bWU6cHc="));
    assert_eq!(next("http://b.test/"), None);
    assert_eq!(next("http://x:y@b.test/").as_deref(), Some("Basic eDp5"));
}

#[test]
fn a_target_that_cannot_be_asked_says_why() {
    let book = AddressBook::new(None, None, &[]).expect("no settings");
    let from = hop(&book, "GET", "http://a.test/");
    assert!(from.next(302, "http://", &book).is_err());
    assert!(from.next(302, "mailto:me@a.test", &book).is_err());
}
