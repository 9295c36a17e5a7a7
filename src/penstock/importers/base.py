"""What every importer gets and gives. An importer is a pure function: bytes by name in, a scenario and findings out."""

from __future__ import annotations

import contextlib
import gc
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from penstock.errors import InvalidInput, UnreadableFile
from penstock.importers.fidelity import Element, Fidelity, tally
from penstock.model import Effect, Finding, Origin, Pick, Scenario, Severity, Suite
from penstock.model.chosen import ChosenApplication

LARGEST = 64 * 1024 * 1024
"""Bytes of one file that are read at most."""

LARGEST_ARCHIVE = 512 * 1024 * 1024
"""Bytes that an archive may unpack to."""


MOST_FILES = 10_000
"""Files of one folder or archive that are looked at."""

_DEEPEST_FOLDER = 8

_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, NotImplementedError, OSError, OverflowError, RuntimeError, ValueError),
)
"""What reading a damaged archive raises, besides what the library says it does."""


FOLDER = "."
"""The name of the entry where a folder is meant as a whole."""


class Files:
    """Bytes by name; the names use `/`. Nothing is read before it is asked for, nor listed before it is needed."""

    def __init__(self, readers: Mapping[str, Callable[[], bytes]], folder: Path | None = None) -> None:
        self._readers = dict(readers)
        self._folder = folder

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        self._list()
        return tuple(sorted(self._readers))

    def _list(self) -> None:
        """Look into the folder, once."""
        if self._folder is not None:
            folder, self._folder = self._folder, None
            self._readers.update((name, _path_reader(path)) for name, path in _files_below(folder))

    def read(self, name: str) -> bytes:
        """Return the content. Raises `UnreadableFile`."""
        if name not in self._readers:
            self._list()
        reader = self._readers.get(name)
        if reader is None:
            raise UnreadableFile(f"{name}: there is no such file")
        try:
            return reader()
        except OSError as error:
            raise UnreadableFile(f"{name}: {error.strerror or error}") from None

    @classmethod
    def from_dict(cls, contents: Mapping[str, bytes]) -> Files:
        """Return files that are in memory."""
        return cls({name: _memory_reader(content) for name, content in contents.items()})

    @classmethod
    def from_path(cls, path: Path) -> tuple[Files, str]:
        """Return the files beside `path` and in folders below, and the name of the one that `path` is.

        Raises `UnreadableFile` when it is no file.
        """
        if path.is_dir():
            raise UnreadableFile(f"{path}: is a folder; name the file inside it that says what to run")
        if not path.is_file():
            if path.exists():
                raise UnreadableFile(f"{path}: is neither a file nor a folder; write what comes from it to a file")
            raise UnreadableFile(f"{path}: there is no such file")
        return cls({path.name: _path_reader(path)}, path.parent), path.name

    @classmethod
    def from_folder(cls, folder: Path) -> Files:
        """Return all files below a folder (the first `MOST_FILES`, near ones first)."""
        return cls({}, folder)

    @classmethod
    def from_zip(cls, content: bytes) -> Files:
        """Return the files in a zip archive.

        Raises `UnreadableFile` when it is none, when it holds too many files or too much, or when a name leads out
        of it.
        """
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except _DAMAGED as error:
            raise UnreadableFile(f"the archive cannot be read: {error}") from None
        entries = [entry for entry in archive.infolist() if entry.filename and not entry.filename.endswith("/")]
        if len(entries) > MOST_FILES:
            raise UnreadableFile(f"the archive holds {len(entries):,} files; at most {MOST_FILES:,} are read")
        total = sum(entry.file_size for entry in entries)
        if total > LARGEST_ARCHIVE:
            raise UnreadableFile(f"the archive unpacks to {total:,} bytes; at most {LARGEST_ARCHIVE:,} are read")
        return cls({_safe_name(entry.filename): _entry_reader(archive, entry) for entry in entries})


def _files_below(folder: Path) -> list[tuple[str, Path]]:
    """Return the files below a folder, near ones first; hidden folders are none of the test's."""
    found: list[tuple[str, Path]] = []
    waiting = [folder]
    for _ in range(_DEEPEST_FOLDER):
        following: list[Path] = []
        for each in waiting:
            try:
                entries = sorted(each.iterdir())
            except OSError:
                continue
            for entry in entries:
                with contextlib.suppress(OSError):  # a link into a folder that is closed to us, say
                    if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
                        following.append(entry)
                    elif entry.is_file():
                        found.append((entry.relative_to(folder).as_posix(), entry))
        waiting = following[: MOST_FILES - len(found)] if len(found) < MOST_FILES else []
    return found[:MOST_FILES]


def _safe_name(name: str) -> str:
    """Return the name of an archive's entry with `/`; raises `UnreadableFile` for one that leads out of it."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or ".." in plain.split("/") or ":" in plain.split("/")[0]:
        raise UnreadableFile(f"the archive holds the file {name!r}, which would lie outside of it; pack it anew")
    return plain


def _memory_reader(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def _path_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        _limit(path.name, path.stat().st_size)
        return path.read_bytes()

    return read


def _entry_reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        _limit(entry.filename, entry.file_size)
        try:
            with archive.open(entry) as opened:
                content = opened.read(LARGEST + 1)  # what is said of its size need not be true
        except _DAMAGED as error:
            raise UnreadableFile(f"{entry.filename}: {error}") from None
        _limit(entry.filename, len(content))
        return content

    return read


def _limit(name: str, size: int) -> None:
    if size > LARGEST:
        raise UnreadableFile(f"{name}: {size:,} bytes; at most {LARGEST:,} are read")


@dataclass(frozen=True, slots=True)
class Pool:
    """A CSV file for a data pool of the test: the one with this `id`, else the next that has none."""

    id: str | None
    file_name: str
    content: bytes


Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Columns and rows, all of them text."""

ReadTable = Callable[[str], Table]
"""Gives a table by its name; raises `InvalidInput` (or a subclass) when it cannot be had."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the caller adds to the file.

    `parameters` are values that win over those of the file; `timeout_s` is the timeout of requests that set none
    (None: what is usual in the format). `run_settings` names one of several sets of run settings, `test_settings` is a
    settings file (its name and content). With `skip_unsupported`, a mix goes on without the tests that cannot run
    here; with `ignore_plugins`, tests run without their compiled plug-ins. `parameter_files` (name and content) are
    sets of parameters, over which `parameters` win; with `is_inline` all of these replace values where the file sets
    them, so that what is made from them changes too. `plugins` are the compiled classes that the caller has Python
    classes for. `tables` read a table, by its name, of a data source, by the name of that. `pick` is how a load draws
    rows from pools. `counters` are the names of those that are read of the servers under test.
    """

    parameters: tuple[tuple[str, str], ...] = ()
    pools: tuple[Pool, ...] = ()
    timeout_s: float | None = None
    run_settings: str | None = None
    test_settings: tuple[str, bytes] | None = None
    skip_unsupported: bool = False
    ignore_plugins: bool = False
    parameter_files: tuple[tuple[str, bytes], ...] = ()
    pick: Pick = "random"
    is_inline: bool = False
    plugins: frozenset[str] = frozenset()
    tables: tuple[tuple[str, ReadTable], ...] = ()
    counters: tuple[str, ...] = ()


NO_OVERRIDES = Overrides()


@dataclass(frozen=True, slots=True)
class Imported:
    """The scenario, None when there is none to speak of, and all that it does not say as the file does.

    A finding of severity `error` means that the test must not be run. `fidelity` counts what became of each kind of
    element. `tests` and `imported_tests` are about files that hold several tests: how many, and how many can run here.
    `suite` is what the file says as an API test; `runs_once` tells that it is one first of all. `is_blocked` tells that
    errors concern the whole of it, and not only flows that are blocked. `applications` are those whose counters the
    file chooses to be read. `known_parameters` are names of given parameters that mean something, though
    they may stand nowhere in the file, or that the importer has spoken of itself.
    """

    scenario: Scenario | None
    findings: tuple[Finding, ...]
    fidelity: tuple[Fidelity, ...] = ()
    tests: int = 1
    imported_tests: int = 1
    suite: Suite | None = None
    runs_once: bool = False
    is_blocked: bool = False
    applications: tuple[ChosenApplication, ...] = ()
    known_parameters: frozenset[str] = frozenset()


@dataclass(slots=True)
class Findings:
    """Gathers findings in order; the same note at several places becomes one that counts them."""

    _all: list[Finding] = field(default_factory=list)
    _places: list[Finding] = field(default_factory=list)
    _repeated: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _seen: set[Finding] = field(default_factory=set)

    def error(self, code: str, message: str, origin: Origin, advice: str = "") -> None:
        """Note what forbids to run the test."""
        self._add("error", "needs attention", code, message, origin, advice)

    def warn(self, code: str, message: str, origin: Origin, advice: str = "", effect: Effect = "approximated") -> None:
        """Note a difference that may matter."""
        self._add("warning", effect, code, message, origin, advice)

    def note(self, code: str, message: str, origin: Origin, advice: str = "", effect: Effect = "dropped") -> None:
        """Note what is worth knowing."""
        self._add("note", effect, code, message, origin, advice)

    def take(self, others: Findings, *, softened: bool = False) -> None:
        """Add what others found; `softened`: what forbids to run the test there only leaves a part out here."""
        for one in others._places:
            severity: Severity = "warning" if softened and one.severity == "error" else one.severity
            self._add(severity, one.effect, one.code, one.message, one.origin, one.advice)

    def errors(self) -> list[Finding]:
        """Return the errors that were found so far."""
        return [finding for finding in self._all if finding.severity == "error"]

    def _add(self, severity: Severity, effect: Effect, code: str, message: str, origin: Origin, advice: str) -> None:
        finding = Finding(severity, effect, code, message, origin, advice)
        if finding in self._seen:  # a part of the file that is used by several tests is looked at for each
            return
        self._seen.add(finding)
        self._places.append(finding)
        if severity == "note":
            places = self._repeated.setdefault((code, message), [len(self._all), 0])
            places[1] += 1
            if places[1] > 1:
                return
        self._all.append(finding)

    def all(self) -> tuple[Finding, ...]:
        """Return them all, file by file, in the order of their lines."""
        found = list(self._all)
        for index, count in self._repeated.values():
            if count > 1:
                one = found[index]
                others = f"{one.message} (and at {count - 1} more {'place' if count == 2 else 'places'})"
                found[index] = Finding(one.severity, one.effect, one.code, others, one.origin, one.advice)
        files = list(dict.fromkeys(finding.origin.file for finding in found))
        return tuple(sorted(found, key=lambda finding: (files.index(finding.origin.file), finding.origin.line or 0)))

    def dropped(self) -> list[tuple[Finding, int]]:
        """Return why parts were left out: each reason's first finding and their number, the most frequent first."""
        reasons: dict[str, list[Finding]] = {}
        for one in self._places:
            if one.effect == "dropped":
                reasons.setdefault(one.message, []).append(one)
        return [(found[0], len(found)) for found in sorted(reasons.values(), key=lambda found: -len(found))]

    def fidelity(self, elements: Iterable[Element]) -> tuple[Fidelity, ...]:
        """Count what became of the elements that were seen, by all that was found, repeated notes included."""
        return tally(elements, self._places)


@contextmanager
def without_collection() -> Iterator[None]:
    """Keep the garbage collector off while many small objects are made that all stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def decode_text(content: bytes, name: str) -> str:
    """Return a file's text, which must be UTF-8 (or UTF-16 with its mark). Raises `UnreadableFile`."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            f"{name}:{line}: the file is not {encoding[:5].upper()}; save it in that encoding"
        ) from None


def whole_characters(text: str) -> str:
    """Return a text with halves of surrogate pairs, which no file can hold, replaced by U+FFFD."""
    if text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def invalid(origin: Origin, message: str) -> InvalidInput:
    """Return the error for a file that cannot be understood at all."""
    return InvalidInput(f"{origin}: {message}")
