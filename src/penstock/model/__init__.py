"""The neutral language that every importer compiles into: what a test says, free of any engine.

Frozen dataclasses and closed sums only. `Scenario` is the root. A node carries an `Origin`, the place in
the user's own file, so that every message can name it.
"""

from penstock.model.checks import Check, Condition, Operator, Validation
from penstock.model.data import CsvData, Pick
from penstock.model.expr import Argument, Call, Expr, Hole, Literal, Operation, Rule, RuleValue, Text, Variable
from penstock.model.extracts import (
    CssQuery,
    EdnQuery,
    Extract,
    HeaderQuery,
    JsonPathQuery,
    Query,
    RegexQuery,
    RuleQuery,
    TextQuery,
    XPathQuery,
)
from penstock.model.findings import Effect, Finding, Severity
from penstock.model.goal import Goal
from penstock.model.load import Load, Phase
from penstock.model.origin import Origin
from penstock.model.population import MixRule, Population, Share
from penstock.model.requests import (
    BasicCredentials,
    Body,
    FormBody,
    FormField,
    Header,
    MultipartBody,
    Part,
    Poll,
    Request,
    StatusRange,
    TextBody,
)
from penstock.model.scenario import Defaults, Journey, Scenario
from penstock.model.scripts import Code
from penstock.model.steps import (
    Assign,
    Assignment,
    Branch,
    Group,
    Jump,
    Label,
    Loop,
    Script,
    Step,
    Test,
    Think,
)
from penstock.model.suite import Flow, FlowStatus, Mode, ParameterSet, Suite
from penstock.model.thresholds import Comparison, Measure, Threshold, parse_threshold

__all__ = [
    "Argument",
    "Assign",
    "Assignment",
    "BasicCredentials",
    "Body",
    "Branch",
    "Call",
    "Check",
    "Code",
    "Comparison",
    "Condition",
    "CssQuery",
    "CsvData",
    "Defaults",
    "EdnQuery",
    "Effect",
    "Expr",
    "Extract",
    "Finding",
    "Flow",
    "FlowStatus",
    "FormBody",
    "FormField",
    "Goal",
    "Group",
    "Header",
    "HeaderQuery",
    "Hole",
    "Journey",
    "JsonPathQuery",
    "Jump",
    "Label",
    "Literal",
    "Load",
    "Loop",
    "Measure",
    "MixRule",
    "Mode",
    "MultipartBody",
    "Operation",
    "Operator",
    "Origin",
    "ParameterSet",
    "Part",
    "Phase",
    "Pick",
    "Poll",
    "Population",
    "Query",
    "RegexQuery",
    "Request",
    "Rule",
    "RuleQuery",
    "RuleValue",
    "Scenario",
    "Script",
    "Severity",
    "Share",
    "StatusRange",
    "Step",
    "Suite",
    "Test",
    "Text",
    "TextBody",
    "TextQuery",
    "Think",
    "Threshold",
    "Validation",
    "Variable",
    "XPathQuery",
    "parse_threshold",
]
