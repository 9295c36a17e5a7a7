"""The way through what stands below a thread group: each element becomes steps, in the order of the plan."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Literal

from penstock.importers.jmeter import tables
from penstock.importers.jmeter.expressions import assign, call
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.scopes import AT_EACH_PASS, Scope
from penstock.importers.jmeter.variables import compile_counter, compile_random
from penstock.importers.jmeter.work import Work
from penstock.model import Branch, CsvData, Leave, Step, Test, Variable

Compile = Callable[["Walk", Node, Scope], tuple[Step, ...]]
"""Gives the steps of one element; the scope is that of the level on which it stands."""

Take = Callable[[Node, list[tuple[Step, ...]]], tuple[Step, ...]]
"""Makes the steps of a controller out of those of each of its children."""

OnError = Literal["iteration", "user", "test"] | None
"""What a failed sample leaves; None: nothing."""

LAST_OK = "JMeterThread.last_sample_ok"

_DEEPEST = 60


class Walk:
    """Compiles what one thread group does.

    `kinds` are the ways to compile each kind of element, `samplers` those whose children belong to them alone. `data`
    are the rows that the journey takes at each iteration. `loops` are those around what is being compiled, innermost
    last, each with the names of what happens once in it. `inside_of` are the elements that are being compiled, for
    modules that lead into themselves; `is_in_parent` tells that one of them is a transaction that stands for all of its
    samples.
    """

    def __init__(
        self, work: Work, kinds: Mapping[str, Compile], samplers: Container[str], on_error: OnError, order: int = 0
    ) -> None:
        self.work = work
        self.kinds = kinds
        self.samplers = samplers
        self.data: list[CsvData] = []
        self.loops: list[list[str]] = []
        self.inside_of: list[Node] = []
        self.is_in_parent = False
        self._on_error = on_error
        self._order = order

    def inside(self, node: Node, scope: Scope, also: Sequence[Node] = ()) -> tuple[Step, ...]:
        """Return one pass through a controller; `also` are elements that hold as if they stood behind its own."""
        first, each = self.children(node, scope, also)
        return (*first, *(step for steps in each for step in steps))

    def children(
        self, node: Node, scope: Scope, also: Sequence[Node] = (), apart: Container[str] = (), take: Take | None = None
    ) -> tuple[tuple[Step, ...], list[tuple[Step, ...]]]:
        """Return what each pass through a controller begins with, and the steps of each child that has some.

        Of children of the kinds `apart`, `take` makes the steps out of those of their own children.
        """
        level = [*node.enabled(), *also]
        inner = scope.entered(level)
        self.inside_of.append(node)
        first = tuple(step for each in level for step in self._at_each_pass(each))
        steps = [
            self._apart(each, inner, apart, take) if take and each.kind in apart else self.steps(each, inner)
            for each in level
        ]
        self.inside_of.pop()
        return first, [each for each in steps if each]

    def _apart(self, node: Node, scope: Scope, apart: Container[str], take: Take) -> tuple[Step, ...]:
        first, children = self.children(node, scope, (), apart, take)
        return (*first, *take(node, children))

    def named_children(self, node: Node) -> list[Node]:
        """Return the children of a controller that do something, as `children` has them."""
        return [each for each in node.enabled() if each.kind in self.kinds]

    def steps(self, node: Node, scope: Scope) -> tuple[Step, ...]:
        """Return what one element does; none for one that only holds for others."""
        compile_kind = self.kinds.get(node.kind)
        if compile_kind is None:
            return ()
        if len(self.inside_of) > _DEEPEST:
            self.work.findings.error("too-deep", f"controllers are nested more than {_DEEPEST} deep", node.origin)
            return ()
        return compile_kind(self, node, scope)

    def sampled(self, node: Node, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """Return the steps of a sampler with what follows a failed one."""
        if self._on_error is None:
            return steps
        failed = Test(call("is", Variable(LAST_OK), "false"))
        if self._on_error == "test":
            return (*steps, Branch(failed, self.stop(node), (), node.origin))
        return (*steps, Leave(self._on_error, node.origin, failed))

    def stop(self, node: Node) -> tuple[Step, ...]:
        """Return the steps that end the test, which thread groups that wait are told of."""
        return (assign("#stop", call("stop", str(self._order)), node.origin), Leave("test", node.origin))

    def _at_each_pass(self, node: Node) -> tuple[Step, ...]:
        work = self.work
        if node.kind not in AT_EACH_PASS:
            if node.kind not in self.samplers:
                return ()
            return tuple(step for each in node.enabled() for step in self._at_each_pass(each))
        if node.kind == "CounterConfig":
            return compile_counter(node, work)
        if node.kind == "RandomVariableConfig":
            return compile_random(node, work)
        table = tables.compile_table(node, work.files, work.entry, work.texts, work.findings)
        self.data += table.data
        return table.steps
