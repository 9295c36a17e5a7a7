"""Short words for the steps and expressions that the importer makes itself."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.model import Assign, Assignment, Branch, Call, Expr, Hole, Literal, Origin, Step, Test, Text, Variable


def call(function: str, *arguments: Expr | str) -> Call:
    """Return a function of our own of the dialect (`program.values.jmeter.steps`), applied."""
    return Call(f"#{function}", tuple(Literal(each) if isinstance(each, str) else each for each in arguments))


def computed(expr: Expr) -> Text:
    """Return the text that is the value of an expression."""
    return Text((Hole(expr, ""),))


def assign(name: str, value: Text | Expr, origin: Origin) -> Assign:
    """Return the step that sets one variable."""
    return assigns({name: value}, origin)


def assigns(values: dict[str, Text | Expr], origin: Origin) -> Assign:
    """Return the step that sets variables, all from the values as they were before."""
    return Assign(
        tuple(
            Assignment(name, (value if isinstance(value, Text) else computed(value),)) for name, value in values.items()
        ),
        origin,
    )


def expression(text: Text) -> Expr:
    """Return a text as one expression."""
    if not text.holes:
        return Literal(text.source)
    if len(text.parts) == 1:
        return text.holes[0].expr
    return call("join", *(part if isinstance(part, str) else part.expr for part in text.parts))


def one_of(chosen: str, choices: Sequence[tuple[Step, ...]], origin: Origin) -> tuple[Step, ...]:
    """Return the steps whose number a variable holds."""
    return tuple(
        Branch(Test(call("is", Variable(chosen), str(number))), steps, (), origin)
        for number, steps in enumerate(choices)
        if steps
    )


def until_done(name: str, steps: tuple[Step, ...], origin: Origin) -> tuple[Step, ...]:
    """Return steps that a user does until they have been done to the end once; the variable keeps that they were."""
    if not steps:
        return ()
    done = Test(call("is", Variable(name), "done"), negate=True)
    return (Branch(done, (*steps, assign(name, Literal("done"), origin)), (), origin),)
