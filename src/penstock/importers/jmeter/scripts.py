"""JSR223 and BeanShell elements: code as an expression that is computed for what it does."""

from __future__ import annotations

from penstock.importers.base import Findings
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import Assign, Assignment, Expr, Step
from penstock.program.values.jmeter.reading import hole_of
from penstock.program.values.jmeter.scripting.members import FAILURE, MESSAGE

SAMPLERS: frozenset[str] = frozenset({"JSR223Sampler", "BeanShellSampler", "BSFSampler"})
PRE_PROCESSORS: frozenset[str] = frozenset({"JSR223PreProcessor", "BeanShellPreProcessor", "BSFPreProcessor"})
ASSERTIONS: frozenset[str] = frozenset({"JSR223Assertion", "BeanShellAssertion"})
POST_PROCESSORS: frozenset[str] = frozenset({"JSR223PostProcessor", "BeanShellPostProcessor", "BSFPostProcessor"})

_FUNCTIONS = {
    "": "__groovy",
    "groovy": "__groovy",
    "java": "__BeanShell",
    "beanshell": "__BeanShell",
    "bsh": "__BeanShell",
    "javascript": "__javaScript",
    "ecmascript": "__javaScript",
    "rhino": "__javaScript",
    "jexl": "__jexl2",
    "jexl2": "__jexl2",
    "jexl3": "__jexl3",
}
"""The function whose language a script has."""


def compile_code(node: Node, texts: Texts, findings: Findings) -> tuple[Step, ...]:
    """Return the steps that do what a script does; a finding, and none, for what cannot be said so."""
    expr = code_of(node, texts, findings)
    if expr is None:
        return ()
    return (Assign((Assignment("#result", (hole_of(expr),)),), node.origin),)


def verdict_of(node: Node, texts: Texts, findings: Findings) -> Expr | None:
    """Return the code of an assertion: it gives nothing, or a mark and why the sample fails.

    None where a finding says why it is left out.
    """
    return code_of(node, texts, findings, is_verdict=True)


_BEFORE = f'def {FAILURE} = false; def {MESSAGE} = ""; '
_BEHIND = f'\nreturn {FAILURE} ? "!" + {MESSAGE} : ""'


def code_of(node: Node, texts: Texts, findings: Findings, *, is_verdict: bool = False) -> Expr | None:
    """Return the code of an element as an expression; None where a finding says why there is none."""
    is_bean_shell = node.kind.startswith("BeanShell")
    prefix = f"{node.kind}." if node.kind in ("BeanShellSampler", "BeanShellAssertion") else ""
    code = node.text(f"{prefix}query" if prefix else "script")
    file = node.text(f"{prefix}filename").strip()
    language = "beanshell" if is_bean_shell else node.text("scriptLanguage").strip().lower()
    function = _FUNCTIONS.get(language)
    if function is None:
        message = f"{node.kind}: the language {language!r} is not among what can be carried over"
        findings.error("code", message, node.origin, "write it in Groovy, or as elements of JMeter")
        return None
    if file:
        found = None if texts.files is None else texts.files.read(file)
        if found is None:
            message = f"{node.kind}: the script {file!r} is missing beside the plan"
            findings.error("file-missing", message, node.origin, "put it beside the plan")
            return None
        code = found
    if not code.strip():
        findings.note("no-code", f"{node.kind} has no script: it does nothing", node.origin)
        return None
    if "vars.putObject" in code:
        message = "vars.putObject keeps a text here: variables hold nothing else"
        findings.note("objects", message, node.origin, effect="approximated")
    if is_verdict:
        code = f"{_BEFORE}{code}{_BEHIND}"
    return texts.code(function, code, node.origin, is_file=bool(file), may_be_left_out=is_verdict)
