//! Cookies, by the rules of RFC 6265.

use penstock_core::cookie_date;
use penstock_core::cookies::{Jar, Place};
use proptest::prelude::*;

const NOW_S: i64 = 1_700_000_000;

fn place(url: &str) -> Place<'_> {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let at = rest.find('/').expect("a path");
    Place { host: &rest[..at], asked_host: None, path: &rest[at..], is_secure: scheme == "https" }
}

#[test]
fn cookies_go_where_they_belong() {
    let cases: [(&str, &str, &str, &str, Option<&str>); 37] = [
        ("back to the same place", "http://a.test/", "s=1", "http://a.test/", Some("s=1")),
        ("a value may hold equal signs", "http://a.test/", "s=1=2", "http://a.test/", Some("s=1=2")),
        ("an empty value is one", "http://a.test/", "s=", "http://a.test/", Some("s=")),
        ("without a name it is none", "http://a.test/", "=1", "http://a.test/", None),
        ("without an equal sign neither", "http://a.test/", "s", "http://a.test/", None),
        ("not to another host", "http://a.test/", "s=1", "http://b.test/", None),
        ("not below the host", "http://a.test/", "s=1", "http://x.a.test/", None),
        ("with a domain also below it", "http://a.test/", "s=1; Domain=a.test", "http://x.a.test/", Some("s=1")),
        ("a leading dot means nothing", "http://x.a.test/", "s=1; domain=.A.test", "http://a.test/", Some("s=1")),
        ("no domain but the host's own", "http://a.test/", "s=1; Domain=b.test", "http://a.test/", None),
        ("nor one that only ends alike", "http://aa.test/", "s=1; Domain=a.test", "http://aa.test/", None),
        ("nor a whole top level", "http://a.test/", "s=1; Domain=test", "http://a.test/", None),
        ("which may name itself", "http://test/", "s=1; Domain=test", "http://test/", Some("s=1")),
        ("for itself alone", "http://test/", "s=1; Domain=test", "http://a.test/", None),
        ("an address has nothing below it", "http://127.0.0.1/", "s=1; Domain=0.0.1", "http://127.0.0.1/", None),
        ("an address may name itself", "http://127.0.0.1/", "s=1; Domain=127.0.0.1", "http://127.0.0.1/", Some("s=1")),
        ("by default below its own folder", "http://a.test/x/y", "s=1", "http://a.test/x/z", Some("s=1")),
        ("and not above", "http://a.test/x/y", "s=1", "http://a.test/", None),
        ("nor beside, however alike", "http://a.test/x/y", "s=1", "http://a.test/xx/z", None),
        ("a path is a border", "http://a.test/", "s=1; Path=/x", "http://a.test/x", Some("s=1")),
        ("a path that is none is ignored", "http://a.test/", "s=1; Path=x", "http://a.test/", Some("s=1")),
        ("secure is for https", "https://a.test/", "s=1; Secure", "https://a.test/", Some("s=1")),
        ("and not for http", "https://a.test/", "s=1; Secure", "http://a.test/", None),
        (
            "what has expired is gone",
            "http://a.test/",
            "s=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
            "http://a.test/",
            None,
        ),
        (
            "what expires later is not",
            "http://a.test/",
            "s=1; Expires=Wed, 09 Jun 2100 10:18:14 GMT",
            "http://a.test/",
            Some("s=1"),
        ),
        (
            "an age beats a date",
            "http://a.test/",
            "s=1; Max-Age=60; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
            "http://a.test/",
            Some("s=1"),
        ),
        ("a domain of nothing is none", "http://a.test/", "s=1; Domain=.", "http://a.test/", Some("s=1")),
        ("and not below the host", "http://a.test/", "s=1; Domain=", "http://x.a.test/", None),
        (
            "of two domains the last counts",
            "http://x.a.test/",
            "s=1; Domain=a.test; Domain=x.a.test",
            "http://a.test/",
            None,
        ),
        (
            "whatever the first was",
            "http://a.test/",
            "s=1; Domain=b.test; Domain=a.test",
            "http://x.a.test/",
            Some("s=1"),
        ),
        ("of two paths the last counts", "http://a.test/", "s=1; Path=/x; Path=/", "http://a.test/", Some("s=1")),
        ("also one that is none", "http://a.test/", "s=1; Path=/x; Path=y", "http://a.test/", Some("s=1")),
        (
            "an age beyond all is an age",
            "http://a.test/",
            "s=1; Max-Age=99999999999999999999; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
            "http://a.test/",
            Some("s=1"),
        ),
        ("and one before all times", "http://a.test/", "s=1; Max-Age=-99999999999999999999", "http://a.test/", None),
        ("an age with a plus is none", "http://a.test/", "s=1; Max-Age=+0", "http://a.test/", Some("s=1")),
        ("nor one of a sign alone", "http://a.test/", "s=1; Max-Age=-", "http://a.test/", Some("s=1")),
        ("an age of nothing deletes", "http://a.test/", "s=1; Max-Age=0", "http://a.test/", None),
    ];
    for (reason, from, header, to, wanted) in cases {
        let mut jar = Jar::default();
        jar.store(header, place(from), NOW_S);
        assert_eq!(jar.header(place(to), None, NOW_S).as_deref(), wanted, "{reason}");
    }
}

#[test]
fn a_cookie_replaces_the_one_of_its_name_and_place() {
    let mut jar = Jar::default();
    let here = place("http://a.test/");
    for header in ["a=1", "b=2", "a=3", "c=4; Path=/deep"] {
        jar.store(header, here, NOW_S);
    }
    assert_eq!(jar.header(here, None, NOW_S).as_deref(), Some("a=3; b=2"));
    assert_eq!(jar.header(place("http://a.test/deep"), None, NOW_S).as_deref(), Some("c=4; a=3; b=2"));
    jar.store("a=; Max-Age=0", here, NOW_S);
    assert_eq!(jar.header(here, None, NOW_S).as_deref(), Some("b=2"));
}

#[test]
fn a_cookie_that_the_user_names_is_left_to_it() {
    let mut jar = Jar::default();
    let here = place("http://a.test/");
    jar.store("a=1", here, NOW_S);
    jar.store("b=2", here, NOW_S);
    assert_eq!(jar.header(here, Some("x=9; a=own"), NOW_S).as_deref(), Some("b=2"));
}

#[test]
fn a_cookie_expires_while_it_is_kept() {
    let mut jar = Jar::default();
    let here = place("http://a.test/");
    jar.store("a=1; Max-Age=10", here, NOW_S);
    assert_eq!(jar.header(here, None, NOW_S + 9).as_deref(), Some("a=1"));
    assert_eq!(jar.header(here, None, NOW_S + 10), None);
}

#[test]
fn a_retargeted_server_may_set_cookies_for_the_name_it_believes_to_have() {
    let mut jar = Jar::default();
    let here = Place { host: "127.0.0.1", asked_host: Some("www.shop.test"), path: "/", is_secure: true };
    jar.store("a=1; Domain=shop.test; Secure", here, NOW_S);
    jar.store("b=2; Domain=other.test", here, NOW_S);
    assert_eq!(jar.header(here, None, NOW_S).as_deref(), Some("a=1"));
}

#[test]
fn a_jar_does_not_grow_without_end() {
    let mut jar = Jar::default();
    let here = place("http://a.test/");
    for at in 0..1000 {
        jar.store(&format!("c{at}=1"), here, NOW_S);
    }
    let header = jar.header(here, None, NOW_S).expect("cookies");
    assert_eq!(header.split("; ").count(), 200);
    assert!(header.ends_with("c999=1"), "the newest stay");
    jar.store(&format!("long={}", "x".repeat(10_000)), here, NOW_S);
    assert!(!jar.header(here, None, NOW_S).expect("cookies").contains("long"));
}

#[test]
fn a_full_jar_lets_go_first_of_what_has_expired() {
    let mut jar = Jar::default();
    let here = place("http://a.test/");
    jar.store("session=1", here, NOW_S);
    jar.store("day=1; Max-Age=86400", here, NOW_S);
    for at in 0..198 {
        jar.store(&format!("c{at}=1; Max-Age=5"), here, NOW_S);
    }
    assert_eq!(jar.lines().len(), 200);
    jar.store("new=1", here, NOW_S + 5);
    assert_eq!(jar.header(here, None, NOW_S + 5).as_deref(), Some("session=1; day=1; new=1"));
}

#[test]
fn dates_are_found_in_all_their_forms() {
    let cases = [
        ("Wed, 09 Jun 2021 10:18:14 GMT", Some(1_623_233_894)),
        ("Wednesday, 09-Jun-21 10:18:14 GMT", Some(1_623_233_894)),
        ("Wed Jun  9 10:18:14 2021", Some(1_623_233_894)),
        ("9 jun 2021 1:2:3", Some(1_623_200_523)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Thu, 29 Feb 2024 23:59:59 GMT", Some(1_709_251_199)),
        ("Sat, 01 Jan 99 00:00:00 GMT", Some(915_148_800)),
        ("tomorrow", None),
        ("Wed, 09 Jun 2021 25:18:14 GMT", None),
        ("Wed, 39 Jun 2021 10:18:14 GMT", None),
        ("10:18:14", None),
        ("", None),
    ];
    for (text, wanted) in cases {
        assert_eq!(cookie_date::parse(text), wanted, "{text}");
    }
}

#[test]
fn a_jar_is_the_same_after_it_was_kept_as_lines() {
    let mut jar = Jar::default();
    let here = place("https://a.shop.test/account/login");
    for header in ["a=1", "b=2; Domain=shop.test; Path=/; Secure", "c=x\ty; Max-Age=60", "d=4; Path=/\todd"] {
        jar.store(header, here, NOW_S);
    }
    let lines = jar.lines();
    assert_eq!(lines.len(), 3, "a path with a tab cannot be kept: {lines:?}");
    let again = Jar::from_lines(&lines);
    assert_eq!(again.lines(), lines);
    let there = place("https://b.shop.test/");
    assert_eq!(again.header(there, None, NOW_S).as_deref(), Some("b=2"));
    assert_eq!(again.header(place("http://b.shop.test/"), None, NOW_S), None);
    assert_eq!(Jar::from_lines(&["no cookie".to_owned()]).lines().len(), 0);
    let twice = [lines.as_slice(), lines.as_slice()].concat();
    assert_eq!(Jar::from_lines(&twice).lines(), lines, "of one cookie the last line counts");
}

/// What a server might say, right or wrong: a pair, and attributes with what they may hold.
fn set_cookie() -> impl Strategy<Value = String> {
    let word = "[a-c\u{e9}=., \t\"-]{0,6}";
    let attribute = (
        prop::sample::select(vec!["Path", "Domain", "Max-Age", "expires", "Secure", "HttpOnly", "SameSite", "", "x"]),
        prop_oneof![
            word.prop_map(String::from),
            "/[a-c/]{0,4}".prop_map(String::from),
            prop::sample::select(vec!["a.test", ".x.a.test", "b.test", "test", "a.test.", "127.0.0.1", "[::1]"])
                .prop_map(str::to_owned),
            any::<i64>().prop_map(|age| age.to_string()),
            "[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{2,5} [0-9:]{5,8}".prop_map(String::from),
        ],
    );
    ("[ab]{1,2}=[^;\r\n\0]{0,5}", prop::collection::vec(attribute, 0..4)).prop_map(|(pair, attributes)| {
        attributes.iter().fold(pair, |header, (name, value)| format!("{header}; {name}={value}"))
    })
}

fn anywhere() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "https://a.test/",
        "http://a.test/a/b",
        "https://x.a.test/a/",
        "http://b.test/",
        "http://127.0.0.1/a",
        "http://test/",
    ])
}

proptest! {
    #[test]
    fn whatever_servers_say_a_cookie_goes_no_further_than_it_may(
        said in prop::collection::vec((set_cookie(), anywhere()), 1..12),
        to in anywhere(),
        later_s in 0..100_i64,
    ) {
        let mut jar = Jar::default();
        let mut of_others = Jar::default();
        let site = |url| place(url).host.trim_start_matches("x.").to_owned();
        for (header, from) in &said {
            jar.store(header, place(from), NOW_S);
            if site(from) != site(to) {
                of_others.store(header, place(from), NOW_S);
            }
        }
        prop_assert_eq!(of_others.header(place(to), None, NOW_S), None);
        let lines = jar.lines();
        // Neither does keeping them change anything (what holds a tab in its path is not kept).
        if lines.len() == said.len() {
            let there = place(to);
            prop_assert_eq!(Jar::from_lines(&lines).header(there, None, NOW_S + later_s), jar.header(there, None, NOW_S + later_s));
        }
        if let Some(header) = jar.header(place(to), None, NOW_S) {
            prop_assert!(!header.contains(['\r', '\n', '\0', ';']) || header.contains("; "));
        }
    }

    #[test]
    fn anything_may_be_a_date(text in "\\PC{0,40}", parts in "[0-9a-z:., -]{0,40}") {
        for text in [text, parts] {
            // From the first year that counts to the last one with four digits.
            prop_assert!(cookie_date::parse(&text).is_none_or(|at_s| (-11_644_473_600..=253_402_300_800).contains(&at_s)));
        }
    }
}
