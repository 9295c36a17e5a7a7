"""JavaScript that runs under load: script steps, in a sandbox.

    with Sandbox() as sandbox:
        program = sandbox.compile("const id = $.user.id", {"__now": now}, title="Post Script")
        result = program.run({"token": "abc"}, b'{"user": {"id": 7}}')   # result.variables == {"id": "7"}

The language is ECMAScript 2020 and the operators of 2021, as QuickJS 2021-03-27 (in the package `quickjs` 1.19) has
them, with the methods of 2022 and 2023 that scripts use most (`at`, `findLast`, `toSorted`, `Object.hasOwn`) and dates
and numbers in the style of en-US. Scripts are sloppy code, whatever directive they begin with. Not there: promises and
`async`, modules, `eval` and `Function`, whatever belongs to a host (files, network, timers, `require`, `Buffer`); of
the newer language `static {}` blocks, `/…/d` and `/…/v`, `Error.cause`, `WeakRef`, `structuredClone`, `Object.groupBy`.

Why a process of its own, and what it costs: docs/decisions/0007-javascript-in-quickjs.md.
"""

from penstock.program.javascript.limits import Limits
from penstock.program.javascript.sandbox import Function, InvalidScript, Program, Result, Sandbox

__all__ = ["Function", "InvalidScript", "Limits", "Program", "Result", "Sandbox"]
