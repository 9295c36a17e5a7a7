"""What HTTP samplers send: a raw text, a form, parts, a file."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.importers.jmeter.arguments import Argument, raw_text
from penstock.importers.jmeter.encodings import codec_of
from penstock.importers.jmeter.parse import Bag
from penstock.importers.jmeter.places import find
from penstock.importers.jmeter.work import Work
from penstock.model import BinaryBody, Body, FileBody, Header, MultipartBody, Part, Text, TextBody

_FORM = "application/x-www-form-urlencoded"


def compile_body(
    bag: Bag, method: str, headers: Sequence[Header], arguments: Sequence[Argument], work: Work
) -> Body | None:
    """Return the body of a sampler; None where it sends none."""
    uploads = _uploads(bag)
    is_typed = any(header.name.lower() == "content-type" for header in headers)
    charset = work.texts.settled(bag.text("HTTPSampler.contentEncoding"), bag.origin) or "UTF-8"
    if method == "POST" and (bag.flag("HTTPSampler.DO_MULTIPART_POST") or (uploads and not _is_whole(uploads))):
        return _parts(bag, arguments, uploads, charset, work)
    if uploads and not arguments:
        return _file(uploads[0], is_typed, work)
    codec = codec_of(bag, work)
    if arguments and (bag.flag("HTTPSampler.postBodyRaw") or all(not each.name.parts for each in arguments)):
        kind = Text() if is_typed else Text.constant(f"text/plain; charset={charset}")
        return TextBody(raw_text(*(each.value for each in arguments)), kind, codec)
    if bag.flag("HTTPSampler.postBodyRaw") and method not in ("POST", "PUT", "PATCH", "DELETE"):
        return None
    pairs: list[Text | str] = []
    for each in arguments:
        if each.name.parts:
            pairs += ["&", each.field] if pairs else [each.field]
    kind = Text() if is_typed else Text.constant(f"{_FORM}; charset={charset}")
    return TextBody(raw_text(*pairs), kind, codec)


def _uploads(bag: Bag) -> list[Bag]:
    files = bag.bag("HTTPsampler.Files")
    found = files.bags("HTTPFileArgs.files") if files is not None else []
    return [each for each in found if each.text("File.path").strip()]


def _is_whole(uploads: list[Bag]) -> bool:
    """Whether the file is the body: the only one, and without the name of a parameter."""
    return len(uploads) == 1 and not uploads[0].text("File.paramname").strip()


def _parts(bag: Bag, arguments: Sequence[Argument], uploads: list[Bag], charset: str, work: Work) -> MultipartBody:
    """Return parts; each says what it is, unless the sampler does as browsers do."""
    as_browsers = bag.flag("HTTPSampler.BROWSER_COMPATIBLE_MULTIPART")
    parts = [
        Part(
            each.name,
            each.value,
            content_type=None
            if as_browsers
            else Text.constant(f"{each.content_type or 'text/plain'}; charset={charset}"),
        )
        for each in arguments
        if each.name.parts
    ]
    for upload in uploads:
        stored = _stored(upload, work)
        if stored is not None:
            mime = work.parse(upload, "File.mimetype")
            name = Text.constant(stored.replace("\\", "/").rpartition("/")[2])
            parts.append(
                Part(work.parse(upload, "File.paramname"), Text(), name, mime if mime.parts else None, file=stored)
            )
    return MultipartBody(tuple(parts))


def _file(upload: Bag, is_typed: bool, work: Work) -> Body | None:
    stored = _stored(upload, work)
    if stored is None:
        return None
    mime = work.parse(upload, "File.mimetype")
    if is_typed or not mime.parts:
        return BinaryBody(work.uploads[stored])
    return FileBody(stored, mime)


def _stored(upload: Bag, work: Work) -> str | None:
    """Return the name of a file to upload, read beside the plan."""
    written = upload.text("File.path").strip()
    path = work.texts.settled(written, upload.origin)
    if path is None:
        message = f"the file to send, {written!r}, is only known during the run"
        work.findings.error("file-unknown", message, upload.origin, "name one file, or give its name as a property")
        return None
    found = find(work.files, work.entry, path)
    if found is None:
        message = f"the file to send, {path!r}, is not beside the plan"
        work.findings.error("file-missing", message, upload.origin, "put it beside the plan")
        return None
    work.uploads[path] = work.files.read(found)
    return path
