"""Writes test plans in the words of JMeter 5.6.3: its own tags, classes and property names, nothing of Penstock's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET


@dataclass(frozen=True)
class Inner:
    """An `elementProp`: an element inside a property."""

    kind: str
    properties: dict[str, Any]
    name: str | None = None


@dataclass(frozen=True)
class Element:
    """One element of the tree, and what hangs under it."""

    tag: str
    gui: str
    name: str
    properties: dict[str, Any] = field(default_factory=dict)
    children: tuple[Element, ...] = ()
    is_enabled: bool = True
    kind: str | None = None

    def off(self) -> Element:
        """The same, disabled."""
        return Element(self.tag, self.gui, self.name, self.properties, self.children, False, self.kind)


def document(plan: Element) -> bytes:
    """Return the file."""
    root = ET.Element("jmeterTestPlan", version="1.2", properties="5.0", jmeter="5.6.3")
    _hang(ET.SubElement(root, "hashTree"), plan)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _hang(under: ET.Element, element: Element) -> None:
    made = ET.SubElement(under, element.tag, guiclass=element.gui, testclass=element.kind or element.tag)
    made.set("testname", element.name)
    if not element.is_enabled:
        made.set("enabled", "false")
    for name, value in element.properties.items():
        _property(made, name, value)
    below = ET.SubElement(under, "hashTree")
    for child in element.children:
        _hang(below, child)


def _property(under: ET.Element, name: str, value: Any) -> None:
    if isinstance(value, Inner):
        made = ET.SubElement(under, "elementProp", name=name, elementType=value.kind)
        if value.kind == "Cookie":
            made.set("testname", name)
        for key, inner in value.properties.items():
            _property(made, key, inner)
        return
    if isinstance(value, (list, tuple)):
        made = ET.SubElement(under, "collectionProp", name=name)
        for number, item in enumerate(value):
            own = item.name if isinstance(item, Inner) else None
            _property(made, str(number) if own is None else own, item)
        return
    kind = {bool: "boolProp", int: "intProp"}.get(type(value), "stringProp")
    made = ET.SubElement(under, kind, name=name)
    made.text = str(value).lower() if isinstance(value, bool) else str(value)


# What a plan is made of.


def arguments(pairs: Iterable[tuple[str, str]]) -> Inner:
    return Inner(
        "Arguments",
        {
            "Arguments.arguments": [
                Inner("Argument", {"Argument.name": n, "Argument.value": v, "Argument.metadata": "="}, n)
                for n, v in pairs
            ]
        },
    )


def plan(*children: Element, serial: bool = True, teardown: bool = True, **variables: str) -> Element:
    return Element(
        "TestPlan",
        "TestPlanGui",
        "Plan",
        {
            "TestPlan.functional_mode": False,
            "TestPlan.serialize_threadgroups": serial,
            "TestPlan.tearDown_on_shutdown": teardown,
            "TestPlan.user_defined_variables": arguments(variables.items()),
        },
        children,
    )


def threads(
    *children: Element,
    name: str = "users",
    users: int | str = 1,
    loops: int | str = 1,
    on_error: str = "continue",
    same_user: bool = True,
    kind: str = "ThreadGroup",
    ramp: int | str = 0,
    **more: Any,
) -> Element:
    return Element(
        kind,
        f"{kind}Gui",
        name,
        {
            "ThreadGroup.on_sample_error": on_error,
            "ThreadGroup.main_controller": Inner(
                "LoopController", {"LoopController.continue_forever": False, "LoopController.loops": loops}
            ),
            "ThreadGroup.num_threads": users,
            "ThreadGroup.ramp_time": ramp,
            "ThreadGroup.same_user_on_next_iteration": same_user,
            "ThreadGroup.scheduler": False,
            "ThreadGroup.duration": "",
            "ThreadGroup.delay": "",
            **more,
        },
        children,
    )


@dataclass(frozen=True)
class Argument:
    """One parameter of a request. `is_encoded`: JMeter is to encode it."""

    name: str
    value: str
    is_encoded: bool = True
    has_equals: bool = True
    kind: str | None = None


@dataclass(frozen=True)
class Upload:
    path: str
    name: str
    kind: str


Parameters = Sequence[Argument | tuple[str, str]]


def http_arguments(parameters: Parameters) -> Inner:
    made = []
    for each in parameters:
        one = each if isinstance(each, Argument) else Argument(*each)
        said = {
            "HTTPArgument.always_encode": one.is_encoded,
            "Argument.value": one.value,
            "Argument.metadata": "=",
            "HTTPArgument.use_equals": one.has_equals,
            "Argument.name": one.name,
        }
        if one.kind is not None:
            said["HTTPArgument.content_type"] = one.kind
        made.append(Inner("HTTPArgument", said, one.name))
    return Inner("Arguments", {"Arguments.arguments": made})


def _raw(body: str) -> Inner:
    one = {"HTTPArgument.always_encode": False, "Argument.value": body, "Argument.metadata": "="}
    return Inner("Arguments", {"Arguments.arguments": [Inner("HTTPArgument", one, "")]})


def http(
    method: str,
    path: str,
    *children: Element,
    name: str | None = None,
    parameters: Parameters = (),
    body: str | None = None,
    files: Sequence[Upload] = (),
    multipart: bool = False,
    follows: bool = True,
    auto: bool = False,
    keepalive: bool = True,
    **more: Any,
) -> Element:
    said: dict[str, Any] = {
        "HTTPSampler.path": path,
        "HTTPSampler.method": method,
        "HTTPSampler.follow_redirects": follows,
        "HTTPSampler.auto_redirects": auto,
        "HTTPSampler.use_keepalive": keepalive,
        "HTTPSampler.DO_MULTIPART_POST": multipart,
        "HTTPSampler.postBodyRaw": body is not None,
        "HTTPsampler.Arguments": http_arguments(parameters) if body is None else _raw(body),
    }
    if files:
        said["HTTPsampler.Files"] = Inner(
            "HTTPFileArgs",
            {
                "HTTPFileArgs.files": [
                    Inner(
                        "HTTPFileArg",
                        {"File.path": one.path, "File.paramname": one.name, "File.mimetype": one.kind},
                        one.path,
                    )
                    for one in files
                ]
            },
        )
    said |= {f"HTTPSampler.{key}": value for key, value in more.items()}
    return Element("HTTPSamplerProxy", "HttpTestSampleGui", name or path or "bare", said, children)


def get(path: str, *children: Element, **more: Any) -> Element:
    return http("GET", path, *children, **more)


def defaults(parameters: Parameters = (), **more: Any) -> Element:
    said = {"HTTPsampler.Arguments": http_arguments(parameters)}
    said |= {f"HTTPSampler.{key}": value for key, value in more.items()}
    return Element("ConfigTestElement", "HttpDefaultsGui", "defaults", said)


def headers(*pairs: tuple[str, str]) -> Element:
    lines = [Inner("Header", {"Header.name": name, "Header.value": value}, "") for name, value in pairs]
    return Element("HeaderManager", "HeaderPanel", "headers", {"HeaderManager.headers": lines})


def variables(**pairs: str) -> Element:
    return Element("Arguments", "ArgumentsPanel", "variables", arguments(pairs.items()).properties)


# Controllers: GenericController's kin, under their own names.


def controller(tag: str, *children: Element, name: str | None = None, gui: str | None = None, **said: Any) -> Element:
    properties = {f"{tag}.{key}": value for key, value in said.items()}
    return Element(tag, gui or f"{tag}Gui", name or tag, properties, children)


def simple(*children: Element, name: str = "simple") -> Element:
    return Element("GenericController", "LogicControllerGui", name, {}, children)


def loop(times: int | str, *children: Element, name: str = "loop") -> Element:
    forever = times == -1
    said = {"LoopController.continue_forever": forever, "LoopController.loops": times}
    return Element("LoopController", "LoopControlPanel", name, said, children)


def only_once(*children: Element) -> Element:
    return Element("OnceOnlyController", "OnceOnlyControllerGui", "once", {}, children)


def when(condition: str, *children: Element, is_expression: bool = True, always: bool = False) -> Element:
    said = {
        "IfController.condition": condition,
        "IfController.evaluateAll": always,
        "IfController.useExpression": is_expression,
    }
    return Element("IfController", "IfControllerPanel", "if", said, children)


def during(condition: str, *children: Element, name: str = "while") -> Element:
    return Element("WhileController", "WhileControllerGui", name, {"WhileController.condition": condition}, children)


def each(
    prefix: str, into: str, *children: Element, start: str | None = None, end: str | None = None, separator: bool = True
) -> Element:
    said = {
        "ForeachController.inputVal": prefix,
        "ForeachController.returnVal": into,
        "ForeachController.useSeparator": separator,
    }
    bounds = {"ForeachController.startIndex": start, "ForeachController.endIndex": end}
    said |= {name: value for name, value in bounds.items() if value is not None}
    return Element("ForeachController", "ForeachControlPanel", "each", said, children)


def transaction(name: str, *children: Element, parent: bool = False, timers: bool = False) -> Element:
    said = {"TransactionController.parent": parent, "TransactionController.includeTimers": timers}
    return Element("TransactionController", "TransactionControllerGui", name, said, children)


def flow_control(action: int, target: int = 0, duration: str = "0") -> Element:
    """Actions: 0 stop, 1 pause, 2 stop now, 3 start the next loop, 4 go on with this one, 5 break it. Targets: 0 the
    thread, 2 the test."""
    said = {"ActionProcessor.action": action, "ActionProcessor.target": target, "ActionProcessor.duration": duration}
    return Element("TestAction", "TestActionGui", "action", said)


def constant_timer(ms: int | str) -> Element:
    return Element("ConstantTimer", "ConstantTimerGui", "wait", {"ConstantTimer.delay": str(ms)})


# Post-processors and assertions.


def regex(
    into: str,
    pattern: str,
    *,
    template: str = "$1$",
    match: str = "1",
    default: str = "",
    field: str = "false",
    scope: str | None = None,
    empty: bool | None = None,
) -> Element:
    said: dict[str, Any] = {
        "RegexExtractor.useHeaders": field,
        "RegexExtractor.refname": into,
        "RegexExtractor.regex": pattern,
        "RegexExtractor.template": template,
        "RegexExtractor.default": default,
        "RegexExtractor.match_number": match,
    }
    if empty is not None:
        said["RegexExtractor.default_empty_value"] = empty
    return Element("RegexExtractor", "RegexExtractorGui", f"regex {into}", _scoped(said, scope))


def _scoped(said: dict[str, Any], scope: str | None, of: str = "Sample") -> dict[str, Any]:
    if scope is None:
        return said
    kind, _, variable = scope.partition(":")
    return {f"{of}.scope": kind, **({"Scope.variable": variable} if variable else {}), **said}


def boundary(into: str, left: str, right: str, match: str = "1", default: str = "") -> Element:
    said = {
        "BoundaryExtractor.useHeaders": "false",
        "BoundaryExtractor.refname": into,
        "BoundaryExtractor.lboundary": left,
        "BoundaryExtractor.rboundary": right,
        "BoundaryExtractor.default": default,
        "BoundaryExtractor.default_empty_value": False,
        "BoundaryExtractor.match_number": match,
    }
    return Element("BoundaryExtractor", "BoundaryExtractorGui", f"boundary {into}", said)


def json_extractor(into: str, paths: str, match: str = "", default: str = "", concat: bool = False) -> Element:
    said = {
        "JSONPostProcessor.referenceNames": into,
        "JSONPostProcessor.jsonPathExprs": paths,
        "JSONPostProcessor.match_numbers": match,
        "JSONPostProcessor.defaultValues": default,
        "JSONPostProcessor.compute_concat": concat,
    }
    return Element("JSONPostProcessor", "JSONPostProcessorGui", f"json {into}", said)


def jmespath(into: str, path: str, match: str = "", default: str = "") -> Element:
    said = {
        "JMESExtractor.referenceName": into,
        "JMESExtractor.jmesPathExpr": path,
        "JMESExtractor.matchNumber": match,
        "JMESExtractor.defaultValue": default,
    }
    return Element("JMESPathExtractor", "JMESPathExtractorGui", f"jmes {into}", said)


def css(
    into: str, selector: str, attribute: str = "", match: str = "1", default: str = "", how: str = "JSOUP"
) -> Element:
    said = {
        "HtmlExtractor.refname": into,
        "HtmlExtractor.expr": selector,
        "HtmlExtractor.attribute": attribute,
        "HtmlExtractor.default": default,
        "HtmlExtractor.default_empty_value": False,
        "HtmlExtractor.match_number": match,
        "HtmlExtractor.extractor_impl": how,
    }
    return Element("HtmlExtractor", "HtmlExtractorGui", f"css {into}", said)


def xpath(
    into: str, query: str, match: str = "-1", default: str = "", tolerant: bool = False, fragment: bool = False
) -> Element:
    said = {
        "XPathExtractor.default": default,
        "XPathExtractor.refname": into,
        "XPathExtractor.matchNumber": match,
        "XPathExtractor.xpathQuery": query,
        "XPathExtractor.validate": False,
        "XPathExtractor.tolerant": tolerant,
        "XPathExtractor.namespace": False,
        "XPathExtractor.fragment": fragment,
    }
    return Element("XPathExtractor", "XPathExtractorGui", f"xpath {into}", said)


def xpath2(
    into: str, query: str, match: str = "0", default: str = "", fragment: bool = False, spaces: str = ""
) -> Element:
    said = {
        "XPathExtractor2.default": default,
        "XPathExtractor2.refname": into,
        "XPathExtractor2.matchNumber": match,
        "XPathExtractor2.xpathQuery": query,
        "XPathExtractor2.fragment": fragment,
        "XPathExtractor2.namespaces": spaces,
    }
    return Element("XPath2Extractor", "XPath2ExtractorGui", f"xpath2 {into}", said)


MATCHES, CONTAINS, NOT, EQUALS, SUBSTRING, OR = 1, 2, 4, 8, 16, 32


def says(
    *patterns: str,
    test: int = SUBSTRING,
    field: str = "response_data",
    assume: bool = False,
    scope: str | None = None,
    name: str = "says",
) -> Element:
    said = {
        "Asserion.test_strings": list(patterns),
        "Assertion.custom_message": "",
        "Assertion.test_field": f"Assertion.{field}",
        "Assertion.assume_success": assume,
        "Assertion.test_type": test,
    }
    return Element("ResponseAssertion", "AssertionGui", name, _scoped(said, scope, "Assertion"))


def json_assertion(
    path: str, value: str | None = None, *, null: bool = False, invert: bool = False, is_regex: bool = True
) -> Element:
    said = {
        "JSON_PATH": path,
        "EXPECTED_VALUE": value or "",
        "JSONVALIDATION": value is not None or null,
        "EXPECT_NULL": null,
        "INVERT": invert,
        "ISREGEX": is_regex,
    }
    return Element("JSONPathAssertion", "JSONPathAssertionGui", "json", said)


def csv(file: str, names: str = "", **more: Any) -> Element:
    said = {
        "filename": file,
        "fileEncoding": "UTF-8",
        "variableNames": names,
        "ignoreFirstLine": False,
        "delimiter": ",",
        "quotedData": False,
        "recycle": True,
        "stopThread": False,
        "shareMode": "shareMode.all",
        **more,
    }
    return Element("CSVDataSet", "TestBeanGUI", "csv", said)
