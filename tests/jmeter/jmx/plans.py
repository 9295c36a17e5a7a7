"""Plans, thread groups, samplers, and what configures them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.jmeter.jmx.writing import Element, Inner


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
