//! URLs: the short way gives what the full parser gives.

use penstock_core::address::AddressBook;
use proptest::prelude::*;
use url::Url;

fn book(base_url: Option<&str>, retarget: Option<&str>) -> AddressBook {
    AddressBook::new(base_url, retarget, &[]).expect("valid settings")
}

/// The URL that is asked: resolved twice, since the second time may go the short way.
fn asked(book: &AddressBook, text: &str) -> Result<String, String> {
    let first = book.resolve(text).map(|address| address.url());
    let second = book.resolve(text).map(|address| address.url());
    assert_eq!(first, second, "{text}");
    first
}

#[test]
fn urls_are_resolved() {
    let book = book(Some("https://base.test:8443/app/"), None);
    for (text, wanted) in [
        ("/items?x=1", "https://base.test:8443/items?x=1"),
        ("items", "https://base.test:8443/app/items"),
        ("?x=1", "https://base.test:8443/app/?x=1"),
        ("//other.test/x", "https://other.test/x"),
        ("http://a.test", "http://a.test/"),
        ("http://a.test?x", "http://a.test/?x"),
        ("http://a.test/x#part", "http://a.test/x"),
        ("HTTP://A.Test:80/x", "http://a.test/x"),
        ("http://a.test/a b/ü?q=é", "http://a.test/a%20b/%C3%BC?q=%C3%A9"),
        ("http://a.test/a/../b/./c", "http://a.test/b/c"),
        ("http://a.test/%2e%2e/b", "http://a.test/b"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://bücher.test/", "http://xn--bcher-kva.test/"),
        ("  http://a.test/x", "http://a.test/x"),
        ("http://a.test/x?q=a b ", "http://a.test/x?q=a%20b%20"),
        ("/a\nb?q=\t", "https://base.test:8443/a%0Ab?q=%09"),
    ] {
        assert_eq!(asked(&book, text).as_deref(), Ok(wanted), "{text}");
    }
}

#[test]
fn what_cannot_be_asked_says_why() {
    let book = book(None, None);
    for (text, wanted) in [
        ("/items", "a relative URL, and the run has no base URL"),
        ("", "a relative URL, and the run has no base URL"),
        ("http://", "no host in the URL"),
        ("ftp://a.test/x", "unsupported scheme \"ftp\"; http and https are spoken"),
        ("http://a.test:99999/", "invalid port number"),
    ] {
        assert_eq!(asked(&book, text), Err(wanted.to_owned()), "{text}");
    }
}

#[test]
fn user_info_is_taken_out_and_decoded() {
    let book = book(None, None);
    let address = book.resolve("http://me%40x:se%3Acret@a.test/x").expect("valid");
    assert_eq!((address.url().as_str(), address.user_info.as_deref()), ("http://a.test/x", Some("me@x:se:cret")));
    // The spelling with user info must not be taken for one without.
    let again = book.resolve("http://me%40x:se%3Acret@a.test/y").expect("valid");
    assert_eq!(again.user_info.as_deref(), Some("me@x:se:cret"));
}

#[test]
fn a_retargeted_run_asks_one_place_and_remembers_the_other() {
    let book = book(Some("https://base.test"), Some("http://127.0.0.1:8080/ignored"));
    for (text, asked_url) in [
        ("https://shop.test/x", Some("https://shop.test/x")),
        ("/x", Some("https://base.test/x")),
        ("http://127.0.0.1:8080/x", None),
    ] {
        for _ in 0..2 {
            let address = book.resolve(text).expect("valid");
            assert_eq!(address.url(), "http://127.0.0.1:8080/x", "{text}");
            assert_eq!(address.asked_url().as_deref(), asked_url, "{text}");
            assert_eq!(address.origin.endpoint.host_line, "Host: 127.0.0.1:8080\r\n");
        }
    }
    let from = book.resolve("https://shop.test:99/a/b").expect("valid");
    assert_eq!(from.origin.asked_host(), Some("shop.test"));
    let next = book.follow(&from, "c?d").expect("valid");
    assert_eq!(next.url(), "http://127.0.0.1:8080/a/c?d");
    assert_eq!(next.asked_url().as_deref(), Some("https://shop.test:99/a/c?d"));
}

fn overrides(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

#[test]
fn an_origin_of_its_own_wins_over_the_place_of_all_others() {
    let pairs = overrides(&[("https://Shop.test:443", "http://127.0.0.1:1"), ("http://127.0.0.1:2", "https://c.test")]);
    let book = AddressBook::new(Some("https://shop.test/app/"), Some("http://127.0.0.1:2"), &pairs).expect("valid");
    for (text, wanted, asked_url) in [
        ("https://shop.test/x", "http://127.0.0.1:1/x", Some("https://shop.test/x")),
        ("HTTPS://SHOP.test:443/x", "http://127.0.0.1:1/x", Some("https://shop.test/x")),
        ("x", "http://127.0.0.1:1/app/x", Some("https://shop.test/app/x")),
        ("http://shop.test/x", "http://127.0.0.1:2/x", Some("http://shop.test/x")),
        ("https://shop.test:8443/x", "http://127.0.0.1:2/x", Some("https://shop.test:8443/x")),
        ("https://www.shop.test/x", "http://127.0.0.1:2/x", Some("https://www.shop.test/x")),
        ("http://127.0.0.1:2/x", "https://c.test/x", Some("http://127.0.0.1:2/x")),
    ] {
        for _ in 0..2 {
            let address = book.resolve(text).expect("valid");
            assert_eq!((address.url().as_str(), address.asked_url().as_deref()), (wanted, asked_url), "{text}");
        }
    }
    let from = book.resolve("https://shop.test/a").expect("valid");
    assert_eq!(from.origin.endpoint.host_line, "Host: 127.0.0.1:1\r\n");
    let next = book.follow(&from, "http://127.0.0.1:1/b").expect("valid");
    assert_eq!(next.url(), "http://127.0.0.1:2/b", "a place that was sent to is asked like any other");
}

#[test]
fn overrides_that_are_no_origins_are_named() {
    for (pairs, wanted) in [
        (&[("shop.test", "http://a.test")][..], "http.target_overrides[0] \"shop.test\": relative URL without a base"),
        (
            &[("http://a.test", "http://b.test"), ("http://c.test", "ftp://d.test")],
            "http.target_overrides[1] \"ftp://d.test\": unsupported scheme \"ftp\"; http and https are spoken",
        ),
        (
            &[("http://a.test", "http://b.test"), ("http://A.test:80/", "http://c.test")],
            "http.target_overrides[1] \"http://A.test:80/\": this origin goes elsewhere already",
        ),
    ] {
        assert_eq!(AddressBook::new(None, None, &overrides(pairs)).err().as_deref(), Some(wanted));
    }
}

#[test]
fn ever_new_hosts_do_not_fill_the_memory() {
    let book = book(None, None);
    for at in 0..5000 {
        assert_eq!(asked(&book, &format!("http://h{at}.test/x")), Ok(format!("http://h{at}.test/x")));
    }
}

proptest! {
    #[test]
    fn the_short_way_gives_what_the_parser_gives(
        prefix in prop::sample::select(vec!["http://a.test", "https://a.test:8443", "http://127.0.0.1:80", "http://A.b"]),
        target in "/[a-zA-Z0-9._~!$&()*+,;=:@/?%' \"<>#\\[\\]{}|^`ü\\\\-]{0,30}",
    ) {
        let book = book(None, None);
        let text = format!("{prefix}{target}");
        book.resolve(&format!("{prefix}/")).expect("valid"); // from now on the origin is known
        let text = text.trim_end(); // what is blank at the end is kept here and dropped there
        let parsed = Url::parse(text).map(|mut url| {
            url.set_fragment(None);
            url.to_string()
        });
        prop_assert_eq!(asked(&book, text).ok(), parsed.ok());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}") {
        let _ = asked(&book(Some("http://a.test/x/y"), None), &text);
        let _ = asked(&book(None, Some("https://b.test")), &text);
    }
}

proptest! {
    #[test]
    fn wherever_a_redirect_leads_its_target_stays_on_one_line(
        location in prop_oneof![
            "\\PC{0,30}",
            "(https?:)?[/\\\\]{0,3}[a-c.:@\\[\\]%#?0-9]{0,20}[/ \r\n\t\0\u{e9}a-c?#]{0,10}",
        ],
        from in prop::sample::select(vec!["http://a.test/x/y?z", "https://[::1]:8443/", "http://127.0.0.1:1/%2e/"]),
    ) {
        let book = book(None, None);
        let from = book.resolve(from).expect("valid");
        if let Ok(next) = book.follow(&from, &location) {
            let target = next.target.as_ref();
            prop_assert!(target.starts_with('/'), "{target:?}");
            prop_assert!(target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'), "{target:?}");
            prop_assert!(!next.origin.endpoint.host.is_empty());
            let again = book.resolve(&next.url()).map(|again| again.url());
            prop_assert_eq!(again, Ok(next.url()));
        }
    }
}
