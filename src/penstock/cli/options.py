"""Reading the option values that have a small language of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from penstock import app
from penstock.cli import sections
from penstock.errors import InvalidInput, UnreadableFile
from penstock.importers.base import ReadTable
from penstock.services.changes import Pool

Json = Annotated[str | None, sections.results("--json", help="Write the summary as JSON; - is stdout.", metavar="FILE")]
Html = Annotated[str | None, sections.results("--html", help="Write the report as one HTML file.", metavar="FILE")]
Junit = Annotated[str | None, sections.results("--junit", help="Write JUnit XML for a CI system.", metavar="FILE")]
Csv = Annotated[str | None, sections.results("--csv", help="Write CSV files into this folder.", metavar="DIR")]
Archive = Annotated[
    Path | None,
    sections.results("--archive", help="Write all results as one file, for penstock report.", metavar="FILE"),
]
Out = Annotated[
    Path | None,
    sections.results(
        "--out",
        help="Write everything into this folder: reports as HTML, JSON, JUnit and CSV, and the archive.",
        metavar="DIR",
    ),
]
Metrics = Annotated[
    str | None,
    sections.results(
        "--metrics",
        help="Serve the run's metrics to Prometheus at this address while it lasts.",
        metavar="ADDRESS:PORT",
    ),
]
Otlp = Annotated[
    str | None,
    sections.results(
        "--otlp",
        help="Send the run's metrics to this OpenTelemetry collector, or to that of the environment, every 10 s; "
        "needs penstock[otlp].",
        metavar="URL|env",
    ),
]
FailOn = Annotated[
    str | None,
    sections.verdict(
        "--fail-on",
        help="Fail the run for violated threshold rules of a .loadtest: critical or warning ones.",
        metavar="LEVEL",
    ),
]
Quiet = Annotated[bool, sections.results("--quiet", "-q", help="No progress, no summary; only errors.")]
Parquet = Annotated[
    str | None,
    sections.results("--parquet", help="Write Parquet files into this folder; needs penstock[parquet].", metavar="DIR"),
]
Pools = Annotated[
    list[str] | None, sections.data("--pool", help="CSV data for a pool of the file. Repeatable.", metavar="[ID=]FILE")
]
PoolOrder = Annotated[
    str,
    sections.data("--pool-order", help="How a load takes rows of pools: random, or sequential.", metavar="RULE"),
]
RunSettings = Annotated[
    str | None,
    sections.visual_studio("--run-settings", help="Which run settings of a .loadtest, by name.", metavar="NAME"),
]
SettingsFile = Annotated[
    Path | None,
    sections.visual_studio(
        "--settings", help="A .testsettings or .testrunconfig file for a Visual Studio test.", metavar="FILE"
    ),
]
SkipUnsupported = Annotated[
    bool,
    sections.visual_studio(
        "--skip-unsupported", help="Go on without what cannot run here: tests of a mix, elements of a JMeter plan."
    ),
]
IgnorePlugins = Annotated[
    bool, sections.visual_studio("--ignore-plugins", help="Run Visual Studio tests without their compiled plug-ins.")
]

PluginsFile = Annotated[
    Path | None,
    sections.visual_studio(
        "--plugins",
        help="Trust and use Python classes in place of a Visual Studio test's compiled ones, as this TOML file says.",
        metavar="FILE",
    ),
]
CountersFile = Annotated[
    Path | None,
    sections.results(
        "--counters",
        help="Read counters of the server under test beside the run, as this YAML file says.",
        metavar="FILE",
    ),
]
DataSources = Annotated[
    list[str] | None,
    sections.visual_studio(
        "--data-source",
        help="Where a data source of a Visual Studio test is: a CSV file, or the URL of a database. Repeatable.",
        metavar="NAME=FILE|URL",
    ),
]

TargetOverrides = Annotated[
    list[str] | None,
    sections.targets(
        "--target-override",
        help="Send requests to one scheme, host and port to another; * stands for all others. Repeatable.",
        metavar="FROM=TO",
    ),
]


def read_tables(given: list[str]) -> tuple[tuple[str, ReadTable], ...]:
    """Read `NAME=FILE.csv` and `NAME=URL`; what is behind a URL is asked when a test names a table of it.

    Raises `InvalidInput` for another form, `UnreadableFile` naming the file.
    """
    found: list[tuple[str, ReadTable]] = []
    for text in given:
        name, equals, place = text.partition("=")
        if not (name and equals and place):
            raise InvalidInput(f"--data-source {text}: write it like NAME=FILE.csv or NAME=URL")
        found.append((name, app.database(place).read if "://" in place else _csv_table(Path(place))))
    return tuple(found)


def _csv_table(path: Path) -> ReadTable:
    from penstock.importers.vstest.csvtables import read_csv

    try:
        table = read_csv(path.read_bytes(), path.name)
    except OSError as error:
        raise UnreadableFile(f"--data-source {path}: {error.strerror}") from error
    return lambda _name: table


def read_settings(path: Path | None) -> tuple[str, bytes] | None:
    """Return name and content of a settings file. Raises `UnreadableFile`."""
    if path is None:
        return None
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"--settings {path}: {error.strerror}") from error


def read_level(given: str | None) -> Literal["critical", "warning"] | None:
    """Read a level of violations. Raises `InvalidInput` for another word."""
    if given is None:
        return None
    if given not in ("critical", "warning"):
        raise InvalidInput(f"--fail-on {given}: write critical or warning")
    return "critical" if given == "critical" else "warning"


def read_order(given: str) -> Literal["random", "sequential"]:
    """Read how rows are taken. Raises `InvalidInput` for another word."""
    if given not in ("random", "sequential"):
        raise InvalidInput(f"--pool-order {given}: write random or sequential")
    return "sequential" if given == "sequential" else "random"


def read_pool(given: str) -> Pool:
    """Read `[ID=]FILE` and the file.

    Raises `UnreadableFile` naming the file.
    """
    pool_id, equals, name = given.partition("=")
    if not equals:
        pool_id, name = "", given
    path = Path(name)
    try:
        return Pool(pool_id or None, path.name, path.read_bytes())
    except OSError as error:
        raise UnreadableFile(f"--pool {path}: {error.strerror}") from error


def read_share(option: str, given: str) -> float:
    """Read `5%` or `0.05` as a share.

    Raises `InvalidInput` for anything outside 0 to 100 %.
    """
    try:
        value = float(given.removesuffix("%").strip()) / (100 if given.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InvalidInput(f"{option} {given}: write a share like 5% or 0.05, between 0% and 100%")
    return value
