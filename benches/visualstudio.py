"""What Visual Studio files cost: compiling a large one, and a request of a load test beside the same native scenario.

    python -m benches.visualstudio [--requests 2000] [--rounds 3]

The native scenario is the load test as `penstock convert` writes it, without counters; both take turns against the
built-in target, and the ratio is the median of the rounds. How CPU per request is taken: `benches.language`.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benches.language import per_request_us

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


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    measured = [compile_seconds(given.requests) for _ in range(given.rounds)]
    seconds, size = statistics.median(each for each, _ in measured), measured[0][1]
    print(f"compile a load test with a web test of {given.requests} requests ({size / 1e6:.1f} MB): {seconds:.2f} s")
    command = [sys.executable, "-m", "penstock", "target", "--port", "0"]
    target = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert target.stdout is not None
        url = next(found[0] for line in target.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        with tempfile.TemporaryDirectory() as folder:
            _compare(Path(folder), url, given.rounds)
    finally:
        target.terminate()
        target.wait(10)


def _compare(folder: Path, url: str, rounds: int) -> None:
    load_test, native = folder / "l.loadtest", folder / "native.json"
    load_test.write_text(LOAD_TEST)
    (folder / "w.webtest").write_text(web_test(2))
    convert = [sys.executable, "-m", "penstock", "convert", str(load_test), "-o", str(native)]
    subprocess.run(convert, check=True, capture_output=True)
    scenario = json.loads(native.read_text())
    del scenario["counters"]
    native.write_text(json.dumps(scenario))
    ratios = []
    for _ in range(rounds):
        theirs, ours = per_request_us(str(load_test), url), per_request_us(str(native), url)
        ratios.append(theirs / ours)
        print(f"a request of the load test {theirs:.1f} µs, of the native scenario {ours:.1f} µs")
    print(f"ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
