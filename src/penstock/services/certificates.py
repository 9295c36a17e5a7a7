"""PEM files with certificates and keys, read before a run so that a wrong one is told by name and not by failures."""

from __future__ import annotations

from pathlib import Path

from penstock.errors import InvalidInput, UnreadableFile

_BEGIN = "-----BEGIN "


def read_authorities(name: str) -> str:
    """Return the text of a file with certificate authorities (PEM).

    Raises `UnreadableFile` for a file that cannot be read, `InvalidInput` for one without certificates.
    """
    text = _read(name, "CA file")
    if f"{_BEGIN}CERTIFICATE" not in text and f"{_BEGIN}TRUSTED CERTIFICATE" not in text:
        raise InvalidInput(f"CA file {name}: it holds no certificate; it must be PEM (-----BEGIN CERTIFICATE-----)")
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except ssl.SSLError as error:
        raise InvalidInput(f"CA file {name}: a certificate in it cannot be read ({_reason(error)})") from None
    return text


def read_client_certificate(name: str, key_name: str | None) -> str:
    """Return certificate chain and key as one PEM text; without `key_name` the key is in the same file.

    Raises `UnreadableFile`, and `InvalidInput` when something is missing, encrypted, or does not belong together.
    """
    text = _read(name, "client certificate")
    if f"{_BEGIN}CERTIFICATE" not in text:
        raise InvalidInput(
            f"client certificate {name}: it holds no certificate; it must be PEM (-----BEGIN CERTIFICATE-----)"
        )
    key = text if key_name is None else _read(key_name, "client key")
    if "PRIVATE KEY-----" not in key:
        if key_name is None:
            raise InvalidInput(f"client certificate {name}: it holds no private key; give its file (--client-key)")
        raise InvalidInput(f"client key {key_name}: it holds no private key (-----BEGIN PRIVATE KEY-----)")
    if key_name is not None:
        text = f"{text.rstrip()}\n{key}"
    _verify(text, name if key_name is None else f"{name} and key {key_name}")
    return text


def _verify(pem: str, where: str) -> None:
    import ssl
    import tempfile

    def refuse() -> str:
        raise InvalidInput(f"client certificate {where}: the key is encrypted; decrypt it (openssl pkey) first")

    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # readable by its owner alone
        file.write(pem)
        file.flush()
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(file.name, password=refuse)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise InvalidInput(f"client certificate {where}: the key is that of another certificate") from None
            raise InvalidInput(
                f"client certificate {where}: certificate or key cannot be read ({_reason(error)})"
            ) from None


def _read(name: str, what: str) -> str:
    try:
        return Path(name).read_text("ascii")
    except OSError as error:
        raise UnreadableFile(f"{what} {name}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise InvalidInput(
            f"{what} {name}: this is not PEM but binary; convert it (openssl x509 -inform der, openssl pkcs12 -nodes)"
        ) from None


def _reason(error: OSError) -> str:
    return str(getattr(error, "reason", None) or error).lower().replace("_", " ")
