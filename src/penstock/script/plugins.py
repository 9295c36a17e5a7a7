"""Python in place of compiled plug-ins and rules of Visual Studio's web tests.

A mapping file says which class stands for which .NET class (docs/guide/visual-studio.md); it is used only where
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
"""The context parameters of one iteration, by name; what is not text is bound as its `str`."""


@dataclass(slots=True)
class OutgoingRequest:
    """A request that is about to be sent; change what should be different."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | str | None = None


class Plugin:
    """Base of all: knows its parameters. An exception in any method fails the request or the iteration."""

    def __init__(self) -> None:
        self.parameters: Mapping[str, str] = {}


class ExtractionRule(Plugin):
    """Stands for a class that derives from `ExtractionRule`."""

    def extract(self, context: Context, response: Response) -> str | None:
        """Return the value of the rule's context parameter; None when there is none, which fails the request."""
        raise NotImplementedError


class ValidationRule(Plugin):
    """Stands for a class that derives from `ValidationRule`."""

    def validate(self, context: Context, response: Response) -> str | None:
        """Return why the response does not pass; None when it does."""
        raise NotImplementedError


class ConditionalRule(Plugin):
    """Stands for a class that derives from `ConditionalRule`."""

    def is_met(self, context: Context) -> bool:
        """Return whether the loop goes on, or the branch is taken."""
        raise NotImplementedError


class RequestPlugin(Plugin):
    """Stands for a class that derives from `WebTestRequestPlugin`."""

    def pre_request(self, context: Context, request: OutgoingRequest) -> None:
        """Do something before the request is sent; its bindings are resolved."""

    def post_request(self, context: Context, response: Response) -> None:
        """Do something when the response was judged; one that never came has the status 0."""


class WebTestPlugin(RequestPlugin):
    """Stands for a class that derives from `WebTestPlugin`; the methods of requests are called for each request."""

    def pre_web_test(self, context: Context) -> None:
        """Do something when an iteration begins: parameters and data are in the context."""

    def post_web_test(self, context: Context) -> None:
        """Do something when an iteration ends."""
