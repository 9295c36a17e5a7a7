"""Texts with `${…}`: variables and functions of JMeter."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock.importers.base import Findings
from penstock.importers.jmeter.filefunctions import FILE_FUNCTIONS, FileFunctions
from penstock.importers.jmeter.functions import BY_FILE, COUNTING, PROPERTIES_BEHIND, PURE, STORING, STORING_SEVERAL
from penstock.model import Call, Expr, Hole, Literal, Origin, Text, Variable
from penstock.program.values.jmeter.functions import NAMES, OF_THE_PLAN, SCRIPTS
from penstock.program.values.jmeter.javascript import beyond_sandbox
from penstock.program.values.jmeter.parsing import Malformed, Parts, Reference, parse
from penstock.program.values.jmeter.reading import JOINED, call_of, counts, to_expr, to_text
from penstock.program.values.jmeter.scripting import examine

_LOOKS_LIKE_CALL = re.compile(r"__\w+\(")
_CHANGES_PROPERTIES = re.compile(rb"__setProperty|props\s*\.\s*(?:put|set)|props\s*\[|setProperty\(")
_SETTING = re.compile(
    r"vars\s*\.\s*(?:put|putObject)\s*\(\s*(['\"])(?P<name>[^'\"]+)\1|vars\s*\[\s*(['\"])(?P<key>[^'\"]+)\3"
)

OWN = ("JMeterThread.", "__jm__", "#")
"""How the names of variables begin that are there without being set."""


def changes_properties(content: bytes) -> bool:
    """Whether something in a plan sets properties while it runs."""
    return _CHANGES_PROPERTIES.search(content) is not None


@dataclass(slots=True)
class Texts:
    """Parses texts, and keeps which variables are read and which are set.

    `properties` are JMeter's (`-J`); unless `properties_change` they are the same all through the run. `constants` are
    variables that hold one value all through the run. `group_name`, `sampler_name` and `plan_name` are what functions
    that ask for them say where a text stands; `files` reads what functions name.
    """

    findings: Findings
    properties: Mapping[str, str]
    properties_change: bool = False
    constants: dict[str, str] = field(default_factory=dict)
    group_name: str = ""
    sampler_name: str = ""
    plan_name: str = ""
    files: FileFunctions | None = None
    _read: dict[str, Origin] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _prefixes: set[str] = field(default_factory=set)
    _source: str = ""
    _counted: int = 0
    _may_be_left_out: bool = False
    _sets_unknown: bool = False

    def parse(self, source: str, origin: Origin) -> Text:
        """Return the text with its variables and functions as holes; what cannot be computed is a finding."""
        parts = self._parts(source, origin)
        if parts is None:
            return Text.constant(source)
        self._source, self._counted, self._may_be_left_out = source, 0, False
        text = to_text(parts, lambda reference: self._resolved(reference, origin))
        return _folded(text) if any(isinstance(hole.expr, Literal) for hole in text.holes) else text

    def code(
        self, function: str, source: str, origin: Origin, *, is_file: bool = False, may_be_left_out: bool = False
    ) -> Expr | None:
        """Return a script as a call of the function of its language; None where a finding says why it cannot run.

        What stands in a file is not searched for `${…}`. A script that may be left out does not block the run.
        """
        self._may_be_left_out = may_be_left_out
        if is_file:
            parts: Parts | None = (source,)
        else:
            parts = self._parts(source, origin)
        if parts is None:
            return None
        self._source, self._counted = source, 0
        reference = Reference(function, (parts,), source)
        expr = self._script(reference, (to_expr(parts, lambda inner: self._resolved(inner, origin)),), origin)
        return expr if isinstance(expr, Call) else None

    def settled(self, source: str, origin: Origin) -> str | None:
        """Return the value of a text, if it is known before the run; None if it is not."""
        if "${" not in source:
            return source
        parts = self._parts(source, origin)
        return None if parts is None else self._settled(parts)

    def sets(self, name: str, *, is_prefix: bool = False) -> None:
        """Note that something in the plan sets this variable, or all whose names begin so."""
        if "${" in name:
            name, is_prefix = name.partition("${")[0], True
            self._sets_unknown = self._sets_unknown or not name
        (self._prefixes if is_prefix else self._known).add(name)
        if not is_prefix:
            self.constants.pop(name, None)

    def sets_in_code(self, code: str) -> None:
        """Note the variables that a script sets."""
        for match in _SETTING.finditer(code):
            self.sets(match["name"] or match["key"])

    def report_unset(self) -> None:
        """Report each variable that nothing sets: its reference is sent as it is written, as JMeter does."""
        if self._sets_unknown:
            return
        for name, origin in self._read.items():
            if name in self._known or name in self.constants or name.startswith((*OWN, *self._prefixes)):
                continue
            message = f"nothing sets the variable {name!r}: ${{{name}}} is sent as it is written"
            advice = f"give it a value with {name}=VALUE" if "=" not in name else ""
            self.findings.warn("unset-variable", message, origin, advice, "needs attention")

    # -- parsing

    def _parts(self, source: str, origin: Origin) -> Parts | None:
        try:
            return parse(source, NAMES)
        except (Malformed, RecursionError) as error:
            message = f"{_short(source)} is not closed: {error}"
            self.findings.error("malformed-function", message, origin, "close it, or write \\${ for the characters")
            return None

    def _resolved(self, reference: Reference, origin: Origin) -> Expr:
        name, arguments = reference.name, reference.arguments
        if arguments is None:
            return self._variable(reference, origin)
        if name in OF_THE_PLAN:
            return self._of_the_plan(reference, origin)
        least, most = counts(name)
        if not least <= len(arguments) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            message = f"{name} takes {wanted} arguments, not {len(arguments)}: {_short(reference.source)}"
            self.findings.error("function-arguments", message, origin, "a comma in an argument is written as \\,")
            return Literal(reference.source)
        settled = self._property(reference)
        if settled is not None:
            return Literal(settled)
        exprs = tuple(to_expr(argument, lambda inner: self._resolved(inner, origin)) for argument in arguments)
        self._note_results(name, arguments)
        if name in SCRIPTS:
            return self._script(reference, exprs, origin)
        return call_of(name, self._completed(name, exprs, reference, origin))

    def _variable(self, reference: Reference, origin: Origin) -> Expr:
        if match := _LOOKS_LIKE_CALL.match(reference.name):
            message = f"the function {match[0][:-1]} is not known: {_short(reference.source)}"
            advice = "write it another way; docs/guide/jmeter.md lists the functions"
            self.findings.error("unknown-function", message, origin, advice)
        else:
            self._read.setdefault(reference.name, origin)
        return Variable(reference.name)

    def _of_the_plan(self, reference: Reference, origin: Origin) -> Expr:
        name, arguments = reference.name, reference.arguments or ()
        if name == "__env":
            return self._environment(reference, arguments, origin)
        value = {
            "__threadGroupName": self.group_name,
            "__samplerName": self.sampler_name,
            "__TestPlanName": self.plan_name,
        }[name]
        if arguments and (target := self._settled(arguments[0])):
            self.sets(target.strip())
            return Call("__if", (Literal(""), Literal(""), Literal(value), Literal(""), Literal(target)))
        return Literal(value)

    def _environment(self, reference: Reference, arguments: tuple[Parts, ...], origin: Origin) -> Expr:
        """Return the value of an environment variable: agents do not show theirs, it is given like a property."""
        name = self._settled(arguments[0]) if arguments else None
        value = self.properties.get(name or "")
        if value is None and len(arguments) > 2:
            value = self._settled(arguments[2])
        if value is None:
            message = f"{_short(reference.source)} reads the environment of the machine, which agents do not show"
            advice = f"give the value with {name}=VALUE" if name else "write a property, ${__P(name)}, in its place"
            self.findings.error("environment", message, origin, advice)
            return Literal(reference.source)
        if len(arguments) > 1 and (target := self._settled(arguments[1])) and target.strip():
            self.sets(target.strip())
            return Call("__if", (Literal(""), Literal(""), Literal(value), Literal(""), Literal(target)))
        return Literal(value)

    def _completed(self, name: str, exprs: tuple[Expr, ...], reference: Reference, origin: Origin) -> tuple[Expr, ...]:
        """Return the arguments with what the function needs besides: given properties, contents of files, its place."""
        if name in PROPERTIES_BEHIND:
            missing = PROPERTIES_BEHIND[name] - len(exprs)
            default = Literal("1") if name == "__P" else Literal("")
            if name == "__property":
                exprs = (*exprs, *[Literal("")] * max(2 - len(exprs), 0))
                default, missing = exprs[0] if isinstance(exprs[0], Literal) else Literal(""), 3 - len(exprs)
            given = [Literal(text) for pair in self.properties.items() for text in pair]
            return (*exprs, *[default] * missing, *given)
        if name in FILE_FUNCTIONS and self.files is not None:
            exprs = self.files.with_content(name, exprs, reference, origin, self.findings)
        if name in COUNTING:
            exprs = (*exprs, Literal(_file_of(reference) if name in BY_FILE else self._place(origin)))
        if name == "__regexFunction":
            exprs = (*exprs, Variable("#body"))
        return exprs

    def _place(self, origin: Origin) -> str:
        """Return a name for the place of a call: an element that holds for several samplers is one place."""
        self._counted += 1
        return f"{origin}: {self._source} #{self._counted}"

    def _note_results(self, name: str, arguments: tuple[Parts, ...]) -> None:
        """Note the variables that a call sets."""
        for place in STORING.get(name, ()):
            at = len(arguments) + place if place < 0 else place
            if 0 <= at < len(arguments):
                self._note_result(arguments[at], is_prefix=name in STORING_SEVERAL)

    def _note_result(self, argument: Parts, *, is_prefix: bool) -> None:
        target = "".join(part if isinstance(part, str) else part.source for part in argument).strip()
        if target:
            self.sets(target)
            if is_prefix:
                self.sets(f"{target.partition('${')[0]}_", is_prefix=True)

    def _script(self, reference: Reference, exprs: tuple[Expr, ...], origin: Origin) -> Expr:
        """Return a call of code; what is outside of what is understood is a finding that blocks the run."""
        name = reference.name
        code = exprs[0]
        pieces = code.arguments if isinstance(code, Call) and code.function == JOINED else (code,)
        plain = [piece.value if isinstance(piece, Literal) else None for piece in pieces]
        self.sets_in_code("".join(piece or "" for piece in plain))
        reads = examine(plain, SCRIPTS[name][0])
        if isinstance(reads, str) and SCRIPTS[name][0] == "javascript":
            reads = beyond_sandbox("".join(piece or "" for piece in plain)) or frozenset()
        if isinstance(reads, str):
            message = f"{_short(reference.source)} cannot be computed: {reads}"
            if self._may_be_left_out:
                message = f"{message}; it is left out, so that more samples may pass"
                self.findings.warn("code", message, origin, CODE_ADVICE, "dropped")
            else:
                self.findings.error("code", message, origin, CODE_ADVICE)
            return Literal(reference.source)
        target = exprs[1:] or (Literal(""),)
        asks = any("props" in (piece or "") for piece in plain) and self.properties
        given = Literal(json.dumps(dict(self.properties)) if asks else "")
        return Call(name, (code, *target, *(Variable(each) for each in sorted(reads)), given, Literal(str(origin))))

    # -- what is known before the run

    def _property(self, reference: Reference) -> str | None:
        """Return the value of a property, where none is ever set by the plan; None where it must be asked for."""
        name, arguments = reference.name, reference.arguments or ()
        if self.properties_change or name not in ("__P", "__property", "__isPropDefined"):
            return None
        key = self._settled(arguments[0])
        if key is None:
            return None
        if name == "__isPropDefined":
            return "true" if key in self.properties else "false"
        if name == "__property" and len(arguments) > 1 and arguments[1]:
            return None  # it sets a variable
        if key in self.properties:
            return self.properties[key]
        default = 1 if name == "__P" else 2
        if len(arguments) > default:
            return self._settled(arguments[default])
        return "1" if name == "__P" else key

    def _settled(self, parts: Parts) -> str | None:
        pieces: list[str] = []
        for part in parts:
            value = part if isinstance(part, str) else self._settled_reference(part)
            if value is None:
                return None
            pieces.append(value)
        return "".join(pieces)

    def _settled_reference(self, reference: Reference) -> str | None:
        name, arguments = reference.name, reference.arguments
        if arguments is None:
            return self.constants.get(name)
        settled = self._property(reference)
        if settled is not None:
            return settled
        if name == "__env" and arguments:
            return self.properties.get(self._settled(arguments[0]) or "")
        if name == "__TestPlanName":
            return self.plan_name
        if name == "__threadGroupName":
            return self.group_name
        if name == "__V" and arguments and (inner := self._settled(arguments[0])) is not None:
            return self.constants.get(inner)
        compute = PURE.get(name)
        values = [self._settled(argument) for argument in arguments]
        if compute is None or any(value is None for value in values):
            return None
        try:
            return compute([value for value in values if value is not None])
        except (ValueError, IndexError):
            return None


CODE_ADVICE = (
    "what can be carried over are comparisons, logic, arithmetic, the usual methods of texts, vars, props and prev; "
    "docs/guide/jmeter.md shows it. Write the rest as elements or functions of JMeter"
)


def _folded(text: Text) -> Text:
    """Return the text with holes that hold a constant as plain pieces."""
    parts: list[str | Hole] = []
    for part in text.parts:
        plain = part if isinstance(part, str) else part.expr.value if isinstance(part.expr, Literal) else None
        if plain is None:
            parts.append(part)
        elif parts and isinstance(parts[-1], str):
            parts[-1] += plain
        elif plain:
            parts.append(plain)
    return Text(tuple(parts))


def _short(source: str) -> str:
    plain = " ".join(source.split())
    return plain if len(plain) <= 100 else f"{plain[:99]}…"


def _file_of(reference: Reference) -> str:
    """Return what a function reads, and for XPath also what it looks for there."""
    named = (reference.arguments or ())[: 2 if reference.name == "__XPath" else 1]
    return " ".join("".join(part if isinstance(part, str) else part.source for part in each) for each in named)
