"""The file as a whole: imports, options, helpers, one function a journey, and who does which."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from penstock.exporters.flow import helpers
from penstock.exporters.flow.lines import Lines, call, comment, rows_name
from penstock.exporters.flow.loads import options, shares
from penstock.exporters.flow.steps import add_steps
from penstock.exporters.flow.texts import literal
from penstock.model import Branch, CsvData, Finding, Group, Journey, Loop, Population, Scenario, TakeRow, Variable

_ORDER = tuple(helpers.TEXTS)


def write(scenario: Scenario) -> tuple[bytes, tuple[Finding, ...]]:
    """Return a flow.py that does what the scenario does, and what of it the file does not do."""
    lines = Lines(reads=frozenset(_names_read(scenario.journeys)))
    names = _function_names(scenario.journeys)
    arguments = options(scenario, lines)
    remarks, lines.lines = lines.lines, []
    for journey in scenario.journeys:
        _add_journey(journey, names[journey.name], scenario, lines)
    _add_mix(scenario, names, lines)
    body, lines.lines = lines.lines, []
    _add_data(scenario, lines)
    data, lines.lines = lines.lines, []
    head = [
        *_introduction(scenario),
        *_imports(lines),
        "",
        *remarks,
        *call("options = Options", arguments).split("\n"),
        "",
        *data,
        *_helpers(lines),
    ]
    return ("\n".join(_tidy([*head, *body])) + "\n").encode("utf-8", "replace"), tuple(lines.findings)


def _names_read(node: object) -> Iterator[str]:
    if isinstance(node, Variable):
        yield node.name
    elif isinstance(node, tuple):
        for each in node:
            yield from _names_read(each)
    elif dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            yield from _names_read(getattr(node, field.name))


def _introduction(scenario: Scenario) -> list[str]:
    name = scenario.name.replace("\\", "/").replace('"', "'")
    return [f'"""{" ".join(name.split()) or "A test"}: converted from {scenario.origin.file}."""', ""]


def _imports(lines: Lines) -> list[str]:
    used = _with_needs(lines.helpers | {"Values"})
    modules = lines.modules | {module for helper in used for module in helpers.MODULES.get(helper, ())}
    return [
        *(f"import {module}" for module in sorted(modules)),
        *([""] if modules else []),
        f"from penstock.script import {', '.join(sorted(lines.script, key=lambda name: (name.islower(), name)))}",
    ]


def _with_needs(used: set[str]) -> set[str]:
    return used | {need for helper in used for need in helpers.NEEDS.get(helper, ())}


def _helpers(lines: Lines) -> list[str]:
    used = _with_needs(lines.helpers | {"Values"})
    texts = [helpers.TEXTS[helper].strip("\n").split("\n") for helper in _ORDER if helper in used]
    return [line for text in texts for line in ["", "", *text]]


def _tidy(lines: list[str]) -> list[str]:
    """Leave no more than two empty lines anywhere."""
    tidy: list[str] = []
    for line in lines:
        if line or tidy[-2:] != ["", ""]:
            tidy.append(line)
    return tidy


def _function_names(journeys: tuple[Journey, ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for journey in journeys:
        plain = re.sub(r"\W+", "_", journey.name, flags=re.ASCII).strip("_").lower()
        name = f"do_{plain}" if plain else "do_it"
        number = 2
        while name in names.values():
            name, number = f"do_{plain}_{number}", number + 1
        names[journey.name] = name
    return names


def _add_journey(journey: Journey, name: str, scenario: Scenario, lines: Lines) -> None:
    lines.add("\n")
    with lines.inside(f"async def {name}(user, v):"):
        for row in (*scenario.data, *journey.data):
            lines.add(f"v.update(next({rows_name(row)}))")
        for plugin in journey.plugins:
            lines.cannot(f"the plug-in {plugin.name}", plugin.origin)
        if journey.goes_on_after_failures:
            lines.add(comment("a failed request fails the iteration, and the next one is made all the same"))
        add_steps(journey.steps, scenario.defaults, lines, ends=not journey.goes_on_after_failures)


def _add_mix(scenario: Scenario, names: dict[str, str], lines: Lines) -> None:
    every = tuple(journey.name for journey in scenario.journeys)
    mixed: list[tuple[str, float]] = []
    for population in scenario.populations:
        own = shares(population, every)
        whole = sum(weight for _, weight in own) or 1.0
        users = population.load.peak or 1
        mixed += [(journey, weight / whole * users) for journey, weight in own]
    first = scenario.populations[0]
    written = '"${{{}}}"' if scenario.dialect != "visualstudio" else '"{{{{{}}}}}"'
    lines.add(f"\n\nMISSING = {written}")
    if len(mixed) > 1:
        tests = ", ".join(names[journey] for journey, _ in mixed)
        lines.add(f"TESTS = ({tests})")
        if first.mix != "sequential":
            lines.add(f"WEIGHTS = ({', '.join(f'{weight:g}' for _, weight in mixed)})")
    lines.add("\n")
    with lines.inside("async def journey(user):"):
        if any(journey.keeps_variables for journey in scenario.journeys):
            lines.add('v = user.state.setdefault("values", Values())')
        else:
            lines.add("v = Values()")
        if first.on_start is not None:
            with lines.inside("if user.iteration == 0:"):
                lines.add(f"await {names[first.on_start]}(user, v)")
        if any(population.on_stop for population in scenario.populations):
            lines.cannot("what users do once at their end", scenario.origin)
        _add_choice(first, mixed, names, scenario, lines)
        pause_s = first.load.pause_s
        if pause_s:
            lines.script.add("wait")
            lines.add(f"await wait({pause_s:g})")


def _add_choice(
    first: Population, mixed: list[tuple[str, float]], names: dict[str, str], scenario: Scenario, lines: Lines
) -> None:
    if len(mixed) == 1:
        lines.add(f"await {names[mixed[0][0]]}(user, v)")
        return
    match first.mix:
        case "sequential":
            lines.add("await TESTS[user.iteration % len(TESTS)](user, v)")
        case "users":
            lines.modules.add("random")
            lines.add('do = user.state.setdefault("test", random.choices(TESTS, WEIGHTS)[0])')
            lines.add("await do(user, v)")
        case _:
            if first.mix == "pace":
                lines.cannot("the pace of each test a user and hour; they are mixed by it", scenario.origin)
            lines.modules.add("random")
            lines.add("await random.choices(TESTS, WEIGHTS)[0](user, v)")
    if first.mix in ("users", "tests"):
        lines.differs(
            "tests are drawn at random by their shares, which come close over many iterations", scenario.origin
        )


def _data_of(node: object) -> Iterator[CsvData]:
    if isinstance(node, CsvData):
        yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from _data_of(each)
    elif isinstance(node, Journey | Group | Loop | Branch | TakeRow):
        for field in dataclasses.fields(node):
            yield from _data_of(getattr(node, field.name))


def _add_data(scenario: Scenario, lines: Lines) -> None:
    written: set[str] = set()
    for data in (*scenario.data, *_data_of(scenario.journeys)):
        name = rows_name(data)
        if name in written:
            continue
        written.add(name)
        lines.add(comment(f"{data.name}: {len(data.rows)} rows, {data.pick}"))
        rows = [f"({', '.join(literal(cell) for cell in row)},)" for row in data.rows]
        columns = f"({', '.join(literal(column) for column in data.columns)},)"
        lines.add(call(f"{name.upper()} = list", ["[" + ", ".join(rows) + "]"]) if len(rows) < 2 else "")
        if len(rows) >= 2:
            lines.add(f"{name.upper()} = [\n" + "".join(f"    {row},\n" for row in rows) + "]")
        lines.modules.add("itertools")
        if data.pick == "random":
            lines.modules.add("random")
            each = f"random.choice({name.upper()}) for _ in itertools.count()"
        elif data.pick == "fixed":
            each = f"{name.upper()}[0] for _ in itertools.count()"
        else:
            each = f"row for row in itertools.cycle({name.upper()})"
            lines.differs("each agent begins with the first row of the data", scenario.origin, "data")
        lines.add(f"{name} = (dict(zip({columns}, row)) for row in ({each}))\n")
