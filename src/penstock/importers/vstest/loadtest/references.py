"""The tests that a load test names: web tests are found, all others are told apart and refused by name.

A refusal says which test, what it is, where its code is, and what to do: for many files this is all that is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from penstock.importers.base import Files
from penstock.importers.vstest.places import resolve, searched
from penstock.importers.xmlfile import Element

_DECLARATIVE = "DeclarativeWebTestElement"
_CODED = "CodedWebTestElement"
_CODE = "is compiled .NET code"
_KINDS = (
    ("CodedUI", "coded-ui-test", "a coded UI test", _CODE, "a script (flow.py) that sends the same requests"),
    ("Database", "database-unit-test", "a database unit test", _CODE, "a script (flow.py)"),
    ("UnitTestElement", "unit-test", "a unit test", _CODE, "a script (flow.py) that does what its method does"),
    ("GenericTest", "generic-test", "a generic test", "starts a program", "the requests which that program makes"),
    ("Ordered", "ordered-test", "an ordered test", "lists other tests", "the web tests that it lists"),
    ("Manual", "manual-test", "a manual test", "is for people", "a web test"),
)
_BINARY = (".dll", ".exe")


@dataclass(frozen=True, slots=True)
class Reference:
    """A test of a mix. `file` is the web test it means; None: `problem` says why it cannot run, `advice` what to do."""

    element: Element
    name: str
    file: str | None
    code: str = ""
    problem: str = ""
    advice: str = ""


def find(profile: Element, files: Files, entry: str) -> Reference:
    """Return what a TestProfile means."""
    kind = profile.get("Type").partition(",")[0].strip()
    path = profile.get("Path")
    name = profile.get("Name") or PurePosixPath(path.replace("\\", "/")).stem
    if not kind:
        # files of before 2010 may leave the type out; the ending of the path says it as well
        kind = _CODED if path.lower().endswith(_BINARY) else _DECLARATIVE
    if kind.endswith(_DECLARATIVE):
        return _declarative(profile, name, files, entry)
    code, what, why, instead = _foreign(kind, profile, files)
    problem = f"{what} ({_named(profile, path)}) {why} and cannot run here"
    return Reference(profile, name, None, code, problem, f"replace it by {instead}")


def _named(profile: Element, path: str) -> str:
    """Say where the code is: the assembly, and the method that a unit test is called by."""
    name = profile.get("Name")
    return f"{name} in {path}" if path else name


def _declarative(profile: Element, name: str, files: Files, entry: str) -> Reference:
    path = profile.get("Path")
    file = resolve(files, entry, path, profile.get("Id")) if path or profile.get("Id") else None
    if file is not None:
        return Reference(profile, name, file)
    if not path:
        return Reference(profile, name, None, "missing-file", "it names no file", "give its Path")
    problem = f"the web test {path} is not among the files; looked {searched(entry, path)}"
    if profile.get("Id"):
        problem += f", and for a web test with the Id {profile.get('Id')}"
    return Reference(profile, name, None, "missing-file", problem, "put it beside the load test")


def _foreign(kind: str, profile: Element, files: Files) -> tuple[str, str, str, str]:
    """Return code, what it is, why that cannot run, and what can be put in its place."""
    if kind.endswith(_CODED):
        original = _original(profile.get("Name"), files)
        instead = (
            f"{original}, which looks like the web test it was generated from"
            if original
            else "the .webtest it was generated from, or by a script (flow.py)"
        )
        return "coded-web-test", "a coded web test", _CODE, instead
    for word, code, what, why, instead in _KINDS:
        if word.lower() in kind.lower():
            return code, what, why, instead
    return "compiled-test", f"a test of the type {kind}", _CODE, "a web test or a script (flow.py)"


def _original(name: str, files: Files) -> str | None:
    """Return the web test that a coded one was likely generated from: `WebTest1Coded` comes from `WebTest1`."""
    wanted = {name.lower(), re.sub(r"_?coded\d*$", "", name, flags=re.IGNORECASE).lower()} - {""}
    for file in files.names:
        path = PurePosixPath(file)
        if path.suffix.lower() == ".webtest" and path.stem.lower() in wanted:
            return file
    return None
