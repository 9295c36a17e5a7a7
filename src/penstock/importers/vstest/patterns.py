"""Regular expressions of .NET in the syntax of the `regex` library, which the rules run on."""

from __future__ import annotations

import re

import regex

_TOKEN = re.compile(
    r"""
      (?P<class>\[(?P<set>\^?\]?(?:\\.|[^\]\\])*?)(?:-\[(?P<without>\^?\]?(?:\\.|[^\]\\])*)\])?\])
    | (?P<quoted>\\k'(?P<kq>\w+)'|\\k<(?P<k>\w+)>)
    | (?P<block>\\[pP]\{(?P<property>[^}]*)\})
    | (?P<control>\\c[A-Za-z@\[\]^_])
    | (?P<escape>\\.)
    | (?P<named>\(\?'(?P<name>\w+)'|\(\?<(?P<balance>\w*-\w+)>)
    | (?P<options>\(\?(?P<flags>[imnsx]*(?:-[imnsx]+)?)(?P<rest>[:)]))
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ENDS = {r"\z": r"\Z", r"\Z": r"(?=\n?\Z)", r"\e": r"\x1b"}


class Untranslatable(Exception):
    """The expression means something that cannot be said in the other syntax; the text says what."""


def translate(pattern: str) -> str:
    """Return the pattern for `regex`; raises `Untranslatable` for what it has no word for or is not valid."""
    pieces: list[str] = []
    for match in _TOKEN.finditer(pattern):
        pieces.append(_translated(match))
    translated = "".join(pieces)
    try:
        regex.compile(translated)
    except (regex.error, RecursionError) as error:
        raise Untranslatable(f"it is not valid: {error}") from None
    return translated


def _translated(match: re.Match[str]) -> str:
    token = match[0]
    if match["class"]:
        return _class(match["set"], match["without"])
    if match["quoted"]:
        return f"(?P={match['kq'] or match['k']})"
    if match["block"]:
        name = match["property"]
        return f"{token[:3]}In{name[2:]}}}" if name.startswith("Is") else token
    if match["control"]:
        return rf"\x{ord(token[2].upper()) ^ 64:02x}"
    if match["escape"]:
        return _ENDS.get(token, token)
    if match["named"]:
        if match["balance"]:
            raise Untranslatable(f"balancing groups, {token}, are not available")
        return f"(?P<{match['name']}>"
    if match["options"]:
        if "n" in match["flags"]:
            raise Untranslatable(f"the option n, {token}, is not available")
        return token
    return token


def _class(members: str, without: str | None) -> str:
    """Return a set of characters; one that is subtracted, `[a-z-[aeiou]]`, must not be what comes."""
    found = "[" + members.replace("[", r"\[") + "]"
    return found if without is None else f"(?:(?!{_class(without, None)}){found})"
