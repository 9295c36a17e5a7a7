"""Bodies: forms, uploads, text as base64 of UTF-16, bytes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field

from penstock.errors import UnreadableFile
from penstock.importers.base import Files, Findings
from penstock.importers.vstest import places
from penstock.importers.vstest.encodings import has_byte_order_mark, html_encoded, url_encoded
from penstock.importers.vstest.reading import flag
from penstock.importers.vstest.texts import Texts, joined
from penstock.importers.xmlfile import Element
from penstock.model import BinaryBody, Body, Call, Hole, MultipartBody, Part, Text, TextBody

_FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Bodies:
    """Compiles bodies, and gathers the files that they upload."""

    files: Files
    entry: str
    findings: Findings
    texts: Texts
    uploads: dict[str, bytes] = field(default_factory=dict)

    def of(self, request: Element, codec: str) -> Body | None:
        """Return the body of a request; None when it has none."""
        kinds: dict[str, Callable[[Element, str], Body]] = {
            "FormPostHttpBody": self._form,
            "StringHttpBody": self._string,
            "BinaryHttpBody": self._binary,
        }
        found = [child for child in request.children if child.name in kinds]
        if len(found) > 1:
            message = f"a request has one body; {found[0].name} is sent"
            self.findings.error("several-bodies", message, found[1].origin)
        return kinds[found[0].name](found[0], codec) if found else None

    def _form(self, element: Element, codec: str) -> Body:
        for child in element.children:
            if child.name not in ("FormPostParameter", "FileUploadParameter"):
                message = f"the element {child.name} is not known and has no effect"
                self.findings.warn("unknown-element", message, child.origin, effect="dropped")
        if element.first("FileUploadParameter") is not None:
            return self._multipart(element, codec)
        pieces: list[Text | str] = []
        for child in element.all("FormPostParameter"):
            name, value = (self.texts.parse(child.get(key), child.origin) for key in ("Name", "Value"))
            if flag(child, "UrlEncode", self.findings, default=True):
                name, value = url_encoded(name, codec), url_encoded(value, codec)
            pieces += ["&", name, "=", value] if pieces else [name, "=", value]
        return TextBody(joined(*pieces), Text.constant(_FORM), codec)

    def _multipart(self, element: Element, codec: str) -> Body:
        if codec != "utf-8":
            message = f"the parts of a form with files are sent as UTF-8, not as {codec}"
            self.findings.warn("encoding", message, element.origin)
        parts: list[Part] = []
        for child in element.children:
            name = self.texts.parse(child.get("Name"), child.origin)
            if child.name == "FormPostParameter":
                parts.append(Part(name, self.texts.parse(child.get("Value"), child.origin)))
            elif child.name == "FileUploadParameter":
                parts.append(self._upload(child, name))
        return MultipartBody(tuple(parts))

    def _upload(self, element: Element, name: Text) -> Part:
        path = self.texts.resolved(self.texts.parse(element.get("FileName"), element.origin))
        kind = element.get("ContentType")
        told = self.texts.parse(element.get("FileUploadName"), element.origin)
        called = told if told.parts else Text.constant(path.replace("\\", "/").rpartition("/")[2])
        if flag(element, "HtmlEncodeFileName", self.findings, default=False):
            called = Text(tuple(part if isinstance(part, Hole) else html_encoded(part) for part in called.parts))
        makes_unique = flag(element, "GenerateUniqueName", self.findings, default=False)
        if makes_unique and flag(element, "UseGuids", self.findings, default=False):
            called, makes_unique = joined(Text((Hole(Call("guid"), ""),)), "_", called), False
        found = None if "{{" in path else places.resolve(self.files, self.entry, path)
        if found is None:
            if "{{" in path:
                message = f"the file {path!r} to upload is chosen while the test runs; that is not available"
                self.findings.error("file-missing", message, element.origin, "write the name of one file")
            else:
                message = f"the file {path!r} to upload is missing; looked {places.searched(self.entry, path)}"
                self.findings.error("file-missing", message, element.origin, "put it beside the test")
            return Part(name, Text())
        if found not in self.uploads:
            try:
                self.uploads[found] = self.files.read(found)
            except UnreadableFile as error:
                self.findings.error("file-missing", f"the file to upload cannot be read: {error}", element.origin)
        content_type = self.texts.parse(kind, element.origin) if kind else None
        return Part(name, Text(), called, content_type, found, makes_unique)

    def _string(self, element: Element, codec: str) -> Body:
        kind = element.get("ContentType") or element.get("contentType")
        text = self._decoded(element)
        if flag(element, "InsertByteOrderMark", self.findings, default=False) and has_byte_order_mark(codec):
            text = joined("\ufeff", text)
        return TextBody(text, self.texts.parse(kind, element.origin), codec)

    def _decoded(self, element: Element) -> Text:
        packed = "".join(element.text.split())
        if not packed:
            return Text()
        try:
            text = base64.b64decode(packed, validate=True).decode("utf-16-le")
        except (binascii.Error, ValueError):
            message = "the body is no base64 of UTF-16; it is sent as it is written"
            self.findings.warn("string-body", message, element.origin)
            text = element.text
        return self.texts.parse(text, element.origin)

    def _binary(self, element: Element, codec: str) -> Body:
        del codec
        try:
            content = base64.b64decode("".join(element.text.split()), validate=True)
        except (binascii.Error, ValueError):
            self.findings.error("binary-body", "the body is no base64", element.origin)
            content = b""
        return BinaryBody(content, self.texts.parse(element.get("ContentType"), element.origin))
