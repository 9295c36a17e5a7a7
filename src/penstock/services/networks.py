"""Networks by name: the lines that users can be given without a file that describes them."""

from __future__ import annotations

from dataclasses import replace

from penstock.errors import InvalidInput
from penstock.model import NetworkProfile, Population

KNOWN = (
    NetworkProfile("LAN"),
    NetworkProfile("T3 6.0Mbps", down_kbps=6000, up_kbps=6000, latency_ms=10),
    NetworkProfile("T1", down_kbps=1544, up_kbps=1544, latency_ms=15),
    NetworkProfile("Cable-DSL 1.5Mbps", down_kbps=1500, up_kbps=500, latency_ms=150),
    NetworkProfile("Cable-DSL 768k", down_kbps=768, up_kbps=256, latency_ms=150),
    NetworkProfile("Cable-DSL 384k", down_kbps=384, up_kbps=128, latency_ms=150),
    NetworkProfile("3G", down_kbps=1600, up_kbps=768, latency_ms=75),
    NetworkProfile("CDMA", down_kbps=153, up_kbps=153, latency_ms=200),
    NetworkProfile("Dial-up 56k", down_kbps=56, up_kbps=33.6, latency_ms=75),
    NetworkProfile("Dial-up 33.6k", down_kbps=33.6, up_kbps=33.6, latency_ms=75),
    NetworkProfile("Dial-up 28.8k", down_kbps=28.8, up_kbps=28.8, latency_ms=75),
    NetworkProfile("Intra-continental WAN 1.5 Mbps", down_kbps=1500, up_kbps=1500, latency_ms=50),
    NetworkProfile("Intercontinental WAN 1.5 Mbps", down_kbps=1500, up_kbps=1500, latency_ms=150),
    NetworkProfile("Intercontinental slow WAN 300 Kbps", down_kbps=300, up_kbps=300, latency_ms=250),
)
"""The names are those of Visual Studio (vs-formats.md 8.7).

So are the bandwidths that a name says, and both figures of LAN, Cable-DSL 1.5Mbps (whose directions were swapped there)
and Intra-continental WAN. The others are usual for such a line.
"""


def read(written: tuple[str, ...]) -> tuple[NetworkProfile, ...]:
    """Return the lines of `NAME` or `NAME:30%` texts; without shares all are equal.

    Raises `InvalidInput` for an unknown name, naming the known ones, for one given twice, for a share that is none, and
    where only some have one or they are not 100 % together.
    """
    pairs = [_parted(text) for text in written]
    given = [share for _, share in pairs if share is not None]
    if given and len(given) < len(pairs):
        raise InvalidInput("network: give every network a share, like '3G:30%' and 'LAN:70%', or none")
    if given and abs(sum(given) - 1) > 0.0001:
        raise InvalidInput(f"network: the shares add up to {100 * sum(given):.4g}%; make that 100%")
    found = tuple(replace(_named(name), share=1.0 if share is None else share) for name, share in pairs)
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(f"network {name!r} is given twice; give it once, with both shares")
    return found


def _parted(text: str) -> tuple[str, float | None]:
    name, colon, share = text.rpartition(":")
    if not colon:
        return text, None
    try:
        value = float(share.strip().removesuffix("%")) / (100 if share.strip().endswith("%") else 1)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise InvalidInput(f"network {text!r}: write the share like 30% or 0.3, above 0% and up to 100%")
    return name, value


def _named(name: str) -> NetworkProfile:
    for known in KNOWN:
        if _plain(known.name) == _plain(name):
            return known
    raise InvalidInput(f"network {name!r} is not known; there are {', '.join(one.name for one in KNOWN)}")


def _plain(name: str) -> str:
    """Return a name as its spellings have it in common: `Cable/DSL 768Kbps` and `cable-dsl 768k`."""
    return name.lower().replace("/", "-").replace(" ", "").replace("bps", "")


def with_networks(populations: tuple[Population, ...], lines: tuple[NetworkProfile, ...]) -> tuple[Population, ...]:
    """Return the populations with these lines in place of their own; none change nothing."""
    return tuple(replace(one, networks=lines) for one in populations) if lines else populations
