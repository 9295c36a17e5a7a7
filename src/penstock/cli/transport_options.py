"""The options that say where requests go, and how they get there."""

from __future__ import annotations

from typing import Annotated

from penstock.cli import sections

BaseUrl = Annotated[
    str | None,
    sections.targets("--base-url", help="Send every request to this scheme, host and port instead.", metavar="URL"),
]
HttpVersion = Annotated[
    str | None,
    sections.connections("--http-version", help="auto, 1.0, 1.1, 2 (over TLS) or 2-prior-knowledge.", metavar="V"),
]
Proxy = Annotated[
    str | None,
    sections.targets(
        "--proxy", help="Send through this proxy; env takes those that the environment names.", metavar="URL|env"
    ),
]
NoProxy = Annotated[
    str | None,
    sections.targets("--no-proxy", help="Hosts to reach without the proxy, separated by commas.", metavar="HOSTS"),
]
ClientCert = Annotated[
    str | None,
    sections.connections("--client-cert", help="Certificate (PEM) that users show to servers.", metavar="FILE"),
]
ClientKey = Annotated[
    str | None, sections.connections("--client-key", help="Its key, if that is in a file of its own.", metavar="FILE")
]
CaFile = Annotated[
    str | None,
    sections.connections("--ca-file", help="Authorities (PEM) to trust besides the machine's own.", metavar="FILE"),
]
Insecure = Annotated[bool, sections.connections("--insecure", help="Accept any TLS certificate.")]
Resolve = Annotated[
    list[str] | None,
    sections.targets("--resolve", help="The address to use for a host name. Repeatable.", metavar="HOST=ADDRESS"),
]
SourceAddresses = Annotated[
    list[str] | None,
    sections.targets(
        "--source-address", help="Connect from this address; several are used in turn. Repeatable.", metavar="IP"
    ),
]
SourceAddressesBy = Annotated[
    str | None,
    sections.targets(
        "--source-addresses-by",
        help="What gets such an address: each connection the next one, or each user one for all its connections.",
        metavar="WHAT",
    ),
]
Connections = Annotated[
    str | None,
    sections.connections(
        "--connections", help="Who owns connections: user, iteration, or pool:50 for each agent.", metavar="WHOSE"
    ),
]
DnsLifetime = Annotated[
    str | None,
    sections.connections(
        "--dns-lifetime", help="Look the addresses of a name up again after this time.", metavar="TIME"
    ),
]
MaxBodySize = Annotated[
    str | None,
    sections.connections(
        "--max-body-size",
        help="A response with a longer body (once decoded) has failed, like 20MB; 100MiB unless the test says.",
        metavar="SIZE",
    ),
]
Networks = Annotated[
    list[str] | None,
    sections.connections(
        "--network", help="The line that users have, like 3G or 'Dial-up 56k'; several by share.", metavar="NAME[:P%]"
    ),
]
