"""What a caller wishes of a run of a suite or plan: lenient as the vendor is, since scripts of many years send it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.errors import InvalidInput
from penstock.services.changes import Changes
from penstock.services.selection import Selection
from penstock.services.suite_launcher import SuiteOptions
from penstock.services.vendor_cloud import WISHES

MOST_RETRIES = 20


def changes_of(body: Mapping[str, Any]) -> Changes:
    """Return the parameters that the caller overrides. Raises `InvalidInput`."""
    given = body.get("overrideParameters", body.get("parameters"))
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise InvalidInput("overrideParameters: must be an object of names and values")
    parameters = tuple((name, _value(name, value)) for name, value in given.items() if value is not None)
    return Changes(parameters=parameters, is_inline=truth_of(body.get("inlineParameterOverride")))


def options_of(body: Mapping[str, Any], *, only_ready: bool) -> SuiteOptions:
    """Return which flows are to run, and how often failed ones. Raises `InvalidInput`."""
    selection = Selection(
        flows=names_of(body, "flows") or names_of(body, "flowIds"),
        labels=names_of(body, "labels"),
        labels_expression=text_of(body, "labelsExpression"),
        only_ready=only_ready,
    )
    retries = number_of(body, "maxFlakyFlowRetries", 0, MOST_RETRIES)
    return SuiteOptions(selection, retries, description=text_of(body, "additionalDescription"))


def said_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only the vendor's cloud does, to be kept with the run and told as findings of it."""
    return {name: body[name] for name in WISHES if body.get(name) not in (None, "", [], False)}


def names_of(body: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of names; null is none, numbers are names too."""
    given = body.get(key)
    if given is None or given == "":
        return ()
    listed = given if isinstance(given, list) else [given]
    if not all(isinstance(name, str | int) for name in listed):
        raise InvalidInput(f"{key}: must be a list of texts")
    return tuple(str(name).strip() for name in listed if str(name).strip())


def text_of(body: Mapping[str, Any], key: str) -> str:
    """Return a text; null is the empty one."""
    given = body.get(key)
    if given is None:
        return ""
    if not isinstance(given, str):
        raise InvalidInput(f"{key}: must be a text")
    return given.strip()


def number_of(body: Mapping[str, Any], key: str, least: int, most: int) -> int | None:
    """Return a whole number, which clients send as text as well; None where there is none."""
    given = body.get(key)
    if given is None or given == "":
        return None
    try:
        number = int(given)
    except (TypeError, ValueError):
        raise InvalidInput(f"{key}: must be a whole number") from None
    if not least <= number <= most:
        raise InvalidInput(f"{key}: must be between {least} and {most}")
    return number


def truth_of(given: object) -> bool:
    """Return whether a switch of a body or query is on."""
    return given is True or (isinstance(given, str) and given.strip().lower() in ("true", "1", "yes"))


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise InvalidInput(f"overrideParameters.{name}: must be a text")
