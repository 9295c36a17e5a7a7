"""Browser mixes: what is sent with every request, by the share of iterations."""

from __future__ import annotations

from penstock.importers.vstest.loadtest.attributes import Attributes
from penstock.importers.xmlfile import Element
from penstock.model import BrowserHeader, BrowserProfile

ACCEPT_LANGUAGE = "en-US"
"""What `{{$IEAcceptLanguage}}` is here: the language of the agent's Internet Explorer."""

_BUILT_INS = {"{{$IEAcceptLanguage}}": ACCEPT_LANGUAGE}


def compile_browsers(mix: Element | None, attributes: Attributes) -> tuple[BrowserProfile, ...]:
    """Return the browsers of a scenario."""
    profiles = []
    for element in mix.all("BrowserProfile") if mix else ():
        share = attributes.number(element, "Percentage", 0.0)
        browser = element.first("Browser")
        if browser is not None and share > 0:
            profiles.append(compile_browser(browser, share, attributes))
    return tuple(profiles)


def compile_browser(browser: Element, share: float, attributes: Attributes) -> BrowserProfile:
    """Return one browser; in settings files the names of attributes are lower-case."""
    holder = browser.first("Headers")
    headers = []
    for element in holder.all("Header") if holder else ():
        name = element.get("Name") or element.get("name")
        value = element.get("Value") or element.get("value")
        for built_in, text in _BUILT_INS.items():
            value = value.replace(built_in, text)
        if "{{" in value:
            message = f"{value} is sent as it is written; in browser headers only $IEAcceptLanguage has a value"
            attributes.findings.warn("unresolved-binding", message, element.origin)
        if name:
            headers.append(BrowserHeader(name, value))
    connections = attributes.whole(browser, "MaxConnections", 6)
    name = browser.get("Name") or browser.get("name")
    return BrowserProfile(name, share, tuple(headers), connections or None)
