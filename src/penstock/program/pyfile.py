"""A user's own `flow.py`: loaded, looked at, and every mistake in it told with its file and line."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from penstock.errors import InvalidFlow
from penstock.program.compiled import CompiledJourney, JourneyFunction
from penstock.program.userclasses import Crowd, Tags, classes_in, crowd_of
from penstock.script import Options, Run, binding, unawaited

_EXAMPLE = "write `async def journey(user):` and await http.get(...) in it"


@dataclass(frozen=True, slots=True)
class LoadedFlow:
    """What a file says: its journeys, who does them, and what it wishes of its run.

    `load` gives the level at a time of the run (None: at its end). `setup` is called once before the load, `teardown`
    once after it.
    """

    journeys: tuple[CompiledJourney, ...]
    options: Options
    crowds: tuple[Crowd, ...]
    load: Callable[[float], Any] | None = None
    setup: Callable[[Run], Any] | None = None
    teardown: Callable[[Run], Any] | None = None


def load(path: str | Path, tags: Tags | None = None) -> LoadedFlow:
    """Run the file and return what it holds; its folder can be imported from while it runs.

    With `tags`, tasks of user classes that have the wrong ones are left out. Raises `InvalidFlow` with file, line and
    what to do: no such file, not Python, an exception at the top level, nothing for users to do, a journey that is not
    a coroutine function of (at most) the user.
    """
    file = Path(path)
    try:
        source = file.read_bytes()
    except OSError as error:
        raise InvalidFlow(f"{file}: cannot be read: {error.strerror or error}") from None
    module = ModuleType(f"penstock_flow_{file.stem}")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module  # dataclasses and pickle look their module up
    try:
        _run(file, source, module)
        crowds, journeys = _crowds(file, module, tags or Tags())
        return LoadedFlow(
            journeys,
            _options(file, module),
            crowds,
            _plain(file, module, "load", "the seconds since the start"),
            _plain(file, module, "setup", "the run"),
            _plain(file, module, "teardown", "the run"),
        )
    except InvalidFlow:
        sys.modules.pop(module.__name__, None)
        raise


def _run(file: Path, source: bytes, module: ModuleType) -> None:
    try:
        code = compile(source, str(file), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise _unparsable(file, error) from None
    except (ValueError, RecursionError, MemoryError) as error:  # zero bytes; nested beyond what Python reads
        raise InvalidFlow(f"{file}: Python cannot read this file: {error}") from None
    try:
        binding.folder = str(file.parent)
        with _importable(file.parent), unawaited.gathered() as forgotten:
            exec(code, module.__dict__)  # noqa: S102 — it is the user's own program, which they asked to run
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also what is no Exception: it is a mistake in the file
        raise _failed(file, error) from error
    if forgotten:
        call, place = forgotten[0]
        at = f"{file}:{place.rpartition(':')[2]}" if place and place.startswith(f"{file.name}:") else place or file
        raise InvalidFlow(f"{at}: {call}(...) does nothing outside of a journey; await it in one")


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    entry = str(folder.resolve())
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        with suppress(ValueError):  # the file may have tidied up itself
            sys.path.remove(entry)


def _unparsable(file: Path, error: SyntaxError) -> InvalidFlow:
    place = f"{error.filename or file}:{error.lineno}" if error.lineno else f"{error.filename or file}"
    line = f"\n    {error.text.strip()}" if error.text and error.text.strip() else ""
    return InvalidFlow(f"{place}: this is not valid Python: {error.msg}{line}")


def _failed(file: Path, error: BaseException) -> InvalidFlow:
    if isinstance(error, SyntaxError):  # of a module that the file imports
        return _unparsable(file, error)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    place = f"{file}:{lines[-1]}" if lines else str(file)
    if isinstance(error, SystemExit):
        return InvalidFlow(f"{place}: the file ends the program while it is loaded; remove the call of exit")
    if isinstance(error, ModuleNotFoundError):
        return InvalidFlow(
            f"{place}: there is no module {error.name!r}; put it beside {file.name}, or install it where Penstock runs"
        )
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return InvalidFlow(f"{place}: the file fails while it is loaded: {text}; correct that line")


def _options(file: Path, module: ModuleType) -> Options:
    options = getattr(module, "options", None)
    if options is None or isinstance(options, Options):
        return options or Options()
    raise InvalidFlow(
        f"{file}: `options` is a {type(options).__name__}; write `options = Options(users=10, ...)` "
        "with Options from penstock.script"
    )


def _crowds(file: Path, module: ModuleType, tags: Tags) -> tuple[tuple[Crowd, ...], tuple[CompiledJourney, ...]]:
    """Return who there is, and what they do: user classes, or users who all do the one journey."""
    kinds = classes_in(module)
    if kinds and hasattr(module, "journey"):
        raise InvalidFlow(f"{file}: there is a journey and there are user classes; make the journey one of them")
    if not kinds:
        if tags:
            raise InvalidFlow(f"{file}: there are no tasks to choose by tags; tags are those of tasks of user classes")
        names = {name: f"{file.stem}.{name}" for name in ("on_start", "on_stop") if hasattr(module, name)}
        journeys = [CompiledJourney(file.stem, _journey(file, module, "journey"))]
        journeys += [CompiledJourney(name, _journey(file, module, hook)) for hook, name in names.items()]
        crowd = Crowd(file.stem, 1.0, ((file.stem, 1.0),), False, names.get("on_start"), names.get("on_stop"))
        return (crowd,), tuple(journeys)
    found = [crowd_of(file, kind, tags) for kind in kinds]
    crowds = tuple(crowd for crowd, _ in found if crowd is not None)
    if not crowds:
        raise InvalidFlow(f"{file}: the tags leave no task to do")
    return crowds, tuple(journey for _, journeys in found for journey in journeys)


def _plain(file: Path, module: ModuleType, name: str, given: str) -> Callable[[Any], Any] | None:
    """Return a function of the file that is called outside of journeys; it may do without its argument."""
    function: Any = getattr(module, name, None)
    if function is None:
        return None
    place = file if (line := _line(function)) is None else f"{file}:{line}"
    if not callable(function) or inspect.iscoroutinefunction(function) or inspect.isclass(function):
        raise InvalidFlow(f"{place}: {name} is called outside of the load; write a plain `def {name}(...):`")
    parameters = inspect.signature(function).parameters.values()
    needed = [one for one in parameters if one.default is one.empty and one.kind is not one.VAR_POSITIONAL]
    if len(needed) > 1:
        raise InvalidFlow(f"{place}: {name} takes too much; it is given {given} and nothing else")
    if any(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters):
        return function  # type: ignore[no-any-return]
    return lambda _given: function()


def _journey(file: Path, module: ModuleType, name: str) -> JourneyFunction:
    function: Any = getattr(module, name, None)
    if function is None:
        raise InvalidFlow(f"{file}: there is no journey; {_EXAMPLE}")
    place = file if (line := _line(function)) is None else f"{file}:{line}"
    if inspect.isasyncgenfunction(function):
        raise InvalidFlow(f"{place}: {name} holds `yield`, so it is a generator; use await instead")
    if not inspect.iscoroutinefunction(function):
        kind = "a plain function" if callable(function) else f"a {type(function).__name__}"
        raise InvalidFlow(f"{place}: {name} is {kind}; {_EXAMPLE.replace('journey', name)}")
    parameters = inspect.signature(function).parameters.values()
    positional = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    needed = [
        each
        for each in parameters
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    if any(each not in positional[:1] for each in needed):
        names = ", ".join(each.name for each in needed)
        raise InvalidFlow(f"{place}: {name}({names}) takes too much; it is given the user and nothing else")
    if positional or any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return function  # type: ignore[no-any-return]
    return lambda _user: function()


def _line(function: Any) -> int | None:
    code = getattr(inspect.unwrap(function) if callable(function) else function, "__code__", None)
    return None if code is None else code.co_firstlineno
