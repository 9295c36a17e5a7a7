"""Post-scripts and steps that are JavaScript."""

from __future__ import annotations

import re

from penstock.importers.document import Node
from penstock.importers.loadmill.texts import Texts
from penstock.model import Code

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def compile_script(node: Node | None, texts: Texts) -> Code | None:
    """Return the script, or None where there is none.

    Every word in it counts as a parameter that gets a value: what a script declares is only known when it runs.
    """
    source = texts.reader.text(node)
    if node is None or source is None or not source.strip():
        return None
    for word in _WORD.findall(source):
        texts.assign(word)
    return Code("javascript", source, node.origin)
