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
    beyond_noise: Annotated[
        bool,
        typer.Option("--beyond-noise", help="With --max-change: only what is more than the noise of the two runs."),
    ] = False,
) -> int:
    """Show each request of two runs beside each other, on stdout."""
    process: Process = context.obj
    allowed = None if max_change is None else _share(max_change)
    if beyond_noise and allowed is None:
        raise InvalidInput("--beyond-noise is about what --max-change judges; give that, too")
    from penstock.metrics import comparison
    from penstock.metrics.courses import Courses
    from penstock.metrics.noise import noise_of, spread_of
    from penstock.reporting import archive, comparison_text
    from penstock.reporting.text_cells import visible

    courses = Courses(), Courses()
    old, new = archive.read(before, courses[0].add), archive.read(after, courses[1].add)
    noise = noise_of(*map(spread_of, courses))
    process.stdout.write(comparison_text.render(old, new, noise, process.width).encode())
    process.stdout.flush()
    if allowed is None:
        return Exit.PASSED
    worse = comparison.regressions(old.summary, new.summary, allowed, noise if beyond_noise else None)
    if beyond_noise:
        for sentence in comparison.regressions(old.summary, new.summary, allowed, noise, "untold"):
            process.say(f"! not judged, too little was measured to tell it from noise: {visible(sentence)}")
    limit = f"{max_change} and than the noise of these runs" if beyond_noise else max_change
    if not worse:
        process.say(f"\nNothing is worse by more than {limit}.")
        return Exit.PASSED
    process.say(f"\nWorse by more than {limit}:")
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
