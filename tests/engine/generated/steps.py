"""The steps of generated scenarios, in Loadmill's words."""

from __future__ import annotations

from hypothesis import strategies as st

from penstock.model import (
    AddCookies,
    Branch,
    Check,
    Condition,
    Cookie,
    Examine,
    Extract,
    Group,
    Header,
    JsonPathQuery,
    Jump,
    Label,
    Loop,
    Omitted,
    Script,
    SocketClose,
    SocketOpen,
    SocketSend,
    SocketWait,
    Step,
    TextQuery,
    Think,
    Variable,
)
from tests.engine.generated.requests import Site, cached, requests
from tests.engine.generated.values import (
    ORIGIN,
    START,
    Drawn,
    assigns,
    checks,
    constant,
    extracts,
    mostly,
    scripts,
    simple_texts,
    tests,
    texts,
    tuples,
)

thinks = mostly(
    st.builds(Think, st.sampled_from([0.0, 0.001]), st.sampled_from([0.0, 0.002]), st.just(ORIGIN)),
    st.builds(Think, st.just(Variable("a")), st.just(0.0), st.just(ORIGIN), st.just(0.0), st.just(0.5)),
)
jumps = st.builds(Jump, tests, mostly(st.just("end"), st.sampled_from([None, "nowhere"])), st.just(ORIGIN))
examines = st.builds(
    Examine,
    st.just("look"),
    st.just(ORIGIN),
    tuples(tuples(extracts, 0, 2), 0, 1),
    tuples(checks, 0, 2),
    mostly(st.none(), scripts),
)
cookies = st.builds(
    lambda name, domain, path: AddCookies((Cookie(name, "brought", domain, path),), ORIGIN),
    st.sampled_from(["sid", "own"]),
    st.sampled_from(["127.0.0.1", ".shop.test", "elsewhere.test"]),
    st.sampled_from(["/", "/ok"]),
)
sundry: Drawn[Step] = (
    thinks
    | assigns
    | examines
    | cookies
    | st.builds(Script, scripts, st.sampled_from(["", "compute"]))
    | st.just(Omitted("switched off", ORIGIN))
)


def talks(site: Site) -> Drawn[tuple[Step, ...]]:
    """Return the steps of conversations. A message is followed by a wait, so that nothing depends on who is faster."""
    address = site.origin.replace("http://", "ws://")
    name = mostly(st.just(constant("chat")), st.just(constant("nobody")))
    opens = st.builds(
        lambda manner, title, protocols, unless_open, header: SocketOpen(
            constant("chat"), constant(f"{address}/{manner}"), title, ORIGIN, header, protocols, None, unless_open
        ),
        mostly(
            st.sampled_from(["talk/echo", "talk/tell", "talk/tell", "talk/leave"]),
            st.sampled_from(["talk/silent", "ok", "status/500", "to/ok"]),
        ),
        st.sampled_from(["", "open"]),
        st.sampled_from([(), ("v1", "v2")]),
        st.booleans(),
        st.sampled_from([(), (Header("X-One", constant("1")),)]),
    )
    one = Extract("a", JsonPathQuery(constant("a")), ORIGIN)
    wanted = Check(Variable("a"), (Condition("equals", constant("1")),), "wanted", ORIGIN)
    waits = st.builds(
        lambda called, title, latest, extract, check: SocketWait(
            called, title, ORIGIN, 0.15, latest, ((extract,),) if extract else (), (wanted,) if check else ()
        ),
        name,
        st.sampled_from(["", "reply"]),
        st.integers(1, 3),
        st.sampled_from([None, one, Extract("c", TextQuery(constant("t")), ORIGIN)]),
        mostly(st.just(False), st.just(True)),
    )
    says = st.builds(
        lambda called, message, kind, wait: (SocketSend(called, message, ORIGIN, kind), wait),
        name,
        st.just(constant('{"a": "1"}')) | simple_texts | texts,
        st.sampled_from(["text", "binary"]),
        waits,
    )
    turns = tuples(says, 0, 2).map(lambda pairs: tuple(step for pair in pairs for step in pair))
    ends = st.sampled_from([(), (SocketClose(constant("chat"), ORIGIN),)])
    return st.builds(lambda opening, said, end: (*opening, *said, *end), tuples(opens, 0, 2), turns, ends)


def compound(steps: Drawn[Step]) -> Drawn[Step]:
    inside = tuples(steps, 0, 2)
    return (
        st.builds(Group, st.sampled_from(["g", "h"]), inside, st.just(ORIGIN))
        | st.builds(Loop, inside, st.integers(0, 2), st.just(ORIGIN), st.none() | tests)
        | st.builds(Branch, tests, inside, inside, st.just(ORIGIN))
    )


def journeys_steps(site: Site) -> Drawn[tuple[Step, ...]]:
    """Return all steps of a journey."""
    asked = mostly(requests(site), cached(site))
    inner: Drawn[Step] = st.recursive(asked | asked | sundry, compound, max_leaves=4)
    alone = (asked | inner | mostly(inner, jumps)).map(lambda step: (step,))
    pieces = tuples(mostly(alone, talks(site)), 1, 5).map(lambda groups: tuple(step for one in groups for step in one))
    return st.builds(lambda steps, last: (START, *steps, Label("end"), *last), pieces, tuples(asked, 0, 1))


def simple_steps(site: Site) -> Drawn[tuple[Step, ...]]:
    """Return the steps of what users do once."""
    return tuples(requests(site) | sundry, 1, 2)
