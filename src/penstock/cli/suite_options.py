"""The options that are for suites, and when a file is done once rather than as a load.

What runs a suite is only imported when there is one: a load should start at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from penstock.cli import findings as finding_lines
from penstock.cli import sections
from penstock.cli.exits import Exit
from penstock.cli.outputs import Outputs
from penstock.cli.process import Process
from penstock.errors import InvalidInput
from penstock.services.changes import Changes

if TYPE_CHECKING:
    from penstock.importers.base import Imported

Flows = Annotated[
    list[str] | None, sections.suites("--flow", help="A flow of the suite, by name or id. Repeatable.", metavar="NAME")
]
Labels = Annotated[str | None, sections.suites("--labels", help="Only flows with one of these labels.", metavar="A,B")]
LabelsExpression = Annotated[
    str | None,
    sections.suites("--labels-expression", help="Only flows whose labels satisfy it: '(a | b) & !c'.", metavar="TEXT"),
]
OnlyReady = Annotated[bool, sections.suites("--ci", help="Only flows that are switched on for builds.")]
Retries = Annotated[
    int | None, sections.suites("--retry", help="Repeat failed flows of a suite so often.", metavar="N", min=0, max=20)
]
Parallel = Annotated[
    int, sections.suites("--parallel", help="Flows of a suite at a time, where they may.", metavar="N", min=1, max=16)
]
AsLoad = Annotated[bool, sections.suites("--as-load", help="Run a flow as a load test.")]
Once = Annotated[bool, sections.suites("--once", help="Do a configuration once, as an API test.")]
Description = Annotated[
    str, sections.suites("--description", help="Added to the description of the run of a suite.", metavar="TEXT")
]


@dataclass(frozen=True, slots=True)
class SuiteWishes:
    """What the command line says of a suite."""

    flows: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    labels_expression: str = ""
    only_ready: bool = False
    retries: int | None = None
    parallel: int = 1
    description: str = ""
    is_once: bool = False
    is_load: bool = False

    def runs_once(self, imported: Imported) -> bool:
        """Whether the file is done once: it is an API test first of all, and no load is asked for."""
        if imported.suite is None:
            return False
        return self.is_once or (imported.runs_once and not self.is_load)

    def as_load(self, imported: Imported) -> Imported:
        """Return what was imported as a load.

        Raises `InvalidInput` when it is not said of which flow, and for what only a suite can be told.
        """
        given = {
            "--labels": self.labels,
            "--labels-expression": self.labels_expression,
            "--ci": self.only_ready,
            "--retry": self.retries is not None,
            "--parallel": self.parallel > 1,
            "--description": self.description,
            "--flow": self.flows and imported.suite is None,
            "--once": self.is_once,
        }
        wrong = [option for option, is_given in given.items() if is_given]
        if wrong:
            raise InvalidInput(f"{', '.join(wrong)}: only for suites that run flow by flow, and this runs as a load")
        from penstock.services.suite_preparation import as_load

        return as_load(imported, self.flows)


def may_be_suite(path: Path) -> bool:
    """Whether a file is looked at as one that may hold flows."""
    return path.suffix != ".py" and path.exists()


def run_once(
    imported: Imported,
    path: Path,
    changes: Changes,
    wishes: SuiteWishes,
    outputs: Outputs,
    process: Process,
    *,
    no_think: bool,
    quiet: bool,
) -> int:
    """Run the suite and return the exit code; one with errors that concern all of it is not run."""
    from penstock.cli.suites import conduct
    from penstock.services.selection import Selection
    from penstock.services.suite_preparation import prepare_suite

    if imported.is_blocked:
        process.say(f"error: {path} cannot be run as it is ({finding_lines.counts(imported.findings)})")
        return Exit.INVALID_INPUT
    request = prepare_suite(
        imported,
        path,
        changes,
        selection=Selection(wishes.flows, wishes.labels, wishes.labels_expression, wishes.only_ready),
        retries=wishes.retries,
        parallel=wishes.parallel,
        no_think=no_think,
        description=wishes.description,
        arguments=process.argv[1:],
    )
    return conduct(request, outputs, process, quiet=quiet)
