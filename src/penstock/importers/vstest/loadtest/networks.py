"""Browser mixes and network mixes."""

from __future__ import annotations

import math
import re

from penstock.errors import PenstockError
from penstock.importers.base import Findings
from penstock.importers.vstest.loadtest.attributes import Attributes
from penstock.importers.xmlfile import Element, read_xml
from penstock.model import NetworkProfile

_UNLIMITED_KBPS = 1_000_000.0
_WITHOUT_LIMITS = ("LAN",)
_RATE_IN_NAME = re.compile(r"(\d+(?:\.\d+)?)\s*(mbps|kbps|m|k)\b", re.IGNORECASE)
_BEYOND = ("Loss", "Reorder", "Error", "Disconnection", "BackgroundTraffic")


def compile_networks(mix: Element | None, attributes: Attributes) -> tuple[NetworkProfile, ...]:
    """Return the lines that users have; none where all of them are without limits."""
    profiles = []
    for element in mix.all("NetworkProfile") if mix else ():
        share = attributes.number(element, "Percentage", 0.0)
        network = element.first("Network")
        if network is not None and share > 0:
            profiles.append(compile_network(network, share, attributes.findings))
    plain = all(one.down_kbps is None and one.up_kbps is None and not one.latency_ms for one in profiles)
    return () if plain else tuple(profiles)


def compile_network(network: Element, share: float, findings: Findings) -> NetworkProfile:
    """Return one line; in settings files the names of attributes are lower-case."""
    name = network.get("Name") or network.get("name")
    document = network.get("NetworkProfileConfigurationXml").strip()
    if not document:
        return _by_bandwidth(network, share, findings)
    try:
        emulation = read_xml(document.encode("utf-8", "replace"), network.origin.file)
    except PenstockError as error:
        message = f"the emulation document cannot be read ({error}); the line is without limits"
        findings.warn("network-emulation", message, network.origin)
        return NetworkProfile(name, share)
    limits: dict[str, float | None] = {}
    latency_ms: dict[str, float] = {}
    beyond: set[str] = set()
    for rule in (each for each in emulation.walk() if each.name == "LinkRule"):
        direction = rule.get("dir").lower()
        limits[direction] = _speed(rule, network, findings)
        latency_ms[direction] = _latency(rule, network, findings)
        beyond |= {each.name for each in rule.walk() if each.name in _BEYOND and _does_something(each)}
    if beyond:
        message = f"{', '.join(sorted(beyond))} of the network {name!r} cannot be reproduced; bandwidth and latency are"
        findings.warn("network-emulation", message, network.origin)
    up_ms, down_ms = latency_ms.get("upstream", 0.0), latency_ms.get("downstream", 0.0)
    return NetworkProfile(name, share, limits.get("downstream"), limits.get("upstream"), (up_ms + down_ms) / 2)


def _by_bandwidth(network: Element, share: float, findings: Findings) -> NetworkProfile:
    """Return the line that older files say by a number, or by the name alone."""
    name = network.get("Name") or network.get("name")
    kbps = _number(network.get("BandwidthInKbps"))
    if kbps is None:
        match = _RATE_IN_NAME.search(name)
        if match is None and name not in _WITHOUT_LIMITS:
            message = f"neither the bandwidth nor the emulation of the network {name!r} is given; it is without limits"
            findings.warn("network-emulation", message, network.origin)
        if match is not None:
            kbps = float(match[1]) * (1000 if match[2].lower().startswith("m") else 1)
            findings.note(
                "network-emulation", f"{name!r} is taken for {kbps:g} kbps", network.origin, effect="approximated"
            )
    limit = None if kbps is None or kbps <= 0 or kbps >= _UNLIMITED_KBPS else kbps
    return NetworkProfile(name, share, limit, limit)


def _speed(rule: Element, network: Element, findings: Findings) -> float | None:
    speeds = [each for each in rule.walk() if each.name == "Speed"]
    if not speeds:
        return None
    value = _number(speeds[0].text)
    unit = (speeds[0].get("unit") or "kbps").lower()
    factor = {"bps": 0.001, "kbps": 1.0, "mbps": 1000.0}.get(unit)
    if value is None or value < 0 or factor is None:
        message = f"the speed {speeds[0].text.strip()[:40]!r} {unit} is not understood; there is no limit instead"
        findings.warn("network-emulation", message, network.origin)
        return None
    kbps = value * factor
    return None if kbps <= 0 or kbps >= _UNLIMITED_KBPS else kbps


def _latency(rule: Element, network: Element, findings: Findings) -> float:
    latency = rule.first("Latency")
    if latency is None:
        return 0.0
    times = [each for each in latency.walk() if each.name in ("Time", "Average", "Min")]
    if not times:
        return 0.0
    fixed = latency.first("Fixed") is not None
    value = _number(times[0].text)
    factor = {"msec": 1.0, "ms": 1.0, "sec": 1000.0, "s": 1000.0}.get((times[0].get("unit") or "msec").lower())
    if value is None or value < 0 or factor is None:
        message = f"the latency {times[0].text.strip()[:40]!r} is not understood; there is none instead"
        findings.warn("network-emulation", message, network.origin)
        return 0.0
    if not fixed:
        message = f"the latency of {network.get('Name')!r} varies; it is {value * factor:g} ms all the time here"
        findings.warn("network-emulation", message, network.origin)
    return value * factor


def _does_something(element: Element) -> bool:
    """Whether an emulation of errors has a rate above 0; shipped profiles have all of them, at 0."""
    numbers = [_number(each.text) for each in element.walk() if each.text.strip()]
    return any(number for number in numbers if number is not None) or (not numbers and bool(element.children))


def _number(text: str) -> float | None:
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None
