"""One round on one target, in a process of its own: `python -m benches.fuzz.round NAME FOLDER [libFuzzer options]`."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["penstock.importers", "penstock.model"]):
    from benches.fuzz.targets import run, target_named


def main() -> None:
    name, folder, *options = sys.argv[1:]
    target = target_named(name)
    corpus = Path(folder) / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    arguments = [sys.argv[0], f"-artifact_prefix={folder}/{name}-", "-max_len=16384", *options]
    if target.words:
        words = Path(folder) / f"{name}.dict"
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
        arguments.append(f"-dict={words}")
    atheris.Setup([*arguments, str(corpus)], lambda content: run(target, content))
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main()
