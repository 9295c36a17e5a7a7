//! WebSocket frames: every message in every split.

use penstock_core::codec::websocket::{
    BINARY, CLOSE, FrameReader, Message, PING, TEXT, close_payload, close_words, encode,
};
use proptest::prelude::*;

/// A frame as a server sends it: unmasked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out, first & 0x0f, payload, [0; 4]);
    out[0] = first;
    let at = match out[1] & 0x7f {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    out[1] &= 0x7f;
    out.drain(at..at + 4);
    out
}

fn read(longest: u64, pieces: &[&[u8]]) -> Result<Vec<Message>, (u16, &'static str)> {
    let mut reader = FrameReader::new(longest);
    let mut messages = Vec::new();
    for piece in pieces {
        reader.feed(piece, &mut messages).map_err(|violation| (violation.code, violation.reason))?;
    }
    Ok(messages)
}

fn split<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

#[test]
fn messages_in_pieces_are_put_together_around_control_frames() {
    let bytes = [frame(0x01, b"he"), frame(0x89, b"?"), frame(0x00, b"l"), frame(0x80, b"lo"), frame(0x82, &[0, 255])];
    let messages = read(100, &[&bytes.concat()]).expect("right");
    let found: Vec<_> = messages.iter().map(|message| (message.opcode, message.payload.as_slice())).collect();
    assert_eq!(found, [(PING, b"?".as_slice()), (TEXT, b"hello"), (BINARY, &[0, 255])]);
}

#[test]
fn what_is_against_the_protocol_is_refused_with_its_code() {
    let masked = [0x81, 0x81, 0, 0, 0, 0, b'x'];
    for (bytes, code) in [
        (frame(0xc1, b"x"), 1002),
        (masked.to_vec(), 1002),
        (frame(0x80, b"x"), 1002),
        ([frame(0x01, b"x"), frame(0x81, b"y")].concat(), 1002),
        (frame(0x83, b"x"), 1002),
        (frame(0x09, b"x"), 1002),
        (frame(0x89, &[b'x'; 126]), 1002),
        (frame(0x88, &[3]), 1002),
        (frame(0x88, &close_payload(999, "")), 1002),
        (frame(0x88, &close_payload(1004, "")), 1002),
        (frame(0x88, &close_payload(1005, "")), 1002),
        (frame(0x88, &close_payload(1006, "")), 1002),
        (frame(0x88, &close_payload(1015, "")), 1002),
        (frame(0x88, &close_payload(2999, "")), 1002),
        (frame(0x88, &close_payload(5000, "")), 1002),
        (frame(0x88, &[3, 0xe8, 0xff]), 1007),
        (frame(0x8b, b""), 1002),
        (frame(0x81, &[0xff]), 1007),
        (frame(0x82, &[0; 101]), 1009),
        ([frame(0x02, &[0; 60]), frame(0x80, &[0; 60])].concat(), 1009),
        ([&[0x82, 127, 255][..], &[255; 7]].concat(), 1009),
    ] {
        assert_eq!(read(100, &[&bytes]).expect_err("wrong").0, code, "{bytes:?}");
    }
}

#[test]
fn nothing_counts_behind_a_close_frame() {
    for code in [1000, 1003, 1007, 1014, 3000, 4999] {
        let bytes = [frame(0x88, &close_payload(code, "ü")), frame(0x81, b"late"), frame(0xff, b"wrong")].concat();
        for cut in 0..=bytes.len() {
            let messages = read(100, &[&bytes[..cut], &bytes[cut..]]).expect("right up to the end");
            assert_eq!(messages.iter().map(|message| message.opcode).collect::<Vec<_>>(), [CLOSE], "{code}");
        }
    }
}

#[test]
fn a_length_beyond_all_memory_is_waited_for_where_anything_is_allowed() {
    let endless = [&[0x82, 127, 0x7f][..], &[255; 7], b"begun"].concat();
    assert_eq!(read(u64::MAX, &[&endless]), Ok(Vec::new()));
}

#[test]
fn a_close_frame_says_why() {
    assert_eq!(close_words(&close_payload(1001, "gone")), "closed by the server (1001 gone)");
    assert_eq!(close_words(&close_payload(1000, "")), "closed by the server (1000)");
    assert_eq!(close_words(b""), "closed by the server");
    assert!(close_payload(1000, &"ü".repeat(200)).len() <= 125);
    let mut out = Vec::new();
    encode(&mut out, CLOSE, &close_payload(1000, ""), [1, 2, 3, 4]);
    assert_eq!(out, [0x88, 0x82, 1, 2, 3, 4, 0x03 ^ 1, 0xe8 ^ 2]);
}

proptest! {
    #[test]
    fn any_message_survives_any_split(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..5),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let bytes: Vec<u8> = payloads.iter().flat_map(|payload| frame(0x82, payload)).collect();
        let found: Vec<_> = read(1000, &split(&bytes, &cuts)).unwrap().into_iter().map(|message| message.payload).collect();
        prop_assert_eq!(found, payloads);
    }

    #[test]
    fn any_bytes_are_judged_alike_in_any_split(
        frames in prop::collection::vec(
            (any::<u8>(), prop::collection::vec(any::<u8>(), 0..140), any::<bool>()).prop_map(|(first, payload, is_plain)| {
                frame(if is_plain { [0x81, 0x82, 0x01, 0x00, 0x80, 0x89, 0x8a, 0x88][usize::from(first & 7)] } else { first }, &payload)
            }), 0..6,
        ),
        rest in prop::collection::vec(any::<u8>(), 0..20),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let bytes = [frames.concat(), rest].concat();
        prop_assert_eq!(read(300, &split(&bytes, &cuts)), read(300, &[&bytes]));
    }

    #[test]
    fn what_is_sent_is_masked(payload in prop::collection::vec(any::<u8>(), 0..1_000), mask in any::<[u8; 4]>()) {
        let mut out = Vec::new();
        encode(&mut out, BINARY, &payload, mask);
        let at = out.len() - payload.len();
        prop_assert_eq!(&out[at - 4..at], mask.as_slice());
        let unmasked: Vec<u8> = out[at..].iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        prop_assert_eq!(unmasked, payload);
    }
}
