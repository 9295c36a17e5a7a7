"""Strategies for scenarios that run: bounded, without chance, against the server of `answer`.

Requests ask paths that say what they answer. Every kind of step is there; loops and polls are short, jumps go
forward or to nowhere, so that each iteration ends.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from penstock.model import (
    Assign,
    Assignment,
    Branch,
    Call,
    Check,
    Condition,
    Credentials,
    CsvData,
    Defaults,
    Expr,
    Extract,
    FormBody,
    FormField,
    Group,
    Header,
    HeaderQuery,
    Hole,
    Journey,
    JsonPathQuery,
    Jump,
    Label,
    Literal,
    Load,
    Loop,
    MultipartBody,
    Operation,
    Origin,
    Page,
    Part,
    Phase,
    Poll,
    Population,
    RegexQuery,
    Request,
    Scenario,
    StatusRange,
    Step,
    Test,
    Text,
    TextBody,
    TextQuery,
    Think,
    Variable,
)
from tests.engine.fake_http import Answer

ORIGIN = Origin("generated")
LOAD = Load((Phase(1, 1, 20),), iterations_per_user=2, grace_s=5)


class Shop:
    """The server that generated scenarios talk to; it counts, so each run needs a new one."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def __call__(self, _method: str, url: str, headers: Mapping[str, str], *_: object) -> Answer:
        path = "/" + url.split("/", 3)[3]
        self.calls[path] += 1
        kind = (("Content-Type", "application/json"),)
        match path.partition("?")[0].strip("/").split("/"):
            case ["status", code]:
                return Answer(int(code), body=b"no")
            case ["to", *target]:
                return Answer(302, (("Location", f"/{'/'.join(target)}"),))
            case ["keep", *target]:
                return Answer(307, (("Location", f"/{'/'.join(target)}"),))
            case ["login"]:
                return Answer(200, (*kind, ("Set-Cookie", "sid=1; Path=/"), ("Set-Cookie", "t=2; Path=/")), b"{}")
            case ["count"]:
                return Answer(200, kind, json.dumps({"n": self.calls[path]}).encode())
            case ["secret", scheme]:
                if headers.get("authorization", "").startswith(scheme):
                    return Answer(200, kind, b"{}")
                return Answer(401, (("WWW-Authenticate", f'{scheme} realm="r", nonce="n", qop="auth"'),))
            case ["events", most]:
                told = "".join(f"id: {number}\ndata: x\n\n" for number in range(int(most)))
                return Answer(200, (("Content-Type", "text/event-stream"),), told.encode())
            case ["page"]:
                embedded = b'<img src="/ok"><script src="/ok?s"></script><link rel=stylesheet href="/status/204?l">'
                return Answer(200, (("Content-Type", "text/html"),), embedded)
            case ["html"]:
                return Answer(200, (("Content-Type", "text/html"),), b"<h1 class=big>x</h1>")
        return Answer(200, (*kind, ("X-A", "1")), b'{"a": "1", "list": [{"id": "7"}, {"id": 8}], "none": null}')


Drawn = st.SearchStrategy


def mostly(usual: Drawn[Any], seldom: Drawn[Any]) -> Drawn[Any]:
    """Return a strategy that gives what is usual seven times of eight: what fails ends an iteration."""
    return st.integers(0, 7).flatmap(lambda place: seldom if place == 7 else usual)


def tuples(of: Drawn[Any], least: int, most: int) -> Drawn[tuple[Any, ...]]:
    return st.lists(of, min_size=least, max_size=most).map(tuple)


constant = Text.constant
START = Assign((Assignment("a", (constant("1"),)), Assignment("b", (constant("x"),))), ORIGIN)
names = mostly(st.sampled_from(["a", "b"]), st.sampled_from(["c", "user", "__status", "missing"]))
variables = st.builds(Variable, names)
uncomputable: Expr = Operation("+", Literal("a"), Literal("1"))
values: Drawn[Expr] = mostly(
    variables
    | st.builds(Literal, st.sampled_from(["", "1", "x", "false", "true"]))
    | st.builds(lambda left, right: Operation("=", left, Literal(right)), variables, st.sampled_from(["1", "x"]))
    | st.builds(lambda of: Call("__upper", (of,)), variables),
    st.just(uncomputable),
)
holes = mostly(
    st.builds(lambda of: Hole(of, f"${{{of.name}}}"), variables), st.builds(lambda expr: Hole(expr, "${x}"), values)
)
texts = tuples(st.sampled_from(["", "t", "é", " "]) | holes, 0, 2).map(Text)
paths = mostly(
    st.sampled_from(
        ["ok", "ok?q=1&r=é", "count", "login", "html", "page", "to/ok", "keep/ok", "to/count", "status/204"]
    ),
    st.sampled_from(["status/404", "status/500", "secret/Digest", "secret/Basic", "to/secret/Digest"]),
)
queries = (
    st.builds(TextQuery, texts)
    | st.sampled_from(["X-A", "location", "set-cookie", "x-none"]).map(lambda name: HeaderQuery(constant(name)))
    | mostly(
        st.just(RegexQuery(constant('"a": "(.)"'))),
        st.sampled_from(["a", "$.list[0].id", "list[1].id", "none", "nowhere", "n"]).map(
            lambda path: JsonPathQuery(constant(path))
        ),
    )
)
extracts = st.builds(Extract, st.sampled_from(["a", "b", "c"]), queries, st.just(ORIGIN))
conditions = st.just(Condition("is_true")) | st.builds(
    Condition,
    st.sampled_from(["equals", "not_equals", "contains", "matches", "greater"]),
    st.sampled_from(["1", "7", "200", "", "x"]).map(constant),
)
some_checks = st.builds(
    lambda subject, conditions, label: Check(subject, conditions, label, ORIGIN),
    mostly(variables, st.sampled_from([Variable("__status"), Variable("__eq")])),
    tuples(conditions, 1, 2),
    st.sampled_from(["first", "second"]),
)
easy_checks = st.sampled_from(["first", "answers"]).map(
    lambda label: Check(Variable("__status"), (Condition("is_true"),), label, ORIGIN)
)
checks = mostly(easy_checks, some_checks)
headers = mostly(
    st.builds(Header, st.sampled_from(["X-One", "x-one", "X-Two"]), st.sampled_from(["1", "2"]).map(constant)),
    st.builds(Header, st.sampled_from(["X-One", "Authorization", "Content-Type"]), texts),
)
fields = st.builds(FormField, texts, texts)
parts = st.builds(Part, texts, texts, st.none() | st.just(constant("f.txt")))
bodies = (
    st.builds(TextBody, texts, st.none() | st.just(constant("text/plain")))
    | st.builds(FormBody, tuples(fields, 0, 2), st.none(), st.booleans())
    | st.builds(MultipartBody, tuples(parts, 1, 2))
)
polls = st.builds(Poll, checks | some_checks, st.integers(1, 3), st.sampled_from([0.0, 0.001]))
tests = st.builds(Test, values, st.booleans())
assigns = tuples(
    st.builds(lambda name, text: Assignment(name, (text,)), st.sampled_from(["a", "b", "c"]), texts), 0, 2
).map(lambda assignments: Assign(assignments, ORIGIN))
thinks = mostly(
    st.builds(Think, st.sampled_from([0.0, 0.001]), st.sampled_from([0.0, 0.002]), st.just(ORIGIN)),
    st.builds(Think, st.just(Variable("a")), st.just(0.0), st.just(ORIGIN), st.just(0.0), st.just(0.5)),
)
jumps = st.builds(Jump, tests, mostly(st.just("end"), st.sampled_from([None, "nowhere"])), st.just(ORIGIN))


schemes = st.sampled_from(["basic", "bearer", "digest", "any", "any"])


def requests(origin: str) -> Drawn[Request]:
    """Return requests to `origin` (`http://host:port`), written in one way or another."""
    starts = [origin, origin, origin.removeprefix("http://"), origin.replace("http://", "http://u:p@")]
    urls = st.builds(
        lambda start, path, hole: Text((f"{start}/{path}", *hole)),
        st.sampled_from(starts),
        paths,
        st.just(()) | st.builds(lambda hole: ("?h=", hole), holes),
    )
    return st.builds(
        Request,
        name=st.sampled_from(["", "one", "two"]),
        method=st.sampled_from(["GET", "GET", "POST", "PUT", "DELETE"]),
        url=urls,
        origin=st.just(ORIGIN),
        headers=tuples(headers, 0, 2),
        body=mostly(st.none(), bodies),
        credentials=mostly(st.none(), st.builds(Credentials, schemes, texts, st.just(constant("p")))),
        expected_status=mostly(st.just((StatusRange(200, 399),)), st.sampled_from([(), (StatusRange(400, 599),)])),
        max_redirects=mostly(st.none(), st.sampled_from([0, 1])),
        extracts=tuples(tuples(extracts, 0, 2), 0, 2),
        checks=tuples(checks, 0, 3),
        poll=mostly(st.none(), polls),
        page=mostly(st.none(), pages(origin)),
        is_recorded=mostly(st.just(True), st.just(False)),
    ).map(lambda request: request if request.page is None else replace(request, poll=None))  # both is refused


def pages(origin: str) -> Drawn[Page]:
    """Return pages with what they embed; of what is asked for in parallel nothing changes what the server says."""
    besides = st.builds(
        lambda path, name: Request(name, "GET", constant(f"{origin}/{path}"), ORIGIN),
        mostly(st.sampled_from(["ok", "to/ok"]), st.just("status/500")),
        st.sampled_from(["", "besides"]),
    )
    return st.builds(
        Page, st.booleans(), tuples(besides, 0, 2), st.booleans(), st.sampled_from([None, 1]), st.booleans()
    )


def compound(steps: Drawn[Step]) -> Drawn[Step]:
    inside = tuples(steps, 0, 2)
    return (
        st.builds(Group, st.sampled_from(["g", "h"]), inside, st.just(ORIGIN))
        | st.builds(Loop, inside, st.integers(0, 2), st.just(ORIGIN), st.none() | tests)
        | st.builds(Branch, tests, inside, inside, st.just(ORIGIN))
    )


def scenarios(origin: str) -> Drawn[Scenario]:
    """Return scenarios whose requests go to `origin`."""
    asked = requests(origin)
    inner: Drawn[Step] = st.recursive(asked | asked | thinks | assigns, compound, max_leaves=4)
    journeys = st.builds(
        lambda steps, last, makes_up: Journey(
            "main", (START, *steps, Label("end"), *last), ORIGIN, makes_up_thinks=makes_up
        ),
        tuples(asked | inner | mostly(inner, jumps), 1, 5),
        tuples(asked, 0, 1),
        st.booleans(),
    )
    rows = (CsvData("users", ("user",), (("ann",), ("bob",), ("cy d",)), "sequential"),)
    return st.builds(
        lambda journey, data, cookies: Scenario(
            "generated",
            "loadmill",
            (journey,),
            (Population("all", LOAD),),
            ORIGIN,
            data,
            defaults=Defaults(cookies=cookies),
        ),
        journeys,
        st.sampled_from([(), rows]),
        st.sampled_from(["off", "iteration", "user"]),
    )
