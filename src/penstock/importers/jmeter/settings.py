"""What holds for the whole test: cookies, connections, names of hosts, certificates."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.importers.base import Overrides
from penstock.importers.jmeter.cookies import Life
from penstock.importers.jmeter.parse import Node
from penstock.importers.jmeter.work import Work
from penstock.model import Defaults, HostOverride

_TIMEOUT_S = 300.0
"""JMeter waits for ever; a run that does cannot end."""

_LIVES: tuple[Life, ...] = ("user", "iteration", "off")


def compile_defaults(
    plan: Node, lives: Sequence[Life], overrides: Overrides, work: Work, *, reconnects: bool
) -> Defaults:
    """Return the defaults of all requests; `lives` are how long the cookies of each group's users do."""
    life: Life = next(each for each in _LIVES if each in lives)
    if len(set(lives)) > 1:
        message = f"cookies are kept by some thread groups and not by others; here by all, for each {life}"
        work.findings.warn("cookies", message, plan.origin)
    return Defaults(
        timeout_s=overrides.timeout_s or _TIMEOUT_S,
        max_redirects=20,
        cookies=life,
        accept_encoding="",
        user_agent=None,
        http_version="1.1",
        hosts=_hosts(plan, work),
        connections="iteration" if reconnects else "user",
    )


def _hosts(plan: Node, work: Work) -> tuple[HostOverride, ...]:
    found: dict[str, str] = {}
    for node in _enabled(plan):
        if node.kind == "KeystoreConfig":
            message = "a keystore of Java is not read"
            advice = "give the certificate with --client-cert, the key with --client-key (PEM)"
            work.findings.warn("keystore", message, node.origin, advice, "needs attention")
        if node.kind != "DNSCacheManager":
            continue
        if node.items("DNSCacheManager.servers"):
            message = "names are asked of the machine's own servers, not of those of the DNS Cache Manager"
            work.findings.warn("dns-servers", message, node.origin)
        for each in node.bags("DNSCacheManager.hosts"):
            name, address = (
                (work.texts.settled(each.text(f"StaticHost.{key}"), each.origin) or "").strip()
                for key in ("Name", "Address")
            )
            addresses = [part.strip() for part in address.split(",") if part.strip()]
            if name and addresses:
                found.setdefault(name, addresses[0])
    return tuple(HostOverride(name, address) for name, address in found.items())


def _enabled(node: Node) -> list[Node]:
    return [node, *(each for child in node.enabled() for each in _enabled(child))]
