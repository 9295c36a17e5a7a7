"""What the Loadmill language costs: compiling a large suite, and a request of a flow beside the same in Python.

    python -m benches.language [--flows 1000] [--steps 20] [--rounds 3]

CPU per request is that of the whole command less that of starting it, over the requests it made; both commands take
turns against the built-in target, and the ratio is the median of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benches import results
from benches.rounds import say

TITLE = results.LANGUAGE
USERS = 20

FLOW = """
meta: {description: The list, an id out of it, the item}
requests:
  - description: list
    url: http://127.0.0.1:8080/items
    extract: [{itemId: {jsonPath: "$[3].id"}}]
    assert: [{check: __status, equals: "200"}]
  - description: item
    url: http://127.0.0.1:8080/items/${itemId}
    extract: [{gotId: {jsonPath: $.id}}]
    assert: [{check: __status, equals: "200"}, {check: gotId, equals: "${itemId}"}]
"""

PYTHON = """
from penstock.script import check, http


async def journey(user):
    items = await http.get("/items", name="list")
    if not check(items.status == 200, "list answers"):
        return
    item_id = items.json()[3]["id"]
    item = await http.get(f"/items/{item_id}", name="item")
    check(item.status == 200, "item answers")
    check(item.json()["id"] == item_id, "item is the one asked for")
"""


def suite(flows: int, steps: int) -> str:
    """Return a suite in YAML; each step posts JSON, extracts and asserts."""
    step = """        - description: step {step}
          method: POST
          url: ${{base_url}}/items/{step}
          postData:
            mimeType: application/json
            text: '{{"n": "${{__random_chars}}"}}'
          extract:
            - id{step}:
                jsonPath: $.id
          assert:
            - check: id{step}
              equals: '1'
"""
    head = "conf:\n  meta: {description: Large}\n  parameters:\n    - base_url: http://127.0.0.1:8080\nflows:\n"
    flow = "  - id: f{flow}\n    order: {flow}\n    conf:\n      meta: {{description: Flow {flow}}}\n      requests:\n"
    rows = "".join(step.format(step=number) for number in range(steps))
    return head + "".join(flow.format(flow=number) + rows for number in range(flows))


def compile_seconds(text: str) -> float:
    """Return the CPU seconds of compiling a suite, reading included."""
    from penstock.importers import registry
    from penstock.importers.base import Files

    files = Files.from_dict({"large.yaml": text.encode()})
    began = time.process_time()
    imported = registry.compile(files, "large.yaml")
    seconds = time.process_time() - began
    assert imported.suite is not None
    assert not imported.is_blocked
    return seconds


def cpu_seconds(arguments: list[str]) -> tuple[float, int]:
    """Run a command; return the CPU seconds of it and its children, and the requests it made."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "penstock", "run", *arguments, "--quiet", "--json", "-"], capture_output=True, check=True
    )
    after = os.times()
    requests = json.loads(done.stdout)["totals"]["requests"]["count"]
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, requests


def per_request_us(test: str, url: str) -> float:
    """Return microseconds of CPU a request."""
    common = [test, "--base-url", url, "--users", str(USERS), "--ramp-up", "0s", "--no-think"]
    start_s, few = cpu_seconds([*common, "--iterations", "1"])
    whole_s, many = cpu_seconds([*common, "--duration", "4s"])
    return (whole_s - start_s) / (many - few) * 1e6


def section(flows: int = 1000, steps: int = 20, rounds: int = 3) -> tuple[str, bool]:
    """Measure and return the section; nothing of it is judged."""
    text = suite(flows, steps)
    seconds = statistics.median(compile_seconds(text) for _ in range(rounds))
    compiled = f"Compiling {flows:,} flows of {steps} steps ({len(text) / 1e6:.1f} MB of YAML) takes {seconds:.2f} s."
    with tempfile.TemporaryDirectory() as folder, built_in_target() as url:
        flow, script = Path(folder, "flow.yaml"), Path(folder, "flow.py")
        flow.write_text(FLOW)
        script.write_text(PYTHON)
        pairs = in_turns(str(flow), str(script), url, rounds)
    return f"{compiled}\n\n{render_turns('Loadmill flow', 'flow.py', pairs)}", True


@contextmanager
def built_in_target() -> Iterator[str]:
    """Run the built-in target; gives its URL."""
    command = [sys.executable, "-m", "penstock", "target", "--port", "0"]
    target = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert target.stdout is not None
        yield next(found[0] for line in target.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
    finally:
        target.terminate()
        target.wait(10)


def in_turns(one: str, other: str, url: str, rounds: int) -> list[tuple[float, float]]:
    """Return, round by round, the microseconds of CPU that a request of each test takes."""
    pairs = []
    for _ in range(rounds):
        pairs.append((per_request_us(one, url), per_request_us(other, url)))
        say(f"  {pairs[-1][0]:.1f} µs, {pairs[-1][1]:.1f} µs")
    return pairs


def render_turns(one: str, other: str, pairs: list[tuple[float, float]]) -> str:
    """Return the table of two tests that took turns, and the median of their ratios."""
    lines = ["| test | CPU µs/request (min–max) |", "|---|---:|"]
    for name, values in zip((one, other), zip(*pairs, strict=True), strict=True):
        lines.append(f"| {name} | {statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f}) |")
    ratio = statistics.median(first / second for first, second in pairs)
    return "\n".join(lines) + f"\n\nRatio in the same round, median of {len(pairs)}: {ratio:.2f}.\n"


def main() -> None:
    """Measure, print and keep."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--flows", type=int, default=1000)
    options.add_argument("--steps", type=int, default=20)
    options.add_argument("--rounds", type=int, default=3)
    results.add_output(options)
    given = options.parse_args()
    text, _ = section(given.flows, given.steps, given.rounds)
    print(results.put(TITLE, text, file=given.output))


if __name__ == "__main__":
    main()
