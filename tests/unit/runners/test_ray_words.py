"""What can be wrong with a cluster is said in a sentence that helps."""

from __future__ import annotations

import importlib.util
import platform

import pytest

from penstock import __version__
from penstock.errors import InvalidInput
from penstock.runners.ray import words
from penstock.runners.ray.runner import RayRunner


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ray://10.0.0.5:10001", "let this machine join the cluster"),
        ("10.0.0.5", "write auto, or HOST:PORT"),
        (":6379", "write auto, or HOST:PORT"),
        ("10.0.0.5:port", "write auto, or HOST:PORT"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        RayRunner(address)


def test_a_missing_extra_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(InvalidInput, match=r"pip install 'penstock\[ray\]'"):
        RayRunner("auto")


@pytest.mark.parametrize(
    ("version", "python", "said"),
    [
        ("0.0.9", platform.python_version(), f"node b has Penstock 0.0.9, and this machine has {__version__}"),
        (__version__, "3.99.1", "node b has Python 3.99.1"),
        (__version__, platform.python_version().rpartition(".")[0] + ".99", None),  # another patch of the same
    ],
)
def test_a_node_of_another_version_is_named(version: str, python: str, said: str | None) -> None:
    error = words.misfit("b", {"version": version, "python": python})
    assert (error is None) == (said is None)
    assert said is None or said in str(error)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionError("Could not find any running Ray instance."), "ray start --head"),
        (RuntimeError("Version mismatch: The cluster was started with:\n Ray: 2.9"), "do not fit: Version mismatch"),
    ],
)
def test_a_cluster_that_cannot_be_joined_is_told_with_what_to_do(error: Exception, said: str) -> None:
    assert said in str(words.no_cluster("auto", error))


def test_a_node_without_penstock_is_told_from_another_fault() -> None:
    missing = RuntimeError("The actor failed to import: ModuleNotFoundError: No module named 'penstock'")
    assert "node b has no Penstock" in str(words.without_penstock("b", missing))
    assert "node b: out of memory" in str(words.without_penstock("b", RuntimeError("out of memory")))
