"""Bodies of requests: text, form, multipart, bytes, files. Each gives its content and the content type it asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from mimetypes import MimeTypes
from pathlib import PurePosixPath
from urllib.parse import quote
from uuid import uuid4

from penstock.errors import InvalidInput
from penstock.model import BinaryBody, Body, FileBody, FormBody, MultipartBody, Part, Text, TextBody
from penstock.program.context import Context
from penstock.program.iteration import StepFailed
from penstock.program.values import Variables

FORM = "application/x-www-form-urlencoded"

Content = str | bytes
Value = str | Callable[[Variables], str]


@dataclass(frozen=True, slots=True)
class CompiledBody:
    """`content` is constant or computed. `content_type` holds unless a header says otherwise, if not `binding`."""

    content: Content | Callable[[Variables], Content]
    content_type: Value
    binding: bool = False


def compile_body(body: Body, context: Context) -> CompiledBody:
    """Compile a body; a text or form that names no content type is sent as a form."""
    if isinstance(body, MultipartBody):
        return _multipart(body, context)
    if isinstance(body, BinaryBody):
        return CompiledBody(body.content, _said(body.content_type, context))
    if isinstance(body, FileBody):
        known = _said(body.content_type, context)
        return CompiledBody(_content_of(body.file, context), known or _type_of(body.file))
    kind = body.content_type
    content_type = FORM if kind is None else context.text(kind, "compute Content-Type header value")
    if isinstance(body, TextBody):
        return CompiledBody(_encoded(context.text(body.text, "compute request body"), body.encoding), content_type)
    return CompiledBody(_form(body, context), content_type)


def _encoded(text: Value, encoding: str) -> Content | Callable[[Variables], Content]:
    """Return the text in an encoding; what it has no character for becomes `?`."""
    if encoding == "utf-8":
        return text
    if callable(text):
        compute = text
        return lambda variables: compute(variables).encode(encoding, "replace")
    return text.encode(encoding, "replace")


def _said(content_type: Text | None, context: Context) -> Value:
    return "" if content_type is None else context.text(content_type, "compute Content-Type header value")


def _content_of(file: str, context: Context) -> bytes:
    if file not in context.files:
        known = ", ".join(sorted(context.files)) or "none"
        raise InvalidInput(f"the file {file!r} to upload is not among those of the test ({known})")
    return context.files[file]


def _type_of(name: str) -> str:
    # without the tables of the machine: the same request everywhere
    return MimeTypes().guess_type(name)[0] or "application/octet-stream"


def _unique(name: str) -> str:
    """Return a file name that no other upload has."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{uuid4().hex}.{ending}" if dot else f"{name}-{uuid4().hex}"


def _form(body: FormBody, context: Context) -> Content | Callable[[Variables], Content]:
    fields = [
        (_filled(field.name, "resolve params key", context), _filled(field.value, "resolve params value", context))
        for field in body.fields
    ]
    encoded = body.encoded

    def join(variables: Variables) -> str:
        pairs = [(name(variables), value(variables)) for name, value in fields]
        if encoded:
            pairs = [(quote(name, safe=""), quote(value, safe="")) for name, value in pairs]
        return "&".join(f"{name}={value}" for name, value in pairs)

    holes = any(field.name.holes or field.value.holes for field in body.fields)
    return join if holes else join({})


def _multipart(body: MultipartBody, context: Context) -> CompiledBody:
    boundary = f"penstock-{context.random.getrandbits(96):024x}"
    parts = [_part(part, context) for part in body.parts]
    opening, closing = f"--{boundary}\r\n".encode(), f"--{boundary}--\r\n".encode()

    def join(variables: Variables) -> bytes:
        return b"".join([piece for part in parts for piece in (opening, *part(variables))]) + closing

    texts = [text for part in body.parts for text in (part.name, part.value, part.file_name, part.content_type) if text]
    varies = any(text.holes for text in texts) or any(part.makes_name_unique for part in body.parts)
    return CompiledBody(join if varies else join({}), f"multipart/form-data; boundary={boundary}", binding=True)


def _part(part: Part, context: Context) -> Callable[[Variables], tuple[bytes, ...]]:
    """Return what gives the pieces of a part; the content of a file is one of them and never copied."""
    name = _filled(part.name, "resolve form-data key", context)
    value = _filled(part.value, "resolve form-data value", context)
    file_name = None if part.file_name is None else _filled(part.file_name, "resolve form-data fileName", context)
    kind = None if part.content_type is None else _filled(part.content_type, "resolve form-data contentType", context)
    stored = None if part.file is None else _content_of(part.file, context)
    if part.file is not None and file_name is None:
        own_name = PurePosixPath(part.file.replace("\\", "/")).name
        file_name = lambda _: own_name  # noqa: E731 — one of two ways to the same kind of function
    makes_name_unique = part.makes_name_unique

    def join(variables: Variables) -> tuple[bytes, ...]:
        head = f'Content-Disposition: form-data; name="{_quoted(name(variables))}"'
        content_type = None if kind is None else kind(variables)
        if file_name is None:
            content = value(variables).encode("utf-8", "replace")
        else:
            called = file_name(variables)
            if makes_name_unique:
                called = _unique(called)
            head += f'; filename="{_quoted(called)}"'
            content_type = content_type or _type_of(called)
            content = _raw(value(variables)) if stored is None else stored
        if content_type:
            head += f"\r\nContent-Type: {content_type}"
        return (head.encode("utf-8", "replace") + b"\r\n\r\n", content, b"\r\n")

    return join


def _filled(text: Text, what: str, context: Context) -> Callable[[Variables], str]:
    value = context.text(text, what)
    return value if callable(value) else lambda _: value


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _raw(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise StepFailed("Failed to resolve form-data value - the content of a file must be bytes, not text") from None
