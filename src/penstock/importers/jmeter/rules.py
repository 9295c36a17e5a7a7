"""Rules of the dialect made of elements: arguments, scopes, and whether they can be prepared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from penstock.errors import NotRunnable
from penstock.importers.base import Findings
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import Argument, Rule, Text, Variable
from penstock.program.values.dialect import EvaluationFailed
from penstock.program.values.jmeter.arguments import Arguments
from penstock.program.values.jmeter.assertions import NAMES as ASSERTIONS
from penstock.program.values.jmeter.assertions import assertion
from penstock.program.values.jmeter.extraction import extraction
from penstock.program.values.jmeter.patterns import refused_by_oro
from penstock.program.values.jmeter.reading import hole_of

_FIELDS = {
    "": "body",
    "false": "body",
    "true": "headers",
    "unescaped": "unescaped",
    "url": "url",
    "code": "code",
    "message": "message",
    "sample_label": "url",
    "response_data": "body",
    "response_code": "code",
    "response_message": "message",
    "response_headers": "headers",
    "request_data": "request",
}
"""What an element looks at, by its own word in small letters."""

_BEYOND = {
    "as_document": "the text of a document (PDF, Office)",
    "response_data_as_document": "the text of a document (PDF, Office)",
    "request_headers": "the headers that were sent",
}


@dataclass(slots=True)
class RuleMaker:
    """Gathers the arguments of one rule."""

    node: Node
    texts: Texts
    findings: Findings
    arguments: list[Argument] = field(default_factory=list)
    is_usable: bool = True

    def take(self, key: str, name: str) -> str:
        """Add a property as an argument; return it as it is written."""
        written = self.node.text(key)
        self.add(name, written)
        return written

    def add(self, name: str, written: str) -> None:
        """Add a text as an argument."""
        self.arguments.append(Argument(name, self.texts.parse(written, self.node.origin)))

    def reads(self, variable: str) -> None:
        """Note that the rule asks for a variable, which is only kept where something asks."""
        self.arguments.append(Argument("", hole_of(Variable(variable))))

    def take_field(self, key: str, prefix: str = "") -> None:
        """Add what the element looks at; what cannot be looked at is a finding."""
        word = self.node.text(key).strip().removeprefix(prefix).lower()
        known = _FIELDS.get(word)
        if known is None:
            what = _BEYOND.get(word, f"{self.node.text(key)!r}")
            self.refuse("field", f"{self.node.kind} looks at {what}, which is not kept here", "look at another field")
            return
        if known == "headers":
            message = "names of response headers are compared as Content-Type is spelt, however the server spells them"
            self.findings.note("header-names", message, self.node.origin, effect="approximated")
        self.arguments.append(Argument("field", Text.constant(known)))

    def take_scope(self, key: str) -> None:
        """Add the variable that is looked at instead of the sample; sub-samples there are none here."""
        scope = self.node.text(key).strip()
        if scope == "variable":
            self.take("Scope.variable", "variable")
        elif scope == "children":
            message = f"{self.node.kind} looks at sub-samples only; it looks at the main sample here"
            advice = "sub-samples are redirects and what a page embeds; apply it to the main sample"
            self.findings.warn("scope", message, self.node.origin, advice)
        elif scope == "all":
            message = f"{self.node.kind} looks at the main sample; sub-samples are not looked at"
            self.findings.note("scope", message, self.node.origin, effect="approximated")

    def pattern(self, written: str) -> None:
        """Report what JMeter's usual engine of regular expressions would refuse in a pattern."""
        what = refused_by_oro(written)
        if what is not None:
            message = (
                f"the regular expression {written[:80]!r} {what}: it is used here; JMeter's usual engine refuses it"
            )
            advice = "set jmeter.regex.engine=java there to have the same"
            self.findings.note("pattern", message, self.node.origin, advice, effect="approximated")

    def refuse(self, code: str, message: str, advice: str = "") -> None:
        """Note that the element cannot be carried over."""
        self.findings.error(code, message, self.node.origin, advice)
        self.is_usable = False

    def rule(self) -> Rule | None:
        """Return the rule; None where a finding says why there is none."""
        if not self.is_usable:
            return None
        rule = Rule(self.node.kind, tuple(self.arguments), self.node.origin)
        if not any(argument.value.holes for argument in self.arguments):
            prepare = _preparing(self.node.kind)
            try:
                prepare(Arguments(tuple((each.name, each.value.source) for each in self.arguments)))
            except (EvaluationFailed, ValueError, NotRunnable, RecursionError) as error:
                self.refuse("invalid-value", f"{self.node.kind}: {error}", "correct it, or switch the element off")
                return None
        return rule


def _preparing(kind: str) -> Callable[[Arguments], object]:
    return assertion(kind) if kind in ASSERTIONS else extraction(kind, Random())  # noqa: S311 — nothing is drawn
