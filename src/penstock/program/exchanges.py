"""From a request of the scenario to the operation that the loop is handed: URL, headers, body, options.

All that is constant is put together once. A request without holes is one tuple, handed over again and again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.errors import InvalidInput
from penstock.model import Request, StatusRange, Text
from penstock.program import urls
from penstock.program.bodies import CompiledBody, compile_body
from penstock.program.context import Context, failed
from penstock.program.iteration import StepFailed
from penstock.program.values import EvaluationFailed, Variables
from penstock.script.operations import REQUEST, RequestOptions

Operation = tuple[Any, ...]
Pairs = tuple[tuple[str, str], ...]

_EXPECTED = (StatusRange(200, 399),)  # what the loop expects by itself


def compile_exchange(request: Request, context: Context) -> Operation | Callable[[Variables], Operation]:
    """Return the operation, or what makes it.

    What makes it raises `StepFailed` when a part cannot be computed, in the order URL, credentials, body, headers.
    Raises `InvalidInput` for a constant part that can never be sent.
    """
    try:
        return _compile(request, context)
    except StepFailed as failure:
        raise InvalidInput(f"{request.origin}: {failure}") from None


def _compile(request: Request, context: Context) -> Operation | Callable[[Variables], Operation]:
    url_of = _url(request.url, context)
    headers = [(header.name, header.value) for header in request.headers]
    body = None if request.body is None else compile_body(request.body, context)
    headers_of = _headers(headers, body, context)
    authorization_of = _authorization(request, context)
    content = None if body is None else body.content
    method, name, options = request.method, request.name or None, _options(request)
    announce = context.dialect.request_variables(context.names)

    def make(variables: Variables) -> Operation:
        if announce is not None:
            announce(variables, "", "", "")  # nothing of the request before may be seen
        url, authorization = url_of(variables)
        if authorization_of is not None:
            authorization = authorization or authorization_of(variables)
        sent = content(variables) if callable(content) else content
        if announce is not None:
            announce(
                variables, method, url, sent if isinstance(sent, str) else (sent or b"").decode("utf-8", "replace")
            )
        pairs = headers_of if isinstance(headers_of, tuple) else headers_of(variables)
        if authorization is not None and own_authorization is False:
            pairs = (("Authorization", authorization), *pairs)
        return (REQUEST, method, url, name, pairs or None, sent, options)

    own_authorization = any(name.lower() == "authorization" for name, _ in headers)
    holes = request.url.holes or callable(content) or callable(headers_of)
    if request.credentials is not None:
        holes = holes or request.credentials.user.holes or request.credentials.password.holes
    return make if holes or announce is not None else make({})


def _url(text: Text, context: Context) -> Callable[[Variables], tuple[str, str | None]]:
    if not text.holes:
        constant = urls.take_userinfo(urls.complete(text.source))
        return lambda _: constant
    compute = context.dialect.text(text)
    first = text.parts[0]
    needs_scheme = not (isinstance(first, str) and urls.is_complete(first))

    def fill(variables: Variables) -> tuple[str, str | None]:
        try:
            url = compute(variables)
        except EvaluationFailed as error:
            raise failed("compute URL", error) from None
        if needs_scheme:
            url = urls.complete(url)
        return urls.take_userinfo(url) if "@" in url else (url, None)

    return fill


def _authorization(request: Request, context: Context) -> Callable[[Variables], str] | None:
    if request.credentials is None:
        return None
    user = context.text(request.credentials.user, "compute the user of the credentials")
    password = context.text(request.credentials.password, "compute the password of the credentials")
    return lambda variables: urls.basic(
        user(variables) if callable(user) else user, password(variables) if callable(password) else password
    )


def _headers(
    headers: list[tuple[str, Text]], body: CompiledBody | None, context: Context
) -> Pairs | Callable[[Variables], Pairs]:
    """Return the headers, or what computes them: of a name given twice the last, and the content type."""
    last = {name.lower(): (name, value) for name, value in headers}
    kind: list[tuple[str, str | Callable[[Variables], str]]] = []
    if body is not None and (body.binding or "content-type" not in last):
        last.pop("content-type", None)
        kind = [("Content-Type", body.content_type)]
    values = kind + [(name, context.text(value, f"compute {name} header value")) for name, value in last.values()]
    constant: list[tuple[str, str]] = []
    computed: list[tuple[str, Callable[[Variables], str]]] = []
    for name, value in values:
        if callable(value):
            computed.append((name, value))
        else:
            constant.append((name, value))
    known = tuple(constant)
    if not computed:
        return known
    return lambda variables: (*known, *[(name, value(variables)) for name, value in computed])


def _options(request: Request) -> RequestOptions | None:
    expected = None
    if request.expected_status != _EXPECTED:
        expected = tuple((status.least, status.most) for status in request.expected_status)
    options = RequestOptions(request.timeout_s, request.max_redirects, expected)
    return None if options == RequestOptions() else options
