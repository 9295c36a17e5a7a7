"""Timers: all in scope are added up to one pause before each sampler."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from penstock.importers.jmeter.expressions import assign, call, expression
from penstock.importers.jmeter.groups.table import numbers_of
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Expr, Origin, Step, Text, Think, Variable

_LONGEST_S = 86_400.0
_ALL_THREADS = ("1", "3")
_GROUP = ("2", "4")


def compile_timers(nodes: Sequence[Node], work: Work, origin: Origin, own_ms: Text | None = None) -> tuple[Step, ...]:
    """Return the pause before a sampler; `own_ms` are milliseconds of its own, as a Flow Control Action has."""
    fixed_ms, drawn = 0.0, []
    for node in nodes:
        make = _TIMERS.get(node.kind)
        if make is not None:
            drawn.append(make(node, work))
        elif node.kind == "SyncTimer":
            message = "a rendezvous of threads is not available: each goes on by itself"
            work.findings.warn("rendezvous", message, node.origin, effect="dropped")
        else:
            drawn.append(expression(work.parse(node, "ConstantTimer.delay", "0")))
    if own_ms is not None:
        drawn.append(expression(own_ms))
    varying = []
    for each in drawn:
        known = _constant(each)
        if known is None:
            varying.append(each)
        else:
            fixed_ms += known
    if not varying:
        seconds = fixed_ms / 1000
        return (Think(seconds, seconds, origin),) if seconds > 0 else ()
    pause = "#pause"
    sum_ms = call("sum", f"{fixed_ms:g}", *varying) if fixed_ms or len(varying) > 1 else call("sum", *varying)
    return (assign(pause, sum_ms, origin), Think(Variable(pause), 0.0, origin, most_s=_LONGEST_S))


def _constant(expr: Expr) -> float | None:
    value = getattr(expr, "value", None)
    if not isinstance(value, str):
        return None
    try:
        return max(0.0, float(value.strip() or "0"))
    except ValueError:
        return None


def _uniform(node: Node, work: Work) -> Expr:
    return call("uniform", *_two(node, work))


def _gaussian(node: Node, work: Work) -> Expr:
    return call("gaussian", *_two(node, work))


def _poisson(node: Node, work: Work) -> Expr:
    return call("poisson", *_two(node, work))


def _two(node: Node, work: Work) -> tuple[Expr, Expr]:
    return (
        expression(work.parse(node, "RandomTimer.range", "0")),
        expression(work.parse(node, "ConstantTimer.delay", "0")),
    )


def _constant_throughput(node: Node, work: Work) -> Expr:
    mode = node.text("calcMode", "0").strip()
    per_minute = expression(work.parse(node, "throughput", "0"))
    if mode in _ALL_THREADS or mode in _GROUP:
        return call("throughput", _place(node, work if mode in _GROUP else None), per_minute)
    return call("own_throughput", _place(node), per_minute)


def _precise_throughput(node: Node, work: Work) -> Expr:
    if node.text("batchSize", "1").strip() not in ("", "1"):
        message = "samples of a Precise Throughput Timer do not come in batches here"
        work.findings.warn("batches", message, node.origin.at("batchSize"))
    return call(
        "random_throughput",
        _place(node),
        expression(work.parse(node, "throughput", "100")),
        expression(work.parse(node, "throughputPeriod", "3600")),
    )


def _shaping(node: Node, work: Work) -> Expr:
    rows = numbers_of(node, "load_profile", ("start rps", "end rps", "duration"), work)
    if not rows:
        message = "the table of the Throughput Shaping Timer is empty, or only known during the run; it does nothing"
        work.findings.warn("no-profile", message, node.origin, effect="dropped")
    table = ";".join(",".join(f"{cell:g}" for cell in row) for row in rows)
    return call("shaped_throughput", _place(node), table)


def _place(node: Node, work: Work | None = None) -> str:
    """Return what tells this timer from others; where each thread group counts for itself, that of this group."""
    place = f"{node.origin}"
    return place if work is None else f"{work.group}: {place}"


_TIMERS: dict[str, Callable[[Node, Work], Expr]] = {
    "ConstantThroughputTimer": _constant_throughput,
    "GaussianRandomTimer": _gaussian,
    "PoissonRandomTimer": _poisson,
    "PreciseThroughputTimer": _precise_throughput,
    "UniformRandomTimer": _uniform,
    "VariableThroughputTimer": _shaping,
}
