"""Python classes in place of compiled plug-ins and rules of Visual Studio web tests.

A mapping file says which class replaces which .NET class (docs/guide/visual-studio.md); it is used only if
`--plugins FILE` names it. `parameters` holds the rule parameters of the web test by name, bindings resolved. One object
serves all users of an agent, so what belongs to a user goes into the context.

    from penstock.script.plugins import WebTestPlugin

    class SessionId(WebTestPlugin):
        def pre_web_test(self, context):
            context[self.parameters["ContextParameterName"]] = new_session_id()
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from penstock.script.http import Response

Context = MutableMapping[str, Any]
"""The context parameters of one iteration, by name; a value that is not a string is used as its `str`."""


@dataclass(slots=True)
class OutgoingRequest:
    """A request that is about to be sent. Change what should be different."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | str | None = None


class Plugin:
    """The base class; `parameters` are those of the rule. An exception in any method fails the request or iteration."""

    def __init__(self) -> None:
        self.parameters: Mapping[str, str] = {}


class ExtractionRule(Plugin):
    """Replaces a class that derives from `ExtractionRule`."""

    def extract(self, context: Context, response: Response) -> str | None:
        """Return the value for the context parameter of the rule; None, if there is none, fails the request."""
        raise NotImplementedError


class ValidationRule(Plugin):
    """Replaces a class that derives from `ValidationRule`."""

    def validate(self, context: Context, response: Response) -> str | None:
        """Return why the response fails; None if it passes."""
        raise NotImplementedError


class ConditionalRule(Plugin):
    """Replaces a class that derives from `ConditionalRule`."""

    def is_met(self, context: Context) -> bool:
        """Return whether the loop goes on, or the branch is taken."""
        raise NotImplementedError


class RequestPlugin(Plugin):
    """Replaces a class that derives from `WebTestRequestPlugin`."""

    def pre_request(self, context: Context, request: OutgoingRequest) -> None:
        """Act before a request is sent; its bindings are resolved."""

    def post_request(self, context: Context, response: Response) -> None:
        """Act when the response was judged; if none came, its status is 0."""


class WebTestPlugin(RequestPlugin):
    """Replaces a class that derives from `WebTestPlugin`; the methods for requests are called for each request."""

    def pre_web_test(self, context: Context) -> None:
        """Act when an iteration begins, with parameters and data in the context."""

    def post_web_test(self, context: Context) -> None:
        """Act when an iteration ends."""
