"""Texts changed, escaped, encoded and digested."""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import re
from html.entities import codepoint2name
from urllib.parse import quote_plus, unquote_plus

from penstock.program.values.dialect import EvaluationFailed
from penstock.program.values.jmeter.functions.registry import ANY, Asked, Function, Table
from penstock.program.values.jmeter.patterns import Pattern

_HTML = {code: f"&{name};" for code, name in codepoint2name.items()}
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_JAVA_ESCAPE = re.compile(r"\\(?:u+([0-9a-fA-F]{4})|([0-3]?[0-7]{1,2})|(.)|$)", re.DOTALL)
_CONTROL = {"b": "\b", "n": "\n", "t": "\t", "f": "\f", "r": "\r"}
_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-224": "sha224", "SHA-256": "sha256", "SHA-384": "sha384"}
_DIGESTS["SHA-512"] = "sha512"


def _change_case(asked: Asked) -> str:
    text, mode = asked.text(0), asked.word(1, "UPPER").upper()
    if mode == "LOWER":
        return text.lower()
    if mode == "CAPITALIZE":
        return text[:1].upper() + text[1:]
    if mode == "UPPER":
        return text.upper()
    raise EvaluationFailed(f"the mode {mode!r} is none of UPPER, LOWER and CAPITALIZE")


def _unescape(asked: Asked) -> str:
    def plain(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2]:
            return chr(int(match[2], 8))
        return _CONTROL.get(match[3], match[3]) if match[3] else ""

    return _JAVA_ESCAPE.sub(plain, asked.text(0))


def _characters(asked: Asked) -> str:
    out = []
    for argument in asked.arguments:
        text = argument.strip()
        try:
            out.append(chr(_code(text)))
        except (ValueError, OverflowError):
            raise EvaluationFailed(f"{argument!r} is no number of a character") from None
    return "".join(out)


def _code(text: str) -> int:
    """Return what `Integer.decode` reads: `65`, `0x41`, `#41`, and octal behind a zero."""
    if text.startswith("#"):
        return int(text[1:], 16)
    return int(text, 8) if len(text) > 1 and text.isdigit() and text[0] == "0" else int(text, 0)


def _digest(asked: Asked) -> str:
    name = asked.word(0).upper()
    if name not in _DIGESTS:
        raise EvaluationFailed(f"the algorithm {asked.word(0)!r} is none of {', '.join(_DIGESTS)}")
    text = asked.text(1).encode() + asked.word(2).encode()
    digest = hashlib.new(_DIGESTS[name], text, usedforsecurity=False).hexdigest()
    return digest.upper() if asked.word(3).lower() == "true" else digest


def _decoded(asked: Asked) -> str:
    text = asked.text(0)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except binascii.Error:
        raise EvaluationFailed(f"{text[:40]!r} is not Base64") from None


def _substring(asked: Asked) -> str:
    text, begin, end = asked.text(0), asked.integer(1), asked.integer(2)
    if not 0 <= begin <= end <= len(text):
        raise EvaluationFailed(f"{begin} to {end} is no part of a text of {len(text)} characters")
    return text[begin:end]


def _choice(asked: Asked) -> str:
    return asked.text(2) if asked.text(0) == asked.text(1) else asked.text(3)


def _md5(asked: Asked) -> str:
    return hashlib.md5(asked.text(0).encode(), usedforsecurity=False).hexdigest()


def _replaced(asked: Asked) -> str:
    return Pattern.of(asked.text(1)).replaced(asked.text(0), asked.text(2))


TABLE: Table = {
    "__char": Function(_characters, 1, ANY),
    "__changeCase": Function(_change_case, 1, 3, 2),
    "__lowercase": Function(lambda asked: asked.text(0).lower(), 1, 2, 1),
    "__uppercase": Function(lambda asked: asked.text(0).upper(), 1, 2, 1),
    "__escapeHtml": Function(lambda asked: asked.text(0).translate(_HTML), 1, 1),
    "__unescapeHtml": Function(lambda asked: html.unescape(asked.text(0)), 1, 1),
    "__escapeXml": Function(lambda asked: _NOT_XML.sub("", asked.text(0)).translate(_XML), 1, 1),
    "__escapeOroRegexpChars": Function(lambda asked: re.sub(r"(?a:(\W))", r"\\\1", asked.text(0)), 1, 2, 1),
    "__unescape": Function(_unescape, 1, 1),
    "__urlencode": Function(lambda asked: quote_plus(asked.text(0), safe="*").replace("~", "%7E"), 1, 1),
    "__urldecode": Function(lambda asked: unquote_plus(asked.text(0)), 1, 1),
    "__base64Encode": Function(lambda asked: base64.b64encode(asked.text(0).encode()).decode(), 1, 2, 1),
    "__base64Decode": Function(_decoded, 1, 2, 1),
    "__MD5": Function(_md5, 1, 2, 1),
    "__digest": Function(_digest, 2, 5, 4),
    "__strLen": Function(lambda asked: str(len(asked.text(0))), 1, 2, 1),
    "__strReplace": Function(lambda asked: asked.text(0).replace(asked.text(1), asked.text(2)), 3, 4, 3),
    "__strReplaceRegex": Function(_replaced, 3, 4, 3),
    "__substring": Function(_substring, 3, 4, 3),
    "__if": Function(_choice, 4, 5, 4),
}
