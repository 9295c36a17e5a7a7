"""Functions about the response before them."""

from __future__ import annotations

from penstock.program.values.jmeter.functions.registry import Asked, Function, Table
from penstock.program.values.jmeter.patterns import Pattern
from penstock.program.values.jmeter.templates import Template, keep_groups

BODY = "#body"
"""The variable that holds the body of the last response, where something reads it."""


def _regex(asked: Asked) -> str:
    """Apply a regular expression to the last response, or to the variable that is named last.

    The importer puts the body behind the arguments.
    """
    *arguments, body = asked.arguments
    given = [*arguments, *[""] * (7 - len(arguments))]
    pattern, template, which, between, default, name, source = given
    name = name.strip()
    text = asked.variables.get(source.strip(), "") if source.strip() else body
    found = list(Pattern.of(pattern).matches(text)) if text else []
    if name:
        asked.variables[f"{name}_matchNr"] = str(len(found))
    if not found:
        return default
    form = Template.of(template)
    which = which.strip() or "1"
    if which.upper() == "ALL":
        return between.join(form.fill(match) for match in found)
    if which.upper() == "RAND":
        match = asked.shared.random.choice(found)
    else:
        try:
            number = float(which)
        except ValueError:
            return default
        index = int(len(found) * number + 0.5) - 1 if 0 < number < 1 else int(number) - 1
        if not -1 <= index < len(found):
            return default
        match = found[max(index, 0)]
    if name:
        keep_groups(asked.variables, name, match)
        asked.variables[name] = form.fill(match)
    return form.fill(match)


TABLE: Table = {"__regexFunction": Function(_regex, 2, 7)}
