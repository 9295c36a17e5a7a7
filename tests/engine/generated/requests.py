"""Requests and pages of generated scenarios, written in one way or another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from penstock.model import (
    BinaryBody,
    Credentials,
    File,
    FileBody,
    FormBody,
    FormField,
    Header,
    MultipartBody,
    Page,
    Part,
    Poll,
    Proxy,
    Request,
    StatusRange,
    Stream,
    Text,
    TextBody,
)
from tests.engine.generated.values import (
    ORIGIN,
    Drawn,
    checks,
    constant,
    extracts,
    holes,
    mostly,
    scripts,
    simple_texts,
    some_checks,
    texts,
    tuples,
)

IMPATIENT_S = 0.1
"""The time limit of what is not answered in time."""

FILES = (File("photo.png", b"\x89PNG\xff"), File("notes/a.txt", b"hello"))


@dataclass(frozen=True)
class Site:
    """Where requests go to, and what is asked there.

    Of an `is_crowded` one nothing depends on who comes first. A server that breaks connections cannot have streams as
    well: whether one ends before its connection may be used again is chance.
    """

    origin: str
    is_crowded: bool = False
    breaks: bool = False

    @property
    def port(self) -> str:
        return self.origin.rpartition(":")[2]

    @property
    def paths(self) -> Drawn[str]:
        usual = [
            "ok",
            "ok?q=1&r=é",
            "login",
            "logout",
            "html",
            "page",
            "to/ok",
            "keep/ok",
            "away/ok",
            "status/204",
            "stale",
        ]
        counting = [] if self.is_crowded else ["count", "to/count"]
        seldom = ["status/404", "status/500", "secret/Digest", "secret/Basic", "to/secret/Digest", "away/secret/Basic"]
        breaking = ["broken", "to/broken"] if self.breaks else []
        return mostly(st.sampled_from(usual + counting + breaking), st.sampled_from(seldom))

    @property
    def starts(self) -> Drawn[str]:
        """Return how URLs begin; the name is in the run's table of hosts."""
        origin, host = self.origin, f"http://shop.test:{self.port}"
        plain = origin.removeprefix("http://")
        return st.sampled_from([origin, origin, origin, plain, host, origin.replace("http://", "http://u:p@")])

    @property
    def credentials(self) -> Drawn[Credentials]:
        """Return who asks; a user whom a server has challenged says so at once the next time."""
        waiting = [] if self.is_crowded else ["digest", "any", "any"]
        return st.builds(Credentials, st.sampled_from(["basic", "bearer", *waiting]), texts, st.just(constant("p")))

    @property
    def proxies(self) -> Drawn[Proxy]:
        urls = st.sampled_from([self.origin, self.origin.replace("http://", "http://me:secret@"), ""]).map(constant)
        return st.builds(Proxy, urls, st.sampled_from([(), ("shop.test",)]))


headers = mostly(
    st.builds(Header, st.sampled_from(["X-One", "x-one", "X-Two"]), st.sampled_from(["1", "2"]).map(constant)),
    st.builds(Header, st.sampled_from(["X-One", "Authorization", "Content-Type", "Cookie"]), texts),
)
fields = st.builds(FormField, texts, texts)
parts = st.builds(Part, texts, texts, st.none() | st.just(constant("f.txt"))) | st.builds(
    Part, texts, st.just(Text()), st.none() | st.just(constant("f")), file=st.sampled_from([one.name for one in FILES])
)
bodies = (
    st.builds(TextBody, texts, st.none() | st.just(constant("text/plain")))
    | st.builds(FormBody, tuples(fields, 0, 2), st.none(), st.booleans())
    | st.builds(MultipartBody, tuples(parts, 1, 2))
    | st.builds(BinaryBody, st.sampled_from([b"", b"\x00\xff"]), st.none() | st.just(constant("x/y")))
    | st.builds(FileBody, st.sampled_from([one.name for one in FILES]))
)
polls = st.builds(Poll, checks | some_checks, st.integers(1, 3), st.sampled_from([0.0, 0.001]))
statuses = mostly(st.just((StatusRange(200, 399),)), st.sampled_from([(), (StatusRange(400, 599),)]))


def requests(site: Site) -> Drawn[Request]:
    """Return requests of every kind."""
    special = slow(site) | (quick_streams(site) if not site.breaks else slow(site))
    return mostly(plain_requests(site), plain_requests(site) | special)


def plain_requests(site: Site) -> Drawn[Request]:
    urls = st.builds(
        lambda start, path, hole: Text((f"{start}/{path}", *hole)),
        site.starts,
        site.paths,
        st.just(()) | st.builds(lambda hole: ("?h=", hole), holes),
    )
    return st.builds(
        Request,
        name=st.sampled_from(["", "one", "two"]),
        method=st.sampled_from(["GET", "GET", "POST", "PUT", "DELETE", "HEAD"]),
        url=urls,
        origin=st.just(ORIGIN),
        headers=tuples(headers, 0, 2),
        body=mostly(st.none(), bodies),
        credentials=mostly(st.none(), site.credentials),
        expected_status=statuses,
        max_redirects=mostly(st.none(), st.sampled_from([0, 1])),
        extracts=tuples(tuples(extracts, 0, 2), 0, 2),
        checks=tuples(checks, 0, 3),
        poll=mostly(st.none(), polls),
        script=mostly(st.none(), scripts),
        page=mostly(st.none(), st.none() if site.breaks else pages(site)),
        discards_body=mostly(st.just(False), st.just(True)),
        uses_cache=mostly(st.just(False), st.just(True)),
        is_recorded=mostly(st.just(True), st.just(False)),
        http_version=mostly(st.none(), st.sampled_from(["1.0", "1.1"])),
        proxy=mostly(st.none(), site.proxies),
    ).map(_without_contradictions)


def _without_contradictions(request: Request) -> Request:
    """What is asked until a check holds cannot be a page; what may come from a cache is kept."""
    if request.page is not None or request.uses_cache:
        return replace(request, poll=None, discards_body=False, script=None)
    return request


def slow(site: Site) -> Drawn[Request]:
    """Return requests whose answer does not come in time."""
    return st.builds(
        lambda path, forgives: Request(
            "slow", "GET", constant(f"{site.origin}/{path}"), ORIGIN, timeout_s=IMPATIENT_S, is_recorded=not forgives
        ),
        st.sampled_from(["slow", "to/slow"]),
        st.booleans(),
    )


def quick_streams(site: Site) -> Drawn[Request]:
    """Return requests that are read until something came, or for some time; nothing depends on how much came."""
    return st.builds(
        lambda path, stream, name, version: Request(
            name, "GET", constant(f"{site.origin}/{path}"), ORIGIN, stream=stream, timeout_s=0.3, http_version=version
        ),
        mostly(st.sampled_from(["events/3", "endless/2"]), st.sampled_from(["to/events/1", "events/0", "endless/0"])),
        mostly(
            st.builds(Stream, events=st.integers(1, 3)),
            st.sampled_from([Stream(text="id: 1"), Stream(seconds=0.05), Stream(events=9, seconds=0.05)]),
        ),
        st.sampled_from(["", "ticks"]),
        st.sampled_from([None, "auto"]),
    )


def pages(site: Site) -> Drawn[Page]:
    """Return pages with what they embed; of what is asked for in parallel nothing changes what the server says."""
    besides = st.builds(
        lambda path, name, uses_cache: Request(
            name, "GET", constant(f"{site.origin}/{path}"), ORIGIN, uses_cache=uses_cache
        ),
        mostly(st.sampled_from(["ok", "to/ok", "logo"]), st.just("status/500")),
        st.sampled_from(["", "besides"]),
        st.booleans(),
    )
    return st.builds(
        Page, st.booleans(), tuples(besides, 0, 2), st.booleans(), st.sampled_from([None, 1]), st.booleans()
    )


def cached(site: Site) -> Drawn[Request]:
    """Return requests and pages that a browser cache may answer the second time."""
    return st.builds(
        lambda path, page, name: Request(
            name, "GET", constant(f"{site.origin}/{path}"), ORIGIN, page=page, uses_cache=True
        ),
        st.sampled_from(["kept", "stale", "logo", "ok"]),
        st.none() if site.breaks else st.none() | pages(site),
        st.sampled_from(["", "kept"]),
    )


__all__ = ["FILES", "Site", "cached", "headers", "requests", "simple_texts"]
