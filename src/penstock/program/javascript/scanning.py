"""What can be told from the text of a script before it runs.

Two readings, of different strength:

* `words` and `candidates` find every word that could be a name, even in strings and comments. Too many do no harm,
  since the engine itself then says which of them the script declares; a missing one would lose a variable.
* `tokens` leaves out strings, templates' texts, comments and regular expressions. It is a scanner, not a
  parser, and takes the usual guess at whether `/` divides. What rests on it (which constructs are refused
  with a clear message, which scripts get a realm of their own) is a matter of comfort, never of isolation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESERVED = _set(
    "arguments await break case catch class const continue debugger default delete do else enum eval export "
    "extends false finally for function if import in instanceof let new null return super switch this throw "
    "true try typeof var void while with"
)
"""Words that no variable can be called; those that only strict code reserves (`package`, `static`) may be names."""

_WORD = re.compile(r"[\w$\u200c\u200d]+")
_ESCAPE = re.compile(r"\\u(?:([0-9a-fA-F]{4})|\{([0-9a-fA-F]{1,6})\})")
_START = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nl"))
_PART = _START | {"Mn", "Mc", "Nd", "Pc"}


def _is_identifier(word: str) -> bool:
    def fits(char: str, categories: frozenset[str]) -> bool:
        return char in "$_" or unicodedata.category(char) in categories

    return fits(word[0], _START) and all(char in "\u200c\u200d" or fits(char, _PART) for char in word[1:])


def _unescape(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else " "


def words(source: str) -> tuple[str, ...]:
    """Every word of the source, in order, reserved ones too."""
    texts = [source]
    if "\\u" in source:  # an escape may stand inside a name
        texts.append(_ESCAPE.sub(_unescape, source))
    return tuple(dict.fromkeys(word for text in texts for word in _WORD.findall(text)))


def candidates(source: str) -> tuple[str, ...]:
    """Every word of the source that could be the name of a variable, in order."""
    return tuple(word for word in words(source) if word not in RESERVED and _is_identifier(word))


class Token(NamedTuple):
    """A word, number or punctuator outside strings and comments, and the line it stands in, from 1."""

    text: str
    line: int


_SCAN = re.compile(
    r"""(?P<newline>\n)
      | (?P<skip>[^\S\n]+|//[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<string>"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)
      | (?P<word>[\w$\\][\w$\\]*)
      | (?P<mark>=>|===?|!==?|\?\.|\.\.\.|\+\+|--|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(`|\$\{|\Z)", re.DOTALL)
# Words after which a slash begins a regular expression.
_BEFORE_REGEX = _set("return typeof case do else in instanceof new void delete throw of yield await")
_CONDITIONS = _set("if while for with")


def tokens(source: str) -> Iterator[Token]:
    """Scan the source. Never fails: what cannot be a script still gives tokens."""
    line, at, before, word_before = 1, 0, "", ""
    braces: list[bool] = []  # of every open brace: whether it belongs to a template
    conditions: list[bool] = []  # of every open parenthesis: whether a statement follows its end
    statement_follows = False
    while at < len(source):
        char = source[at]
        if char == "`" or (char == "}" and braces and braces[-1]):
            if char == "}":
                braces.pop()
            match = _TEMPLATE.match(source, at + 1)
            line, at = line + source.count("\n", at, match.end() if match else at), match.end() if match else at + 1
            if match and match[1] == "${":
                braces.append(True)
                before = "{"
            else:
                before = "`"
            continue
        if char == "/" and (match := _REGEX.match(source, at)) and not source.startswith(("//", "/*"), at):
            divides = before in ("++", "--") or (before and (before[-1].isalnum() or before[-1] in "_$`\"'])"))
            if not divides or before in _BEFORE_REGEX or statement_follows:
                at, before, statement_follows = match.end(), "`", False
                continue
        match = _SCAN.match(source, at)
        if match is None:  # pragma: no cover - the last alternative takes any character
            return
        text, at = match[0], match.end()
        kind = match.lastgroup
        if kind in ("newline", "skip"):
            line += text.count("\n")
            continue
        if kind == "string":
            line += text.count("\n")
            before, statement_follows = '"', False
            continue
        statement_follows = False
        if text == "(":
            conditions.append(word_before in _CONDITIONS)
        elif text == ")" and conditions:
            statement_follows = conditions.pop()
        elif text == "{":
            braces.append(False)
        elif text == "}" and braces:
            braces.pop()
        yield Token(text, line)
        before, word_before = text, text if kind == "word" else ""


class Unavailable(NamedTuple):
    """A construct that scripts may not use, and its line."""

    what: str
    line: int


def find_unavailable(scanned: list[Token]) -> Unavailable | None:
    """Return the first construct that would need a promise or a module, if there is one."""
    for i, (text, line) in enumerate(scanned):
        if text not in ("async", "await", "import", "export"):
            continue
        previous = scanned[i - 1].text if i else ""
        following = scanned[i + 1] if i + 1 < len(scanned) else Token("", line)
        if previous in (".", "?.") or following.text == ":":
            continue  # a property of that name
        starts_name = following.text[:1].isalpha() or following.text[:1] in ("_", "$")
        same_line = following.line == line
        if text == "async" and same_line and (following.text in ("function", "(", "*", "[") or starts_name):
            if following.text not in ("in", "of", "instanceof"):
                return Unavailable("async functions are", line)
        elif text == "await" and (starts_name or following.text in ("(", "[", "{")):
            return Unavailable("await is", line)
        elif text == "import" and (starts_name or following.text in ("(", "{", "*", "")):
            return Unavailable("import is", line)
        elif text == "export":
            return Unavailable("export is", line)
    return None


_BUILT_INS = _set(
    "Object Function Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError Array "
    "Number Boolean String Math Reflect Symbol Date RegExp JSON Proxy Map Set WeakMap WeakSet ArrayBuffer DataView "
    "BigInt parseInt parseFloat isNaN isFinite assert console Uint8Array Float64Array"
)
_CHANGES_PROTOTYPES = _set("setPrototypeOf __proto__")
_DEFINES = _set("defineProperty defineProperties assign")
_APPLIES = _set("call apply bind")


def changes_built_ins(scanned: list[Token]) -> bool:
    """Whether the script seems to add to built-in objects or replace them, and so needs a realm of its own.

    Wrong guesses are safe: without a realm of its own such a change has no effect, with one it only costs time.
    """
    texts = [token.text for token in scanned] + [""] * 6
    for i, text in enumerate(texts):
        if text in _CHANGES_PROTOTYPES:
            return True
        if text not in _BUILT_INS or (i and texts[i - 1] in (".", "?.")):
            continue
        one, two, three, _, five = texts[i + 1 : i + 6]
        if one == "=" or (one == "." and three == "="):
            return True
        if one == "." and two == "prototype" and not (three == "." and five == "." and texts[i + 6] in _APPLIES):
            return True
        if i > 1 and texts[i - 1] == "(" and texts[i - 2] in _DEFINES:
            return True
    return False
