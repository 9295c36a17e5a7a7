//! Looking at a body while it comes: in whatever pieces, the same is seen.

use penstock_core::host::Until;
use penstock_core::stream::Watch;
use proptest::prelude::*;

fn until(events: Option<u32>, text: Option<&str>) -> Watch<'_> {
    Watch::new(Until { events, text: text.map(str::as_bytes), seconds: None })
}

#[test]
fn events_end_with_an_empty_line_and_have_data() {
    for (body, events) in [
        ("", 0),
        ("data: a\n", 0),
        ("data: a\n\n", 1),
        ("data: a\r\n\r\n", 1),
        ("data: a\ndata: b\n\n", 1),
        ("data\n\n", 1),
        ("data: a\n\ndata: b\n\n\n\n", 2),
        (": nothing\n\nevent: x\nid: 1\n\n", 0),
        ("database: a\n\n", 0),
        ("event: x\ndata:a\n\n", 1),
    ] {
        let mut watch = until(None, None);
        assert!(!watch.is_enough(body.as_bytes()));
        assert_eq!(watch.events(), events, "{body:?}");
    }
}

#[test]
fn so_many_events_or_a_text_are_enough() {
    let body = b"data: one\n\ndata: two\n\n";
    assert!(until(Some(2), None).is_enough(body));
    assert!(!until(Some(3), None).is_enough(body));
    assert!(until(Some(3), Some("two")).is_enough(body));
    assert!(!until(None, Some("three")).is_enough(body));
}

#[test]
fn each_byte_is_looked_at_once() {
    let mut watch = until(Some(1), Some("yy"));
    assert!(!watch.is_enough(&[b'x'; 100]));
    // Had it looked from the start of the line again, it would have seen this.
    let other = [b"data: yy\n\n", [b'x'; 100].as_slice()].concat();
    assert!(!watch.is_enough(&other));
    assert!(!watch.is_enough(&[&other, b"y".as_slice()].concat()));
    assert!(watch.is_enough(&[&other, b"yy".as_slice()].concat()), "what lies across two pieces is found");
}

proptest! {
    #[test]
    fn pieces_change_nothing(
        words in prop::collection::vec(prop::sample::select(vec!["data", ":", " x", "\n", "\r\n", "\n\n", "event", "abab"]), 0..30),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        text in prop::sample::select(vec!["ab", "abc", "a\n", "data: x"]),
    ) {
        let body = words.concat().into_bytes();
        let mut whole = until(None, Some(text));
        let is_enough = whole.is_enough(&body);
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        ends.push(body.len());
        ends.sort_unstable();
        let mut pieces = until(None, Some(text));
        let was_enough: Vec<bool> = ends.iter().map(|end| pieces.is_enough(&body[..*end])).collect();
        prop_assert_eq!((was_enough.contains(&true), pieces.events()), (is_enough, whole.events()));
    }
}
