//! Reasons are texts that reports can group by.

use std::io;

use penstock_core::failure::Failure;

#[test]
fn connecting_fails_in_stable_words() {
    for (code, message) in [
        (libc::ECONNREFUSED, "connection refused (h:1)"),
        (libc::ECONNRESET, "connection reset while connecting (h:1)"),
        (libc::ETIMEDOUT, "no answer to connecting (h:1)"),
        (libc::EHOSTUNREACH, "no route to the host (h:1)"),
        (libc::ENETUNREACH, "network unreachable (h:1)"),
        (libc::EACCES, "connecting is not permitted (h:1)"),
        (libc::EMFILE, "out of file descriptors"),
        (libc::ENFILE, "out of file descriptors"),
        (libc::EADDRNOTAVAIL, "out of local ports"),
    ] {
        let failure = Failure::connect(&io::Error::from_raw_os_error(code), "h:1");
        let kind = if message.starts_with("out of") { "exhausted" } else { "connect" };
        assert_eq!((failure.kind, failure.message.as_str()), (kind, message), "{code}");
    }
}

#[test]
fn connections_break_in_stable_words() {
    for (kind, is_untouched, message) in [
        (io::ErrorKind::ConnectionReset, true, "connection reset before the response"),
        (io::ErrorKind::ConnectionReset, false, "connection reset in mid-response"),
        (io::ErrorKind::BrokenPipe, true, "connection closed before the response"),
        (io::ErrorKind::TimedOut, false, "connection timed out in mid-response"),
    ] {
        let failure = Failure::broken(&kind.into(), is_untouched, "h:1");
        assert_eq!((failure.kind, failure.message.as_str()), ("closed", message));
    }
}

#[test]
fn timeouts_and_statuses_are_called_alike_each_time() {
    assert_eq!(Failure::timeout(10.0).message, "no complete response within 10 s");
    assert_eq!(Failure::timeout(0.5).message, "no complete response within 0.5 s");
    assert_eq!(Failure::status(503).message, "HTTP status 503 - Service Unavailable");
    assert_eq!(Failure::status(599).message, "HTTP status 599 - Unsuccessful HTTP response");
}
