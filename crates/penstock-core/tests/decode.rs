//! Content codings.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use penstock_core::decode::decode;
use proptest::prelude::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

fn bare(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

/// `hello hello` as brotli, made by the reference implementation's rules: one uncompressed meta-block and the end.
fn brotli(bytes: &[u8]) -> Vec<u8> {
    // WBITS 16 (bit 0), then ISLAST 0, MNIBBLES 4 (00), MLEN-1 in 16 bits, ISUNCOMPRESSED 1, then bytes; then 0x03.
    let length = u32::try_from(bytes.len() - 1).expect("short");
    let bits: u32 = length << 4 | 1 << 20;
    let mut coded = bits.to_le_bytes()[..3].to_vec();
    coded.extend_from_slice(bytes);
    coded.push(3);
    coded
}

#[test]
fn codings_are_undone_in_reverse() {
    type Case<'a> = (&'a str, &'a str, Vec<u8>, Option<&'a [u8]>);
    let body = b"hello hello hello hello";
    let cases: [Case; 12] = [
        ("gzip", "gzip", gzip(body), Some(body)),
        ("its old name", "X-GZip", gzip(body), Some(body)),
        ("several members", "gzip", [gzip(&body[..5]), gzip(&body[5..])].concat(), Some(body)),
        ("filled up with zeros", "gzip", [gzip(body), vec![0; 512]].concat(), Some(body)),
        (
            "with a line end behind it",
            "gzip",
            [gzip(&body[..5]), gzip(&body[5..]), b"\r\n".to_vec()].concat(),
            Some(body),
        ),
        ("deflate as it should be", "deflate", zlib(body), Some(body)),
        ("deflate as it often is", "deflate", bare(body), Some(body)),
        ("brotli", "br", brotli(body), Some(body)),
        ("two of them", "deflate, gzip", gzip(&zlib(body)), Some(body)),
        ("none", "identity", body.to_vec(), None),
        ("an unknown one is left", "zstd", body.to_vec(), None),
        ("an unknown one under a known one", "zstd, gzip", gzip(body), Some(body)),
    ];
    for (reason, codings, coded, wanted) in cases {
        let decoded = decode(codings, &coded, 1000).unwrap_or_else(|failure| panic!("{reason}: {failure:?}"));
        assert_eq!(decoded.as_deref(), wanted, "{reason}");
    }
}

#[test]
fn what_is_not_what_it_says_is_a_failure() {
    let whole = gzip(b"hello");
    let mut damaged = whole.clone();
    let last = damaged.len() - 5;
    damaged[last] ^= 1;
    for (reason, codings, coded) in [
        ("no gzip", "gzip", b"plain text".as_slice()),
        ("half of it", "gzip", &whole[..whole.len() - 4]),
        ("half a second member", "gzip", &[whole.as_slice(), &whole[..12]].concat()),
        ("a wrong sum", "gzip", &damaged),
        ("no deflate", "deflate", b"\xff\xff\xff\xff"),
        ("no brotli", "br", b"\xff\xff\xff\xff"),
    ] {
        let failure = decode(codings, coded, 1000).expect_err(reason);
        assert_eq!(
            (failure.kind, failure.message),
            ("body", format!("the body is not the {codings} it says")),
            "{reason}"
        );
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let bomb = gzip(&vec![0; 10_000_000]);
    let failure = decode("gzip", &bomb, 1_000_000).expect_err("too long");
    assert_eq!((failure.kind, failure.message.as_str()), ("body", "response body longer than 1000000 bytes"));
    assert_eq!(decode("gzip", &bomb, 10_000_000).expect("just fits").map(|body| body.len()), Some(10_000_000));
}

#[test]
fn members_are_measured_together() {
    let two = [gzip(&[0; 600]), gzip(&[0; 600])].concat();
    assert_eq!(decode("gzip", &two, 1199).expect_err("too long").message, "response body longer than 1199 bytes");
    assert_eq!(decode("gzip", &two, 1200).expect("just fits").map(|body| body.len()), Some(1200));
}

#[test]
fn an_empty_body_is_empty_whatever_it_says() {
    assert_eq!(decode("gzip", b"", 10), Ok(None));
}

proptest! {
    #[test]
    fn what_was_coded_comes_back_and_what_is_damaged_stays_bounded(
        body in prop::collection::vec(any::<u8>(), 1..300),
        names in prop::collection::vec(prop::sample::select(vec!["gzip", "deflate", "identity", " GZIP "]), 1..4),
        damage in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut coded = body.clone();
        for name in &names {
            coded = match *name {
                "deflate" => zlib(&coded),
                "identity" => coded,
                _ => gzip(&coded),
            };
        }
        let codings = names.join(",");
        let whole = decode(&codings, &coded, 10_000).expect("whole");
        prop_assert_eq!(whole.as_deref().unwrap_or(&coded), body.as_slice());
        if let Some((at, with)) = damage {
            let at = at.index(coded.len());
            coded[at] = with;
        }
        coded.truncate(cut.index(coded.len() + 1));
        if let Ok(Some(decoded)) = decode(&codings, &coded, 200) {
            prop_assert!(decoded.len() <= 200);
        }
        let _ = decode("br", &coded, 200);
    }
}
