"""Tests as they were sent, and why one of them is not run."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock.errors import InvalidInput
from penstock.model import Finding


class Unfit(InvalidInput):
    """The test is understood and must not be run as it is; `findings` say why, with their places."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        wrong = [str(finding) for finding in findings if finding.severity == "error"]
        super().__init__(f"{name} cannot be run as it is: {'; '.join(wrong)}")
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Source:
    """A test as it was sent: files by name, and the one that says what to run."""

    entry: str
    files: Mapping[str, bytes]

    def hash(self) -> str:
        """Return what tells two sources apart."""
        digest = hashlib.sha256(self.entry.encode())
        for name, content in sorted(self.files.items()):
            digest.update(f"\0{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    @contextlib.contextmanager
    def unpacked(self) -> Iterator[Path]:
        """Give the path of the entry, in a folder of its own while the block runs.

        Raises `InvalidInput` for names that lead out of it, that of the entry too: nothing else of this machine is read
        as a test. In errors of the block the folder is left out.
        """
        with tempfile.TemporaryDirectory(prefix="penstock-") as name:
            folder = Path(name).resolve()
            for file_name, content in self.files.items():
                path = _within(folder, file_name)
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                except OSError as error:
                    raise InvalidInput(f"file {file_name!r}: {error.strerror}") from error
            try:
                yield _within(folder, self.entry)
            except Unfit:
                raise  # findings name files as they were sent
            except InvalidInput as error:
                raise InvalidInput(str(error).replace(f"{folder}/", "")) from error


def _within(folder: Path, name: str) -> Path:
    path = folder / name
    if "\0" in name or not path.resolve().is_relative_to(folder) or path == folder:
        raise InvalidInput(f"file {name!r}: the name leads out of the test's own folder")
    return path
