"""Asks JMeter's own classes what functions, post-processors and assertions give: `python -m tests.jmeter.elements`.

The cases stand in the vectors of the dialect's unit tests, where their answers are written anew.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benches.tools.jvm import JMETER

VECTORS = Path(__file__).parents[1] / "unit" / "program" / "values" / "jmeter_vectors.json"
_LONGEST_S = 120


def ask(vectors: dict[str, Any]) -> dict[str, Any]:
    """Return the vectors with JMeter's answers."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, "vectors.json")
        file.write_text(json.dumps(vectors))
        classes = f"{JMETER}/lib/*:{JMETER}/lib/ext/*"
        script = Path(__file__).with_name("elements.groovy")
        machine = ["java", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=OFF", "-Duser.timezone=UTC", "-Duser.language=en"]
        command = [*machine, "-cp", classes, "groovy.ui.GroovyMain", str(script), str(JMETER), str(file)]
        subprocess.run(command, check=True, timeout=_LONGEST_S, cwd=scratch)
        answered: dict[str, Any] = json.loads(file.read_text())
    return answered


def write(vectors: dict[str, Any]) -> None:
    """Write the vectors, a line each."""
    lists = (
        f'"{name}": [\n' + ",\n".join(json.dumps(each, ensure_ascii=False) for each in vectors[name]) + "\n]"
        for name in ("texts", "rules")
    )
    variables = json.dumps(vectors["variables"], ensure_ascii=False)
    VECTORS.write_text('{\n"variables": ' + variables + ",\n" + ",\n".join(lists) + "\n}\n")


if __name__ == "__main__":
    write(ask(json.loads(VECTORS.read_text())))
