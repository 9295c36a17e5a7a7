"""Nobody is credited with what the server did not answer, and noise is told apart from cost."""

from typing import cast

import pytest

from benches import tables
from benches.measure import Cost
from benches.rounds import Record
from benches.tools import BASE, Tool
from benches.tools.k6 import K6
from benches.trial import Trial
from benches.works import Counts


def cost(cpu_s: float, foreign_cores: float = 0.0) -> Cost:
    return Cost(5.0, cpu_s / 4, cpu_s * 3 / 4, 60_000_000, 80_000_000, 1.0, foreign_cores)


def trial(counts: Counts, served: int, unwanted: int = 0, cpu_s: float = 5.0, foreign_cores: float = 0.0) -> Trial:
    return Trial(counts, cost(cpu_s, foreign_cores), served, unwanted, users=50, seconds=5)


@pytest.mark.parametrize(
    ("counts", "served", "unwanted", "credited", "agree", "reason"),
    [
        (Counts(1000, 0), 1000, 0, 1000, True, "both say the same"),
        (Counts(1000, 0), 1050, 0, 1000, True, "each user had one under way at the end"),
        (Counts(1000, 0), 1101, 0, 1000, False, "more than two a user are lost requests"),
        (Counts(1000, 0), 999, 0, 999, False, "a client cannot have more answers than were given"),
        (Counts(1000, 10), 1000, 0, 990, False, "its own failures are not credited"),
        (Counts(1000, 0), 1000, 10, 990, False, "nor are answers other than 200 that it did not notice"),
    ],
)
def test_credit_needs_both_the_client_and_the_server(
    counts: Counts, served: int, unwanted: int, credited: int, agree: bool, reason: str
) -> None:
    one = trial(counts, served, unwanted)
    assert (one.credited, one.disagreement is None) == (credited, agree), reason


def record(tool: Tool, *trials: Trial) -> Record:
    return Record(tool, startup_s=0.5, kept=dict(enumerate(trials)), clean_runs=len(trials), all_runs=len(trials))


def test_noisy_rounds_do_not_count_where_there_is_a_clean_one() -> None:
    clean, noisy = trial(Counts(1000, 0), 1000), trial(Counts(1000, 0), 1000, cpu_s=9.0, foreign_cores=0.8)
    assert record(BASE, noisy, clean, noisy).median(lambda one: one.cost.cpu_s) == 5.0
    assert record(BASE, noisy).median(lambda one: one.cost.cpu_s) == 9.0


def test_a_ratio_is_taken_within_rounds_so_that_a_slower_machine_does_not_show() -> None:
    base = record(BASE, trial(Counts(1000, 0), 1000, cpu_s=1.0), trial(Counts(1000, 0), 1000, cpu_s=2.0))
    other = record(cast("Tool", K6()), *(trial(Counts(1000, 0), 1000, cpu_s=cpu_s) for cpu_s in (10.0, 20.0)))
    assert other.ratio(base, lambda one: one.cpu_us) == 10.0


def test_a_table_names_what_could_not_be_measured_and_whose_counts_do_not_agree() -> None:
    absent = Record(cast("Tool", K6()), missing="k6 is not installed")
    table = tables.render([absent, record(BASE, trial(Counts(1000, 10), 1000))], BASE.name)
    assert "| k6 | not measured: k6 is not installed |" in table
    assert "* wrk: the client counted 10 failures." in table
    widths = {line.count("|") for line in table.splitlines() if line.startswith("|")}
    assert len(widths) == 1


def test_start_up_is_subtracted_in_one_column_only() -> None:
    row = tables.render([record(BASE, trial(Counts(1000, 0), 1000))], BASE.name).splitlines()[2]
    cells = [cell.strip() for cell in row.split("|")]
    assert cells[4] == "5000.0 (5000.0–5000.0)"
    assert cells[6:8] == ["4500.0", "0.50"]
