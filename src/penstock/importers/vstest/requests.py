"""One `Request` element: a page, or one of its recorded dependents."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from penstock.importers.base import Findings
from penstock.importers.vstest.bodies import Bodies
from penstock.importers.vstest.encodings import codec_of, url_encoded
from penstock.importers.vstest.reading import flag, number, report_unknown
from penstock.importers.vstest.rules import Rules, class_name
from penstock.importers.vstest.texts import Texts, joined
from penstock.importers.xmlfile import Element
from penstock.model import (
    Argument,
    BinaryBody,
    Body,
    Credentials,
    Extract,
    Header,
    Hole,
    HttpVersion,
    Page,
    Proxy,
    Request,
    Rule,
    StatusRange,
    Text,
    TextBody,
    Validation,
    Variable,
)

_TIMEOUT_S = 300.0  # the defaults of every scenario of this format; a request that says nothing else costs less
_ANY_BUT_ERRORS = (StatusRange(200, 399),)
_CHILDREN = frozenset(
    {
        "BinaryHttpBody",
        "DependentRequests",
        "ExtractionRules",
        "FormPostHttpBody",
        "Headers",
        "QueryStringParameters",
        "RequestPlugins",
        "StringHttpBody",
        "ValidationRules",
    }
)
_ATTRIBUTES = frozenset(
    {
        "Cache",
        "Encoding",
        "ExpectedHttpStatusCode",
        "ExpectedResponseUrl",
        "FollowRedirects",
        "Guid",
        "IgnoreHttpStatusCode",
        "Method",
        "ParseDependentRequests",
        "RecordResult",
        "ReportingName",
        "ResponseTimeGoal",
        "ThinkTime",
        "Timeout",
        "Url",
        "Version",
    }
)


@dataclass(slots=True)
class Requests:
    """Compiles requests of one web test; `validations` are the test's own, which hold for all of them."""

    findings: Findings
    texts: Texts
    rules: Rules
    bodies: Bodies
    validations: Sequence[Element] = ()
    credentials: Credentials | None = None
    proxy: Proxy | None = None
    caches: bool = False
    names: dict[int, str] = field(default_factory=dict)

    def page(self, element: Element) -> Request:
        """Return a request with all that belongs to its page; one that embeds nothing is measured as a page, too."""
        request = self._request(element, self.validations)
        dependents = element.first("DependentRequests")
        recorded = tuple(self._dependent(each) for each in dependents.children) if dependents is not None else ()
        parses = flag(element, "ParseDependentRequests", self.findings, default=True)
        return dataclasses.replace(request, page=Page(parses=parses, recorded=recorded, uses_cache=self.caches))

    def _dependent(self, element: Element) -> Request:
        if element.name != "Request":
            message = f"{element.name} cannot stand among dependent requests"
            self.findings.error("unknown-item", message, element.origin)
        if number(element, "ThinkTime", self.findings) > 0:
            message = "the think time of a dependent request has no meaning"
            self.findings.note("dependent-think", message, element.origin.at("ThinkTime"))
        if element.first("DependentRequests") is not None:
            message = "dependent requests of a dependent request are left out"
            self.findings.warn("dependents", message, element.origin)
        return self._request(element, ())

    def _request(self, element: Element, test_rules: Sequence[Element]) -> Request:
        findings, texts = self.findings, self.texts
        report_unknown(element, _ATTRIBUTES, _CHILDREN, findings)
        codec = self._codec(element)
        url = texts.parse(element.get("Url"), element.origin)
        if not url.parts:
            findings.error("no-url", "the request has no Url", element.origin)
        full, shown = self._with_query(url, element, codec)
        method = element.get("Method").strip() or "GET"
        goal_s = max(0.0, number(element, "ResponseTimeGoal", findings))
        timeout_s = number(element, "Timeout", findings, _TIMEOUT_S)
        body = self.bodies.of(element, codec)
        plugins = self._plugins(element)
        extracts = self._extracts(element)
        follows = flag(element, "FollowRedirects", findings, default=True)
        return Request(
            name=self._name(element, shown, method),
            method=method,
            url=full,
            origin=element.origin,
            headers=self._headers(element, body),
            body=body,
            credentials=self.credentials,
            expected_status=self._expected(element),
            timeout_s=timeout_s if timeout_s > 0 and timeout_s != _TIMEOUT_S else None,
            max_redirects=None if follows else 0,
            extracts=tuple((extract,) for extract in extracts),
            validations=self._validations(element, test_rules, url, goal_s),
            plugins=plugins,
            goal_s=goal_s,
            uses_cache=flag(element, "Cache", findings, default=False),
            is_recorded=flag(element, "RecordResult", findings, default=True),
            http_version=self._version(element),
            proxy=self.proxy,
        )

    def _codec(self, element: Element) -> str:
        given = element.get("Encoding", "utf-8")
        codec = codec_of(given)
        if codec is None:
            message = f"the encoding {given!r} is not known; UTF-8 is used"
            self.findings.warn("encoding", message, element.origin)
        return codec or "utf-8"

    def _version(self, element: Element) -> HttpVersion | None:
        version = element.get("Version").strip() or "1.1"
        if version not in ("1.0", "1.1"):
            self.findings.warn("invalid-value", f"Version is {version!r}; HTTP/1.1 is used", element.origin)
        return "1.0" if version == "1.0" else None

    def _with_query(self, url: Text, element: Element, codec: str) -> tuple[Text, Text]:
        """Return the URL as it is sent, and as results call it: only with parameters that group results."""
        sent: list[Text] = []
        shown: list[Text] = []
        query = element.first("QueryStringParameters")
        for parameter in query.all("QueryStringParameter") if query is not None else []:
            origin = parameter.origin
            name, value = (self.texts.parse(parameter.get(key), origin) for key in ("Name", "Value"))
            if flag(parameter, "UrlEncode", self.findings, default=False):
                name, value = url_encoded(name, codec), url_encoded(value, codec)
            pair = joined(name, "=", value) if name.parts else value
            sent.append(pair)
            if flag(parameter, "UseToGroupResults", self.findings, default=False):
                shown.append(pair)
        separator = "&" if "?" in url.source else "?"
        bare = Text(_until_query(url))
        return _appended(url, sent, separator), _appended(bare, shown, "?")

    def _name(self, element: Element, shown: Text, method: str) -> str:
        given = element.get("ReportingName")
        if given:
            return self.texts.resolved(self.texts.parse(given, element.origin))
        url = self.texts.resolved(shown)
        return url if method.upper() == "GET" else f"{url}{{{method}}}"

    def _headers(self, element: Element, body: Body | None) -> tuple[Header, ...]:
        """Return the headers; the type that a body has wins over a header."""
        headers = element.first("Headers")
        has_type = body is not None and not (isinstance(body, TextBody | BinaryBody) and body.content_type == Text())
        return tuple(
            Header(each.get("Name"), self.texts.parse(each.get("Value"), each.origin))
            for each in (headers.all("Header") if headers is not None else [])
            if each.get("Name") and not (has_type and each.get("Name").lower() == "content-type")
        )

    def _expected(self, element: Element) -> tuple[StatusRange, ...]:
        if flag(element, "IgnoreHttpStatusCode", self.findings, default=False):
            return ()
        status = int(number(element, "ExpectedHttpStatusCode", self.findings))
        if status and not 100 <= status <= 599:
            message = f"ExpectedHttpStatusCode is {status}, which no server sends"
            self.findings.error("invalid-value", message, element.origin)
        return (StatusRange(status, status),) if status else _ANY_BUT_ERRORS

    def _extracts(self, element: Element) -> list[Extract]:
        rules = element.first("ExtractionRules")
        found = [self.rules.extraction(each) for each in (rules.all("ExtractionRule") if rules is not None else [])]
        return [extract for extract in found if extract is not None]

    def _plugins(self, element: Element) -> tuple[Rule, ...]:
        plugins = element.first("RequestPlugins")
        found = [
            self.rules.plugin(each, "request plug-in") for each in (plugins.children if plugins is not None else [])
        ]
        return tuple(rule for rule in found if rule is not None)

    def _validations(
        self, element: Element, test_rules: Sequence[Element], url: Text, goal_s: float
    ) -> tuple[Validation, ...]:
        own = element.first("ValidationRules")
        expected = self.texts.parse(element.get("ExpectedResponseUrl"), element.origin)
        about_url = (
            Argument("ExpectedResponseUrl", expected),
            Argument("RequestUrl", url),
            Argument("Retarget", Text((Hole(Variable("$Retarget"), ""),))),
        )
        found: list[Validation] = []
        for each in (*test_rules, *(own.all("ValidationRule") if own is not None else [])):
            more: tuple[Argument, ...] = ()
            if class_name(each).endswith(".ValidateResponseUrl"):
                more = about_url
            elif class_name(each).endswith(".ValidationRuleResponseTimeGoal"):
                if goal_s <= 0:
                    continue  # a goal of 0 passes
                more = (Argument("ResponseTimeGoal", Text.constant(repr(goal_s))),)
            validation = self.rules.validation(each, *more)
            if validation is not None and validation not in found:
                found.append(validation)
        return tuple(found)


def _until_query(url: Text) -> tuple[str | Hole, ...]:
    parts: list[str | Hole] = []
    for part in url.parts:
        if isinstance(part, str) and "?" in part:
            parts.append(part.partition("?")[0])
            break
        parts.append(part)
    return tuple(part for part in parts if part != "")


def _appended(url: Text, pairs: list[Text], separator: str) -> Text:
    pieces: list[Text | str] = [url]
    for pair in pairs:
        pieces += [separator, pair]
        separator = "&"
    return joined(*pieces)
