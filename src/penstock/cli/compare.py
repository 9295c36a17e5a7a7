"""`penstock compare BEFORE AFTER`: what changed between two runs that were kept as archives of results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.exits import Exit
from penstock.cli.process import Process
from penstock.errors import InvalidInput


def compare(
    context: typer.Context,
    before: Annotated[Path, typer.Argument(help="The archive of the run before: of run --archive or cloud-run.")],
    after: Annotated[Path, typer.Argument(help="The archive of the run after.")],
    *,
    max_change: Annotated[
        str | None,
        typer.Option(
            "--max-change",
            help="Exit with 99 where the p95 of a request rose by more than this share, or its failures by as many "
            "points.",
            metavar="PERCENT",
        ),
    ] = None,
) -> int:
    """Show each request of two runs beside each other, on stdout."""
    process: Process = context.obj
    allowed = None if max_change is None else _share(max_change)
    from penstock.metrics import comparison
    from penstock.reporting import archive, comparison_text
    from penstock.reporting.text_cells import visible

    old, new = archive.read(before), archive.read(after)
    process.stdout.write(comparison_text.render(old, new, process.width).encode())
    process.stdout.flush()
    if allowed is None:
        return Exit.PASSED
    worse = comparison.regressions(old.summary, new.summary, allowed)
    if not worse:
        process.say(f"\nNothing is worse by more than {max_change}.")
        return Exit.PASSED
    process.say(f"\nWorse by more than {max_change}:")
    for sentence in worse:
        process.say(f"  ✗ {visible(sentence)}")
    return Exit.MISSED


def _share(text: str) -> float:
    """Read `10%`.

    Raises:
        InvalidInput: It is no percentage, or negative.
    """
    number = text.strip().removesuffix("%").strip()
    try:
        share = float(number) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share < float("inf"):
        raise InvalidInput(f"--max-change {text}: must be a percentage like 10%")
    return share
