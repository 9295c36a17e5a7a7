"""What JMeter 5.6.3 did with the plans, a file a topic; `python -m tests.jmeter.real` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def golden(topic: str) -> dict[str, Any]:
    """Return what was recorded of the plans of a topic, by their names."""
    found: dict[str, Any] = json.loads((FOLDER / f"{topic}.json").read_text("utf-8"))
    return found
