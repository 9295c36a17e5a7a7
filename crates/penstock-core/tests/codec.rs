//! Framing: any split of a response gives the same response, and no bytes make it panic.

use penstock_core::codec::head::{self, Framing};
use penstock_core::codec::heads::Heads;
use penstock_core::codec::request::{AgentLines, RequestHead, check, encode};
use penstock_core::codec::response::ResponseReader;
use penstock_core::codec::{Fault, value_text};
use proptest::prelude::*;

const LONGEST: u64 = 1 << 20;

/// What came of feeding pieces and then closing: status, body, whether the connection is reusable.
fn read(pieces: &[&[u8]], answers_head: bool) -> Result<(u16, Vec<u8>, bool), Fault> {
    let mut reader = ResponseReader::new(answers_head, LONGEST);
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        if let Some(received) = reader.feed(piece)? {
            return Ok((received.head.status, received.body.to_vec(), received.reusable));
        }
    }
    reader.close().map(|received| (received.head.status, received.body.to_vec(), received.reusable))
}

fn read_whole(bytes: &[u8]) -> Result<(u16, Vec<u8>, bool), Fault> {
    read(&[bytes], false)
}

#[test]
fn responses_are_framed_as_the_protocol_says() {
    let cases: [(&str, &str, &str, bool); 18] = [
        ("a length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", true),
        ("the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc", "abc", true),
        ("a length of nothing", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true),
        ("until the close", "HTTP/1.1 200 OK\r\n\r\nabc", "abc", false),
        ("old and without a word", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", false),
        ("old but kept", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc", "abc", true),
        ("about to close", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 3\r\n\r\nabc", "abc", false),
        (
            "closing outdoes keeping, in any order",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc",
            "abc",
            false,
        ),
        (
            "old, with a framing that is not its own",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            "a",
            false,
        ),
        (
            "white space before a colon, and a line that goes on",
            "HTTP/1.1 200 OK\r\nContent-Length : 3\r\nX: a\r\n b\r\n\r\nabc",
            "abc",
            true,
        ),
        ("a status of one's own", "HTTP/1.1 799 Odd\r\nContent-Length: 1\r\n\r\na", "a", true),
        ("more than was announced", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", "abc", false),
        ("no content", "HTTP/1.1 204 No Content\r\n\r\n", "", true),
        ("not modified, with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", "", true),
        (
            "after interim ones",
            "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            "a",
            true,
        ),
        (
            "chunks",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
            "abc0123456789",
            true,
        ),
        (
            "chunks with trailers",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n",
            "a",
            true,
        ),
        (
            "chunks beat a length",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            "a",
            true,
        ),
    ];
    for (reason, bytes, body, reusable) in cases {
        let (_, got, got_reusable) = read_whole(bytes.as_bytes()).unwrap_or_else(|fault| panic!("{reason}: {fault:?}"));
        assert_eq!(String::from_utf8_lossy(&got), body, "{reason}");
        assert_eq!(got_reusable, reusable, "{reason}");
    }
}

#[test]
fn an_answer_to_head_has_no_body() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n";
    assert_eq!(read(&[bytes], true), Ok((200, Vec::new(), true)));
}

#[test]
fn what_is_wrong_is_said() {
    let cases: [(&str, &[u8], Fault); 18] = [
        ("nothing", b"", Fault::ClosedBefore),
        ("half a head", b"HTTP/1.1 200 OK\r\nA: b", Fault::ClosedWithin),
        ("half a body", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", Fault::ClosedWithin),
        ("half a chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", Fault::ClosedWithin),
        ("another protocol", b"SSH-2.0-OpenSSH_9.6\r\n", Fault::Garbage("not an HTTP/1 response")),
        ("no status", b"HTTP/1.1 abc OK\r\n\r\n", Fault::Garbage("invalid status line")),
        ("a status below all", b"HTTP/1.1 042 Odd\r\n\r\n", Fault::Garbage("invalid status line")),
        (
            "a length with a sign",
            b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
            Fault::Garbage("invalid Content-Length"),
        ),
        ("no length at all", b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\na", Fault::Garbage("invalid Content-Length")),
        (
            "a length that goes on",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 0\r\n\r\n0123456789",
            Fault::Garbage("invalid Content-Length"),
        ),
        (
            "a coding of the transfer that nobody asked for",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            Fault::Garbage("a transfer encoding other than chunked"),
        ),
        (
            "a chunk of more digits than a length has",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000001\r\na\r\n0\r\n\r\n",
            Fault::Garbage("invalid chunk size"),
        ),
        (
            "two lengths",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            Fault::Garbage("two different Content-Length headers"),
        ),
        (
            "a negative length",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            Fault::Garbage("invalid Content-Length"),
        ),
        (
            "a length beyond all",
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            Fault::Garbage("invalid Content-Length"),
        ),
        (
            "no chunk",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            Fault::Garbage("invalid chunk size"),
        ),
        (
            "a chunk that runs on",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
            Fault::Garbage("invalid chunk"),
        ),
        (
            "another protocol from here on",
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
            Fault::Garbage("unexpected switch of protocols"),
        ),
    ];
    for (reason, bytes, fault) in cases {
        assert_eq!(read_whole(bytes), Err(fault), "{reason}");
    }
}

#[test]
fn a_body_that_is_too_long_is_refused_by_its_announcement_and_by_its_bytes() {
    for head in ["Content-Length: 11\r\n", "Transfer-Encoding: chunked\r\n", ""] {
        let mut reader = ResponseReader::new(false, 10);
        let body = if head.starts_with("Transfer") { "b\r\n01234567890" } else { "01234567890" };
        let bytes = format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}");
        assert_eq!(reader.feed(bytes.as_bytes()), Err(Fault::BodyTooLong), "{head}");
    }
}

#[test]
fn heads_may_be_large_but_not_endless() {
    let large = format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "X-Many: abcdefghij\r\n".repeat(5000));
    assert_eq!(read_whole(large.as_bytes()), Ok((200, Vec::new(), true)));
    let halves = large.as_bytes().split_at(60_000);
    assert_eq!(read(&[halves.0, halves.1], false), Ok((200, Vec::new(), true)));
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(200_000));
    let result = read(&[endless.as_bytes(), endless.as_bytes()], false);
    assert_eq!(result, Err(Fault::Garbage("response head longer than 256 KiB")));
}

#[test]
fn a_head_that_is_nearly_too_long_may_be_followed_by_a_body() {
    let line = "X-Many: abcdefghij\r\n";
    let filler = line.repeat((head::LONGEST_HEAD - 100) / line.len());
    let bytes = format!("HTTP/1.1 200 OK\r\n{filler}Content-Length: 60000\r\n\r\n{}", "b".repeat(60_000));
    let whole = read_whole(bytes.as_bytes());
    assert_eq!(whole.as_ref().map(|(_, body, _)| body.len()), Ok(60_000));
    let (start, end) = bytes.as_bytes().split_at(head::LONGEST_HEAD - 500);
    assert_eq!(read(&[start, end], false), whole);
}

#[test]
fn chunk_extensions_may_be_as_long_as_the_body() {
    let chunks = |extension: &str, times| format!("400;{extension}\r\n{}\r\n", "b".repeat(0x400)).repeat(times);
    let of = |chunks: &str| {
        read_whole(format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n").as_bytes())
    };
    let signed = chunks(&format!("chunk-signature={}", "a".repeat(64)), 900);
    assert_eq!(of(&signed).map(|(_, body, _)| body.len()), Ok(900 * 0x400));
    let endless = chunks(&"a".repeat(0x1400), 30);
    assert_eq!(of(&endless), Err(Fault::Garbage("endless chunk extensions or trailers")));
}

#[test]
fn values_that_go_on_are_one_line() {
    for (value, text) in [
        (b"one".as_slice(), "one"),
        (b"one\r\n two\n\tthree", "one two three"),
        (b"a\xe9\r\n b", "aé b"),
        (b"two  blanks", "two  blanks"),
    ] {
        assert_eq!(value_text(value), text);
    }
}

#[test]
fn reasons_are_the_servers_own() {
    for (line, reason) in [
        ("HTTP/1.1 200 OK", "OK"),
        ("HTTP/1.1 404 Not Found At All", "Not Found At All"),
        ("HTTP/1.1 200", ""),
        ("HTTP/1.1  500  Oops", "Oops"),
    ] {
        assert_eq!(head::reason(format!("{line}\r\n\r\n").as_bytes()), reason);
    }
}

/// A response in one of the framings, with its body.
fn response() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let body = proptest::collection::vec(any::<u8>(), 0..300);
    let sizes = proptest::collection::vec(1..40_usize, 1..8);
    (body, sizes, 0..3_u8, 0..2_usize).prop_map(|(body, sizes, framing, interim)| {
        let mut bytes = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(interim);
        bytes.extend_from_slice(b"HTTP/1.1 200 OK\r\nServer: x\r\n");
        match framing {
            0 => {
                bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
                bytes.extend_from_slice(&body);
            }
            1 => {
                bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
                let mut rest = body.as_slice();
                for size in sizes.iter().cycle() {
                    let (chunk, after) = rest.split_at((*size).min(rest.len()));
                    if chunk.is_empty() {
                        break;
                    }
                    bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    bytes.extend_from_slice(chunk);
                    bytes.extend_from_slice(b"\r\n");
                    rest = after;
                }
                bytes.extend_from_slice(b"0\r\nTrailer: x\r\n\r\n");
            }
            _ => {
                bytes.extend_from_slice(b"\r\n");
                bytes.extend_from_slice(&body);
            }
        }
        (bytes, body)
    })
}

fn split<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect()
}

proptest! {
    #[test]
    fn any_split_gives_the_same_response(
        (bytes, body) in response(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let whole = read_whole(&bytes);
        prop_assert_eq!(whole.as_ref().map(|(_, got, _)| got), Ok(&body));
        prop_assert_eq!(read(&split(&bytes, &cuts), false), whole);
    }

    #[test]
    fn bytes_one_by_one_give_the_same_response((bytes, body) in response()) {
        let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(read(&pieces, false).map(|(_, got, _)| got), Ok(body));
    }

    #[test]
    fn garbage_never_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
        start in prop::sample::select(vec!["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]),
    ) {
        let bytes = [start.as_bytes(), &bytes].concat();
        let _ = read(&split(&bytes, &cuts), false);
        head::each_header(&bytes, |_, _| {});
        let _ = head::reason(&bytes);
    }

    #[test]
    fn a_damaged_response_never_panics(
        (mut bytes, _) in response(),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
    ) {
        let at = at.index(bytes.len());
        bytes[at] = with;
        let _ = read_whole(&bytes);
    }

    #[test]
    fn what_is_wrong_is_so_in_any_split(
        (mut bytes, _) in response(),
        damages in proptest::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(b"\r\n :,;0aZ\0\xff".to_vec())), 1..4,
        ),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        answers_head in any::<bool>(),
    ) {
        for (at, with) in damages {
            let at = at.index(bytes.len());
            bytes[at] = with;
        }
        // Whether more came than was announced is known only of what came at once.
        let said = |read: Result<(u16, Vec<u8>, bool), Fault>| read.map(|(status, body, _)| (status, body));
        prop_assert_eq!(said(read(&split(&bytes, &cuts), answers_head)), said(read(&[&bytes], answers_head)));
    }

    #[test]
    fn knowing_heads_changes_nothing(
        (bytes, _) in response(),
        damages in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..8),
    ) {
        let heads = Heads::default();
        for (at, with, is_cut) in damages {
            let mut damaged = bytes.clone();
            let at = at.index(damaged.len());
            damaged[at] = with;
            if is_cut {
                damaged.truncate(at);
            }
            for data in [&bytes, &damaged, &bytes] {
                let known = heads.read(data).map(|read| read.map(|(head, kept)| (head, kept.to_vec())));
                let parsed = head::parse(data).map(|read| read.map(|head| (head, data[..head.length].to_vec())));
                prop_assert_eq!(known, parsed);
            }
        }
    }
}

#[test]
fn framing_is_known_from_the_head_alone() {
    let head =
        head::parse(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nSet-Cookie: a=b\r\nContent-Encoding: br\r\n\r\nrest");
    let head = head.expect("a valid head").expect("a whole head");
    assert_eq!((head.framing, head.sets_cookies, head.is_encoded), (Framing::Length(7), true, true));
}

fn encoded(headers: &[(&str, &str)], cookies: Option<&str>, basic: Option<&str>, body_length: Option<usize>) -> String {
    let mut out = Vec::new();
    let agent_lines = AgentLines::new("penstock", "gzip");
    let method = if body_length.is_some() { "POST" } else { "GET" };
    let host_line = "Host: h:1\r\n";
    let authorization = basic.map(|basic| format!("Basic {basic}"));
    let head = RequestHead {
        method,
        target: "/p?q",
        host_line,
        agent_lines: &agent_lines,
        headers,
        cookies,
        authorization: authorization.as_deref(),
        body_length,
        is_old: false,
        forwarded: None,
    };
    encode(&mut out, &head);
    String::from_utf8(out).expect("ASCII")
}

#[test]
fn requests_carry_what_the_user_gave_before_what_is_usual() {
    let own = "GET /p?q HTTP/1.1\r\nHost: h:1\r\nUser-Agent: penstock\r\nAccept-Encoding: gzip\r\n";
    let cases: [(&str, String, String); 8] = [
        ("nothing given", encoded(&[], None, None, None), format!("{own}\r\n")),
        ("cookies of the jar", encoded(&[], Some("a=1"), None, None), format!("{own}Cookie: a=1\r\n\r\n")),
        (
            "cookies of both",
            encoded(&[("cookie", "b=2")], Some("a=1"), None, None),
            format!("{own}Cookie: b=2; a=1\r\n\r\n"),
        ),
        (
            "credentials of the URL",
            encoded(&[], None, Some("eHg="), None),
            format!("{own}Authorization: Basic eHg=\r\n\r\n"),
        ),
        (
            "credentials given",
            encoded(&[("authorization", "Bearer t")], None, Some("eHg="), None),
            format!("{own}authorization: Bearer t\r\n\r\n"),
        ),
        ("a name given twice", encoded(&[("A", "1"), ("a", "2")], None, None, None), format!("{own}a: 2\r\n\r\n")),
        (
            "the engine's own replaced",
            encoded(&[("host", "x"), ("USER-AGENT", "me"), ("accept-encoding", "br")], None, None, None),
            "GET /p?q HTTP/1.1\r\nhost: x\r\nUSER-AGENT: me\r\naccept-encoding: br\r\n\r\n".to_owned(),
        ),
        ("no framing but ours", encoded(&[("Transfer-Encoding", "chunked")], None, None, None), format!("{own}\r\n")),
    ];
    for (reason, got, wanted) in cases {
        assert_eq!(got, wanted, "{reason}");
    }
    assert!(encoded(&[], None, None, Some(5)).ends_with("Content-Length: 5\r\n\r\n"));
    assert!(encoded(&[("content-length", "7")], None, None, Some(5)).ends_with("content-length: 7\r\n\r\n"));
}

#[test]
fn requests_that_would_break_out_of_their_lines_are_refused() {
    assert_eq!(check("GET", &[("X-Ok", "any text: even this")]), Ok(()));
    for (method, headers) in [
        ("GE T", vec![]),
        ("", vec![]),
        ("GET", vec![("a b", "c")]),
        ("GET", vec![("", "c")]),
        ("GET", vec![("a", "b\r\nc: d")]),
        ("GET", vec![("a", "b\0")]),
    ] {
        assert!(check(method, &headers).is_err(), "{method:?} {headers:?}");
    }
}
