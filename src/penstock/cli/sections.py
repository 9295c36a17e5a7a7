"""Headings in the help of a command: its options are listed under what they are about.

An option says its heading as `rich_help_panel`; one that says none stands under *Options*, at the end.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter  # the parser that comes with it

LOAD = "Load"
PACE = "Pace and users"
VERDICT = "Verdict"
DATA = "Parameters and data"
TARGETS = "Where requests go"
CONNECTIONS = "Connections and protocols"
RESULTS = "Results"
SUITES = "Suites and flows"
PYTHON = "Users in Python (flow.py)"
VISUAL_STUDIO = "Visual Studio tests"
SERVER = "Server"

_WIDEST = 30
"""Columns beyond which an option stands on a line of its own: the parser's own limit."""

load = partial(typer.Option, rich_help_panel=LOAD)
pace = partial(typer.Option, rich_help_panel=PACE)
verdict = partial(typer.Option, rich_help_panel=VERDICT)
data = partial(typer.Option, rich_help_panel=DATA)
targets = partial(typer.Option, rich_help_panel=TARGETS)
connections = partial(typer.Option, rich_help_panel=CONNECTIONS)
results = partial(typer.Option, rich_help_panel=RESULTS)
suites = partial(typer.Option, rich_help_panel=SUITES)
python = partial(typer.Option, rich_help_panel=PYTHON)
visual_studio = partial(typer.Option, rich_help_panel=VISUAL_STUDIO)
server = partial(typer.Option, rich_help_panel=SERVER)


class Sections(TyperCommand):
    """A command whose help has a heading for each kind of option, in the order in which the command takes them."""

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the arguments, then the options heading by heading, all in one column."""
        found: dict[str, list[tuple[str, str]]] = {"Arguments": []}
        rest: list[tuple[str, str]] = []
        for one in self.get_params(ctx):
            record = one.get_help_record(ctx)
            if record is None:
                continue
            if one.param_type_name == "argument":
                found["Arguments"].append(record)
            elif (heading := getattr(one, "rich_help_panel", None)) is None:
                rest.append(record)
            else:
                found.setdefault(heading, []).append(record)
        found["Options"] = rest
        options = [name for heading, rows in found.items() if heading != "Arguments" for name, _ in rows]
        width = min(_WIDEST, max(map(len, options), default=0))
        for heading, rows in found.items():
            if not rows:
                continue
            least = 0 if heading == "Arguments" else width
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(least), text) for name, text in rows])
