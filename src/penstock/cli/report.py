"""`penstock report FILE`: the reports of a run that was kept as an archive of results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.exits import Exit
from penstock.cli.options import Csv, Json, Junit, Parquet
from penstock.cli.outputs import Outputs
from penstock.cli.process import Process
from penstock.errors import InvalidInput


def report(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="An archive of results: of run --archive, cloud-run, or a server.")],
    *,
    html: Annotated[
        str | None,
        typer.Option(
            "--html",
            help="Write the report as one HTML file; beside FILE if no other report is asked for.",
            metavar="FILE",
        ),
    ] = None,
    json: Json = None,
    junit: Junit = None,
    csv: Csv = None,
    parquet: Parquet = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary; only errors.")] = False,
) -> int:
    """Make the reports of a run from its archive, whatever version of Penstock wrote it.

    The exit code says whether that worked, not what the run came to.
    """
    process: Process = context.obj
    if html is None and not any((json, junit, csv, parquet)):
        html = str(page_beside(file))
    outputs = Outputs(json=json, html=html, junit=junit, csv=csv, parquet=parquet)
    outputs.verify()
    if any(target is not None and Path(target) == file for target in (html, json, junit)):
        raise InvalidInput(f"{file}: is the archive; give the report another name")
    from penstock.reporting import archive, text

    found = archive.read(file)
    try:
        written = outputs.write(found, process)
    except OSError as error:
        process.say(f"error: {error.filename}: {error.strerror}")
        return Exit.OUTPUT_FAILED
    if not quiet:
        process.stderr.write(text.render(found, process.width, colour=process.colour))
        if written:
            process.say(f"\nReports: {', '.join(written)}")
    return Exit.PASSED


def page_beside(file: Path) -> Path:
    """Return where the HTML report of an archive goes: beside it, under its name without endings."""
    name = file.name
    while (stem := name.removesuffix(Path(name).suffix)) and Path(name).suffix in (".zip", ".gz", ".ltrar"):
        name = stem
    return file.with_name(f"{name}.html")
