"""The file of results: a section a bench, each with the date, commit and machine of its own.

A bench replaces its section and no other, so that some can be measured anew and the rest stays what it was. A section
is known by its heading; new ones are put where `ORDER` says, those that it does not know at the end.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benches import machine
from benches.place import RESULTS
from benches.works import BURN, IDLE, OPEN, THROUGHPUT

DROPS = "Test drops: uploads through azure-storage-blob"
POLLING = "Counters of a run under way, watched by many"
SERVER = "The server: suite runs, lists, memory and store"
LANGUAGE = "The Loadmill language"
VISUAL_STUDIO = "Visual Studio files"
SOAK = "Soak: does memory grow?"

ORDER = (
    *(work.title for work in (*THROUGHPUT, BURN, IDLE, OPEN)),
    *(LANGUAGE, VISUAL_STUDIO, DROPS, POLLING, SERVER, SOAK),
)

HEAD = """# Results

Written by `make bench`, a section a bench; what is measured and what to make of it is in README.md. Each section says
when, at which commit and on which machine it was measured.
"""


def put(title: str, text: str, *, settings: Sequence[str] = (), file: str = str(RESULTS)) -> str:
    """Replace one section of the file, or add it; returns the section. With `-` for a file nothing is written."""
    stamp = "".join(f"* {line}\n" for line in (*machine.stamp(), *settings))
    section = f"## {title}\n\n{stamp}\n{text.strip()}\n"
    if file != "-":
        path = Path(file)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(replaced(before, title, section), encoding="utf-8")
    return section


def replaced(document: str, title: str, section: str) -> str:
    """Return the document with that section in place of the one of the same title, the others as they are."""
    sections = {part.partition("\n")[0].strip(): f"## {part.strip()}\n" for part in f"\n{document}".split("\n## ")[1:]}
    sections[title] = section
    known = [one for one in ORDER if one in sections]
    return "\n".join([HEAD, *(sections[one] for one in [*known, *(one for one in sections if one not in ORDER)])])


def add_output(parser: argparse.ArgumentParser) -> None:
    """Give a command the option that says where its section goes."""
    parser.add_argument(
        "--output",
        default=str(RESULTS),
        metavar="FILE",
        help="whose section is replaced; default benches/RESULTS.md; - for none",
    )
