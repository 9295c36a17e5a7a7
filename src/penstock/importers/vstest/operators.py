"""Comparison operators, which Visual Studio wrote in the language of its author."""

from __future__ import annotations

_ENGLISH: dict[str, tuple[str, ...]] = {
    "==": ("==", "=", "equals", "equal", "equal to", "is equal to"),
    "!=": ("!=", "<>", "not equals", "notequals", "not equal", "not equal to", "does not equal", "doesnotequal"),
    "<": ("<", "less than", "lessthan"),
    "<=": ("<=", "less than or equal", "less than or equal to", "lessthanorequal"),
    ">": (">", "greater than", "greaterthan"),
    ">=": (">=", "greater than or equal", "greater than or equal to", "greaterthanorequal"),
    "contains": ("contains",),
    "not contains": ("not contains", "does not contain", "notcontains", "doesnotcontain"),
    "starts with": ("starts with", "startswith", "begins with", "beginswith"),
    "ends with": ("ends with", "endswith"),
}
_TRANSLATED: dict[str, tuple[str, ...]] = {
    "==": (
        *("равно", "gleich", "ist gleich", "igual", "igual a", "es igual a", "é igual a", "égal", "égal à"),
        *("est égal à", "uguale", "uguale a", "等于", "等於", "等しい", "같음", "rovná se", "równa się", "eşittir"),
    ),
    "!=": (
        *("не равно", "ungleich", "ist ungleich", "nicht gleich", "no es igual a", "distinto de", "diferente de"),
        *("não é igual a", "différent de", "n'est pas égal à", "diverso da", "不等于", "不等於", "等しくない"),
        *("같지 않음", "nerovná se", "nie równa się", "eşit değildir"),
    ),
    "<": ("меньше", "kleiner als", "menor que", "menor do que", "inférieur à", "minore di", "小于", "小於"),
    "<=": (
        *("меньше или равно", "kleiner oder gleich", "menor o igual que", "menor ou igual a"),
        *("inférieur ou égal à", "小于或等于", "小於或等於"),
    ),
    ">": (
        "больше",
        "größer als",
        "mayor que",
        "maior que",
        "maior do que",
        "supérieur à",
        "maggiore di",
        "大于",
        "大於",
    ),
    ">=": (
        *("больше или равно", "größer oder gleich", "mayor o igual que", "maior ou igual a"),
        *("supérieur ou égal à", "大于或等于", "大於或等於"),
    ),
    "contains": ("содержит", "enthält", "contiene", "contém", "contient", "包含"),
    "not contains": ("не содержит", "enthält nicht", "no contiene", "não contém", "ne contient pas", "不包含"),
    "starts with": ("начинается с", "beginnt mit"),
    "ends with": ("заканчивается на", "endet mit"),
}


def _by_word(words: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {word: operator for operator, each in words.items() for word in each}


_OF_ENGLISH, _OF_TRANSLATION = _by_word(_ENGLISH), _by_word(_TRANSLATED)


def operator_of(text: str) -> tuple[str, bool] | None:
    """Return the operator, and whether it was written in another language than English; None for an unknown word."""
    word = " ".join(text.split()).lower()
    if word in _OF_ENGLISH:
        return _OF_ENGLISH[word], False
    return (_OF_TRANSLATION[word], True) if word in _OF_TRANSLATION else None
