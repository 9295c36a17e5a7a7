"""Functions that read files: the importer puts what the file holds in place of its name."""

from __future__ import annotations

from penstock.program.values.jmeter.functions.registry import Asked, Function, Table


def _line(asked: Asked) -> str:
    """Return the next line of a file, for all users together, and begin again behind the last."""
    lines, place = asked.arguments[0].splitlines(), asked.arguments[-1]
    number = asked.shared.counters.get(place, 0)
    asked.shared.counters[place] = number + 1
    line = lines[number % len(lines)] if lines else "**ERR**"
    asked.variables[asked.word(1, "StringFromFile_")] = line
    return line


def _field(asked: Asked) -> str:
    """Return a column of the user's row of a CSV file; `next` goes on to the next row."""
    content, column, place = asked.arguments[0], asked.word(1), asked.arguments[-1]
    rows = [line.split(",") for line in content.splitlines() if line]
    position, start = f"#row {place}", f"#start {place}"
    if position not in asked.variables:
        number = asked.shared.counters.get(place, 0)
        asked.shared.counters[place] = number + 1
        asked.variables[position] = asked.variables[start] = str(number)
    row = int(asked.variables[position])
    if column.startswith("next"):
        number = asked.shared.counters.get(place, 0)
        asked.shared.counters[place] = number + 1
        asked.variables[position] = str(number)
        return ""
    values = rows[row % len(rows)] if rows else []
    return values[int(column)] if column.isdigit() and int(column) < len(values) else ""


def _node(asked: Asked) -> str:
    """Return the next of the nodes that the importer has found."""
    nodes, place = asked.arguments[1:-1], asked.arguments[-1]
    number = asked.shared.counters.get(place, 0)
    asked.shared.counters[place] = number + 1
    return nodes[number % len(nodes)] if nodes else ""


TABLE: Table = {
    "__StringFromFile": Function(_line, 1, 4),
    "__FileToString": Function(lambda asked: asked.text(0), 1, 3, 2),
    "__CSVRead": Function(_field, 2, 2),
    "__XPath": Function(_node, 2, 2),
}
