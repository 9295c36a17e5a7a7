"""The command line. Each command lives in a file of its own; here they are named and their errors become exits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated

import typer

from penstock import __version__
from penstock.cli.exits import Exit
from penstock.cli.process import Process
from penstock.cli.sections import Sections
from penstock.cli.streams import STDOUT_NAME
from penstock.errors import EngineFailed, NotBegun, PenstockError

COMMANDS = {
    "run": "Run a test on this machine and report.",
    "check": "Say whether a test can run here, and what differs.",
    "trial": "Do one iteration of a test and record it whole.",
    "convert": "Write a test as a scenario or as users in Python.",
    "control": "Change, pause or stop a run on this machine.",
    "report": "Make reports from the archive of a run.",
    "compare": "Say what changed between two runs.",
    "counters": "Read counters of the server under test once.",
    "target": "Serve a sample shop to try tests on.",
    "serve": "Keep tests and results for a team, and run them.",
    "cloud-run": "Run a load test on a server and fetch its results.",
}
"""Each is the function of that name (with `_` for `-`) in the module of that name beside this one; its line in the list
of all commands."""

_WIDE = {"max_content_width": 100}
"""The help takes more of a wide terminal than 80 columns, and no more than can be read."""

GROUPS = ("applications", "labels", "plans", "runs", "suites", "team", "tokens")
"""Each is the group of commands of that name in the module of that name in `server`."""


def build(asked: str | None = None) -> typer.Typer:
    """Return the command with the sub-command that is asked for, or with all of them.

    What the others import would delay the one that was asked for.
    """
    app = typer.Typer(
        name="penstock",
        help="Load testing and API testing that runs the tests you already have.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=_WIDE,
    )
    names = (asked,) if asked in (*COMMANDS, *GROUPS) else (*COMMANDS, *GROUPS)
    for name in names:
        if name in GROUPS:
            app.add_typer(getattr(import_module(f"penstock.cli.server.{name}"), name), name=name)
        else:
            app.command(name, cls=Sections, short_help=COMMANDS[name], context_settings=_WIDE)(_command(name))

    @app.callback(invoke_without_command=True)
    def penstock(
        context: typer.Context,
        *,
        version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    ) -> None:
        if version:
            typer.echo(f"penstock {__version__}")
            raise typer.Exit
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())
            raise typer.Exit(Exit.USAGE)

    return app


def _command(name: str) -> Callable[..., int]:
    word = name.replace("-", "_")
    command: Callable[..., int] = getattr(import_module(f"penstock.cli.{word}"), word)
    return command


def main(arguments: Sequence[str], process: Process) -> int:
    """Run one command line and return its exit code; no error leaves as a traceback."""
    try:
        app = build(arguments[0] if arguments else None)
        result = app(args=list(arguments), prog_name="penstock", standalone_mode=False, obj=process)
    except typer.Abort:
        return Exit.INTERRUPTED
    except typer.Exit as exit_:
        return exit_.exit_code
    except KeyboardInterrupt:
        process.say("interrupted")
        return Exit.INTERRUPTED
    except NotBegun:
        process.say("interrupted before the load had begun")
        return Exit.INTERRUPTED
    except EngineFailed as error:
        process.say(f"error: {error}")
        return Exit.GENERATOR_FAILED
    except PenstockError as error:
        process.say(f"error: {error}")
        return Exit.INVALID_INPUT
    except OSError as error:
        if error.filename != STDOUT_NAME:
            raise
        if not isinstance(error.__cause__, BrokenPipeError):  # who reads only the beginning knows that there is more
            process.say(f"error: stdout: {error.strerror}")
        return Exit.OUTPUT_FAILED
    except Exception as error:
        if hasattr(error, "format_message"):  # a usage error of the argument parser
            context = getattr(error, "ctx", None)
            command = context.command_path if context is not None else "penstock"
            process.say(f"error: {error.format_message()}\nTry '{command} --help'.")
            return Exit.USAGE
        raise
    return int(result or 0)
