"""Parameters of a test: on the command line, in files, and from the environment, where other users do not see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli import sections
from penstock.errors import InvalidInput, UnreadableFile

Parameters = Annotated[
    list[str] | None, typer.Argument(metavar="[name=value]...", help="Parameters that override the file's.")
]
ParameterFiles = Annotated[
    list[str] | None,
    sections.data(
        "--parameters-file", help="A set of parameters (YAML, or lines name=value). Repeatable.", metavar="FILE"
    ),
]
ParameterVariables = Annotated[
    list[str] | None,
    sections.data(
        "--parameter-env",
        help="Take a parameter from the environment variable of that name, or of another; for secrets. Repeatable.",
        metavar="NAME[=VAR]",
    ),
]
Inline = Annotated[
    bool, sections.data("--inline", help="Given parameters replace those of the file where it sets them.")
]


def given_parameters(
    file: Path, pairs: Sequence[str] | None, variables: Sequence[str] | None, environment: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return all parameters that are given one by one; what comes later wins.

    Raises `InvalidInput` for one that is not written like that, and for a variable that is not there.
    """
    return (
        *_of_tests(file, environment),
        *read_variables(variables or [], environment),
        *read_pairs(pairs or []),
    )


def _of_tests(file: Path, environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what `Test.NAME` in the environment says of a web test's parameters, as where `mstest` runs it."""
    if file.suffix.lower() != ".webtest":
        return ()
    return tuple((name[5:], value) for name, value in sorted(environment.items()) if name.startswith("Test."))


def read_variables(given: Sequence[str], environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Read `NAME` and `NAME=VARIABLE`, and look the variables up.

    Raises `InvalidInput` for one without a name, or whose variable is not set: an empty secret would be sent for it.
    """
    pairs = []
    for text in given:
        name, equals, variable = text.partition("=")
        if not name or (equals and not variable):
            raise InvalidInput(f"--parameter-env {text!r}: write it like password or password=SHOP_PASSWORD")
        variable = variable or name
        if variable not in environment:
            near = get_close_matches(variable, list(environment), n=1)
            hint = f"; {near[0]} is" if near else ""
            raise InvalidInput(f"--parameter-env {text}: the environment variable {variable} is not set{hint}")
        pairs.append((name, environment[variable]))
    return tuple(pairs)


def read_pairs(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read `name=value` arguments.

    Raises `InvalidInput` for one without a name or an equals sign.
    """
    pairs = []
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidInput(f"parameter {text!r}: write it like name=value")
        pairs.append((name, value))
    return tuple(pairs)


def read_parameter_file(given: str) -> tuple[str, bytes]:
    """Return name and content of a set of parameters. Raises `UnreadableFile`."""
    path = Path(given)
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"--parameters-file {path}: {error.strerror}") from error
