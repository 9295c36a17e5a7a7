"""`penstock convert FILE -o scenario.json|flow.py`: write a test of any format as one of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli import findings as finding_lines
from penstock.cli.exits import Exit
from penstock.cli.options import (
    DataSources,
    IgnorePlugins,
    PluginsFile,
    Pools,
    RunSettings,
    SettingsFile,
    SkipUnsupported,
    read_pool,
    read_settings,
    read_tables,
)
from penstock.cli.outputs import verify_folder, write_whole
from penstock.cli.parameters import Parameters, read_pairs
from penstock.cli.process import Process
from penstock.services.changes import Changes
from penstock.services.conversion import convert as convert_file


def convert(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The test: a file of another tool, or a scenario (JSON).")],
    parameters: Parameters = None,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="scenario.json or flow.py; the ending says which.", metavar="FILE")
    ],
    flow: Annotated[
        str | None, typer.Option("--flow", help="Which flow of a suite, by name or id.", metavar="NAME")
    ] = None,
    pool: Pools = None,
    run_settings: RunSettings = None,
    settings: SettingsFile = None,
    skip_unsupported: SkipUnsupported = False,
    ignore_plugins: IgnorePlugins = False,
    plugins: PluginsFile = None,
    data_source: DataSources = None,
) -> int:
    """Write the test as a scenario (JSON) or as users in Python that do the same. Exit code 104 when it cannot."""
    process: Process = context.obj
    verify_folder("--output", output.parent, output)
    changes = Changes(
        parameters=read_pairs(parameters or []),
        pools=tuple(read_pool(given) for given in pool or []),
        run_settings=run_settings,
        test_settings=read_settings(settings),
        skip_unsupported=skip_unsupported,
        ignore_plugins=ignore_plugins,
        plugins=plugins,
        tables=read_tables(data_source or []),
    )
    converted = convert_file(file, output, changes, () if flow is None else (flow,))
    finding_lines.show(converted.findings, process, quiet=False)
    counts = finding_lines.counts(converted.findings)
    if converted.content is None:
        process.say(f"error: {file} cannot be converted as it is ({counts})")
        return Exit.INVALID_INPUT
    try:
        write_whole(output, converted.content)
    except OSError as error:
        process.say(f"error: {error.filename}: {error.strerror}")
        return Exit.OUTPUT_FAILED
    process.say(f"{output}: written ({counts})")
    return Exit.PASSED
