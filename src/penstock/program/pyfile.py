"""A user's own `flow.py`: loaded, looked at, and every mistake in it told with its file and line."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from penstock.errors import InvalidFlow
from penstock.program.compiled import CompiledJourney, JourneyFunction
from penstock.script import Options

_EXAMPLE = "write `async def journey(user):` and await http.get(...) in it"


@dataclass(frozen=True, slots=True)
class LoadedFlow:
    """What a file says: its journeys and what it wishes of its run."""

    journeys: tuple[CompiledJourney, ...]
    options: Options


def load(path: str | Path) -> LoadedFlow:
    """Run the file and return what it holds; its folder can be imported from while it runs.

    Raises `InvalidFlow` with file, line and what to do: no such file, not Python, an exception at the top level,
    no journey, a journey that is not a coroutine function of (at most) the user.
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
        return LoadedFlow((CompiledJourney(file.stem, _journey(file, module)),), _options(file, module))
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
        with _importable(file.parent):
            exec(code, module.__dict__)  # noqa: S102 — it is the user's own program, which they asked to run
    except (Exception, SystemExit) as error:
        raise _failed(file, error) from error


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


def _journey(file: Path, module: ModuleType) -> JourneyFunction:
    function: Any = getattr(module, "journey", None)
    if function is None:
        raise InvalidFlow(f"{file}: there is no journey; {_EXAMPLE}")
    place = file if (line := _line(function)) is None else f"{file}:{line}"
    if inspect.isasyncgenfunction(function):
        raise InvalidFlow(f"{place}: journey holds `yield`, so it is a generator; use await instead")
    if not inspect.iscoroutinefunction(function):
        kind = "a plain function" if callable(function) else f"a {type(function).__name__}"
        raise InvalidFlow(f"{place}: journey is {kind}; {_EXAMPLE}")
    parameters = inspect.signature(function).parameters.values()
    positional = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    needed = [
        each
        for each in parameters
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    if any(each not in positional[:1] for each in needed):
        names = ", ".join(each.name for each in needed)
        raise InvalidFlow(f"{place}: journey({names}) takes too much; it is given the user and nothing else")
    if positional or any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return function  # type: ignore[no-any-return]
    return lambda _user: function()


def _line(function: Any) -> int | None:
    code = getattr(inspect.unwrap(function) if callable(function) else function, "__code__", None)
    return None if code is None else code.co_firstlineno
