"""Strategies for scenarios that run: bounded, without chance, against the server of `answer`.

Requests ask paths that say what they answer. Every kind of step is there; loops and polls are short, jumps go
forward or to nowhere, so that each iteration ends.
"""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import strategies as st
from tests.engine.fake_http import Answer

from penstock.model import (
    Assign,
    Assignment,
    BasicCredentials,
    Branch,
    Call,
    Check,
    Condition,
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
    Part,
    Phase,
    Poll,
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

ORIGIN = Origin("generated")
LOAD = Load((Phase(1, 1, 20),), iterations_per_user=2, grace_s=5)


class Shop:
    """The server that generated scenarios talk to; it counts, so each run needs a new one."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def __call__(self, _method: str, url: str, *_: object) -> Answer:
        path = "/" + url.split("/", 3)[3]
        self.calls[path] += 1
        kind = (("Content-Type", "application/json"),)
        match path.partition("?")[0].strip("/").split("/"):
            case ["status", code]:
                return Answer(int(code), body=b"no")
            case ["to", target]:
                return Answer(302, (("Location", f"/{target}"),))
            case ["keep", target]:
                return Answer(307, (("Location", f"/{target}"),))
            case ["login"]:
                return Answer(200, (*kind, ("Set-Cookie", "sid=1; Path=/"), ("Set-Cookie", "t=2; Path=/")), b"{}")
            case ["count"]:
                return Answer(200, kind, json.dumps({"n": self.calls[path]}).encode())
            case ["html"]:
                return Answer(200, (("Content-Type", "text/html"),), b"<h1 class=big>x</h1>")
        return Answer(200, (*kind, ("X-A", "1")), b'{"a": "1", "list": [{"id": "7"}, {"id": 8}], "none": null}')


variables = st.sampled_from(["a", "b", "c", "user", "__status", "missing"])
values: st.SearchStrategy[Expr] = (
    st.builds(Variable, variables)
    | st.builds(Literal, st.sampled_from(["", "1", "x", "false", "true"]))
    | st.builds(lambda left, right: Operation("=", left, right), st.builds(Variable, variables), st.just(Literal("1")))
    | st.builds(lambda of: Call("__upper", (of,)), st.builds(Variable, variables))
    | st.just(Operation("+", Literal("a"), Literal("1")))  # cannot be computed
)
holes = st.builds(lambda expr: Hole(expr, "${x}"), values)
rarely_bad = st.sampled_from(["a", "b", "user"]).map(lambda name: Hole(Variable(name), f"${{{name}}}")) | holes
texts = st.lists(st.sampled_from(["", "t", "é", " "]) | rarely_bad, max_size=2).map(lambda parts: Text(tuple(parts)))
paths = st.sampled_from(
    [
        "ok",
        "ok?q=1&r=é",
        "count",
        "login",
        "html",
        "status/404",
        "status/500",
        "status/204",
        "to/ok",
        "keep/ok",
        "to/count",
    ]
)
queries = (
    st.builds(TextQuery, texts)
    | st.sampled_from(["a", "$.list[0].id", "list[1].id", "none", "nowhere", "n"]).map(
        lambda path: JsonPathQuery(Text.constant(path))
    )
    | st.sampled_from(["X-A", "location", "set-cookie", "x-none"]).map(lambda name: HeaderQuery(Text.constant(name)))
    | st.just(RegexQuery(Text.constant('"a": "(.)"')))
)
extracts = st.builds(Extract, st.sampled_from(["a", "b", "c"]), queries, st.just(ORIGIN))
conditions = st.builds(
    Condition,
    st.sampled_from(["equals", "not_equals", "contains", "matches", "greater"]),
    st.sampled_from(["1", "7", "200", "", "x"]).map(Text.constant),
) | st.just(Condition("is_true"))
checks = st.builds(
    lambda subject, conditions, label: Check(subject, tuple(conditions), label, ORIGIN),
    st.builds(Variable, variables) | st.just(Variable("__status")) | st.just(Variable("__eq")),
    st.lists(conditions, min_size=1, max_size=2),
    st.sampled_from(["first", "second"]),
)
easy_checks = st.just(Check(Variable("__status"), (Condition("is_true"),), "answers", ORIGIN))
headers = st.builds(Header, st.sampled_from(["X-One", "x-one", "X-Two", "Authorization", "Content-Type"]), texts)
plain_headers = st.builds(Header, st.sampled_from(["X-One", "X-Two"]), st.sampled_from(["1", "2"]).map(Text.constant))
bodies = (
    st.builds(TextBody, texts, st.none() | st.just(Text.constant("text/plain")))
    | st.builds(
        lambda fields, encoded: FormBody(tuple(fields), None, encoded),
        st.lists(st.builds(FormField, texts, texts), max_size=2),
        st.booleans(),
    )
    | st.builds(
        lambda parts: MultipartBody(tuple(parts)),
        st.lists(st.builds(Part, texts, texts, st.none() | st.just(Text.constant("f.txt"))), min_size=1, max_size=2),
    )
)
polls = st.builds(Poll, checks, st.integers(1, 3), st.sampled_from([0.0, 0.001]))
tests = st.builds(Test, values, st.booleans())


def scenarios(origin: str) -> st.SearchStrategy[Scenario]:
    """Return scenarios whose requests go to `origin` (`http://host:port`)."""
    bare = origin.removeprefix("http://")
    targets = st.builds(
        lambda start, path, hole: Text((f"{start}/{path}", *hole)),
        st.sampled_from([origin, origin, bare, origin.replace("http://", "http://u:p@")]),
        paths,
        st.just(()) | st.just(()) | st.builds(lambda hole: ("?h=", hole), rarely_bad),
    )
    requests = st.builds(
        Request,
        name=st.sampled_from(["", "one", "two"]),
        method=st.sampled_from(["GET", "GET", "POST", "PUT", "DELETE"]),
        url=targets,
        origin=st.just(ORIGIN),
        headers=st.lists(headers | plain_headers | plain_headers, max_size=2).map(tuple),
        body=st.none() | st.none() | bodies,
        credentials=st.none() | st.none() | st.just(BasicCredentials(Text.constant("u"), Text.constant("p"))),
        expected_status=st.sampled_from(
            [(), (StatusRange(200, 399),), (StatusRange(200, 399),), (StatusRange(400, 599),)]
        ),
        max_redirects=st.sampled_from([None, None, 0, 1]),
        extracts=st.lists(st.lists(extracts, max_size=2).map(tuple), max_size=2).map(tuple),
        checks=st.lists(easy_checks | easy_checks | checks, max_size=3).map(tuple),
        poll=st.none() | st.none() | polls,
    )
    assigns = st.lists(
        st.builds(lambda name, text: Assignment(name, (text,)), st.sampled_from(["a", "b", "c"]), texts), max_size=2
    ).map(lambda assignments: Assign(tuple(assignments), ORIGIN))
    thinks = st.builds(Think, st.sampled_from([0.0, 0.001]), st.sampled_from([0.0, 0.002]), st.just(ORIGIN))
    thinks |= st.builds(
        Think,
        st.builds(Variable, st.sampled_from(["a", "missing"])),
        st.just(0.0),
        st.just(ORIGIN),
        st.just(0.0),
        st.just(0.5),
    )
    inner: st.SearchStrategy[Step] = st.recursive(
        requests | requests | thinks | assigns,
        lambda steps: (
            st.builds(Group, st.sampled_from(["g", "h"]), st.lists(steps, max_size=2).map(tuple), st.just(ORIGIN))
            | st.builds(
                Loop, st.lists(steps, max_size=2).map(tuple), st.integers(0, 2), st.just(ORIGIN), st.none() | tests
            )
            | st.builds(
                Branch,
                tests,
                st.lists(steps, max_size=2).map(tuple),
                st.lists(steps, max_size=2).map(tuple),
                st.just(ORIGIN),
            )
        ),
        max_leaves=3,
    )
    jumps = st.builds(Jump, tests, st.sampled_from([None, "end", "end", "nowhere"]), st.just(ORIGIN))
    own = st.lists(inner | inner | jumps, min_size=1, max_size=4)
    journeys = st.builds(
        lambda first, steps, last, makes_up: Journey(
            "main", (*first, *steps, Label("end"), *last), ORIGIN, makes_up_thinks=makes_up
        ),
        st.lists(assigns, max_size=2),
        own,
        st.lists(inner, max_size=1),
        st.booleans(),
    )
    data = st.just(()) | st.just((CsvData("users", ("user",), (("ann",), ("bob",), ("cy d",)), "sequential"),))
    return st.builds(
        lambda journey, rows, cookies: Scenario(
            "generated", "loadmill", (journey,), LOAD, ORIGIN, rows, defaults=Defaults(cookies=cookies)
        ),
        journeys,
        data,
        st.sampled_from(["off", "iteration", "user"]),
    )
