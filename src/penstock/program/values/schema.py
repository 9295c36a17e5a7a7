"""JSON Schema, draft 4 with `const`, the formats checked, patterns in JavaScript's dialect. Nothing is fetched."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jsonschema import Draft4Validator, FormatChecker, SchemaError, ValidationError, validators
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.exceptions import Unresolvable

from penstock.program.values.javascript.json_text import equal, parse_json
from penstock.program.values.javascript.regexp import InvalidPattern, compile_pattern


class InvalidSchema(ValueError):
    """The text is no schema; the message says why."""


_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_FORMATS = {
    "date-time": r"\d{4}-\d\d-\d\d[tT ]\d\d:\d\d:\d\d(\.\d+)?([zZ]|[+-]\d\d:\d\d)",
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"\d\d:\d\d:\d\d",
    "email": r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+",
    "uri": r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s]*",
    "hostname": rf"(?=.{{1,253}}\.?$){_LABEL}(\.{_LABEL})*\.?",
    "alpha": r"[a-zA-Z]+",
    "alphanumeric": r"[a-zA-Z0-9]+",
    "utc-millisec": r"-?\d+",
    "phone": r"\+(?:[0-9] ?){6,14}[0-9]",
}
_ALIASES = {"host-name": "hostname", "ip-address": "ipv4"}


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, pattern in _FORMATS.items():
        compiled = re.compile(pattern, re.ASCII)
        checker.checks(name)(_texts_only(lambda text, compiled=compiled: compiled.fullmatch(text) is not None))
    checker.checks("ipv4", raises=ValueError)(_texts_only(lambda text: bool(ipaddress.IPv4Address(text))))
    checker.checks("ipv6", raises=ValueError)(_texts_only(lambda text: bool(ipaddress.IPv6Address(text))))
    checker.checks("regex", raises=InvalidPattern)(_texts_only(lambda text: bool(compile_pattern(text))))
    for alias, name in _ALIASES.items():
        checker.checkers[alias] = checker.checkers[name]
    return checker


def _texts_only(holds: Any) -> Any:
    return lambda value: holds(value) if isinstance(value, str) else True


def _const(_validator: Validator, const: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if not equal(instance, const):
        yield ValidationError(f"{instance!r} is not {const!r}")


def _pattern(validator: Validator, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not compile_pattern(pattern).matches(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_VALIDATOR = validators.extend(Draft4Validator, {"const": _const, "pattern": _pattern})  # type: ignore[no-untyped-call] # untyped there
_CHECKER = _format_checker()


class Schema:
    """A schema to hold values against."""

    def __init__(self, text: str) -> None:
        try:
            schema = parse_json(text)
        except ValueError as error:
            raise InvalidSchema(str(error)) from None
        if isinstance(schema, bool | list):  # npm's jsonschema: true allows all, false nothing, an array says nothing
            schema = {"not": {}} if schema is False else {}
        if not isinstance(schema, dict):
            raise InvalidSchema("a schema is a JSON object")
        try:
            Draft4Validator.check_schema(schema)
        except SchemaError as error:
            raise InvalidSchema(error.message) from None
        self._validator = _VALIDATOR(schema, registry=Registry(), format_checker=_CHECKER)

    def holds(self, value: Any) -> bool:
        """Whether a JSON value fits. Raises `InvalidSchema` when a reference in the schema leads nowhere."""
        try:
            return bool(self._validator.is_valid(value))
        except Unresolvable as error:
            raise InvalidSchema(f"cannot resolve {error}") from None
        except (InvalidPattern, RecursionError) as error:
            raise InvalidSchema(str(error)) from None


@lru_cache(maxsize=256)
def read_schema(text: str) -> Schema:
    """Return the schema in a text. Raises `InvalidSchema`."""
    return Schema(text)
