"""The generator behind `__random_seeded_number`: RC4 keyed with the seed, as npm's seedrandom defines it."""

from __future__ import annotations

from functools import lru_cache

_WIDTH = 256


@lru_cache(maxsize=1024)
def seeded_integer(seed: str) -> int:
    """Return the first signed 32-bit number for a seed."""
    key = _mixed(seed) or [0]
    state = list(range(_WIDTH))
    j = 0
    for i in range(_WIDTH):
        j = (j + key[i % len(key)] + state[i]) % _WIDTH
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out: list[int] = []
    for _ in range(_WIDTH + 4):  # the first 256 bytes are thrown away
        i = (i + 1) % _WIDTH
        j = (j + state[i]) % _WIDTH
        state[i], state[j] = state[j], state[i]
        out.append(state[(state[i] + state[j]) % _WIDTH])
    return int.from_bytes(bytes(out[-4:]), "big", signed=True)


def _mixed(seed: str) -> list[int]:
    """Fold the UTF-16 units of the seed into a key of at most 256 bytes."""
    units = seed.encode("utf-16-be", "surrogatepass")
    key: dict[int, int] = {}
    smear = 0
    for index in range(len(units) // 2):
        place = index % _WIDTH
        smear ^= key.get(place, 0) * 19
        key[place] = (smear + int.from_bytes(units[index * 2 : index * 2 + 2], "big")) % _WIDTH
    return [key[place] for place in range(len(key))]
