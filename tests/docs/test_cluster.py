"""The guide to clusters: its manifest is what Kubernetes expects, its commands are Ray's and ours."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys

import pytest
import yaml

from penstock.runners.shipping import MOST_BYTES, MOST_FILES
from tests.e2e.conftest import ROOT

GUIDE = (ROOT / "docs" / "guide" / "cluster.md").read_text()
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if line.strip()
]


def pinned_version() -> str:
    """Return the version of Ray that the tests run with."""
    found = re.search(r"^ray==(.+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_the_manifest_is_a_cluster_whose_head_generates_no_load() -> None:
    (manifest,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    content = yaml.safe_load(manifest)
    assert (content["apiVersion"], content["kind"]) == ("ray.io/v1", "RayCluster")
    spec = content["spec"]
    assert spec["rayVersion"] == pinned_version()
    assert spec["authOptions"] == {"mode": "token"}
    assert spec["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"]):
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
        (container,) = group["template"]["spec"]["containers"]
        assert container["resources"]["limits"] == container["resources"]["requests"]
        assert all(isinstance(one["value"], str) for one in container.get("env", []))


def test_the_limits_are_those_of_the_code() -> None:
    assert f"up to {MOST_BYTES // 1024**2} MiB and {MOST_FILES:,} files" in GUIDE
    assert f"{pinned_version().rpartition('.')[0]} is tested" in GUIDE


def test_every_command_has_options_that_there_are() -> None:
    if importlib.util.find_spec("ray") is None:
        if os.environ.get("CI"):
            pytest.fail("ray is not installed, and in CI it must be: pip install 'penstock[ray]'")
        pytest.skip("ray is not installed (pip install 'penstock[ray]')")
    ours = subprocess.run(
        [sys.executable, "-m", "penstock", "run", "--help"], capture_output=True, text=True, check=True
    )
    theirs = subprocess.run(
        [sys.executable, "-c", "from ray.scripts.scripts import start; start(['--help'])"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    known = {"penstock run": ours.stdout, "ray start": theirs.stdout}
    seen = set()
    for line in COMMANDS:
        for command, help_ in known.items():
            if command in line:
                seen.add(command)
                given = [word.partition("=")[0] for word in shlex.split(line.partition(command)[2]) if word[:2] == "--"]
                assert [option for option in given if option not in help_] == [], line
    assert seen == set(known)
