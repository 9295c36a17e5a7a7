"""Texts, values, extracts and checks of generated scenarios, in Loadmill's words."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from penstock.model import (
    Assign,
    Assignment,
    Call,
    Check,
    Code,
    Condition,
    CssQuery,
    Expr,
    Extract,
    HeaderQuery,
    Hole,
    JsonPathQuery,
    Literal,
    Operation,
    Origin,
    RegexQuery,
    Test,
    Text,
    TextQuery,
    Variable,
)

ORIGIN = Origin("generated")
constant = Text.constant
START = Assign((Assignment("a", (constant("1"),)), Assignment("b", (constant("x"),))), ORIGIN)

Drawn = st.SearchStrategy
Value = TypeVar("Value")


def mostly(usual: Drawn[Value], seldom: Drawn[Value]) -> Drawn[Value]:
    """Return a strategy that gives what is usual seven times of eight: what fails ends an iteration."""
    return st.integers(0, 7).flatmap(lambda place: seldom if place == 7 else usual)


def tuples(of: Drawn[Value], least: int, most: int) -> Drawn[tuple[Value, ...]]:
    return st.lists(of, min_size=least, max_size=most).map(tuple)


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
simple_texts = st.just(constant("t")) | st.builds(lambda of: Text((Hole(of, "${a}"),)), variables)

queries = (
    st.builds(TextQuery, texts)
    | st.sampled_from(["X-A", "location", "set-cookie", "x-none"]).map(lambda name: HeaderQuery(constant(name)))
    | mostly(
        st.just(RegexQuery(constant('"a": "(.)"'))),
        st.sampled_from(["a", "$.list[0].id", "list[1].id", "none", "nowhere", "n"]).map(
            lambda path: JsonPathQuery(constant(path))
        ),
    )
    | st.just(CssQuery(constant("h1.big")))
)
extracts = st.builds(Extract, st.sampled_from(["a", "b", "c"]), queries, st.just(ORIGIN))
conditions = st.just(Condition("is_true")) | st.builds(
    Condition,
    st.sampled_from(["equals", "not_equals", "contains", "matches", "greater"]),
    st.sampled_from(["1", "7", "200", "", "x"]).map(constant),
)
some_checks = st.builds(
    lambda subject, conditions, label, enforced: Check(subject, conditions, label, ORIGIN, enforced),
    mostly(variables, st.sampled_from([Variable("__status"), Variable("__eq")])),
    tuples(conditions, 1, 2),
    st.sampled_from(["first", "second"]),
    mostly(st.just(True), st.just(False)),
)
easy_checks = st.sampled_from(["first", "answers"]).map(
    lambda label: Check(Variable("__status"), (Condition("is_true"),), label, ORIGIN)
)
checks = mostly(easy_checks, some_checks)
tests = st.builds(Test, values, st.booleans())
assigns = tuples(
    st.builds(lambda name, text: Assignment(name, (text,)), st.sampled_from(["a", "b", "c"]), texts), 0, 2
).map(lambda assignments: Assign(assignments, ORIGIN))
scripts = mostly(
    st.sampled_from(["const c = String(a) + '!'", "const c = __.upper(b); const a = '2'", "1"]),
    st.just("throw new Error('no')"),
).map(lambda source: Code("javascript", source, ORIGIN))
