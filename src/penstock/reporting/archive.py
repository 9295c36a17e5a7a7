"""The results of a run as one file, from which every report can be made again: docs/reference/results-archive.md.

    archive.json        what this is
    run.json            what was asked, what was found, what was judged
    snapshots.jsonl     what was measured: one `snapshot.v1` (schema/) a line, in the order of time
    report.html, report.json, junit.xml, csv/…      reports, for readers without Penstock
    diagnostics/…       what went on beside the load

Nothing in it logs anybody in: samples are redacted as those of reports are.
"""

from __future__ import annotations

import contextlib
import gzip
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import orjson

from penstock import __version__
from penstock.errors import EngineFailed, InvalidInput, UnreadableFile
from penstock.metrics.series import Timeline
from penstock.metrics.snapshot import Snapshot
from penstock.metrics.summary import summarise
from penstock.model import CounterName, Finding
from penstock.reporting.json import encodable
from penstock.runs.applications import Application
from penstock.runs.counters import CounterReport, Sample, Violation
from penstock.runs.counters.failures import Failures
from penstock.runs.events import Event
from penstock.runs.report import Report, RunFacts, ScenarioFacts
from penstock.runs.secrets import hide_samples
from penstock.runs.verdict import Verdict

FORMAT = "penstock-results"
VERSION = 1
LARGEST_BYTES = 4 * 1024**3
"""What an archive may unpack to."""

_LONGEST_LINE = 64 * 1024 * 1024
_PIECE = 1024 * 1024
_REPORTS = {"html": "report.html", "json": "report.json", "junit": "junit.xml"}
_GZIP, _ZIP = b"\x1f\x8b", b"PK"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)
_Counters = tuple[tuple[CounterName, int | float], ...]
"""Whole numbers stay whole, so that reports made again are the same to the sign."""


@dataclass(frozen=True, slots=True)
class _KeptSample:
    second: int
    seconds: int
    values: _Counters


@dataclass(frozen=True, slots=True)
class _KeptCounters:
    """A `CounterReport` without mappings, whose keys JSON cannot hold."""

    sample_s: int
    samples: tuple[_KeptSample, ...]
    totals: _Counters
    violations: tuple[Violation, ...]
    warnings: int
    criticals: int
    errors: tuple[Failures, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A `Report` without what follows from the measurements."""

    run: RunFacts
    scenario: ScenarioFacts
    findings: tuple[Finding, ...]
    verdict: Verdict
    distrust: tuple[str, ...]
    counters: _KeptCounters | None = None
    events: tuple[Event, ...] = ()
    applications: tuple[Application, ...] = ()


def write(
    file: IO[bytes],
    report: Report,
    snapshots: Iterable[Snapshot],
    *,
    is_sensitive: bool = False,
    more: Mapping[str, bytes] | None = None,
    compresses: bool = True,
) -> None:
    """Write the archive of a run: its report and the snapshots that this was made from.

    With `is_sensitive` samples keep no bodies; `more` are further files by name. Without `compresses` whoever keeps the
    file compresses it as a whole.
    """
    method = zipfile.ZIP_DEFLATED if compresses else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", method) as archive:
        about = {"format": FORMAT, "version": VERSION, "penstock": __version__}
        archive.writestr("archive.json", orjson.dumps(about, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        archive.writestr("run.json", _encoded(report))
        with archive.open("snapshots.jsonl", "w", force_zip64=True) as lines:
            for snapshot in snapshots:
                lines.write(hide_samples(snapshot, is_sensitive=is_sensitive).encode() + b"\n")
        for form, name in _REPORTS.items():
            archive.writestr(name, import_module(f"penstock.reporting.{form}").render(report))
        for name, content in import_module("penstock.reporting.csv").render(report).items():
            archive.writestr(f"csv/{name}", content)
        for name, content in (more or {}).items():
            archive.writestr(name, content)


def read(path: Path, look: Callable[[Snapshot], None] | None = None) -> Report:
    """Return the report of an archive, as a zip file or with gzip around it; `look` is given every snapshot.

    Raises `UnreadableFile` where there is no such file, `InvalidInput` for what is no such archive, or a damaged one.
    """
    try:
        with _opened(path) as archive:
            return _report(path, archive, look)
    except _DAMAGED as error:
        raise InvalidInput(f"{path}: the archive is damaged: {error}") from error


def unwrap(path: Path, file: IO[bytes]) -> None:
    """Write an archive that may have gzip around it as a zip archive whose members are compressed.

    Raises as `read`, and `OSError` for what cannot be written.
    """
    with _opened(path) as archive, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as plain:
        for name in archive.namelist():
            with archive.open(name) as source, plain.open(name, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, _PIECE)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error
    with file, tempfile.TemporaryFile() as unpacked:
        start = file.read(2)
        file.seek(0)
        if start == _GZIP:
            _gunzip(path, file, unpacked)
        elif start != _ZIP:
            raise InvalidInput(f"{path}: is no archive of results; one is written by penstock run --archive FILE")
        with zipfile.ZipFile(unpacked if start == _GZIP else file) as archive:
            total = sum(entry.file_size for entry in archive.infolist())
            if total > LARGEST_BYTES:
                raise InvalidInput(f"{path}: unpacks to {total:,} bytes, more than the {LARGEST_BYTES:,} bytes read")
            yield archive


def _gunzip(path: Path, file: IO[bytes], unpacked: IO[bytes]) -> None:
    with gzip.GzipFile(fileobj=file) as source:
        size = 0
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > LARGEST_BYTES:
                raise InvalidInput(f"{path}: unpacks to more than the {LARGEST_BYTES:,} bytes read")
            unpacked.write(piece)
    unpacked.seek(0)


def _report(path: Path, archive: zipfile.ZipFile, look: Callable[[Snapshot], None] | None) -> Report:
    names = set(archive.namelist())
    about = orjson.loads(archive.read("archive.json")) if "archive.json" in names else None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise InvalidInput(f"{path}: is no archive of results: its archive.json is missing, or of something else")
    if about.get("version") != VERSION:
        raise InvalidInput(
            f"{path}: is of version {about.get('version')}; this Penstock reads version {VERSION}; update Penstock"
        )
    for name in ("run.json", "snapshots.jsonl"):
        if name not in names:
            raise InvalidInput(f"{path}: {name} is missing in it")
    kept = _decoded(path, archive.read("run.json"))
    with archive.open("snapshots.jsonl") as lines:
        timeline = Timeline()
        for snapshot in _snapshots(path, lines):
            timeline.add(snapshot)
            if look is not None:
                look(snapshot)
    return Report(
        run=kept.run,
        scenario=kept.scenario,
        findings=kept.findings,
        summary=replace(summarise(timeline), distrust=kept.distrust),
        points=timeline.points(),
        verdict=kept.verdict,
        counters=None if kept.counters is None else _counters(kept.counters),
        events=kept.events,
        applications=kept.applications,
    )


def _snapshots(path: Path, lines: IO[bytes]) -> Iterator[Snapshot]:
    number = 0
    while line := lines.readline(_LONGEST_LINE):
        number += 1
        try:
            yield Snapshot.decode(line)
        except EngineFailed as error:
            raise InvalidInput(f"{path}: snapshots.jsonl, line {number}: {error}") from error


def _encoded(report: Report) -> bytes:
    counters = report.counters
    kept = _Kept(
        run=report.run,
        scenario=report.scenario,
        findings=report.findings,
        verdict=report.verdict,
        distrust=report.summary.distrust,
        counters=None
        if counters is None
        else _KeptCounters(
            sample_s=counters.sample_s,
            samples=tuple(_KeptSample(one.second, one.seconds, tuple(one.values.items())) for one in counters.samples),
            totals=tuple(counters.totals.items()),
            violations=counters.violations,
            warnings=counters.warnings,
            criticals=counters.criticals,
            errors=counters.errors,
        ),
        events=report.events,
        applications=report.applications,
    )
    content = _codec().dump_python(kept, mode="json", warnings=False)
    return orjson.dumps(encodable(content), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _decoded(path: Path, content: bytes) -> _Kept:
    from pydantic import ValidationError

    try:
        kept: _Kept = _codec().validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        raise InvalidInput(f"{path}: run.json, {place}: {first['msg']}") from error
    return kept


def _counters(kept: _KeptCounters) -> CounterReport:
    return CounterReport(
        sample_s=kept.sample_s,
        samples=tuple(Sample(one.second, one.seconds, dict(one.values)) for one in kept.samples),
        totals=dict(kept.totals),
        violations=kept.violations,
        warnings=kept.warnings,
        criticals=kept.criticals,
        errors=kept.errors,
    )


def _codec() -> Any:
    """Return what turns a `_Kept` into JSON and back; loaded when it is used, since few commands need it."""
    from pydantic import TypeAdapter

    return TypeAdapter(_Kept)
