"""What all parts of the importer share while one plan is compiled."""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.importers.base import Files, Findings
from penstock.importers.jmeter.parse import Bag, Node
from penstock.importers.jmeter.texts import Texts
from penstock.model import Text


@dataclass(slots=True)
class Work:
    """`plan` is the plan in the file `entry`, whose bytes are `content`.

    `uploads` are the files that requests send, by the names that they are called by. With `skips`, what cannot run here
    is left out with a warning. `group` is the name of the thread group that is being compiled.
    """

    files: Files
    entry: str
    content: bytes
    plan: Node
    findings: Findings
    texts: Texts
    skips: bool = False
    group: str = ""
    uploads: dict[str, bytes] = field(default_factory=dict)
    _names: dict[str, int] = field(default_factory=dict)

    def name(self, what: str) -> str:
        """Return a name for a variable of our own, which none of the plan's can have."""
        self._names[what] = self._names.get(what, 0) + 1
        return f"#{what}{self._names[what]}"

    def parse(self, bag: Bag, key: str, default: str = "") -> Text:
        """Return a property as a text with holes."""
        return self.texts.parse(bag.text(key, default), bag.origin)

    def mentions(self, name: str) -> bool:
        """Whether a name stands anywhere in the plan."""
        return name.encode() in self.content

    def cannot_run(self, node: Node, what: str, advice: str = "") -> None:
        """Report an element that does something which cannot be done here."""
        if self.skips:
            self.findings.warn("not-available", f"{what}; it is left out", node.origin, advice, "dropped")
        else:
            without = "switch it off, or leave it out with --skip-unsupported"
            self.findings.error("not-available", what, node.origin, f"{advice}, or {without}" if advice else without)


def shown_name(node: Node, work: Work) -> str:
    """Return the name that reports call an element by: variables that stay the same are filled in."""
    return work.texts.settled(node.name, node.origin) or node.name or node.kind
