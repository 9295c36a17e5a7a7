"""The functions that expressions may call, and how many arguments each takes.

What they compute is the dialect's; a test keeps this table and the dialect in step.
"""

from __future__ import annotations

import re

ANY = 1_000_000

FUNCTIONS: dict[str, tuple[int, int]] = {
    "__abs": (1, 1),
    "__neg": (1, 1),
    "__add": (0, ANY),
    "__mult": (0, ANY),
    "__sub": (2, 2),
    "__div": (2, 2),
    "__round": (1, 1),
    "__floor": (1, 1),
    "__lt": (2, 2),
    "__lte": (2, 2),
    "__gt": (2, 2),
    "__gte": (2, 2),
    "__is_number": (1, 1),
    "__to_number": (1, 1),
    "__true": (0, 0),
    "__false": (0, 0),
    "__and": (0, ANY),
    "__or": (0, ANY),
    "__not": (1, 1),
    "__eq": (2, 2),
    "__neq": (2, 2),
    "__eqi": (2, 2),
    "__neqi": (2, 2),
    "__if_then_else": (3, 3),
    "__switch": (1, ANY),
    "__switchi": (1, ANY),
    "__list_includes": (2, ANY),
    "__delimited_list_includes": (2, 3),
    "__matches": (2, 2),
    "__contains": (2, 2),
    "__containsi": (2, 2),
    "__is_uuid": (1, 1),
    "__usd": (0, 0),
    "__length": (1, 1),
    "__escape_regexp": (1, 1),
    "__escape_quotes": (1, 1),
    "__encode_url": (1, 1),
    "__decode_url": (1, 1),
    "__lower": (1, 1),
    "__upper": (1, 1),
    "__slice": (1, 3),
    "__regexp": (2, 3),
    "__replace": (3, 4),
    "__replace_all": (3, 3),
    "__pad_start": (3, 3),
    "__array_length": (1, 1),
    "__array_matches": (2, 2),
    "__array_includes": (2, 2),
    "__array_in_range": (3, 3),
    "__array_sum": (1, 1),
    "__array_sort": (1, 1),
    "__array_sort_numbers": (1, 1),
    "__array_is_unique": (1, 1),
    "__array_pluck": (2, ANY),
    "__sequence_array": (1, 1),
    "__array_missing_element": (2, 2),
    "__jsonpath": (2, 3),
    "__jsonpath_all": (2, 2),
    "__jsonpath_keys": (2, 3),
    "__jsonpath_apply": (3, 3),
    "__json_keys": (1, 2),
    "__jsonschema": (2, 2),
    "__xpath": (2, 2),
    "__xml_to_json": (1, 2),
    "__json_to_xml": (1, 1),
    "__encode_base64": (1, 1),
    "__decode_base64": (1, 1),
    "__hex_to_base64": (1, 1),
    "__sha1": (1, 2),
    "__sha256": (1, 2),
    "__hmacSha1": (1, 3),
    "__hmacSha256": (1, 3),
    "__create_otp": (1, 1),
    "__now": (0, 1),
    "__now_ms": (0, 1),
    "__now_iso": (0, 1),
    "__date_iso": (0, 1),
    "__formatted_date": (0, 2),
    "__format_unix_date": (1, 2),
    "__next_weekday": (1, 3),
    "__pick": (2, ANY),
    "__pick_random": (1, ANY),
    "__split_pick": (2, 3),
    "__jquery": (2, 5),
    "__jquery_xml": (2, 5),
    "__random_uuid": (0, ANY),
    "__random_boolean": (0, ANY),
    "__random_number": (0, ANY),
    "__random_chars": (0, ANY),
    "__random_digits": (0, ANY),
    "__random_letters": (0, ANY),
    "__random_uppers": (0, ANY),
    "__random_lowers": (0, ANY),
    "__random_hex": (0, ANY),
    "__random_from": (0, ANY),
    "__random_seeded_number": (0, 2),
    "__random_regex": (1, ANY),
}

SERVER_BUILT_INS = frozenset({"__launchedByUserId", "__launchedByTeamId", "__testDraftId"})
"""Parameters about the run that only a server gives a value."""

RUN_BUILT_INS = SERVER_BUILT_INS | {"__testRunId", "__testStartTime", "__launchedBy"}
"""Parameters about the run, which are there from the start."""

BUILT_INS = RUN_BUILT_INS | frozenset(
    {
        "__status",
        "__statusText",
        "__responseTime",
        "__requestStartTime",
        "__responseEndTime",
        "__requestBody",
        "__requestURL",
        "__requestMethod",
        "__responseBody",
    }
)
"""Parameters that are there without being set."""

_GENERATOR = re.compile(r"__random_.+", re.DOTALL)


def is_function(name: str) -> bool:
    """Whether a bare name calls a function, perhaps a generator with its arguments joined by underscores."""
    return name in FUNCTIONS or _GENERATOR.fullmatch(name) is not None


def wrong_arguments(name: str, count: int) -> str:
    """Return what is wrong with so many arguments; empty: nothing."""
    least, most = FUNCTIONS.get(name, (0, ANY))
    if count < least:
        return f"Must have at least {least} arguments"
    if count > most:
        return f"Cannot have more than {most} arguments"
    return ""
