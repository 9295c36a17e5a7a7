import pytest

from penstock.metrics import numbers


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (4e-9, "4 ns"),
        (850e-9, "850 ns"),
        (14.2e-6, "14.2 µs"),
        (3.41e-3, "3.41 ms"),
        (99.96e-3, "100 ms"),
        (0.9996, "1.00 s"),  # rounded up into the next unit, not "1,000 ms"
        (1.2, "1.20 s"),
        (59.94, "59.9 s"),
        (184, "184 s"),
        (86_400, "86,400 s"),
    ],
)
def test_latencies_have_three_digits(seconds: float, text: str) -> None:
    assert numbers.latency(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (6.44444, "6.444"),
        (-12.25, "-12.25"),
        (0.00123456, "0.001235"),
        (1234.56, "1,235"),
        (123_456_789.4, "123,456,789"),  # bytes of memory: no power of ten
        (1e12, "1,000,000,000,000"),
        (2.5e16, "2.5e+16"),
    ],
)
def test_values_in_units_of_their_own_have_four_digits(value: float, text: str) -> None:
    assert numbers.plain(value) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (7, "7"), (1_234_567, "1,234,567"), (0.0, "0"), (0.25, "0.25"), (42.71, "42.7"), (12_345.6, "12,346")],
)
def test_counts_have_thousands_apart(number: float, text: str) -> None:
    assert numbers.count(number) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.5, "50%"),
        (0.125, "12.5%"),
        (0.0033, "0.33%"),
        (0.00001, "<0.01%"),  # not nothing
        (0.999999, ">99.99%"),  # not all
        (0.9907, "99.07%"),
        (1.5, "150%"),
    ],
)
def test_shares_never_pretend_all_or_nothing(share: float, text: str) -> None:
    assert numbers.share(share) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (870, "870 B"), (999_999, "1.00 MB"), (12_345, "12.3 kB"), (3.2e9, "3.20 GB")]
)
def test_sizes_have_three_digits(size: float, text: str) -> None:
    assert numbers.size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.25, "250ms"),
        (12.34, "12.3s"),
        (30, "30s"),
        (59.96, "1m"),
        (90, "1m30s"),
        (3_600, "1h"),
        (7_500, "2h05m"),
        (86_400 * 3 + 3_600 * 4, "3d04h"),
    ],
)
def test_spans_are_written_as_durations_are_given(seconds: float, text: str) -> None:
    assert numbers.span(seconds) == text


def test_things_are_counted_in_words() -> None:
    assert numbers.things(1, "request") == "1 request"
    assert numbers.things(0, "request") == "0 requests"
    assert numbers.things(1_200, "iteration was", "iterations were") == "1,200 iterations were"
