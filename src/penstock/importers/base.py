"""What every importer gets and gives. An importer is a pure function: bytes by name in, a scenario and findings out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from penstock.errors import InvalidInput, UnreadableFile
from penstock.importers.fidelity import Element, Fidelity, tally
from penstock.model import Effect, Finding, Origin, Scenario, Severity

LARGEST = 64 * 1024 * 1024
"""Bytes of one file that are read at most."""


class Files:
    """Bytes by name; the names use `/`. Nothing is read before it is asked for."""

    def __init__(self, readers: Mapping[str, Callable[[], bytes]]) -> None:
        self._readers = dict(readers)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(sorted(self._readers))

    def read(self, name: str) -> bytes:
        """Return the content. Raises `UnreadableFile`."""
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
        """Return the files beside `path`, and the name of the one that `path` is.

        Raises `UnreadableFile` when it is no file.
        """
        if path.is_dir():
            raise UnreadableFile(f"{path}: is a folder; name the file inside it that says what to run")
        if not path.is_file():
            raise UnreadableFile(f"{path}: there is no such file")
        folder = path.parent
        siblings = {other.name: other for other in folder.iterdir() if other.is_file()}
        return cls({name: _path_reader(other) for name, other in siblings.items()}), path.name

    @classmethod
    def from_folder(cls, folder: Path) -> Files:
        """Return all files below a folder."""
        paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        return cls({name: _path_reader(path) for name, path in paths.items()})

    @classmethod
    def from_zip(cls, content: bytes) -> Files:
        """Return the files in a zip archive. Raises `UnreadableFile` when it is none."""
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError) as error:
            raise UnreadableFile(f"the archive cannot be read: {error}") from None
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        return cls({entry.filename: _entry_reader(archive, entry) for entry in entries})


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
            return archive.read(entry)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise UnreadableFile(f"{entry.filename}: {error}") from None

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


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the caller adds to the file.

    `parameters` are values that win over those of the file; `timeout_s` is the timeout of requests that set none
    (None: what is usual in the format). `run_settings` names one of several sets of run settings, `test_settings` is a
    settings file (its name and content). With `skip_unsupported`, a mix goes on without the tests that cannot run
    here; with `ignore_plugins`, tests run without their compiled plug-ins.
    """

    parameters: tuple[tuple[str, str], ...] = ()
    pools: tuple[Pool, ...] = ()
    timeout_s: float | None = None
    run_settings: str | None = None
    test_settings: tuple[str, bytes] | None = None
    skip_unsupported: bool = False
    ignore_plugins: bool = False


NO_OVERRIDES = Overrides()


@dataclass(frozen=True, slots=True)
class Imported:
    """The scenario, None when there is none to speak of, and all that it does not say as the file does.

    A finding of severity `error` means that the test must not be run. `fidelity` counts what became of each kind of
    element. `tests` and `imported_tests` are about files that hold several tests: how many, and how many can run here.
    """

    scenario: Scenario | None
    findings: tuple[Finding, ...]
    fidelity: tuple[Fidelity, ...] = ()
    tests: int = 1
    imported_tests: int = 1


@dataclass(slots=True)
class Findings:
    """Gathers findings in order; the same note at several places becomes one that counts them."""

    _all: list[Finding] = field(default_factory=list)
    _places: list[Finding] = field(default_factory=list)
    _repeated: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def error(self, code: str, message: str, origin: Origin, advice: str = "") -> None:
        """Note what forbids to run the test."""
        self._add("error", "needs attention", code, message, origin, advice)

    def warn(self, code: str, message: str, origin: Origin, advice: str = "", effect: Effect = "approximated") -> None:
        """Note a difference that may matter."""
        self._add("warning", effect, code, message, origin, advice)

    def note(self, code: str, message: str, origin: Origin, advice: str = "", effect: Effect = "dropped") -> None:
        """Note what is worth knowing."""
        self._add("note", effect, code, message, origin, advice)

    def _add(self, severity: Severity, effect: Effect, code: str, message: str, origin: Origin, advice: str) -> None:
        finding = Finding(severity, effect, code, message, origin, advice)
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

    def fidelity(self, elements: Iterable[Element]) -> tuple[Fidelity, ...]:
        """Count what became of the elements that were seen, by all that was found, repeated notes included."""
        return tally(elements, self._places)


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
