"""The user's own Python classes where a web test names compiled ones: loaded, and called around requests."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from penstock.errors import InvalidInput, NotRunnable
from penstock.model import Rule
from penstock.program.iteration import TURN, Iteration, Makes, Operation, Operations, StepFailed, Waits
from penstock.program.values import Dialect, EvaluationFailed, Variables
from penstock.script import Response, binding
from penstock.script.plugins import OutgoingRequest, Plugin, RequestPlugin, WebTestPlugin

Classes = Mapping[str, type[Plugin]]
"""Python classes by the full name of the .NET class that they stand for."""

NO_CLASSES: Classes = MappingProxyType({})

Before = Callable[[Variables, Operation], Operation]
After = Callable[[Variables, Response], None]
Kind = TypeVar("Kind", bound=Plugin)


def read_names(path: Path) -> dict[str, str]:
    """Return the mapping file: the full names of .NET classes and `module:Class` for each.

    Raises `InvalidInput` with what to write for a file that is no such mapping.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InvalidInput(f"--plugins {path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"--plugins {path}: not valid TOML: {error}") from None
    classes = content.get("classes")
    if not isinstance(classes, dict) or content.keys() - {"classes"}:
        raise InvalidInput(
            f'--plugins {path}: write a table [classes] with lines like "Shop.Tests.Login" = "shop:Login"'
        )
    for name, place in classes.items():
        module, colon, called = place.partition(":") if isinstance(place, str) else ("", "", "")
        if not (module and colon and called):
            raise InvalidInput(f"--plugins {path}: {name!r}: write the Python class like module:Class")
    return dict(classes)


def load_classes(path: Path) -> Classes:
    """Import the classes of a mapping file; its folder can be imported from.

    Raises `InvalidInput` naming the entry that cannot be had.
    """
    names = read_names(path)
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return {name: _load(path, name, place) for name, place in names.items()}


def _load(path: Path, name: str, place: str) -> type[Plugin]:
    module_name, _, class_name = place.partition(":")
    try:
        found: Any = importlib.import_module(module_name)
        for part in class_name.split("."):
            found = getattr(found, part)
    except Exception as error:  # noqa: BLE001 — whatever the user's module raises is told
        raise InvalidInput(f"--plugins {path}: {place} for {name}: {type(error).__name__}: {error}") from None
    if not (isinstance(found, type) and issubclass(found, Plugin)):
        raise InvalidInput(f"--plugins {path}: {place} is no class derived from one of penstock.script.plugins")
    return found


class Plugins:
    """Those of one journey, and of its requests."""

    def __init__(self, rules: tuple[Rule, ...], classes: Classes, dialect: Dialect) -> None:
        self._classes = classes
        self._dialect = dialect
        self._generators = [generate for rule in rules if (generate := dialect.generator(rule)) is not None]
        own = [rule for rule in rules if dialect.generator(rule) is None]
        self._web_test = [_made(rule, WebTestPlugin, classes, dialect) for rule in own]

    def around(self, body: Waits) -> Waits:
        """Return the body of an iteration with what is to be done at its beginning and end."""
        generators, own = self._generators, self._web_test
        if not generators and not own:
            return body

        def run(iteration: Iteration) -> Operations:
            variables = iteration.variables
            try:
                for generate in generators:
                    generate(variables)
                for plugin in own:
                    plugin(variables).pre_web_test(variables)
            except Exception as error:  # noqa: BLE001 — the user's own code
                yield TURN
                binding.recorder.fail("script", _failure(error))
            outcome = yield from body(iteration)
            for plugin in own:
                try:
                    plugin(variables).post_web_test(variables)
                except Exception as error:  # noqa: BLE001 — the user's own code
                    yield TURN
                    binding.recorder.fail("script", _failure(error))
            return outcome

        return run

    def of_request(self, rules: tuple[Rule, ...]) -> tuple[Before, After] | None:
        """Return what is to be done before and after a request; None when there is nothing."""
        makers = [*self._web_test, *(_made(rule, RequestPlugin, self._classes, self._dialect) for rule in rules)]
        if not makers:
            return None

        def before(variables: Variables, operation: Operation) -> Operation:
            kind, method, url, name, headers, body, *rest = operation
            pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
            request = OutgoingRequest(method, url, dict(pairs), body)
            try:
                for make in makers:
                    make(variables).pre_request(variables, request)
            except Exception as error:  # noqa: BLE001 — the user's own code
                raise StepFailed(_failure(error)) from None
            return (kind, request.method, request.url, name, tuple(request.headers.items()), request.body, *rest)

        def after(variables: Variables, response: Response) -> None:
            try:
                for make in makers:
                    make(variables).post_request(variables, response)
            except Exception as error:  # noqa: BLE001 — the user's own code
                binding.recorder.fail("script", _failure(error))

        return before, after


def with_plugins(exchange: Operation | Makes, before: Before) -> Makes:
    """Return what makes the operation and lets plug-ins change it."""
    return lambda variables: before(variables, exchange(variables) if callable(exchange) else exchange)


def _made(rule: Rule, kind: type[Kind], classes: Classes, dialect: Dialect) -> Callable[[Variables], Kind]:
    """Return what gives the plug-in with its parameters bound."""
    cls = classes.get(rule.name)
    if cls is None:
        raise NotRunnable(f"{rule.origin}: there is no Python class for {rule.name}; name one with --plugins")
    if not issubclass(cls, kind):
        raise NotRunnable(f"{rule.origin}: {cls.__name__} is no {kind.__name__}, which {rule.name} is used as here")
    plugin = cls()
    fills = [(argument.name, dialect.text(argument.value)) for argument in rule.arguments]
    if not any(argument.value.holes for argument in rule.arguments):
        plugin.parameters = {name: fill({}) for name, fill in fills}
        return lambda _variables: plugin

    def bind(variables: Variables) -> Kind:
        plugin.parameters = {name: fill(variables) for name, fill in fills}
        return plugin

    return bind


def _failure(error: Exception) -> str:
    if isinstance(error, EvaluationFailed):
        return str(error)
    return f"Exception: {type(error).__name__}: {error}"
