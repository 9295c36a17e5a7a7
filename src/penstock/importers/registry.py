"""Which importer reads a file, found by its content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import ModuleType

from penstock.errors import UnknownFormat
from penstock.importers import loadmill, native
from penstock.importers.base import FOLDER, NO_OVERRIDES, Files, Findings, Imported, Overrides
from penstock.importers.loadmill.given import with_sets_as_pairs
from penstock.model import Finding, Origin

Recognise = Callable[[bytes], bool]
Compile = Callable[[Files, str, Overrides], Imported]

IMPORTERS: tuple[tuple[Recognise, Compile], ...] = (
    (native.recognises, native.compile),
    (lambda content: _looks_like_log(content) and _har().recognises(content), lambda *given: _har().compile(*given)),
    (loadmill.recognises, loadmill.compile),
    (
        lambda content: looks_like_markup(content) and _vstest().recognises(content),
        lambda *given: _vstest().compile(*given),
    ),
    (
        lambda content: looks_like_markup(content) and _jmeter().recognises(content),
        lambda *given: _jmeter().compile(*given),
    ),
)
"""For each format, whether a content may be one, and what compiles it; the first that may be is asked."""

_TEXTS = (".json", ".yaml", ".yml", ".webtest", ".loadtest", ".jmx", ".properties", ".csv")
"""What holds names of parameters."""

KNOWN = (
    "Loadmill load-test configurations, flows and suites (JSON, YAML), Visual Studio's .webtest and .loadtest, "
    "test plans of JMeter (.jmx), recordings of browsers (.har), scenarios of Penstock (JSON)"
)


def looks_like_markup(content: bytes) -> bool:
    """Whether a content begins as XML does."""
    return content[:200].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<")


def _looks_like_log(content: bytes) -> bool:
    return b'"log"' in content[:4096]


def _har() -> ModuleType:
    """Return the importer, loaded when it is needed, as that of XML is."""
    return import_module("penstock.importers.har")


def _jmeter() -> ModuleType:
    """Return the importer, loaded when it is needed, as that of Visual Studio's tests is."""
    return import_module("penstock.importers.jmeter")


def _vstest() -> ModuleType:
    """Return the importer, loaded when it is needed: reading XML takes a library that other runs can do without."""
    return import_module("penstock.importers.vstest")


def compile(files: Files, entry: str, overrides: Overrides = NO_OVERRIDES) -> Imported:  # noqa: A001 — as importers
    """Compile the file `entry`.

    Raises `UnknownFormat` when no importer knows it, `InvalidInput` when it is damaged, `UnreadableFile`.
    """
    if entry == FOLDER:
        return _with_unknown(loadmill.compile_folder(files, overrides), files, entry, overrides)
    content = files.read(entry)
    for recognises, compile_format in IMPORTERS:
        if recognises(content):
            if compile_format is not loadmill.compile and overrides.parameter_files:
                return _with_sets(compile_format, files, entry, overrides)
            return _with_unknown(compile_format(files, entry, overrides), files, entry, overrides)
    raise UnknownFormat(f"{entry}: {_guess(content)}; known are {KNOWN} and flow.py")


def _with_sets(compile_format: Compile, files: Files, entry: str, overrides: Overrides) -> Imported:
    findings = Findings()
    given = with_sets_as_pairs(overrides, findings)
    imported = _with_unknown(compile_format(files, entry, given), files, entry, given)
    return replace(imported, findings=(*findings.all(), *imported.findings))


def _with_unknown(imported: Imported, files: Files, entry: str, overrides: Overrides) -> Imported:
    """Add a warning for each given parameter whose name stands nowhere in the test, as a mistyped one does."""
    advice = "it changes nothing; compare its name with those in the file"
    unknown = tuple(
        Finding(
            *("warning", "dropped", "unknown-parameter", f"the parameter {name!r} stands nowhere in the test"),
            *(Origin(entry), advice),
        )
        for name, _ in overrides.parameters
        if name not in imported.known_parameters and not _stands_in(files, entry, name)
    )
    return replace(imported, findings=(*unknown, *imported.findings)) if unknown else imported


def _stands_in(files: Files, entry: str, name: str) -> bool:
    """Whether a name stands anywhere in the texts of a test: that it is set or used is not asked."""
    forms = [name.encode(encoding, "replace") for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    if entry != FOLDER and any(form in files.read(entry) for form in forms):
        return True
    others = (each for each in files.names if each.lower().endswith(_TEXTS))
    return any(form in files.read(each) for each in others for form in forms)


def _guess(content: bytes) -> str:
    start = content[:4096].lstrip()
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "this is UTF-16; save it as UTF-8, unless it is of another format"
    if not start:
        return "the file is empty"
    if start.startswith(b"PK"):
        return "this is an archive"
    if start.startswith(b"<"):
        return "this XML or HTML is none of the formats"
    if b"\0" in start:
        return "this is no text file"
    return "the format is not recognised"
