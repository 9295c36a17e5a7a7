"""Code in test plans: the part that Groovy, JEXL, JavaScript and BeanShell have in common and that plans really use.

    program = compile_script(["vars.get('n').toInteger() < ", limit], "groovy")
    program.run(variables, shared)        # "true"

Expressions with comparisons, logic, arithmetic and the usual methods of texts and numbers; `vars`, `props`, `prev` and
`log`; declarations, assignments, `if` and `return`. What is outside of that is `Unsupported` when it is compiled, never
a wrong value.
"""

from penstock.program.values.jmeter.scripting.program import Program, compile_script, examine
from penstock.program.values.jmeter.scripting.tokens import Flavour, Unsupported

__all__ = ["Flavour", "Program", "Unsupported", "compile_script", "examine"]
