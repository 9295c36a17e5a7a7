"""A test drop as clients get it: a place for files, with access for some hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

CLT = "/_apis/clt"


@dataclass(frozen=True)
class NewDrop:
    """`url` is that of the place, `signature` the query that opens it."""

    id: str
    url: str
    signature: str

    def of(self, name: str) -> str:
        """Return the address of a file."""
        return f"{self.url}/{quote(name)}{self.signature}"

    def put(self, name: str, content: bytes) -> None:
        """Upload a file as curl does."""
        answer = httpx.put(self.of(name), headers={"x-ms-blob-type": "BlockBlob"}, content=content)
        assert answer.status_code == 201, answer.text


def new_drop(client: httpx.Client, root: str = CLT, definition: dict[str, Any] | None = None) -> NewDrop:
    """Make a drop; `root` is where the API begins for the client, `definition` the sizing of a JMeter plan."""
    wish: dict[str, Any] = {"dropType": "TestServiceBlobDrop"}
    made = client.post(f"{root}/testdrops", json=wish | ({"loadTestDefinition": definition} if definition else {}))
    assert made.status_code == 200, made.text
    drop = client.get(f"{root}/testdrops/{made.json()['id']}").json()
    access = drop["accessData"]
    return NewDrop(drop["id"], access["dropContainerUrl"], access["sasKey"])
