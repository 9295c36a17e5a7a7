"""Credentials and proxy of a web test."""

from __future__ import annotations

from penstock.importers.vstest.texts import Texts
from penstock.importers.xmlfile import Element
from penstock.model import Credentials, Proxy, Text

USER, PASSWORD = "CredentialUserName", "CredentialPassword"


def compile_credentials(root: Element, given: tuple[tuple[str, str], ...], texts: Texts) -> Credentials | None:
    """Return who asks; a password that Visual Studio encrypted must be given anew, as a parameter of this name."""
    values = dict(given)
    user, password = values.get(USER, root.get(USER)), values.get(PASSWORD, root.get(PASSWORD))
    if not user and not password:
        return None
    if password and PASSWORD not in values and "{{" not in password:
        message = "the password is encrypted by Visual Studio on the author's machine and cannot be read"
        advice = f"give it with {PASSWORD}=VALUE, or write a binding like {{{{Password}}}} in its place"
        texts.findings.error("encrypted-password", message, root.origin, advice)
        password = ""
    if root.get("PreAuthenticate").strip().lower() == "true":
        message = "credentials answer what the server asks for; they are not sent before it asks"
        texts.findings.note("pre-authenticate", message, root.origin, effect="approximated")
    message = "of Windows' own schemes (NTLM, Negotiate) none is available: a server that asks for them fails requests"
    texts.findings.warn("credentials", message, root.origin)
    return Credentials("any", texts.parse(user, root.origin), texts.parse(password, root.origin))


def compile_proxy(root: Element, texts: Texts) -> Proxy | None:
    """Return the proxy of all requests: `default` is the environment's, nothing a direct connection."""
    given = root.get("Proxy", "default").strip()
    if given.lower() == "default":
        return None
    return Proxy(texts.parse(given, root.origin) if given else Text())
