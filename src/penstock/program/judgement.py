"""What rules make of a response, in the order of Visual Studio.

Extraction, validation of the response, then (when all that belongs to the page is there) validation of the page, then
the plug-ins. All rules are asked, whatever failed before; the first failure is the one that counts.
"""

from __future__ import annotations

from collections.abc import Callable

from penstock.model import Request, Validation
from penstock.program.context import Context
from penstock.program.plugins import After
from penstock.program.values import ExtractionFailed, Variables
from penstock.script import Response, binding


class Judgement:
    """Of one request: `respond` when its response is there, then `complete` with the seconds of its page."""

    def __init__(self, request: Request, context: Context, after: After | None) -> None:
        self._observe = context.dialect.response_variables(context.names)
        self._extract = context.dialect.extracts(request.extracts)
        self._of_response = [_rule(each, context) for each in request.validations if not each.after_page]
        self._of_page = [_rule(each, context) for each in request.validations if each.after_page]
        self._judges_failures = context.dialect.judges_failures()
        self._conclude = context.dialect.outcome_variables(context.names)
        self._after = after

    def respond(self, variables: Variables, response: Response) -> bool:
        """Extract and validate; return whether all is well so far.

        A response that never came is only observed, unless the dialect judges it as any other.
        """
        if self._observe is not None:
            self._observe(variables, response)
        if not response.status and not self._judges_failures:
            return False
        passed = response.ok
        if self._extract is not None:
            try:
                self._extract(variables, response)
            except ExtractionFailed as failure:
                binding.recorder.fail("extract", str(failure))
                passed = False
        for rule in self._of_response:
            passed = rule(variables, response, 0.0) and passed
        return passed

    def complete(self, variables: Variables, response: Response, page_s: float, *, passed: bool) -> bool:
        """Validate the page and tell the plug-ins; return whether all was well."""
        if response.status or self._judges_failures:
            for rule in self._of_page:
                passed = rule(variables, response, page_s) and passed
        if self._conclude is not None:
            self._conclude(variables, passed)
        if self._after is not None:
            self._after(variables, response)
        return passed


def _rule(validation: Validation, context: Context) -> Callable[[Variables, Response, float], bool]:
    judge = context.dialect.validation(validation.rule)
    label = validation.label

    def passes(variables: Variables, response: Response, page_s: float) -> bool:
        reason = judge(variables, response, page_s)
        if reason is not None:
            binding.recorder.fail("check", reason)
        binding.recorder.check(label, reason is None)
        return reason is None

    return passes
