"""Controllers as steps: what stands below them, in the order and as often as they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from penstock.importers.jmeter import http, loops, tables, timers
from penstock.importers.jmeter.conditions import if_test
from penstock.importers.jmeter.http import compile_request, shown_name
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.scopes import AT_EACH_PASS, Scope
from penstock.importers.jmeter.work import Work
from penstock.model import Branch, CsvData, Group, Step

Compile = Callable[["Controllers", Node, Scope], tuple[Step, ...]]

PLAIN = frozenset({"GenericController", "RecordingController", "TestFragmentController"})


class Controllers:
    """Compiles what one thread group does. `data` are the rows that its journey takes at each iteration."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.data: list[CsvData] = []

    def inside(self, node: Node, scope: Scope, also: Sequence[Node] = ()) -> tuple[Step, ...]:
        """Return one pass through a controller; `also` are elements that hold as if they stood behind its own."""
        level = [*node.enabled(), *also]
        inner = scope.entered(level)
        first = [step for each in level for step in self._at_each_pass(each)]
        return (*first, *(step for each in level for step in self.steps(each, inner)))

    def steps(self, node: Node, scope: Scope) -> tuple[Step, ...]:
        """Return what one element does; none for one that only holds for others."""
        compile_kind = _KINDS.get(node.kind)
        if compile_kind is not None:
            return compile_kind(self, node, scope)
        return ()

    def _at_each_pass(self, node: Node) -> tuple[Step, ...]:
        if node.kind not in AT_EACH_PASS:
            return (
                tuple(step for each in node.enabled() for step in self._at_each_pass(each)) if _is_sampler(node) else ()
            )
        if node.kind == "CSVDataSet":
            table = tables.compile_table(node, self.work.files, self.work.entry, self.work.texts, self.work.findings)
            self.data += table.data
            return table.steps
        return ()


def _is_sampler(node: Node) -> bool:
    return node.kind in http.SAMPLERS


def _plain(controllers: Controllers, node: Node, scope: Scope) -> tuple[Step, ...]:
    return controllers.inside(node, scope)


def _transaction(controllers: Controllers, node: Node, scope: Scope) -> tuple[Step, ...]:
    return (Group(shown_name(node, controllers.work), controllers.inside(node, scope), node.origin),)


def _if(controllers: Controllers, node: Node, scope: Scope) -> tuple[Step, ...]:
    test = if_test(node, controllers.work.texts, controllers.work.findings)
    body = controllers.inside(node, scope)
    return () if test is None else (Branch(test, body, (), node.origin),)


def _loop(controllers: Controllers, node: Node, scope: Scope) -> tuple[Step, ...]:
    return loops.compile_loop(node, controllers.inside(node, scope), controllers.work)


def _while(controllers: Controllers, node: Node, scope: Scope) -> tuple[Step, ...]:
    return loops.compile_while(node, controllers.inside(node, scope), controllers.work)


def _http(controllers: Controllers, node: Node, scope: Scope) -> tuple[Step, ...]:
    inner = scope.entered(node.enabled())
    pauses = timers.compile_timers(inner.timers, controllers.work)
    return (*pauses, compile_request(node, inner, controllers.work))


_KINDS: dict[str, Compile] = {
    **dict.fromkeys(PLAIN, _plain),
    **dict.fromkeys(http.SAMPLERS, _http),
    "IfController": _if,
    "LoopController": _loop,
    "TransactionController": _transaction,
    "WhileController": _while,
}
