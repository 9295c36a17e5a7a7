"""Rules and plug-ins: the class says which, the parameters what about."""

from __future__ import annotations

import math
from dataclasses import dataclass

from penstock.importers.base import Findings
from penstock.importers.vstest.operators import operator_of
from penstock.importers.vstest.patterns import Untranslatable, translate
from penstock.importers.vstest.texts import Texts
from penstock.importers.xmlfile import Element
from penstock.model import Argument, Extract, Hole, Origin, Rule, RuleQuery, Text, Validation, Variable

_NAMESPACES = ("Microsoft.VisualStudio.TestTools.WebTesting.Rules.", "Microsoft.VisualStudio.TestTools.WebTesting.")
_GSM = "Microsoft.SystemCenter.Cloud.GsmPlugins."

EXTRACTIONS = frozenset(
    {
        "ExtractAttributeValue",
        "ExtractFormField",
        "ExtractHiddenFields",
        "ExtractHtmlSelectTag",
        "ExtractHtmlTagInnerText",
        "ExtractHttpHeader",
        "ExtractRegularExpression",
        "ExtractText",
    }
)
VALIDATIONS = frozenset(
    {
        "ValidateFormField",
        "ValidateHtmlSelectTag",
        "ValidateHtmlTagInnerText",
        "ValidateResponseUrl",
        "ValidationRuleFindText",
        "ValidationRuleRequestTime",
        "ValidationRuleRequiredAttributeValue",
        "ValidationRuleRequiredTag",
        "ValidationRuleResponseTimeGoal",
    }
)
CONDITIONS = frozenset(
    {
        "ContextParameterExistenceRule",
        "CookieComparisonRule",
        "CookieExistenceRule",
        "LastRequestOutcomeRule",
        "LastResponseCodeRule",
        "NumericalComparisonRule",
        "ProbabilityRule",
        "StringComparisonRule",
    }
)
_GENERATORS = {
    "GuidGeneratorWebTestPlugin": "GuidGenerator",
    "RandomIntGeneratorWebTestPlugin": "RandomIntGenerator",
    "DateTimeGeneratorWebTestPlugin": "DateTimeGenerator",
    "SetContextWebTestPlugin": "SetContext",
    "SetContextParameterWebTestPlugin": "SetContext",
}

LEVELS = {"low": 0, "medium": 1, "high": 2}
"""The levels of validation rules: a run of a level asks the rules up to it."""

_PATTERNS = {"ExtractRegularExpression": ("RegularExpression",), "ExtractText": ("StartsWith", "EndsWith")}
_PATTERN = (
    "FindText",
    "Value",
    "CookieValue",
    "ExpectedInnerText",
    "ExpectedSelectedOption",
    "ExpectedValue",
    "ExpectedText",
)
"""Which parameters are regular expressions where the rule uses them."""

_NUMBERS = frozenset(
    {
        *("Index", "IncrementValue", "InitialValue", "IterationsCount", "MaxRequestTime", "MinOccurrences"),
        *("Percentage", "TerminatingValue", "Tolerance"),
    }
)
_WHOLE_NUMBERS = frozenset({"Index", "MinOccurrences"})

_WORDY = frozenset({"DisplayName", "Description"})


def class_name(element: Element) -> str:
    """Return the full name of the class, without its assembly."""
    return element.get("Classname").partition(",")[0].strip()


@dataclass(slots=True)
class Rules:
    """Compiles rules; `plugins` are the .NET classes that the user has Python classes for."""

    findings: Findings
    texts: Texts
    plugins: frozenset[str] = frozenset()
    ignore_plugins: bool = False
    level: int = LEVELS["high"]

    def extraction(self, element: Element) -> Extract | None:
        """Return an extraction rule; None when it cannot be used, which is a finding."""
        variable = element.get("VariableName")
        name = self._name(element, EXTRACTIONS)
        if name is None:
            self.texts.has_unknown_sources = True
            if class_name(element) not in self.plugins:
                what = f"the extraction rule {class_name(element)!r}, which sets '{variable}', is compiled .NET code"
                self._refuse(element, what, "the context parameter is not set", severe=not self.ignore_plugins)
            return None
        if name == "ExtractHiddenFields":
            self.texts.sets(f"$HIDDEN{variable}.", is_prefix=True)
        else:
            self.texts.sets(variable)
        rule = Rule(name, self._arguments(element, name), element.origin)
        return Extract(variable, RuleQuery(rule), element.origin)

    def validation(self, element: Element, *more: Argument) -> Validation | None:
        """Return a validation rule; None when the level of the run leaves it out, or it cannot be used."""
        level = element.get("Level").strip().lower() or "high"
        if level not in LEVELS:
            message = f"Level is {element.get('Level')!r}, not Low, Medium or High; it counts as High"
            self.findings.warn("invalid-value", message, element.origin)
        if LEVELS.get(level, LEVELS["high"]) > self.level:
            message = "the validation level of the run leaves this rule out"
            self.findings.note("validation-level", message, element.origin)
            return None
        name = self._name(element, VALIDATIONS)
        if name is None:
            if class_name(element) not in self.plugins:
                what = f"the validation rule {class_name(element)!r} is compiled .NET code and is left out"
                advice = "name a Python class for it with --plugins"
                self.findings.warn("compiled-code", what, element.origin, advice, "dropped")
            return None
        order = (element.get("ExectuionOrder") or element.get("ExecutionOrder")).strip().lower()
        if order not in ("", "beforedependents", "afterdependents"):
            message = f"ExectuionOrder is {order!r}, not BeforeDependents or AfterDependents; the first is taken"
            self.findings.warn("invalid-value", message, element.origin)
        rule = Rule(name, (*self._arguments(element, name), *more), element.origin)
        return Validation(rule, self._label(element, name), after_page=order == "afterdependents")

    def condition(self, element: Element, name: str) -> Rule | None:
        """Return the conditional rule; None when it cannot be used, which is a finding."""
        if name not in CONDITIONS and name not in self.plugins:
            message = f"the conditional rule {class_name(element)!r} is not known; what it decides cannot be told"
            advice = "name a Python class for it with --plugins"
            self.findings.error("compiled-code", message, element.origin, advice)
            return None
        arguments = self._arguments(element, name)
        if name == "LastResponseCodeRule":
            arguments = (*arguments, self._reads("LastResponseCode"))
        if name == "LastRequestOutcomeRule":
            arguments = (*arguments, self._reads("LastRequestOutcome"))
        if name.startswith("Cookie"):
            arguments = (*arguments, self._reads("Cookies"), self._reads("Retarget"))
        if name == "ProbabilityRule" and (parameter := self.parameter(element, "ContextParameterName")):
            self.texts.sets(parameter)
        return Rule(name, arguments, element.origin)

    def conditional_name(self, element: Element) -> str:
        """Return the short name of a conditional rule, or the full one of a class that is none of the product's."""
        return _short(class_name(element))

    def plugin(self, element: Element, what: str) -> Rule | None:
        """Return a plug-in; None when it is left out, which is a finding."""
        full = class_name(element)
        name = _GENERATORS.get(full.removeprefix(_GSM)) if full.startswith(_GSM) else None
        if full in self.plugins:
            self.texts.has_unknown_sources = True
            return Rule(full, self._arguments(element, full), element.origin)
        if name is None:
            self.texts.has_unknown_sources = True
            self._refuse(
                element,
                f"the {what} {full!r} is compiled .NET code and cannot run here",
                "what it does is not done",
                severe=not self.ignore_plugins,
            )
            return None
        for parameter in ("ContextParameterName", "ContextParameter"):
            if given := self.parameter(element, parameter):
                self.texts.sets(given)
        return Rule(name, self._arguments(element, name), element.origin)

    def report_numbers(self, element: Element) -> None:
        """Report parameters of a rule that must be numbers and are none."""
        parameters = element.first("RuleParameters")
        for each in parameters.children if parameters is not None else []:
            name, value = each.get("Name"), each.get("Value").strip().removesuffix("%")
            if name not in _NUMBERS or not value or "{{" in value:
                continue
            try:
                fits = math.isfinite(float(value)) and (name not in _WHOLE_NUMBERS or float(value).is_integer())
            except ValueError:
                fits = False
            if not fits:
                message = f"{name} is {each.get('Value')!r}, which is not a number"
                self.findings.error("invalid-value", message, each.origin)

    def parameter(self, element: Element, name: str) -> str:
        """Return a parameter of a rule as it is written."""
        parameters = element.first("RuleParameters")
        for each in parameters.children if parameters is not None else []:
            if each.get("Name") == name:
                return each.get("Value")
        return ""

    def argument(self, name: str, text: str, origin: Origin) -> Argument:
        """Return an argument with its bindings parsed."""
        return Argument(name, self.texts.parse(text, origin))

    def _reads(self, name: str) -> Argument:
        return Argument(name, Text((Hole(Variable(f"${name}"), f"{{{{${name}}}}}"),)))

    def _name(self, element: Element, known: frozenset[str]) -> str | None:
        full = class_name(element)
        if full in self.plugins:
            return full
        name = _short(full)
        return name if name in known else None

    def _label(self, element: Element, name: str) -> str:
        wanted = self.parameter(element, "FindText") or self.parameter(element, "RequiredTagName")
        wanted = " ".join(wanted.split())
        if not wanted:
            return name
        return f"{name}: {wanted if len(wanted) <= 60 else f'{wanted[:59]}…'}"

    def _arguments(self, element: Element, name: str) -> tuple[Argument, ...]:
        self.report_numbers(element)
        parameters = element.first("RuleParameters")
        given = {each.get("Name"): each for each in (parameters.children if parameters is not None else [])}
        regular = given.get("UseRegularExpression")
        patterns: tuple[str, ...] = ()
        if name == "ExtractRegularExpression":
            patterns = _PATTERNS[name]
        elif regular is not None and regular.get("Value").strip().lower() == "true":
            patterns = _PATTERNS.get(name, _PATTERN)
        return tuple(
            Argument(key, self._argument(key, each, patterns)) for key, each in given.items() if key not in _WORDY
        )

    def _argument(self, name: str, element: Element, patterns: tuple[str, ...]) -> Text:
        value = element.get("Value")
        if name == "ComparisonOperator" and value:
            value = self.operator(element, value)
        text = self.texts.parse(value, element.origin)
        if name not in patterns or not value:
            return text
        if text.holes:
            message = "a regular expression with a binding is used as it is written, in the syntax of Python's regex"
            self.findings.warn("pattern", message, element.origin)
            return text
        try:
            return Text.constant(translate(value))
        except Untranslatable as error:
            message = f"the regular expression {value!r} cannot be used: {error}"
            self.findings.error("pattern", message, element.origin, "write it another way")
            return Text()

    def operator(self, element: Element, value: str) -> str:
        """Return a comparison operator in its one form; an unknown word is a finding."""
        found = operator_of(value)
        if found is None:
            message = f"the comparison operator {value!r} is not known"
            self.findings.error(
                "comparison-operator", message, element.origin, "write it in English, like == or Equals"
            )
            return value
        operator, is_translated = found
        if is_translated:
            message = f"the comparison operator {value!r} is taken as {operator}"
            self.findings.warn("comparison-operator", message, element.origin)
        return operator

    def _refuse(self, element: Element, what: str, consequence: str, *, severe: bool = True) -> None:
        message = f"{what}; {consequence}"
        advice = "name a Python class for it with --plugins, or leave plug-ins out with --ignore-plugins"
        if severe:
            self.findings.error("compiled-code", message, element.origin, advice)
        else:
            self.findings.warn(
                "compiled-code", message, element.origin, "name a Python class for it with --plugins", "dropped"
            )


def _short(full: str) -> str:
    for namespace in _NAMESPACES:
        name = full.removeprefix(namespace)
        if name != full and "." not in name:
            return name
    return full
