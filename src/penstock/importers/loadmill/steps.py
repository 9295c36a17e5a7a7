"""The row of requests: delays, conditions, jumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.importers.document import Node
from penstock.importers.loadmill.keys import report_step_keys
from penstock.importers.loadmill.loops import report_endless_loops
from penstock.importers.loadmill.reading import Members
from penstock.importers.loadmill.requests import Requests
from penstock.importers.loadmill.scripts import compile_script
from penstock.importers.loadmill.sockets import compile_socket, is_socket
from penstock.importers.loadmill.texts import Texts
from penstock.model import Expr, Jump, Label, Literal, Omitted, Origin, Script, Step, Test, Think, Variable

_DELAY_MS = 100.0
_LEAST_DELAY_MS = 50.0
_MOST_DELAY_MS = 300_000.0
_LEAST_WAIT_S = 0.05
_SKIP_KEYS = frozenset({"condition", "negate", "goTo"})
_UNAVAILABLE_TYPES = {
    "Playwright": "steps in a browser (Playwright)",
    "UiAgent": "steps of the UI agent",
    "MobileAgent": "steps of the mobile agent",
    "Grpc": "gRPC requests",
    "Kafka": "Kafka steps",
    "Database": "database steps",
    "Email": "e-mail steps",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One request as it is written; the authentication headers go with those of the flow itself."""

    node: Node
    is_own: bool = False


def compile_steps(rows: Sequence[Row], requests: Requests, texts: Texts) -> tuple[Step, ...]:
    """Return the steps of all rows, with labels to jump to."""
    read = [(row, texts.reader.members(row.node)) for row in rows]
    places: dict[str, int] = {}
    for index, (_, members) in enumerate(read):
        places.setdefault(texts.reader.text(members.get("description")) or "", index)
    steps: list[Step] = []
    for index, (row, members) in enumerate(read):
        steps.append(Label(_label(index)))
        if texts.reader.flag(members.get("disabled")):
            texts.findings.note("disabled", "the request is disabled and left out", row.node.origin)
            name = texts.reader.text(members.get("description")) or f"step {index + 1}"
            steps.append(Omitted(name.strip(), row.node.origin))
            continue
        report_step_keys(members, texts)
        steps += _conditions(members, index, places, texts)
        steps += _action(row, members, requests, texts)
    steps.append(Label(_label(len(read))))
    report_endless_loops(steps, texts.findings)
    return _without_unused_labels(steps)


def _label(index: int) -> str:
    return f"#{index + 1}"


def _without_unused_labels(steps: list[Step]) -> tuple[Step, ...]:
    used = {step.to for step in steps if isinstance(step, Jump)}
    return tuple(step for step in steps if not isinstance(step, Label) or step.name in used)


def _conditions(members: Members, index: int, places: dict[str, int], texts: Texts) -> list[Step]:
    """Return the test for skipping and then the one for stopping."""
    steps: list[Step] = []
    skip = members.get("skipBefore")
    parts = texts.reader.members(skip)
    for key in parts.keys() - _SKIP_KEYS:
        texts.findings.note("unknown-key", "the key is not known and has no effect", parts[key].origin)
    condition = parts.get("condition")
    if skip is not None and condition is not None and texts.reader.text(condition):
        target = _target(parts.get("goTo"), index, places, texts)
        subject = _condition(condition, texts)
        steps.append(Jump(Test(subject, negate=texts.reader.flag(parts.get("negate"))), target, skip.origin))
    elif parts and skip is not None:
        texts.findings.error("invalid-value", "skipBefore condition: Required", skip.origin)
    stop = members.get("stopBefore")
    if stop is not None and texts.reader.text(stop):
        steps.append(Jump(Test(_condition(stop, texts)), None, stop.origin))
    return steps


def _target(node: Node | None, index: int, places: dict[str, int], texts: Texts) -> str:
    description = texts.reader.text(node)
    if not description or node is None:
        return _label(index + 1)
    if description in places:
        return _label(places[description])
    message = f"no request has the description {description!r}; jumping there fails the iteration"
    texts.findings.warn("unknown-label", message, node.origin, effect="needs attention")
    return f"{description!r}" if description.startswith("#") else description


def _condition(node: Node, texts: Texts) -> Expr:
    source = texts.reader.text(node) or ""
    expr = texts.name(source, node.origin)
    if expr is not None:
        return expr
    message = f"{source!r} is neither the name of a parameter nor one expression, so it is never true"
    texts.findings.warn("invalid-condition", message, node.origin, effect="needs attention")
    return Literal("")


def _action(row: Row, members: Members, requests: Requests, texts: Texts) -> list[Step]:
    node = row.node
    kind = texts.reader.text(members.get("type")) or "Request"
    if kind == "Wait":
        return _wait(members, node.origin, texts)
    if kind == "Code":
        script = compile_script(members.get("postScript"), texts)
        name = (texts.reader.text(members.get("description")) or "").strip()
        return [Script(script, name)] if script is not None else []
    if kind == "ExtractAndAssert":
        return [requests.examine(members, node.origin)]
    if is_socket(members, texts):
        delay = _delay(members.get("delay"), node.origin, texts)
        return [delay, *compile_socket(members, node.origin, requests, texts)]
    if kind != "Request":
        what = _UNAVAILABLE_TYPES.get(kind, f"steps of the type {kind!r}")
        advice = "switch the step off, or take it out"
        texts.findings.error("not-available", f"{what} are not run", members["type"].origin, advice)
        return []
    return [
        _delay(members.get("delay"), node.origin, texts),
        requests.compile(members, node.origin, is_own=row.is_own),
    ]


def _delay(node: Node | None, request: Origin, texts: Texts) -> Think:
    """Return the pause before a request: milliseconds, or a parameter that holds them; absent and 0 mean 100."""
    least_s, most_s = _LEAST_DELAY_MS / 1000, _MOST_DELAY_MS / 1000
    origin = request if node is None else node.origin
    if node is not None and isinstance(node.value, str) and node.value and not node.value.strip()[:1].isdigit():
        expr = texts.name(node.value.strip(), node.origin)
        if isinstance(expr, Variable):
            return Think(expr, least_s, origin, least_s, most_s)
        texts.findings.error("invalid-value", f"{node.value!r}: a delay is a number or a parameter", node.origin)
    elif node is not None:
        given = texts.reader.number(node)
        milliseconds = round(given or 0)
        if milliseconds:
            seconds = max(milliseconds, _LEAST_DELAY_MS) / 1000
            if milliseconds < _LEAST_DELAY_MS:
                message = "a delay below 50 ms is 50 ms, as it is for the vendor"
                texts.findings.note("vendor-limit", message, node.origin, effect="approximated")
            texts.reader.limit(node, milliseconds, 0, _MOST_DELAY_MS)
            return Think(seconds, seconds, origin, least_s, max(most_s, seconds))
    return Think(_DELAY_MS / 1000, _DELAY_MS / 1000, origin, least_s, most_s)


def _wait(members: Members, origin: Origin, texts: Texts) -> list[Step]:
    """Return a pause of its own: seconds, or a parameter that holds them."""
    node = members.get("wait")
    if node is not None and isinstance(node.value, str) and node.value and not node.value.strip()[:1].isdigit():
        expr = texts.name(node.value.strip(), node.origin)
        if isinstance(expr, Variable):
            return [Think(expr, _LEAST_WAIT_S, origin, _LEAST_WAIT_S, _MOST_DELAY_MS / 1000, unit_s=1.0)]
        texts.findings.error("invalid-value", f"{node.value!r}: a wait is a number or a parameter", node.origin)
        return []
    seconds = texts.reader.number(node) or 1.0
    texts.reader.limit(node, seconds, _LEAST_WAIT_S, _MOST_DELAY_MS / 1000)
    return [Think(seconds, seconds, origin)]
