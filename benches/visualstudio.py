"""What Visual Studio files cost: compiling a large one, and a request of a load test beside the same native scenario.

    python -m benches.visualstudio [--requests 2000] [--rounds 3]

The native scenario is the load test as `penstock convert` writes it, without counters; both take turns against the
built-in target, and the ratio is the median of the rounds. How CPU per request is taken: `benches.language`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benches import results
from benches.language import built_in_target, in_turns, render_turns

TITLE = results.VISUAL_STUDIO
_NAMESPACE = 'xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"'
_RULES = "Microsoft.VisualStudio.TestTools.WebTesting.Rules."
_TYPE = "Microsoft.VisualStudio.TestTools.WebStress.DeclarativeWebTestElement, X"

LOAD_TEST = (
    f'<LoadTest Name="l" {_NAMESPACE}><Scenarios><Scenario Name="s"><LoadProfile Pattern="Constant" InitialUsers="20"/>'
    f'<TestMix><TestProfile Name="w" Path="w.webtest" Percentage="100" Type="{_TYPE}"/></TestMix></Scenario>'
    "</Scenarios>"
    '<RunConfigurations><RunConfiguration Name="r" RunDuration="60" SampleRate="5"/></RunConfigurations></LoadTest>'
)


def web_test(requests: int) -> str:
    """Return a web test; each request extracts and validates."""
    one = (
        '<Request Method="GET" Version="1.1" Url="http://h/items/{number}?by={{{{who}}}}" ThinkTime="1" Timeout="60"'
        ' ParseDependentRequests="False" FollowRedirects="True" RecordResult="True" Cache="False" Encoding="utf-8">'
        f'<ExtractionRules><ExtractionRule Classname="{_RULES}ExtractText, X" VariableName="v{{number}}">'
        '<RuleParameters><RuleParameter Name="StartsWith" Value="&quot;name&quot;:"/>'
        '<RuleParameter Name="EndsWith" Value=","/>'
        "</RuleParameters></ExtractionRule></ExtractionRules>"
        f'<ValidationRules><ValidationRule Classname="{_RULES}ValidationRuleFindText, X" Level="High"><RuleParameters>'
        '<RuleParameter Name="FindText" Value="price"/></RuleParameters></ValidationRule></ValidationRules></Request>'
    )
    items = "".join(one.format(number=number + 1) for number in range(requests))
    context = '<ContextParameters><ContextParameter Name="who" Value="ann"/></ContextParameters>'
    return f'<WebTest Name="w" Id="w" Proxy="" {_NAMESPACE}><Items>{items}</Items>{context}</WebTest>'


def compile_seconds(requests: int) -> tuple[float, int]:
    """Return the CPU seconds of compiling a load test with one large web test, and its size in bytes."""
    from penstock.importers import registry
    from penstock.importers.base import Files

    large = web_test(requests).encode()
    files = Files.from_dict({"l.loadtest": LOAD_TEST.encode(), "w.webtest": large})
    began = time.process_time()
    imported = registry.compile(files, "l.loadtest")
    seconds = time.process_time() - began
    assert imported.scenario is not None
    return seconds, len(large)


def section(requests: int = 2000, rounds: int = 3) -> tuple[str, bool]:
    """Measure and return the section; nothing of it is judged."""
    measured = [compile_seconds(requests) for _ in range(rounds)]
    seconds, size = statistics.median(each for each, _ in measured), measured[0][1]
    compiled = (
        f"Compiling a load test with a web test of {requests:,} requests ({size / 1e6:.1f} MB) takes {seconds:.2f} s."
    )
    with tempfile.TemporaryDirectory() as folder, built_in_target() as url:
        load_test, native = _written(Path(folder))
        pairs = in_turns(str(load_test), str(native), url, rounds)
    return f"{compiled}\n\n{render_turns('load test', 'the same as a native scenario', pairs)}", True


def _written(folder: Path) -> tuple[Path, Path]:
    """Write a load test, and the native scenario that it converts to, without its counters."""
    load_test, native = folder / "l.loadtest", folder / "native.json"
    load_test.write_text(LOAD_TEST)
    (folder / "w.webtest").write_text(web_test(2))
    convert = [sys.executable, "-m", "penstock", "convert", str(load_test), "-o", str(native)]
    subprocess.run(convert, check=True, capture_output=True)
    scenario = json.loads(native.read_text())
    del scenario["counters"]
    native.write_text(json.dumps(scenario))
    return load_test, native


def main() -> None:
    """Measure, print and keep."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=3)
    results.add_output(options)
    given = options.parse_args()
    text, _ = section(given.requests, given.rounds)
    print(results.put(TITLE, text, file=given.output))


if __name__ == "__main__":
    main()
