"""Functions of the caller, called by scripts."""

from __future__ import annotations

import pytest

from penstock.program.javascript import Sandbox
from tests.unit.program.javascript.conftest import Run


def test_functions_are_called_by_their_name_and_as_members_of_two_underscores(run: Run) -> None:
    calls: list[list[str]] = []

    def add(texts: list[str]) -> str:
        calls.append(texts)
        return str(sum(map(int, texts)))

    result = run("const a = __.add(1, '2'); const b = __add(3, 4, 5); const c = __.now() + __now()", {}, None,
                 {"__add": add, "__now": lambda _: "7"})  # fmt: skip
    assert result.failure is None
    assert result.variables == {"a": "3", "b": "12", "c": "77"}
    assert calls == [["1", "2"], ["3", "4", "5"]]


def test_arguments_and_results_are_any_text(run: Run) -> None:
    strange = "\0\u2028😀\"'\\\n" * 3
    result = run("const out = __.echo(given)", {"given": strange}, None, {"__echo": lambda texts: texts[0]})
    assert result.variables == {"out": strange}


@pytest.mark.parametrize("argument", ["({toString() { return 'T' }})", "'T'"])
def test_arguments_become_texts(run: Run, argument: str) -> None:
    assert run(f"const out = __.echo({argument})", {}, None, {"__echo": lambda t: t[0]}).variables == {"out": "T"}


def test_an_exception_of_a_function_is_one_of_the_script(run: Run) -> None:
    def broken(_: list[str]) -> str:
        raise ValueError("Cannot divide by zero")

    assert run("__.div(1, 0)", {}, None, {"__div": broken}).failure == "Post Script Error: Cannot divide by zero"
    caught = run("let text; try { __.div() } catch (e) { text = e.message }", {}, None, {"__div": broken})
    assert caught.variables == {"text": "Cannot divide by zero"}


def test_an_exception_without_words_gives_its_name(run: Run) -> None:
    def broken(_: list[str]) -> str:
        raise KeyError

    assert run("__f()", {}, None, {"__f": broken}).failure == "Post Script Error: KeyError"


def test_an_interrupt_in_a_function_passes_through_and_the_sandbox_lives_on() -> None:
    def interrupt(_: list[str]) -> str:
        raise KeyboardInterrupt

    with Sandbox() as sandbox:
        program = sandbox.compile("__f(); const a = 1", {"__f": interrupt})
        with pytest.raises(KeyboardInterrupt):
            program.run({}, None)
        assert sandbox.compile("const b = 2").run({}, None).variables == {"b": "2"}


def test_programs_do_not_see_functions_of_others(sandbox: Sandbox) -> None:
    sandbox.compile("__.f()", {"__f": lambda _: "f"}).run({}, None)
    assert sandbox.compile("const seen = typeof __ + typeof __f").run({}, None).variables == {
        "seen": "undefinedundefined"
    }


def test_functions_cannot_be_changed_or_replaced(run: Run) -> None:
    functions = {"__f": lambda _: "right"}
    source = """
      try { __.f = () => 'wrong' } catch (e) {}
      try { __f.call = () => 'wrong' } catch (e) {}
      try { Object.defineProperty(__, 'g', {value: 1}) } catch (e) {}
      const got = __.f() + __f() + typeof __.g
    """
    assert run(source, {}, None, functions).variables["got"] == "rightrightundefined"


def test_many_calls_in_one_run_are_fine(run: Run) -> None:
    result = run("let n = 0; for (let i = 0; i < 1000; i++) n += Number(__.one())", {}, None, {"__one": lambda _: "1"})
    assert result.variables == {"n": "1000"}
