"""Values of a configuration, taken as the vendor's readers take them: an empty text is no value, `"5"` is a number."""

from __future__ import annotations

import json
import math
import re
from pathlib import PurePosixPath

from penstock.importers.base import Files, Findings
from penstock.importers.document import Node

Members = dict[str, Node]

_EXPONENT = re.compile(r"e([+-])0")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


_NO_FILES = Files.from_dict({})


class Reader:
    """Reads members, and the files beside them; what cannot be used is a finding, and counts as absent."""

    def __init__(self, findings: Findings, files: Files = _NO_FILES) -> None:
        self.findings = findings
        self._files = files

    def file(self, name: str) -> bytes | None:
        """Return the content of the file of that name beside the test or in a folder there; None: there is none."""
        names = self._files.names
        there = name if name in names else next((one for one in names if PurePosixPath(one).name == name), None)
        return None if there is None else self._files.read(there)

    def number(self, node: Node | None) -> float | None:
        """Return a number that is not negative."""
        if node is None or node.value in (None, ""):
            return None
        value = node.value
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.findings.error("invalid-value", f"Must be an integer, not {_shown(node)}", node.origin)
            return None
        if value < 0:
            self.findings.error("invalid-value", f"Cannot be less than 0, is {_shown(node)}", node.origin)
            return None
        return float(value)

    def flag(self, node: Node | None) -> bool:
        """Return true or false; absent is false."""
        if node is None or node.value is None or node.value is False or node.value in ("", "false"):
            return False
        if node.value is True or node.value == "true":
            return True
        self.findings.error("invalid-value", f"Must be true or false, not {_shown(node)}", node.origin)
        return False

    def text(self, node: Node | None) -> str | None:
        """Return a text, perhaps empty; other values are taken as their JSON text, which is a note."""
        if node is None or node.value is None:
            return None
        if isinstance(node.value, str):
            return node.value
        text = json.dumps(node.plain(), ensure_ascii=False, separators=(",", ":"))
        if isinstance(node.value, float):
            text = _EXPONENT.sub(r"e\1", text.removesuffix(".0"))  # 5.0 is "5", 1e-07 is "1e-7"
        self.findings.note(
            "not-a-text", f"Must be a string; {node.kind} is taken as its text", node.origin, effect="approximated"
        )
        return text

    def members(self, node: Node | None) -> Members:
        """Return the members of an object; absent and empty texts have none."""
        if node is None or node.value in (None, ""):
            return {}
        if isinstance(node.value, dict):
            return node.value
        self.findings.error("invalid-value", f"Must be an object, not {node.kind}", node.origin)
        return {}

    def elements(self, node: Node | None) -> list[Node]:
        """Return the elements of an array; a single object counts as an array of it."""
        if node is None or node.value in (None, ""):
            return []
        if isinstance(node.value, list):
            return node.value
        if isinstance(node.value, dict):
            return [node]
        self.findings.error("invalid-value", f"Must be an array, not {node.kind}", node.origin)
        return []

    def limit(self, node: Node | None, value: float | None, least: float, most: float) -> None:
        """Note a value that the vendor's servers would refuse; here it runs as written."""
        if node is None or value is None:
            return
        if not least <= value <= most:
            bound = f"less than {least:.0f}" if value < least else f"more than {most:.0f}"
            message = f"Cannot be {bound} on the vendor's servers; it runs here as written"
            self.findings.note("vendor-limit", message, node.origin, effect="needs attention")


def _shown(node: Node) -> str:
    if isinstance(node.value, dict | list):
        return node.kind
    text = json.dumps(node.value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"
