"""Options that mean nothing for the kind of test that is given: they are refused, not passed over in silence."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from penstock.cli import sections
from penstock.errors import InvalidInput

if TYPE_CHECKING:
    from penstock.importers.base import Imported

_ALLOWING = {"skip_unsupported", "ignore_plugins", "as_load", "journey"}
"""These only allow what other kinds do anyway, so that one command line may be used for files of several kinds."""


_IN_A_SENTENCE = {
    sections.SUITES: "suites and flows of Loadmill",
    sections.PYTHON: "users in Python",
    sections.VISUAL_STUDIO: "tests of Visual Studio",
}


def fit_flow(context: typer.Context, file: Path) -> None:
    """Raise `InvalidInput` for options that say nothing to a flow.py."""
    _refuse(context, (sections.SUITES, sections.VISUAL_STUDIO), f"{file} is written in Python")


def fit_imported(context: typer.Context, file: Path, imported: Imported) -> None:
    """Raise `InvalidInput` for options that say nothing to the test that was imported."""
    _refuse(context, (sections.PYTHON,), f"{file} is no flow.py")
    read = imported.scenario or imported.suite
    if read is not None and read.dialect != "visualstudio":
        _refuse(context, (sections.VISUAL_STUDIO,), f"{file} is none")


def _refuse(context: typer.Context, headings: Collection[str], why: str) -> None:
    for heading in headings:
        wrong = [
            one.opts[0]
            for one in context.command.params
            if getattr(one, "rich_help_panel", None) == heading
            and one.name not in _ALLOWING
            and is_given(context, str(one.name))
        ]
        if wrong:
            raise InvalidInput(f"{', '.join(wrong)}: for {_IN_A_SENTENCE[heading]} only, and {why}")


def is_given(context: typer.Context, name: str) -> bool:
    """Whether an option, by its name in Python, stands on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
