"""What is done, and in which order."""

from __future__ import annotations

from tests.jmeter.case import alone, see, shop
from tests.jmeter.jmx import (
    Element,
    controller,
    document,
    during,
    each,
    flow_control,
    get,
    json_extractor,
    loop,
    only_once,
    regex,
    says,
    simple,
    threads,
    transaction,
    variables,
    when,
)

A, B, C, D = (get(f"/{letter}") for letter in "abcd")


def _interleave(style: int) -> Element:
    return controller("InterleaveControl", A, simple(B, C), D, gui="InterleaveControlGui", style=style)


def _switch(value: str) -> Element:
    inner = (A, simple(B, C, name="second"), D)
    return controller("SwitchController", *inner, value=value)


def _throughput(style: int, most: int, percent: str, per_user: bool) -> Element:
    said = {"style": style, "perThread": per_user, "maxThroughput": most, "percentThroughput": percent}
    return controller("ThroughputController", A, gui="ThroughputControllerGui", **said)


CASES = {
    "simple": alone(simple(A, simple(B)), C, loops=2),
    "disabled": alone(A, B.off(), simple(C).off(), D),
    "loop": alone(loop(3, A, loop(2, B)), C, loops=2),
    "loop of none": alone(loop(0, A), B),
    "loop by a variable": alone(variables(n="2"), loop("${n}", see(i="${__jm__loop__idx}")), B),
    "loop by what is no number": alone(loop("many", A), B),
    "loop for ever is left by the end of the thread": alone(
        loop(-1, get("/nth/x", regex("n", r"number (\d+)")), when('${__jexl3("${n}" == "3")}', flow_control(0))), B
    ),
    "once only": alone(only_once(A), B, loop(2, only_once(C), D), loops=2),
    "interleave": alone(_interleave(0), loops=5),
    "interleave of its inner controllers": alone(_interleave(1), loops=5),
    "random": alone(controller("RandomController", A, style=1, gui="RandomControlGui"), loops=2),
    "random order of one": alone(controller("RandomOrderController", A), B),
    "throughput of so many": alone(_throughput(0, 2, "100.0", False), B, loops=4),
    "throughput of so many a user": shop(
        threads(_throughput(0, 1, "100.0", True), users=2, loops=3),
        ordered=False,
    ),
    "throughput of a share": alone(_throughput(1, 1, "50.0", False), B, loops=4),
    "throughput of a third": alone(_throughput(1, 1, "33.3", False), B, loops=7),
    "runtime of none": alone(controller("RunTime", A, gui="RunTimeGui", seconds="0"), B),
    "switch by number": alone(_switch("2"), B),
    "switch by a number that is too large": alone(_switch("7")),
    "switch by name": alone(_switch("second")),
    "switch by a name that is not there": alone(_switch("nobody")),
    "switch without a value": alone(_switch("")),
    "switch by name with a default": alone(
        controller("SwitchController", A, simple(B, name="default"), value="nobody"),
    ),
    "if": alone(
        variables(x="5", yes="true", no="false", empty=""),
        when("${__jexl3(${x} > 4)}", A),
        when('${__jexl3("${x}" == "4")}', B),
        when("${yes}", C),
        when("${no}", A),
        when("${empty}", A),
        when("${nobody}", A),
        when("TRUE", D),
        when("true ", D),
        when('${__groovy(vars.get("x") == "5")}', D),
    ),
    "if that changes inside": alone(
        variables(x="a"),
        when('${__jexl3("${x}" == "a")}', get("/json", json_extractor("x", "$.id")), B),
        when('${__jexl3("${x}" == "7")}', get("/nth/y", regex("x", r"(\d)")), see(x="${x}"), always=True),
    ),
    "if asked for each": alone(
        variables(x="a"),
        when('${__jexl3("${x}" == "a")}', get("/json", json_extractor("x", "$.id")), B, always=True),
        C,
    ),
    "if last sample was well": alone(
        get("/status/500"),
        when("${JMeterThread.last_sample_ok}", A),
        B,
        when("${JMeterThread.last_sample_ok}", C),
    ),
    "while": alone(
        variables(n="0"),
        during("${__jexl3(${n} < 3)}", get("/nth/w", regex("n", r"number (\d+)"))),
        see(n="${n}", i="${__jm__while__idx}"),
    ),
    "while a variable is true": alone(
        variables(go="true"),
        during(
            "${go}",
            get("/nth/w", regex("n", r"number (\d+)")),
            when(
                '${__jexl3("${n}" == "2")}',
                get("/echo", regex("go", "(x)", default="false"), parameters=[("say", "y")]),
            ),
        ),
        B,
    ),
    "while false": alone(during("false", A), B),
    "while without a condition": alone(during("", A, get("/fails_at/3")), B),
    "while LAST": alone(during("LAST", get("/fails_at/2")), B),
    "while LAST after a failure": alone(get("/status/404"), during("LAST", A), during("", get("/fails_at/1")), B),
    "for each": alone(
        variables(v_1="a", v_2="b", v_3="c", v_5="e"),
        each("v", "x", see(x="${x}", i="${__jm__each__idx}")),
        see(x="${x}"),
    ),
    "for each of a part": alone(
        variables(v_1="a", v_2="b", v_3="c"), each("v", "x", see(x="${x}"), start="1", end="2")
    ),
    "for each with a blank end": alone(variables(v_1="a"), each("v", "x", see(x="${x}"), start="", end=""), B),
    "for each without separator": alone(variables(v1="a", v2="b"), each("v", "x", see(x="${x}"), separator=False)),
    "for each of nothing": alone(each("v", "x", A), B),
    "for each of what was extracted": alone(
        get("/json", json_extractor("id", "$.items[*].id", match="-1")),
        each("id", "one", get("/item/${one}")),
        loops=2,
    ),
    "for each whose rows become fewer": alone(
        variables(v_1="a", v_2="b", v_3="c"),
        each("v", "x", see(x="${x}"), get("/echo?say=", regex("v_3", "(never)", default=""))),
    ),
    "for each in a loop": alone(variables(v_1="a", v_2="b"), loop(2, each("v", "x", see(x="${x}")))),
    "for each two deep": alone(
        variables(v_1="a", v_2="b", w_1="c", w_2="d"), each("v", "x", each("w", "y", see(xy="${x}${y}")))
    ),
    "go on with the next loop": alone(
        variables(v_1="a", v_2="b"),
        each("v", "x", when('${__jexl3("${x}" == "a")}', flow_control(3)), see(x="${x}")),
        B,
        loops=2,
    ),
    "go on with this loop": alone(
        variables(v_1="a", v_2="b"),
        each("v", "x", when('${__jexl3("${x}" == "a")}', flow_control(4)), see(x="${x}")),
        B,
        loops=2,
    ),
    "break a loop": alone(
        variables(v_1="a", v_2="b"),
        each("v", "x", see(x="${x}"), flow_control(5), C),
        B,
    ),
    "stop the thread": alone(A, flow_control(0), B, loops=2),
    "transactions": alone(
        transaction("outer", A, transaction("inner", B)),
        transaction("parent", A, get("/status/500"), parent=True),
        transaction("failing", get("/status/404"), C),
        transaction("empty"),
        transaction("parents", transaction("child", A, parent=True), B, parent=True),
        transaction("checked", A, says("never", name="says never")),
        transaction("parent checked", A, says("never", scope="parent"), parent=True),
    ),
    "transaction by a variable": alone(variables(n="x"), transaction("t-${n}", get("/a", name="s-${n}")), loops=2),
    "critical section": alone(controller("CriticalSectionController", A, lockName="global_lock"), B),
}

_FRAGMENT = controller("TestFragmentController", A, see(x="${x}"), name="shared")


def _module(*path: str) -> Element:
    return controller("ModuleController", gui="ModuleControllerGui", node_path=list(path))


CASES["module"] = shop(
    _FRAGMENT,
    threads(variables(x="1"), _module("WorkBench", "Plan", "shared"), B),
)
CASES["include"] = shop(
    threads(controller("IncludeController", includepath="part.jmx"), B),
    files={"part.jmx": document(_FRAGMENT)},
)
