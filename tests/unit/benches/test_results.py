"""A bench replaces its own section of the results, and nothing else."""

from pathlib import Path

from benches import results
from benches.place import RESULTS
from benches.works import GET, SCENARIO

KEPT = f"## {SCENARIO.title}\n\n* 2020-01-01, commit abc\n\n| client |\n|---|\n| old |\n"


def titles(document: str) -> list[str]:
    return [line.removeprefix("## ") for line in document.splitlines() if line.startswith("## ")]


def test_a_bench_replaces_its_section_and_keeps_the_others_to_the_letter() -> None:
    before = results.replaced(results.HEAD, SCENARIO.title, KEPT)
    after = results.replaced(
        results.replaced(before, GET.title, f"## {GET.title}\n\nfirst\n"), GET.title, f"## {GET.title}\n\nsecond\n"
    )
    assert "first" not in after
    assert "second" in after
    assert KEPT in after


def test_sections_stand_in_their_order_whatever_is_measured_first_and_unknown_ones_come_last() -> None:
    document = results.HEAD
    for title in ("Something else", results.SOAK, SCENARIO.title, GET.title):
        document = results.replaced(document, title, f"## {title}\n\ntext\n")
    assert titles(document) == [GET.title, SCENARIO.title, results.SOAK, "Something else"]


def test_a_section_says_when_at_which_commit_and_how_it_was_measured(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    section = results.put(GET.title, "| client |\n", settings=["50 users"], file=str(file))
    assert section in file.read_text()
    assert "commit " in section
    assert "UTC" in section
    assert "* 50 users\n" in section


def test_without_a_file_nothing_is_written(tmp_path: Path) -> None:
    results.put(GET.title, "text", file="-")
    assert not list(tmp_path.iterdir())


def test_what_is_kept_in_the_repository_goes_through_unchanged_and_has_known_titles() -> None:
    document = RESULTS.read_text(encoding="utf-8")
    some = titles(document)[0]
    section = "## " + document.split("\n## ")[1].strip() + "\n"
    assert results.replaced(document, some, section) == document
    assert set(titles(document)) <= set(results.ORDER)
