"""What the compilers of all step families need while one journey is compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from penstock.errors import NotRunnable
from penstock.model import Code, CsvData, Expr, Origin, Proxy, Step, Test, Text
from penstock.program.iteration import Step as CompiledStep
from penstock.program.iteration import StepFailed
from penstock.program.javascript import Program
from penstock.program.plugins import Plugins
from penstock.program.tracing import Trace
from penstock.program.values import Dialect, EvaluationFailed, Variables

CompileStep = Callable[[Step, "Context"], "list[CompiledStep]"]


@dataclass(slots=True)
class Context:
    """The dialect, the random numbers of this process, and what is counted on the way through the steps.

    `names` are the variables that any expression of the scenario reads. `labels` are positions in the journey's
    own list. `files` are those that requests upload. Requests are numbered as they stand; `thinks` holds, for each
    think, how many requests stand before it and its nominal seconds. With a `trace`, what is compiled tells it what it
    does; `place` is that of the step in the journey's own list. `keeps_responses` is for steps that look back. `proxy`
    is that of all requests, if it must be computed for each. `journeys` are the names of all that the scenario has.
    `rows` compiles what takes the next row of data.
    """

    dialect: Dialect
    random: Random
    names: frozenset[str]
    no_think: bool
    programs: Mapping[Code, Program] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    proxy: Proxy | None = None
    labels: dict[str, int] = field(default_factory=dict)
    thinks: list[tuple[int, float]] = field(default_factory=list)
    requests: int = 0
    trace: Trace | None = None
    place: int = 0
    keeps_responses: bool = False
    goes_on: bool = False
    advance: Callable[[Variables], None] | None = None
    plugins: Plugins | None = None
    rows: Callable[[CsvData], Callable[[Variables], None]] | None = None
    journeys: tuple[str, ...] = ()

    def number_request(self) -> int:
        """Return the number of the next request."""
        self.requests += 1
        return self.requests - 1

    def pauses_s(self) -> tuple[float, ...]:
        """Return, for each request, the nominal seconds of the thinks behind it."""
        behind = [0.0] * (max(self.requests, 1) + 1)
        for place, seconds in self.thinks:
            behind[place] += seconds
        return tuple(reversed(list(accumulate(reversed(behind[1:])))))

    def text(self, text: Text, what: str) -> str | Callable[[Variables], str]:
        """Return the text if it is constant, else what computes it.

        It raises `StepFailed` with `Failed to <what> - <detail>` when it cannot.
        """
        if not text.holes:
            return text.source
        compute = self.dialect.text(text)

        def fill(variables: Variables) -> str:
            try:
                return compute(variables)
            except EvaluationFailed as error:
                raise failed(what, error) from None

        return fill

    def test(self, test: Test, what: str) -> Callable[[Variables], bool]:
        """Return what tells whether a test holds; it raises `StepFailed` when that cannot be computed."""
        truth = self.dialect.truth(test.subject)
        negate = test.negate

        def holds(variables: Variables) -> bool:
            try:
                return truth(variables) is not negate
            except EvaluationFailed as error:
                raise failed(what, error) from None

        return holds

    def number(self, expr: Expr, what: str) -> Callable[[Variables], float | None]:
        """Return what reads a number; it raises `StepFailed` when the expression cannot be computed."""
        number = self.dialect.number(expr)

        def read(variables: Variables) -> float | None:
            try:
                return number(variables)
            except EvaluationFailed as error:
                raise failed(what, error) from None

        return read


def failed(what: str, error: EvaluationFailed) -> StepFailed:
    """Return the failure of a step whose expression cannot be computed."""
    detail = str(error)
    return StepFailed(f"Failed to {what} - {detail}" if detail else f"Failed to {what}")


def refuse(origin: Origin, what: str) -> NotRunnable:
    """Return the refusal of a step that cannot be executed."""
    return NotRunnable(f"{origin}: {what}")
