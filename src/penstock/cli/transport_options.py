"""The options that say where requests go, and how they get there."""

from __future__ import annotations

from typing import Annotated

import typer

BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", help="Send every request to this scheme, host and port instead.", metavar="URL"),
]
HttpVersion = Annotated[
    str | None, typer.Option("--http-version", help="auto, 1.0, 1.1, 2 (over TLS) or 2-prior-knowledge.", metavar="V")
]
Proxy = Annotated[
    str | None,
    typer.Option(
        "--proxy", help="Send through this proxy; env takes those that the environment names.", metavar="URL|env"
    ),
]
NoProxy = Annotated[
    str | None,
    typer.Option("--no-proxy", help="Hosts to reach without the proxy, separated by commas.", metavar="HOSTS"),
]
ClientCert = Annotated[
    str | None, typer.Option("--client-cert", help="Certificate (PEM) that users show to servers.", metavar="FILE")
]
ClientKey = Annotated[
    str | None, typer.Option("--client-key", help="Its key, if that is in a file of its own.", metavar="FILE")
]
CaFile = Annotated[
    str | None,
    typer.Option("--ca-file", help="Authorities (PEM) to trust besides the machine's own.", metavar="FILE"),
]
Insecure = Annotated[bool, typer.Option("--insecure", help="Accept any TLS certificate.")]
Resolve = Annotated[
    list[str] | None,
    typer.Option("--resolve", help="The address to use for a host name. Repeatable.", metavar="HOST=ADDRESS"),
]
SourceAddresses = Annotated[
    list[str] | None,
    typer.Option(
        "--source-address", help="Connect from this address; several are used in turn. Repeatable.", metavar="IP"
    ),
]
SourceAddressesBy = Annotated[
    str | None,
    typer.Option(
        "--source-addresses-by",
        help="What gets such an address: each connection the next one, or each user one for all its connections.",
        metavar="WHAT",
    ),
]
Connections = Annotated[
    str | None,
    typer.Option(
        "--connections", help="Who owns connections: user, iteration, or pool:50 for each agent.", metavar="WHOSE"
    ),
]
DnsLifetime = Annotated[
    str | None,
    typer.Option("--dns-lifetime", help="Look the addresses of a name up again after this time.", metavar="TIME"),
]
Networks = Annotated[
    list[str] | None,
    typer.Option(
        "--network", help="The line that users have, like 3G or 'Dial-up 56k'; several by share.", metavar="NAME[:P%]"
    ),
]
