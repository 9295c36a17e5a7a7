"""How a sampler's request travels: its proxy, and what has no meaning here."""

from __future__ import annotations

from penstock.importers.jmeter.parse import Bag
from penstock.importers.jmeter.work import Work
from penstock.model import Proxy, Text


def compile_proxy(bag: Bag, work: Work) -> Proxy | None:
    """Return the proxy of a sampler; None for that of the whole test."""
    host, port = (bag.text(f"HTTPSampler.{key}").strip() for key in ("proxyHost", "proxyPort"))
    if not host:
        return None
    scheme = bag.text("HTTPSampler.proxyScheme").strip() or "http"
    url = work.texts.parse(f"{scheme}://{host}:{port}" if port else f"{scheme}://{host}", bag.origin)
    user, password = (work.parse(bag, f"HTTPSampler.{key}") for key in ("proxyUser", "proxyPass"))
    return Proxy(url, user=user if user.parts else Text(), password=password if password.parts else Text())


def report_transport(bag: Bag, work: Work) -> None:
    """Report what a sampler says of its connection that has no effect."""
    if bag.text("HTTPSampler.ipSource").strip():
        message = "the source address of a single sampler has no effect"
        work.findings.warn("source-address", message, bag.origin.at("ipSource"), "give --source-address", "dropped")
    if bag.text("HTTPSampler.connect_timeout").strip() and not bag.text("HTTPSampler.response_timeout").strip():
        message = "a timeout for connecting alone is not kept; that of the response counts from the start"
        work.findings.note("connect-timeout", message, bag.origin.at("connect_timeout"))
    if bag.flag("HTTPSampler.md5"):
        message = "a response is kept for its assertions as it is, not as its MD5 sum"
        work.findings.warn("md5", message, bag.origin.at("md5"))
