"""Strategies for scenarios: every node of the model, in every place it may stand."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from penstock.model import (
    Assign,
    Assignment,
    BinaryBody,
    Branch,
    BrowserHeader,
    BrowserProfile,
    Call,
    Check,
    Code,
    Condition,
    Credentials,
    CssQuery,
    CsvData,
    Defaults,
    EdnQuery,
    Expr,
    Extract,
    File,
    FileBody,
    FormBody,
    FormField,
    Goal,
    Group,
    Header,
    HeaderQuery,
    Hole,
    Journey,
    JsonPathQuery,
    Jump,
    Label,
    Leave,
    Literal,
    Load,
    Loop,
    Measure,
    MultipartBody,
    NetworkProfile,
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
    Script,
    Share,
    SocketClose,
    SocketOpen,
    SocketSend,
    SocketWait,
    StatusRange,
    Stream,
    TakeRow,
    Test,
    Text,
    TextBody,
    TextQuery,
    Think,
    Threshold,
    Variable,
    XPathQuery,
)


def undescribed(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return the same strategy without its description, which can be longer than hypothesis likes."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Any:
        return draw(strategy)

    return drawn()


words = st.text(max_size=8)
names = st.sampled_from(["a", "b", "c", "token", "__status"])
seconds = st.floats(min_value=0, max_value=1e6)
shares = st.floats(min_value=0, max_value=1)
counts = st.integers(min_value=0, max_value=2**53)
origins = st.builds(Origin, words, words, st.none() | counts)

expressions: st.SearchStrategy[Expr] = st.recursive(
    st.builds(Literal, words) | st.builds(Variable, names),
    lambda inner: (
        st.builds(Call, words, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Operation, st.sampled_from(["+", "=", "&"]), inner, inner)
    ),
    max_leaves=4,
)
texts = st.lists(words | st.builds(Hole, expressions, words), max_size=3).map(lambda parts: Text(tuple(parts)))

plain_queries = (
    st.builds(TextQuery, texts)
    | st.builds(JsonPathQuery, texts)
    | st.builds(CssQuery, texts, st.none() | texts)
    | st.builds(HeaderQuery, texts)
    | st.builds(XPathQuery, texts)
    | st.builds(EdnQuery, texts)
)
queries = plain_queries | st.builds(RegexQuery, texts, st.none() | plain_queries)
extracts = st.builds(Extract, names, queries, origins)
conditions = st.builds(Condition, st.sampled_from(["equals", "contains", "is_true", "json_schema"]), texts)
checks = st.builds(Check, expressions, st.lists(conditions, max_size=2).map(tuple), words, origins, st.booleans())

form_fields = st.builds(FormField, texts, texts)
parts = st.builds(Part, texts, texts, st.none() | texts, st.none() | texts, st.none() | words, st.booleans())
bodies = (
    st.builds(TextBody, texts, st.none() | texts)
    | st.builds(FormBody, st.lists(form_fields, max_size=2).map(tuple), st.none() | texts, st.booleans())
    | st.builds(MultipartBody, st.lists(parts, max_size=2).map(tuple))
    | st.builds(BinaryBody, st.binary(max_size=8), st.none() | texts)
    | st.builds(FileBody, words, st.none() | texts)
)
codes = st.builds(Code, st.just("javascript"), words, origins)
some_words = st.lists(words, max_size=2).map(tuple)
some_headers = st.lists(st.builds(Header, words, texts), max_size=2).map(tuple)
some_checks = st.lists(checks, max_size=2).map(tuple)
some_extracts = undescribed(st.lists(st.lists(extracts, max_size=2).map(tuple), max_size=2).map(tuple))
pages = st.builds(
    Page,
    st.booleans(),
    st.lists(st.deferred(lambda: requests), max_size=1).map(tuple),
    st.booleans(),
    st.none() | counts,
    st.booleans(),
)
requests = st.builds(
    Request,
    name=words,
    method=st.sampled_from(["GET", "POST"]),
    url=texts,
    origin=origins,
    headers=some_headers,
    body=st.none() | bodies,
    credentials=st.none() | st.builds(Credentials, st.sampled_from(["basic", "digest", "bearer", "any"]), texts, texts),
    expected_status=st.lists(st.builds(StatusRange, counts, counts), max_size=2).map(tuple),
    timeout_s=st.none() | seconds,
    max_redirects=st.none() | counts,
    extracts=some_extracts,
    checks=some_checks,
    poll=st.none() | st.builds(Poll, checks, counts, seconds),
    script=st.none() | codes,
    page=st.none() | pages,
    stream=st.none() | st.builds(Stream, st.none() | counts, st.none() | words, st.none() | seconds),
    discards_body=st.booleans(),
    uses_cache=st.booleans(),
    is_recorded=st.booleans(),
)
sockets = (
    st.builds(SocketOpen, texts, texts, words, origins, some_headers, some_words, st.none() | seconds, st.booleans())
    | st.builds(SocketSend, texts, texts, origins, st.sampled_from(["text", "binary"]))
    | st.builds(SocketWait, texts, words, origins, seconds, counts, some_extracts, some_checks)
    | st.builds(SocketClose, texts, origins)
)
tests = st.builds(Test, expressions, st.booleans())
data = st.builds(
    CsvData,
    words,
    st.lists(words, max_size=2).map(tuple),
    st.lists(st.lists(words, max_size=2).map(tuple), max_size=3).map(tuple),
    st.sampled_from(["random", "sequential"]),
)
assignments = st.builds(Assignment, names, st.lists(texts, max_size=2).map(tuple))
flat_steps = (
    undescribed(requests)
    | st.builds(Think, seconds | st.builds(Variable, names), seconds, origins, seconds, seconds)
    | st.builds(Label, words)
    | st.builds(Jump, tests, st.none() | words, origins)
    | st.builds(Leave, st.sampled_from(["pass", "loop", "iteration", "user", "test"]), origins, st.none() | tests)
    | st.builds(TakeRow, data, origins)
    | st.builds(Assign, st.lists(assignments, max_size=2).map(tuple), origins)
    | st.builds(Script, codes)
    | undescribed(sockets)
)
steps = st.recursive(
    flat_steps,
    lambda inner: (
        st.builds(Group, words, st.lists(inner, max_size=2).map(tuple), origins)
        | st.builds(Loop, st.lists(inner, max_size=2).map(tuple), counts, origins, st.none() | tests)
        | st.builds(
            Branch, tests, st.lists(inner, max_size=2).map(tuple), st.lists(inner, max_size=2).map(tuple), origins
        )
    ),
    max_leaves=4,
)
journeys = st.builds(Journey, words, st.lists(steps, max_size=3).map(tuple), origins, st.booleans())
measures = st.builds(Measure, words, words, st.sampled_from(["", "request", "tag", "counter"]))
goals = st.builds(
    lambda measure, low, range_, users, added: Goal(measure, low, low + range_, users, users + 1, added, added),
    measures,
    seconds,
    seconds,
    counts,
    counts.map(lambda count: count + 1),
)
loads = st.builds(
    Load,
    st.lists(st.builds(Phase, seconds, seconds, seconds), max_size=2).map(tuple),
    st.none() | counts,
    seconds,
    seconds,
    st.sampled_from(["users", "arrivals", "requests"]),
    st.sampled_from(["even", "poisson"]),
    st.none() | counts,
    seconds,
    st.none() | counts,
    seconds,
    st.sampled_from(["on", "off", "normal"]),
    shares,
    shares,
    st.none() | goals,
)
browsers = st.builds(
    BrowserProfile, words, shares, st.lists(st.builds(BrowserHeader, words, words), max_size=2).map(tuple), counts
)
networks = st.builds(NetworkProfile, words, shares, st.none() | seconds, st.none() | seconds, seconds)
populations = st.builds(
    Population,
    words,
    loads,
    st.lists(st.builds(Share, words, seconds), max_size=2).map(tuple),
    st.sampled_from(["users", "tests", "sequential", "pace"]),
    shares,
    st.none() | words,
    st.none() | words,
    st.booleans(),
    st.lists(browsers, max_size=2).map(tuple),
    st.lists(networks, max_size=2).map(tuple),
)
thresholds = st.builds(
    Threshold,
    words,
    st.sampled_from(["<", "<=", ">", ">="]),
    seconds,
    words,
    words,
    st.none() | measures,
    st.none() | seconds,
    st.booleans(),
    st.sampled_from(["", "request", "tag", "counter"]),
    st.none() | seconds,
    st.booleans(),
)
defaults = st.builds(
    Defaults, seconds, counts, st.sampled_from(["off", "iteration", "user"]), words, st.none() | words, counts
)
scenarios = st.builds(
    Scenario,
    name=words,
    dialect=st.just("loadmill"),
    journeys=st.lists(journeys, max_size=2).map(tuple),
    populations=st.lists(populations, max_size=2).map(tuple),
    origin=origins,
    data=st.lists(data, max_size=2).map(tuple),
    thresholds=st.lists(thresholds, max_size=2).map(tuple),
    defaults=defaults,
    max_failures=shares,
    warm_up_s=seconds,
    cool_down_s=st.none() | seconds,
    files=st.lists(st.builds(File, words, st.binary(max_size=8)), max_size=2).map(tuple),
)
"""Any scenario that the types allow, whether it makes sense or not."""
