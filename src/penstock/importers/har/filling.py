"""What a request sends, with holes where it sends what was learned, or what the caller gives by the name of a field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, unquote_plus, urlsplit

from penstock.importers.har.learned import Learned
from penstock.importers.har.parse import Posted
from penstock.model import BinaryBody, Body, Call, FormBody, FormField, Hole, Text, TextBody, Variable

_FORM = "application/x-www-form-urlencoded"
_JSON = re.compile(r"json", re.IGNORECASE)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?')
_COLON = re.compile(r"\s*:")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*$")
_SCHEME = re.compile(r"(bearer|token)\s+(\S+)$", re.IGNORECASE)


class Filling:
    """Makes texts of what was recorded."""

    def __init__(self, learned: Learned, given: Mapping[str, str]) -> None:
        self._learned = learned
        self._given = given
        self.used: set[str] = set()

    def url(self, url: str) -> tuple[Text, str]:
        """Return the URL, and its path with names where it has holes: what the request is called."""
        parts = urlsplit(url)
        pieces: list[str | Hole] = [f"{parts.scheme}://{parts.netloc}"]
        named = ""
        for segment in (parts.path or "/").split("/")[1:]:
            variable = self._learned.variable(unquote(segment)) if segment else None
            pieces += ["/", segment if variable is None else _in_url(variable, segment)]
            named += "/" + (segment if variable is None else f"{{{variable.name}}}")
        for index, pair in enumerate(parts.query.split("&") if parts.query else ()):
            name, equals, value = pair.partition("=")
            variable = self._variable(unquote_plus(name), unquote_plus(value)) if equals and value else None
            pieces += [
                f"{'&' if index else '?'}{name}{equals}",
                value if variable is None else _in_url(variable, value),
            ]
        return _joined(pieces), named or "/"

    def header(self, value: str) -> Text:
        """Return the value of a header."""
        scheme = _SCHEME.match(value)
        sent, before = (scheme[2], value[: scheme.start(2)]) if scheme else (value, "")
        variable = self._learned.variable(sent)
        return Text.constant(value) if variable is None else _joined([before, _hole(variable)])

    def body(self, posted: Posted) -> Body | None:
        """Return the body as it was sent; None where the recording does not hold it."""
        content_type = Text.constant(posted.media_type) if posted.media_type else None
        is_form = posted.media_type.lower().startswith(_FORM)
        if posted.text is None and posted.content is not None:
            return BinaryBody(posted.content, content_type)
        if is_form and (fields := _fields(posted)) is not None:
            return FormBody(tuple(self._field(*each) for each in fields), content_type, encoded=True)
        if not posted.text:
            return None
        if _JSON.search(posted.media_type):
            return TextBody(self._json(posted.text), content_type)
        return TextBody(Text.constant(posted.text), content_type)

    def _field(self, name: str, value: str) -> FormField:
        variable = self._variable(name, value) if value else None
        return FormField(Text.constant(name), Text.constant(value) if variable is None else _joined([_hole(variable)]))

    def _variable(self, name: str, value: str) -> Variable | None:
        if name in self._given:
            self.used.add(name)
            return Variable(name)
        return self._learned.variable(value, name)

    def _json(self, text: str) -> Text:
        """Replace values inside a JSON text; keys and everything else stay as they were written."""
        pieces: list[str | Hole] = []
        at, key = 0, ""
        for token in _TOKEN.finditer(text):
            is_text = token[0].startswith('"')
            try:
                value = json.loads(token[0], strict=False)
            except ValueError:
                continue
            if is_text and _COLON.match(text, token.end()):
                key = value
                continue
            variable = self._variable(key, str(value))
            if variable is None:
                continue
            margin = 1 if is_text else 0
            pieces += [text[at : token.start() + margin], _hole(variable)]
            at = token.end() - margin
        return _joined([*pieces, text[at:]])


def _fields(posted: Posted) -> list[tuple[str, str]] | None:
    """Return the fields of a form; None where its text is something else."""
    if not posted.text:
        return list(posted.fields) or None
    try:
        return parse_qsl(posted.text, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        return None


def _in_url(variable: Variable, recorded: str) -> Hole:
    if _UNRESERVED.match(recorded):
        return _hole(variable)
    if quote(unquote_plus(recorded), safe="") != recorded:
        return _hole(variable)  # it was sent as it came
    return Hole(Call("__encode_url", (variable,)), f"${{__encode_url({variable.name})}}")


def _hole(variable: Variable) -> Hole:
    return Hole(variable, f"${{{variable.name}}}")


def _joined(pieces: list[str | Hole]) -> Text:
    parts: list[str | Hole] = []
    for piece in pieces:
        if isinstance(piece, str) and parts and isinstance(parts[-1], str):
            parts[-1] += piece
        elif piece != "":
            parts.append(piece)
    return Text(tuple(parts))
