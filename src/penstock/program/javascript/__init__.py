"""JavaScript that runs under load: script steps, in a sandbox.

    with Sandbox() as sandbox:
        program = sandbox.compile("const id = $.user.id", {"__now": now}, title="Post Script")
        result = program.run({"token": "abc"}, b'{"user": {"id": 7}}')   # result.variables == {"id": "7"}

The language is ECMAScript 2020 (QuickJS 2021-03-27, as the package `quickjs` 1.19 holds it), with the methods
of 2022 and 2023 that scripts use most (`at`, `findLast`, `toSorted`, `Object.hasOwn`) and without `Intl`,
promises, modules and everything that belongs to a host: files, network, timers, `require`, `Buffer`. Not in
this engine: class fields declared `static {}`, `/…/v` and `/…/d`, `Error.cause`, `WeakRef`, `structuredClone`.

Why a process of its own, and what it costs: docs/decisions/0007-javascript-in-quickjs.md.
"""

from penstock.program.javascript.limits import Limits
from penstock.program.javascript.sandbox import Function, InvalidScript, Program, Result, Sandbox

__all__ = ["Function", "InvalidScript", "Limits", "Program", "Result", "Sandbox"]
