"""From words to closures: expressions by precedence, and the few statements that stand around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from penstock.program.values.dialect import EvaluationFailed
from penstock.program.values.jmeter.patterns import Pattern
from penstock.program.values.jmeter.scripting import methods, objects, semantics
from penstock.program.values.jmeter.scripting.members import ROOTS, Node, Run, member
from penstock.program.values.jmeter.scripting.semantics import UNDEFINED, ScriptFailed
from penstock.program.values.jmeter.scripting.tokens import Fill, Flavour, Token, Unsupported
from penstock.program.values.jmeter.shared import Shared

_SAME = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "and": "&&", "or": "||"}
_SAME |= {"div": "/", "mod": "%", "not": "!"}
_EQUALITY = frozenset({"==", "!=", "===", "!==", "=~", "!~", "==~", "=^", "!^", "=$", "!$"})
_ORDER = frozenset({"<", "<=", ">", ">="})
_CONSTANTS = {"true": True, "false": False, "null": None}
_DECLARING = frozenset({"def", "var", "let", "const", "final", "String", "int", "Integer", "long", "Long", "double"})
_DECLARING |= {"Double", "float", "boolean", "Boolean", "Object", "BigDecimal"}
_REFUSED = frozenset({"for", "while", "do", "switch", "try", "class", "function", "throw", "instanceof", "foreach"})
_CASTS: dict[str, Callable[[Any], Any]] = {
    "int": lambda value: int(value) if semantics.is_number(value) else methods.whole(value),
    "double": methods.double,
    "String": lambda value: None if value is None else semantics.shown(value, "groovy"),
    "boolean": lambda value: semantics.truth(value, "groovy"),
    "BigDecimal": methods.decimal,
}
_CASTS |= {"Integer": _CASTS["int"], "long": _CASTS["int"], "Long": _CASTS["int"], "float": _CASTS["double"]}
_CASTS |= {"Double": _CASTS["double"], "Boolean": _CASTS["boolean"], "string": _CASTS["String"]}
_CASTS |= {"bool": _CASTS["boolean"]}
_TABLES = (methods.TEXT, methods.NUMBER, methods.LIST, methods.BOOLEAN)
_PRECEDENCE = (("||", "or"), ("&&", "and"))
_LITERAL = re.compile(r"\s*(?:(?P<int>-?\d+)|(?P<word>true|false|null)|(?P<decimal>-?\d+\.\d+))\s*")


class HoleIsCode(Exception):
    """What stands in a hole is no constant: the script must be read with it in its place."""


class Parser:
    """Reads the words of one script; `reads` are the built-in variables that it needs, `sets` those that it sets."""

    def __init__(self, words: list[Token], flavour: Flavour, shared: Shared) -> None:
        self._words = words
        self._adds_numbers = flavour == "jexl2"
        self._flavour: Flavour = "jexl" if flavour == "jexl2" else flavour
        self._at = 0
        self._statics = methods.statics(shared)
        self._own: set[str] = set()
        self.reads: set[str] = set()

    # -- statements

    def script(self) -> Node:
        """Return what runs the script and gives the value of its last expression, or of `return`."""
        statements = []
        while not self._is_over():
            if not self._takes(";"):
                statements.append(self._statement())
                if not self._is_over() and not self._takes(";") and not self._is_behind_block():
                    raise self._unsupported(f"{self._word.text!r} is not expected here")
        if not statements:
            raise Unsupported("there is no expression")
        return _block(statements)

    def _is_over(self) -> bool:
        return self._word.kind == "end"

    def _is_behind_block(self) -> bool:
        return self._words[self._at - 1].text in ("}", ";")

    def _statement(self) -> Node:
        word = self._word
        if word.kind == "word":
            if word.text in _REFUSED:
                raise self._unsupported(f"{word.text!r} is not among what can be carried over")
            if word.text == "import":
                while self._word.kind != "end" and not self._takes(";"):
                    self._at += 1
                return lambda _run: None
            if word.text == "if":
                return self._if()
            if word.text == "return":
                self._at += 1
                value = (lambda _run: None) if self._word.text in (";", "}", "") else self._expression()
                return _returning(value)
            following = self._ahead(1)
            if word.text in _DECLARING and following.kind == "word":
                self._at += 1
                return self._declaration()
            if following.text in ("=", "+=", "-=", "++", "--") and following.kind == "sign":
                return self._assignment()
        target = self._at
        value = self._expression()
        if self._word.text == "=" and self._word.kind == "sign":
            return self._put(target)
        return value

    def _declaration(self) -> Node:
        while self._word.text in _DECLARING and self._ahead(1).kind == "word":
            self._at += 1
        name = self._take_word()
        self._own.add(name)
        value: Node = self._expression() if self._takes("=") else (lambda _run: None)
        return lambda run: run.own.__setitem__(name, value(run))

    def _assignment(self) -> Node:
        name = self._take_word()
        if name in ROOTS:
            raise self._unsupported(f"{name!r} cannot be set")
        sign = self._word.text
        self._at += 1
        before = self._name(name)
        self._own.add(name)
        one: Node = lambda _run: 1  # noqa: E731 — as all nodes are
        amount = one if sign in ("++", "--") else self._expression()
        if sign == "=":
            return lambda run: run.own.__setitem__(name, amount(run))
        combine = self._binary("+" if sign[0] == "+" else "-", before, amount)
        return lambda run: run.own.__setitem__(name, combine(run))

    def _put(self, target: int) -> Node:
        """Read `vars.name = value` or `vars["name"] = value`; the target was read as a value."""
        words = self._words[target : self._at]
        self._at += 1
        value = self._expression()
        match [word.text for word in words]:
            case [("vars" | "props") as root, ".", name]:
                key: Node = lambda _run: name  # noqa: E731 — as all nodes are
            case [("vars" | "props") as root, "[", _, "]"] if words[2].kind == "text":
                key = self._text(words[2])
            case _:
                raise self._unsupported("only variables can be set")
        return member(root, "put", [key, value], self.reads)

    def _if(self) -> Node:
        self._at += 1
        self._expect("(")
        condition = self._expression()
        self._expect(")")
        then = self._branch()
        otherwise = None
        mark = self._at
        while self._takes(";"):
            pass
        if self._word.text == "else" and self._word.kind == "word":
            self._at += 1
            otherwise = self._branch()
        else:
            self._at = mark
        flavour = self._flavour

        def run_if(run: Run) -> Any:
            if semantics.truth(condition(run), flavour):
                return then(run)
            return None if otherwise is None else otherwise(run)

        return run_if

    def _branch(self) -> Node:
        while self._takes(";"):
            pass
        if not self._takes("{"):
            return _block([self._statement()])
        statements: list[Node] = []
        while not self._takes("}"):
            if self._word.kind == "end":
                raise self._unsupported("'}' is missing")
            if not self._takes(";"):
                statements.append(self._statement())
        return _block(statements)

    # -- expressions

    def _expression(self) -> Node:
        condition = self._level(0)
        flavour = self._flavour
        if self._takes("?:"):
            otherwise = self._expression()

            def elvis(run: Run) -> Any:
                value = condition(run)
                return value if value is not None and semantics.truth(value, flavour) else otherwise(run)

            return elvis
        if not self._takes("?"):
            return condition
        then = self._expression()
        self._expect(":")
        other = self._expression()
        return lambda run: then(run) if semantics.truth(condition(run), flavour) else other(run)

    def _level(self, level: int) -> Node:
        """Read what `||` joins, and inside of it what `&&` joins."""
        if level == len(_PRECEDENCE):
            return self._equality()
        left = self._level(level + 1)
        sign, _ = _PRECEDENCE[level]
        while self._takes_operator(sign):
            left = self._logic(sign, left, self._level(level + 1))
        return left

    def _logic(self, sign: str, left: Node, right: Node) -> Node:
        flavour, stops_at = self._flavour, sign == "||"
        if flavour == "javascript":

            def choose(run: Run) -> Any:
                value = left(run)
                return value if semantics.truth(value, flavour) is stops_at else right(run)

            return choose

        def decide(run: Run) -> bool:
            if semantics.truth(left(run), flavour) is stops_at:
                return stops_at
            return semantics.truth(right(run), flavour)

        return decide

    def _equality(self) -> Node:
        left = self._relation()
        while (sign := self._operator()) in _EQUALITY:
            self._at += 1
            left = self._compared(sign, left, self._relation())
        return left

    def _compared(self, sign: str, left: Node, right: Node) -> Node:
        flavour = self._flavour
        if sign in ("===", "!=="):
            return lambda run: semantics.identical(left(run), right(run)) is (sign == "===")
        if sign in ("==", "!="):
            return lambda run: semantics.equal(left(run), right(run), flavour) is (sign == "==")
        if flavour not in ("groovy", "jexl"):
            raise self._unsupported(f"the operator {sign!r} does not exist in this language")
        if sign in ("=^", "!^", "=$", "!$"):
            judge = str.startswith if sign[1] == "^" else str.endswith
            return lambda run: judge(_text_of(left(run)), _text_of(right(run))) is (sign[0] == "=")
        fits_whole = sign == "==~" or flavour == "jexl"

        def matches(run: Run) -> bool:
            value, pattern = left(run), right(run)
            if isinstance(pattern, list):
                return (value in pattern) is (sign[0] == "=")
            found = Pattern.of(_text_of(pattern))
            text = _text_of(value)
            return (found.fits(text) if fits_whole else found.search(text) is not None) is (sign[0] == "=")

        return matches

    def _relation(self) -> Node:
        left = self._sum()
        flavour = self._flavour
        while True:
            sign = self._operator()
            if sign in _ORDER:
                self._at += 1
                left = _ordered(sign, left, self._sum(), flavour)
            elif sign == "in" and flavour == "groovy":
                self._at += 1
                left = _member_of(left, self._sum())
            else:
                return left

    def _sum(self) -> Node:
        left = self._product()
        while (sign := self._operator()) in ("+", "-"):
            self._at += 1
            left = self._binary(sign, left, self._product())
        return left

    def _product(self) -> Node:
        left = self._unary()
        while (sign := self._operator()) in ("*", "/", "%"):
            self._at += 1
            left = self._binary(sign, left, self._unary())
        return left

    def _binary(self, sign: str, left: Node, right: Node) -> Node:
        flavour = self._flavour
        if sign == "+" and self._adds_numbers:
            return lambda run: semantics.add_numbers(left(run), right(run), flavour)
        if sign == "+":
            return lambda run: semantics.add(left(run), right(run), flavour)
        return lambda run: semantics.arithmetic(sign, left(run), right(run), flavour)

    def _unary(self) -> Node:
        flavour = self._flavour
        sign = self._operator()
        if sign == "!":
            self._at += 1
            inner = self._unary()
            return lambda run: not semantics.truth(inner(run), flavour)
        if sign in ("-", "+"):
            self._at += 1
            operand = self._unary()
            factor = -1 if sign == "-" else 1
            return lambda run: factor * semantics.to_number(operand(run), flavour)
        if flavour == "jexl" and sign in ("empty", "size"):
            self._at += 1
            what = self._unary()
            return _is_empty(what) if sign == "empty" else _size(what)
        if sign == "(" and flavour in ("groovy", "java"):
            kind, closing = self._ahead(1), self._ahead(2)
            if kind.text in _CASTS and closing.text == ")":
                self._at += 3
                return _cast(kind.text, self._unary())
        return self._postfix(self._primary())

    def _postfix(self, value: Node) -> Node:
        while True:
            if self._word.text in (".", "?.") and self._word.kind == "sign":
                is_safe = self._word.text == "?."
                self._at += 1
                name = self._take_word()
                arguments = self._arguments() if self._word.text == "(" else None
                value = self._member(value, name, arguments, is_safe)
            elif self._word.text == "[" and self._word.kind == "sign":
                self._at += 1
                index = self._expression()
                self._expect("]")
                value = _item(value, index)
            elif self._word.text == "as" and self._flavour == "groovy" and self._word.kind == "word":
                self._at += 1
                kind = self._take_word()
                if kind not in _CASTS:
                    raise self._unsupported(f"'as {kind}' is not known")
                value = _cast(kind, value)
            else:
                return value

    def _member(self, value: Node, name: str, arguments: list[Node] | None, is_safe: bool) -> Node:
        if arguments is None:
            if name not in ("length", "size") and self._flavour != "groovy":
                raise self._unsupported(f"the property {name!r} is not known")
        elif name not in objects.NAMES and not any(name in table for table in _TABLES):
            raise self._unsupported(f"the method {name!r} is not known")
        given = arguments

        def call(run: Run) -> Any:
            target = value(run)
            if target is None or target is UNDEFINED:
                if is_safe:
                    return None
                raise ScriptFailed(f"{name} is asked of null")
            if given is None:
                return objects.property_of(target, name)
            return _called(target, name, [argument(run) for argument in given])

        return call

    def _arguments(self) -> list[Node]:
        self._expect("(")
        found: list[Node] = []
        while not self._takes(")"):
            found.append(self._expression())
            if not self._takes(",") and self._word.text != ")":
                raise self._unsupported("')' is missing")
        return found

    def _primary(self) -> Node:
        word = self._word
        self._at += 1
        match word.kind:
            case "number":
                number = _number(word.text, self._flavour)
                return lambda _run: number
            case "text":
                return self._text(word)
            case "hole":
                return _hole(word.parts[0], self._flavour)
            case "word":
                return self._named(word)
        if word.text == "(":
            inner = self._expression()
            self._expect(")")
            return inner
        if word.text == "[" and self._flavour != "javascript":
            items: list[Node] = []
            while not self._takes("]"):
                items.append(self._expression())
                if not self._takes(",") and self._word.text != "]":
                    raise self._unsupported("']' is missing")
            return lambda run: [item(run) for item in items]
        self._at -= 1
        raise self._unsupported(f"{word.text!r} is not expected here" if word.text else "the end is not expected here")

    def _text(self, word: Token) -> Node:
        parts = word.parts
        if len(parts) == 1 and isinstance(parts[0], str):
            constant = parts[0]
            return lambda _run: constant
        return lambda run: "".join([part if isinstance(part, str) else part(run.variables) for part in parts])

    def _named(self, word: Token) -> Node:
        name = word.text
        if name in _CONSTANTS:
            constant = _CONSTANTS[name]
            return lambda _run: constant
        if name == "undefined" and self._flavour == "javascript":
            return lambda _run: UNDEFINED
        if name in self._own:
            return self._name(name)
        if name in ROOTS:
            return self._of_root(name)
        if name == "new":
            return self._new()
        if self._flavour == "jexl" and name in ("empty", "size"):
            (what,) = self._arguments()
            return _is_empty(what) if name == "empty" else _size(what)
        while self._word.text == "." and self._ahead(1).kind == "word" and name not in self._statics:
            name = f"{name}.{self._ahead(1).text}"
            self._at += 2
        function = self._statics.get(name)
        if function is None or self._word.text != "(":
            raise Unsupported(f"line {word.line}: the name {name!r} is not known")
        arguments = self._arguments()
        return lambda run: _guarded(function, [argument(run) for argument in arguments], name)

    def _name(self, name: str) -> Node:
        if name not in self._own:
            raise self._unsupported(f"the name {name!r} is not known")
        return lambda run: run.own.get(name)

    def _of_root(self, root: str) -> Node:
        if self._takes("["):
            key = self._expression()
            self._expect("]")
            if root not in ("vars", "props"):
                raise self._unsupported(f"{root}[…] is not known")
            return member(root, "get", [key], self.reads)
        if not (self._takes(".") or self._takes("?.")):
            raise self._unsupported(f"{root!r} alone is no value")
        name = self._take_word()
        arguments = self._arguments() if self._word.text == "(" else None
        return member(root, name, arguments, self.reads)

    def _new(self) -> Node:
        name = self._take_word()
        while self._takes("."):
            name = self._take_word()
        arguments = self._arguments()
        if name in ("Integer", "Long", "Double", "String", "BigDecimal") and len(arguments) == 1:
            return _cast(name, arguments[0])
        if name == "Random" and not arguments and self._takes(".") and self._take_word() == "nextInt":
            bounds = self._arguments()
            if len(bounds) == 1:
                return lambda run: run.shared.random.randrange(bounds[0](run))
        make = objects.MAKERS.get(name)
        if make is not None and not arguments:
            return lambda _run: make()
        raise self._unsupported(f"new {name}(…) is not among what can be carried over")

    # -- words

    @property
    def _word(self) -> Token:
        return self._words[self._at]

    def _ahead(self, count: int) -> Token:
        return self._words[min(self._at + count, len(self._words) - 1)]

    def _operator(self) -> str:
        word = self._word
        if word.kind == "word":
            return _SAME.get(word.text, word.text) if self._flavour == "jexl" or word.text == "in" else ""
        return word.text if word.kind == "sign" else ""

    def _takes_operator(self, sign: str) -> bool:
        if self._operator() != sign:
            return False
        self._at += 1
        return True

    def _takes(self, sign: str) -> bool:
        if self._word.kind != "sign" or self._word.text != sign:
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise self._unsupported(f"{sign!r} is missing")

    def _take_word(self) -> str:
        if self._word.kind != "word":
            raise self._unsupported(f"a name is missing where {self._word.text!r} stands")
        self._at += 1
        return self._words[self._at - 1].text

    def _unsupported(self, what: str) -> Unsupported:
        return Unsupported(f"line {self._word.line}: {what}")


class _Returned(Exception):
    """Carries the value of `return` out of the blocks around it."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _returning(value: Node) -> Node:
    def leave(run: Run) -> Any:
        raise _Returned(value(run))

    return leave


def returned(script: Node) -> Node:
    """Return what gives the value of a whole script, also where it says `return`."""

    def run_script(run: Run) -> Any:
        try:
            return script(run)
        except _Returned as leaving:
            return leaving.value

    return run_script


def _block(statements: list[Node]) -> Node:
    if len(statements) == 1:
        return statements[0]

    def run_all(run: Run) -> Any:
        value = None
        for statement in statements:
            value = statement(run)
        return value

    return run_all


def _text_of(value: Any) -> str:
    if not isinstance(value, str):
        raise ScriptFailed(f"{value!r} is no text")
    return value


def _ordered(sign: str, left: Node, right: Node, flavour: Flavour) -> Node:
    match sign:
        case "<":
            return lambda run: semantics.compare(left(run), right(run), flavour) < 0
        case "<=":
            return lambda run: semantics.compare(left(run), right(run), flavour) <= 0
        case ">":
            return lambda run: semantics.compare(left(run), right(run), flavour) > 0
        case _:
            return lambda run: semantics.compare(left(run), right(run), flavour) >= 0


def _member_of(left: Node, right: Node) -> Node:
    def judge(run: Run) -> bool:
        value, items = left(run), right(run)
        return value in items if isinstance(items, list) else value == items

    return judge


def _is_empty(value: Node) -> Node:
    def judge(run: Run) -> bool:
        found = value(run)
        return found is None or found == "" or found == []

    return judge


def _size(value: Node) -> Node:
    def count(run: Run) -> int:
        found = value(run)
        if not isinstance(found, str | list):
            raise ScriptFailed(f"{found!r} has no size")
        return len(found)

    return count


def _cast(kind: str, value: Node) -> Node:
    convert = _CASTS[kind]
    return lambda run: convert(value(run))


def _item(value: Node, index: Node) -> Node:
    def pick(run: Run) -> Any:
        items, at = value(run), index(run)
        if isinstance(items, dict):
            return items.get(at)
        if not isinstance(items, str | list) or not isinstance(at, int):
            raise ScriptFailed(f"{items!r} has no item {at!r}")
        if not -len(items) <= at < len(items):
            if isinstance(items, list):
                return None
            raise ScriptFailed(f"a text of {len(items)} characters has no character {at}")
        return items[at]

    return pick


def _called(target: Any, name: str, arguments: list[Any]) -> Any:
    table: Mapping[str, methods.Method]
    if type(target) in objects.METHODS:
        table = objects.METHODS[type(target)]
        if name == "toString":
            return semantics.shown(target, "groovy")
    elif isinstance(target, str):
        table = methods.TEXT
    elif isinstance(target, bool):
        table = methods.BOOLEAN
    elif isinstance(target, list):
        table = methods.LIST
    else:
        table = methods.NUMBER
    method = table.get(name)
    if method is None:
        raise EvaluationFailed(f"the method {name!r} of {target!r} is not among what can be carried over")
    return _guarded(method, [target, *arguments], name)


def _guarded(function: methods.Method, arguments: list[Any], name: str) -> Any:
    try:
        return function(*arguments)
    except (TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise ScriptFailed(f"{name}: {error}") from None


def _number(text: str, flavour: Flavour) -> Any:
    suffix = text[-1] if text[:2].lower() != "0x" and text[-1] in "lLfFdDgGiI" else ""
    plain = text.removesuffix(suffix)
    if plain[:2].lower() == "0x":
        return int(plain, 16)
    if plain.isdigit() and suffix not in tuple("fFdD"):
        return int(plain)
    return Decimal(plain) if flavour == "groovy" and suffix not in tuple("fFdD") else float(plain)


def _hole(part: str | Fill, flavour: Flavour) -> Node:
    """Return what reads a constant that stands in a hole; anything else there must be read as code."""
    if isinstance(part, str):
        raise Unsupported("a hole without a value")
    fill = part
    decimal: Callable[[str], Any] = Decimal if flavour == "groovy" else float

    def read(run: Run) -> Any:
        match = _LITERAL.fullmatch(fill(run.variables))
        if match is None:
            raise HoleIsCode
        if match["int"]:
            return int(match["int"])
        return _CONSTANTS[match["word"]] if match["word"] else decimal(match["decimal"])

    return read
