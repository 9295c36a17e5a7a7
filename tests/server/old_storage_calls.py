"""What a caller of the years of the service does with a storage client of that time, in a process of its own.

    python old_storage_calls.py FOLDER ACCOUNT_URL CONTAINER DROP SAS

FOLDER is where the client was installed to. What came of it is printed as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

_PIECE = 1024 * 1024


def main(folder: str, account: str, container: str, drop: str, sas: str) -> dict[str, Any]:
    """Upload, list and download; returns what was seen."""
    sys.path.insert(0, folder)
    storage = importlib.import_module("azure.storage.blob")
    client = storage.BlockBlobService("account", sas_token=sas.lstrip("?"), custom_domain=account, protocol="http")
    client.retry = lambda _context: None
    client.MAX_SINGLE_PUT_SIZE = client.MAX_BLOCK_SIZE = _PIECE
    client.MAX_SINGLE_GET_SIZE = client.MAX_CHUNK_GET_SIZE = _PIECE
    large = bytes(range(256)) * 4 * 1024 * 3
    files = {"small.webtest": b"<WebTest/>", "large.dll": large, "data/empty.csv": b""}
    for name, content in files.items():
        client.create_blob_from_bytes(container, f"{drop}/{name}", content, validate_content=True)

    def read(name: str, **options: Any) -> bytes:
        content: bytes = client.get_blob_to_bytes(container, f"{drop}/{name}", **options).content
        return content

    return {
        "same": [name for name, content in files.items() if read(name) == content],
        "verified": [
            name
            for name, content in files.items()
            if content and read(name, start_range=0, end_range=len(content) - 1, validate_content=True) == content
        ],
        "listed": [blob.name.partition("/")[2] for blob in client.list_blobs(container, prefix=f"{drop}/")],
        "folders": [
            blob.name.partition("/")[2] for blob in client.list_blobs(container, prefix=f"{drop}/", delimiter="/")
        ],
        "blocks": len(client.get_block_list(container, f"{drop}/large.dll").committed_blocks),
        "exists": [client.exists(container, f"{drop}/{name}") for name in ("small.webtest", "never")],
        "size": client.get_blob_properties(container, f"{drop}/large.dll").properties.content_length,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
