"""A file of Visual Studio as a scenario: the root element says which kind it is."""

from __future__ import annotations

import re
from dataclasses import replace

from penstock.errors import UnknownFormat
from penstock.importers.base import NO_OVERRIDES, Files, Findings, Imported, Overrides
from penstock.importers.fidelity import Element
from penstock.importers.vstest.alone import compile_alone, counted, settings_of
from penstock.importers.vstest.loadtest.compile import TestContext, compile_with
from penstock.importers.vstest.loadtest.journeys import CompileTest
from penstock.importers.vstest.webtest import compile_webtest
from penstock.importers.xmlfile import looks_like_xml, root_name
from penstock.model import File, Journey

_SETTINGS = ("TestSettings", "TestRunConfiguration")
_ROOTS = ("WebTest", "LoadTest", *_SETTINGS)
_DAMAGED = re.compile(rb"<(?:[^\s<>/:]+:)?(?:WebTest|LoadTest)[\s>]")
_HEAD_BYTES = 16 * 1024


def recognises(content: bytes) -> bool:
    """Whether a content is XML with a root that Visual Studio's tests have, or means to be and is damaged before it."""
    if not looks_like_xml(content):
        return False
    return root_name(content) in _ROOTS or _DAMAGED.search(content[:_HEAD_BYTES].replace(b"\0", b"")) is not None


def compile(files: Files, entry: str, overrides: Overrides = NO_OVERRIDES) -> Imported:  # noqa: A001 — as importers
    """Compile a web test or a load test.

    Raises `InvalidInput` for what is not well formed, `UnreadableFile`, `UnknownFormat` for test settings.
    """
    root = root_name(files.read(entry))
    if root in _SETTINGS:
        raise UnknownFormat(f"{entry}: these are test settings; name the load test or web test that they belong to")
    return _compile_loadtest(files, entry, overrides) if root == "LoadTest" else compile_alone(files, entry, overrides)


def _compile_loadtest(files: Files, entry: str, overrides: Overrides) -> Imported:
    uploads: dict[str, File] = {}
    elements: dict[str, list[Element]] = {}  # by file: a test of two scenarios is counted once

    def compiler(context: TestContext) -> CompileTest:
        settings = replace(
            settings_of(overrides),
            parameters=context.parameters,
            validation_level=context.validation_level,
            caches=True,
        )

        def compile_test(file: str, name: str, findings: Findings) -> Journey | None:
            test = compile_webtest(files, file, settings, findings, name)
            uploads.update((upload.name, upload) for upload in test.files)
            elements[file] = counted(test)
            return test.journey

        return compile_test

    imported = compile_with(
        files, entry, overrides, compiler, lambda: (element for each in elements.values() for element in each)
    )
    if imported.scenario is None:
        return imported
    return replace(imported, scenario=replace(imported.scenario, files=tuple(uploads.values())))
