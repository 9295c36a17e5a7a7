"""Blobs in an Azure Storage account, or in whatever else speaks its protocol, by Microsoft's own client.

Clients upload to the account itself: a grant is a shared access signature for the team's container, made with the
account's key, and no byte of a drop goes through the server before it is run. The container is the narrowest place that
such a signature can name (the original service gave the same), so a grant here reaches all drops of its team.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime
import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote, urlsplit

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.storage.blob import (
    BlobBlock,
    BlobClient,
    BlobProperties,
    BlobServiceClient,
    ContainerSasPermissions,
    ContentSettings,
    LinearRetry,
    generate_container_sas,
)

from penstock.errors import InvalidInput, NotFound, Unavailable
from penstock.library.blobs import Blob, Grant, Right

_DEFAULT_TYPE = "application/octet-stream"
_BLOCK_BYTES = 4 * 1024 * 1024
_CONNECT_S, _ANSWER_S = 5, 30
_COUNTED_S = 60
_GONE = "it was replaced or deleted meanwhile"


class AzureBlobStore:
    """Keeps blobs in the account that a connection string names. Nothing is asked of it before it is needed.

    Raises `InvalidInput` for a connection string that cannot be used; its text is never shown, since it holds the key.
    """

    def __init__(self, connection: str) -> None:
        logging.getLogger("azure").setLevel(logging.WARNING)  # below that it tells each request with its headers
        try:
            self._service = BlobServiceClient.from_connection_string(
                connection,
                retry_policy=LinearRetry(backoff=1, retry_total=1, random_jitter_range=0),
                connection_timeout=_CONNECT_S,
                read_timeout=_ANSWER_S,
                max_single_get_size=_BLOCK_BYTES,
                max_chunk_get_size=_BLOCK_BYTES,
            )
        except ValueError as error:
            raise InvalidInput(f"drops_storage: is no connection string of Azure Storage: {error}") from None
        self._counted: dict[str, tuple[float, int]] = {}
        credential = self._service.credential
        self._key: str = getattr(credential, "account_key", "")
        self._account: str = getattr(credential, "account_name", "")
        if not self._key:
            raise InvalidInput(
                "drops_storage: the connection string needs AccountName and AccountKey: the access that clients get to "
                "drops is signed with that key"
            )
        try:
            base64.b64decode(self._key, validate=True)
        except binascii.Error:
            raise InvalidInput("drops_storage: the connection string's AccountKey is no Base64") from None

    @property
    def url(self) -> str:
        """The account's address of blobs."""
        return str(self._service.url).rstrip("/")

    def ready(self) -> None:
        """Ask the account who it is, which needs the right key."""
        with self._answers():
            self._service.get_account_information(retry_total=0)

    def open(self, container: str) -> None:
        """Make a container where there is none."""
        with self._answers():
            try:
                self._service.create_container(container)
            except ResourceExistsError as error:
                if _code(error) != "ContainerAlreadyExists":  # but, say, is still being deleted
                    raise

    def used_bytes(self, container: str) -> int:
        """Return how many bytes the blobs of a container have; blocks that no blob names are not known.

        It is counted once a minute at most: an account lists 5,000 blobs a request.
        """
        counted = self._counted.get(container)
        if counted is None or time.monotonic() - counted[0] > _COUNTED_S:
            client = self._service.get_container_client(container)
            with self._answers():
                try:
                    used = sum(blob.size for blob in client.list_blobs())
                except ResourceNotFoundError:
                    used = 0
            self._counted[container] = counted = time.monotonic(), used
        return counted[1]

    def put(
        self,
        container: str,
        name: str,
        content_type: str = _DEFAULT_TYPE,
        metadata: Mapping[str, str] | None = None,
        *,
        is_bounded: bool = True,  # noqa: ARG002 — clients upload past the server, which counts drops when they are made
    ) -> _Upload:
        """Begin to write a blob."""
        self.open(container)
        return _Upload(self._answers, self._blob(container, name), name, content_type, dict(metadata or {}))

    def find(self, container: str, name: str) -> Blob | None:
        """Return what is known of a blob."""
        with self._answers():
            try:
                return _described(name, self._blob(container, name).get_blob_properties())
            except ResourceNotFoundError:
                return None

    def read(self, container: str, blob: Blob, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Give the bytes of a range."""
        end = blob.size_bytes if end is None else min(end, blob.size_bytes)
        condition = MatchConditions.IfNotModified
        client = self._blob(container, blob.name)
        while start < end:  # each piece is asked for by itself, so that a slow reader holds no connection
            size = min(_BLOCK_BYTES, end - start)
            with self._answers():
                try:
                    piece = client.download_blob(start, size, etag=blob.etag, match_condition=condition).readall()
                except (ResourceNotFoundError, ResourceModifiedError):
                    raise NotFound(f"{blob.name}: {_GONE}") from None
            start += size
            yield piece

    def list(self, container: str, prefix: str = "", *, most: int = 5000) -> tuple[Blob, ...]:
        """Return blobs by name."""
        found: list[Blob] = []
        with self._answers():
            try:
                for one in self._service.get_container_client(container).list_blobs(name_starts_with=prefix or None):
                    if len(found) == most:
                        break
                    found.append(_described(one.name, one))
            except ResourceNotFoundError:
                raise NotFound(f"container {container} is not in the storage account {self._account}") from None
        return tuple(found)

    def delete(self, container: str, name: str) -> bool:
        """Delete a blob."""
        with self._answers():
            try:
                self._blob(container, name).delete_blob(delete_snapshots="include")
            except ResourceNotFoundError:
                return False
        return True

    def tidy(self) -> None:
        """Do nothing: the account forgets blocks that were never named by itself."""

    def grant(self, container: str, prefix: str, rights: frozenset[Right], until: datetime.datetime) -> Grant:
        """Return access to the container, signed by the client with the account's key."""
        allowed = ContainerSasPermissions(**dict.fromkeys(rights, True))
        is_secure = urlsplit(self.url).scheme == "https"
        query = generate_container_sas(
            self._account,
            container,
            self._key,
            permission=allowed,
            expiry=until,
            protocol="https" if is_secure else None,
        )
        return Grant(f"{self.url}/{container}/{quote(prefix)}", query)

    def _blob(self, container: str, name: str) -> BlobClient:
        return self._service.get_blob_client(container, name)

    @contextlib.contextmanager
    def _answers(self) -> Iterator[None]:
        """Say of what the account does not do, why."""
        place = f"the storage of the drops ({self._account} at {urlsplit(self.url).netloc})"
        try:
            yield
        except (ServiceRequestError, ServiceResponseError) as error:
            raise Unavailable(f"{place} cannot be reached: {_reason(error)}") from error
        except HttpResponseError as error:
            if error.status_code in (401, 403):
                raise Unavailable(f"{place} refuses the key of the setting drops_storage ({_code(error)})") from error
            raise Unavailable(f"{place} answers with {error.status_code} {_code(error)}") from error
        except AzureError as error:
            raise Unavailable(f"{place} cannot be used: {_reason(error)}") from error


class _Upload:
    """One blob on its way: blocks as soon as there is one, which nobody sees until they are named."""

    def __init__(
        self,
        answers: Callable[[], AbstractContextManager[None]],
        client: BlobClient,
        name: str,
        content_type: str,
        metadata: dict[str, str],
    ) -> None:
        self._answers = answers
        self._client = client
        self._name = name
        self._content = ContentSettings(content_type=content_type)
        self._metadata = metadata
        self._waiting = bytearray()
        self._blocks: list[BlobBlock] = []

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._waiting += data
        while len(self._waiting) >= _BLOCK_BYTES:
            self._stage(bytes(self._waiting[:_BLOCK_BYTES]))
            del self._waiting[:_BLOCK_BYTES]

    def keep(self) -> Blob:
        """End it."""
        said: dict[str, Any] = {"content_settings": self._content, "metadata": self._metadata}
        with self._answers():
            if not self._blocks:
                self._client.upload_blob(bytes(self._waiting), overwrite=True, **said)
            else:
                if self._waiting:
                    self._stage(bytes(self._waiting))
                self._client.commit_block_list(self._blocks, **said)
            return _described(self._name, self._client.get_blob_properties())

    def discard(self) -> None:
        """Forget it: the account deletes blocks that were never named by itself."""
        self._waiting.clear()

    def _stage(self, data: bytes) -> None:
        block = BlobBlock(uuid.uuid4().hex)
        with self._answers():
            self._client.stage_block(block.id, data, len(data))
        self._blocks.append(block)


def _described(name: str, found: BlobProperties) -> Blob:
    content_type = found.content_settings.content_type or _DEFAULT_TYPE
    return Blob(name, found.size, found.etag.strip('"'), found.last_modified, content_type, dict(found.metadata or {}))


def _code(error: HttpResponseError) -> str:
    code = getattr(error, "error_code", None) or error.reason
    return str(getattr(code, "value", code))


def _reason(error: AzureError) -> str:
    return str(error.inner_exception or error)[:300]
