"""Files in requests of journeys: `http.post(url, files={"photo": upload("photo.jpg")})`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from typing import Any

from penstock.script import binding


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send. The server gets its `name`; all users that send it share its `content`."""

    name: str
    content: bytes
    content_type: str


@lru_cache(maxsize=256)
def _read(path: Path) -> bytes:
    return path.read_bytes()


def upload(source: str | Path | bytes, *, name: str | None = None, content_type: str | None = None) -> Upload:
    """Return a file to send, from a path relative to the flow.py or from bytes.

    A path is read once per process. `name` is the file name that the server gets (by default that of the path, or
    `file`). `content_type` is guessed from the name if not given. Raises `OSError` when the file cannot be read.
    """
    if isinstance(source, bytes):
        content, known = source, name or "file"
    else:
        content, known = _read((Path(binding.folder) / source).resolve()), name or Path(source).name
    from mimetypes import MimeTypes  # only who uploads pays for loading it

    guessed = MimeTypes().guess_type(known)[0] or "application/octet-stream"
    return Upload(known, content, content_type or guessed)


def multipart(fields: Mapping[str, Any], files: Mapping[str, Upload | bytes]) -> tuple[str, bytes]:
    """Return the content type and the content of a form with files."""
    boundary = f"penstock-{token_hex(16)}"
    pieces: list[bytes] = []
    for field, value in fields.items():
        for one in value if isinstance(value, (list, tuple)) else (value,):
            pieces += [_head(boundary, field), b"\r\n", str(one).encode(), b"\r\n"]
    for field, file in files.items():
        sent = file if isinstance(file, Upload) else upload(file)
        head = _head(boundary, field).removesuffix(b"\r\n") + f'; filename="{_quoted(sent.name)}"\r\n'.encode()
        pieces += [head, f"Content-Type: {sent.content_type}\r\n\r\n".encode(), sent.content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)


def _head(boundary: str, field: str) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(field)}"\r\n'.encode()


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
