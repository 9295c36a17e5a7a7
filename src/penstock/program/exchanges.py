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
from penstock.program.iteration import Makes, Operation, StepFailed
from penstock.program.transport import compile_transport
from penstock.program.values import EvaluationFailed, Variables
from penstock.script.credentials import header_value
from penstock.script.operations import REQUEST, STREAM_HEADERS, Credentials, Handling, RequestOptions, Transport, Until

Pairs = tuple[tuple[str, str], ...]

_EXPECTED = (StatusRange(200, 399),)  # what the loop expects by itself


def compile_exchange(request: Request, context: Context) -> Operation | Makes:
    """Return the operation, or what makes it.

    What makes it raises `StepFailed` when a part cannot be computed, in the order URL, credentials, body, headers.
    Raises `InvalidInput` for a constant part that can never be sent.
    """
    try:
        return _compile(request, context)
    except StepFailed as failure:
        raise InvalidInput(f"{request.origin}: {failure}") from None


def _compile(request: Request, context: Context) -> Operation | Makes:
    constant_url, constant_authorization = _constant_url(request.url)
    compute = context.dialect.text(request.url) if request.url.holes else None
    needs_scheme, may_hold_userinfo = _open_ends(request.url)
    own_authorization = any(header.name.lower() == "authorization" for header in request.headers)
    credentials = None if own_authorization else _credentials(request, context)
    transport = compile_transport(request, context, answers_challenges=not own_authorization)
    body = None if request.body is None else compile_body(request.body, context)
    content = None if body is None else body.content
    written = [(header.name, header.value) for header in request.headers]
    if request.stream is not None:
        given = {name.lower() for name, _ in written}
        written += [(name, Text.constant(value)) for name, value in STREAM_HEADERS if name.lower() not in given]
    headers = _headers(written, body, context)
    method, name = request.method, request.name or None
    options = _options(request, None if callable(transport) else transport)
    announce = context.dialect.request_variables(context.names)

    def make(variables: Variables) -> Operation:
        if announce is not None:
            announce(variables, "", "", "")  # nothing of the request before may be seen
        url, authorization = constant_url, constant_authorization
        if compute is not None:
            try:
                url = compute(variables)
            except EvaluationFailed as error:
                raise failed("compute URL", error) from None
            if needs_scheme:
                url = urls.complete(url)
            if may_hold_userinfo and "@" in url:
                url, authorization = urls.take_userinfo(url)
        if credentials is not None and authorization is None:
            authorization = credentials(variables)
        sent = content(variables) if callable(content) else content
        if announce is not None:
            announce(variables, method, url, sent.decode("utf-8", "replace") if isinstance(sent, bytes) else sent or "")
        pairs = headers(variables) if callable(headers) else headers
        if authorization is not None and not own_authorization:
            pairs = (("Authorization", authorization), *(pairs or ()))
        chosen = _options(request, transport(variables)) if callable(transport) else options
        return (REQUEST, method, url, name, pairs, sent, chosen)

    only_url = not needs_scheme and credentials is None and announce is None
    if compute is not None and only_url and not any(map(callable, (content, headers, transport))):
        return _with_url(compute, (method, name, headers, content, options), make if may_hold_userinfo else None)
    varies = compute is not None or callable(content) or callable(headers) or announce is not None
    varies = varies or callable(transport)
    if request.credentials is not None:
        varies = varies or bool(request.credentials.user.holes or request.credentials.password.holes)
    return make if varies else make({})


def _with_url(compute: Callable[[Variables], str], rest: tuple[Any, ...], with_userinfo: Makes | None) -> Makes:
    """Return what makes the operation where nothing but the URL varies; `rest` is all other parts of it.

    `with_userinfo` makes that of a URL with a user in it, if it may have one.
    """
    method, name, headers, content, options = rest

    def make(variables: Variables) -> Operation:
        try:
            url = compute(variables)
        except EvaluationFailed as error:
            raise failed("compute URL", error) from None
        if with_userinfo is not None and "@" in url:
            return with_userinfo(variables)
        return (REQUEST, method, url, name, headers, content, options)

    return make


def _constant_url(url: Text) -> tuple[str, str | None]:
    """Return a URL without holes and the authorization that was written into it."""
    return ("", None) if url.holes else urls.take_userinfo(urls.complete(url.source))


def _open_ends(url: Text) -> tuple[bool, bool]:
    """Return whether a hole may decide over the scheme, and whether one may bring a userinfo."""
    start = url.parts[0] if url.parts and isinstance(url.parts[0], str) else ""
    return not urls.is_complete(start), not urls.has_plain_host(start)


def _credentials(request: Request, context: Context) -> Callable[[Variables], str] | None:
    """Return what makes the `Authorization` header of credentials that are sent at once."""
    given = request.credentials
    if given is None or given.scheme not in ("basic", "bearer"):
        return None
    user = context.text(given.user, "compute the user of the credentials")
    password = context.text(given.password, "compute the password of the credentials")
    return lambda variables: header_value(
        Credentials(
            given.scheme,
            user(variables) if callable(user) else user,
            password(variables) if callable(password) else password,
        )
    )


def _headers(
    headers: list[tuple[str, Text]], body: CompiledBody | None, context: Context
) -> Pairs | Callable[[Variables], Pairs] | None:
    """Return the headers with the content type, or what computes them; of a name given twice the last counts."""
    last = {name.lower(): (name, value) for name, value in headers}
    kind: list[tuple[str, str | Callable[[Variables], str]]] = []
    if body is not None and body.content_type and (body.binding or "content-type" not in last):
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
        return known or None
    return lambda variables: (*known, *[(name, value(variables)) for name, value in computed])


def _options(request: Request, transport: Transport | None) -> RequestOptions | None:
    expected = None
    if request.expected_status != _EXPECTED:
        expected = tuple((status.least, status.most) for status in request.expected_status)
    stream = request.stream
    until = None if stream is None else Until(stream.events, stream.text, stream.seconds)
    handling = Handling(not request.is_recorded, False, request.discards_body, until)
    options = RequestOptions(
        request.timeout_s, request.max_redirects, expected, transport, None if handling == Handling() else handling
    )
    return None if options == RequestOptions() else options
