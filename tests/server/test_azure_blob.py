"""Microsoft's own storage client against the endpoint of the folder store, and what it never sends."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobBlock, BlobClient, ContainerClient, ContentSettings

from penstock.api import azureblob
from penstock.blobs.files import FileBlobStore
from penstock.blobs.grants import Grants
from penstock.library.blobs import Right
from penstock.ports.clock import SystemClock
from penstock.services.blobs import BlobService

CONTAINER = "ets-containerfor-55555555-5555-4555-8555-555555555555"
ALL: frozenset[Right] = frozenset({"read", "write", "create", "add", "delete", "list"})

MakeUrl = Callable[..., str]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileBlobStore]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}{azureblob.PATH}"
        store = FileBlobStore(tmp_path_factory.mktemp("blobs"), Grants(b"a key of the tests"), url)
        face = azureblob.build(BlobService(store, SystemClock()), largest_bytes=16 * 1024 * 1024)
        server = uvicorn.Server(uvicorn.Config(face, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield store
        server.should_exit = True
        thread.join()


def signed(
    store: FileBlobStore, name: str = "", drop: str = "drop", rights: frozenset[Right] = ALL, hours: float = 1
) -> str:
    grant = store.grant(CONTAINER, drop, rights, datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours))
    return f"{grant.url}{'/' if name else ''}{name}?{grant.query}"


def test_a_blob_goes_up_and_comes_down(store: FileBlobStore) -> None:
    with BlobClient.from_blob_url(signed(store, "WebTest1.webtest")) as blob:
        blob.upload_blob(
            b"<WebTest/>", content_settings=ContentSettings(content_type="text/xml"), metadata={"by": "ann"}
        )
        described = blob.get_blob_properties()
        assert (described.size, described.content_settings.content_type) == (10, "text/xml")
        assert described.metadata == {"by": "ann"}
        assert described.blob_type == "BlockBlob"
        assert blob.exists()
        assert blob.download_blob().readall() == b"<WebTest/>"
        assert blob.download_blob(offset=1, length=7).readall() == b"WebTest"
        with pytest.raises(ResourceExistsError):
            blob.upload_blob(b"again")
        blob.upload_blob(b"again", overwrite=True)
        assert blob.download_blob().readall() == b"again"
        blob.delete_blob()
        assert not blob.exists()
        with pytest.raises(ResourceNotFoundError):
            blob.download_blob()


def test_a_large_file_goes_up_in_blocks_and_comes_down_in_ranges(store: FileBlobStore) -> None:
    content = bytes(range(256)) * 4 * 1024 * 5  # 5 MiB
    options = {"max_block_size": 1024 * 1024, "max_single_put_size": 1024 * 1024, "max_single_get_size": 1024 * 1024}
    url = signed(store, "large.dll")
    with BlobClient.from_blob_url(url, max_chunk_get_size=1024 * 1024, **options) as blob:
        blob.upload_blob(content, overwrite=True, max_concurrency=2)
        assert blob.download_blob(max_concurrency=2).readall() == content


def test_blocks_can_be_written_by_hand(store: FileBlobStore) -> None:
    with BlobClient.from_blob_url(signed(store, "by-hand")) as blob:
        blob.stage_block("a", b"first ")
        blob.stage_block("b", b"second")
        blob.commit_block_list([BlobBlock("a"), BlobBlock("b")])
        assert blob.download_blob().readall() == b"first second"
        with pytest.raises(HttpResponseError) as refused:
            blob.commit_block_list([BlobBlock("never")])
        assert refused.value.error_code == "InvalidBlockList"


def test_a_list_of_blocks_that_was_not_answered_is_sent_again(store: FileBlobStore) -> None:
    with BlobClient.from_blob_url(signed(store, "again")) as blob:
        for block in ("a", "b"):
            blob.stage_block(block, block.encode())
        for _ in range(2):
            blob.commit_block_list([BlobBlock("a"), BlobBlock("b")])
        blob.stage_block("c", b"ccc")
        committed, uncommitted = blob.get_block_list("all")
        assert [(block.id, block.size) for block in committed] == [("a", 1), ("b", 1)]
        assert [(block.id, block.size) for block in uncommitted] == [("c", 3)]
        assert blob.get_block_list("uncommitted")[0] == []
        blob.commit_block_list([BlobBlock("b"), BlobBlock("c")])
        assert blob.download_blob().readall() == b"bccc"
    with BlobClient.from_blob_url(signed(store, "never")) as blob, pytest.raises(ResourceNotFoundError):
        blob.get_block_list()


def test_what_a_writer_says_of_a_blob_is_told_to_its_readers(store: FileBlobStore) -> None:
    whole = hashlib.md5(b"<WebTest/>", usedforsecurity=False).digest()
    said = ContentSettings(
        content_type="text/xml",
        content_language="de",
        content_disposition="attachment",
        cache_control="no-store",
        content_md5=bytearray(whole),
    )
    for name, options in (("one.webtest", {}), ("blocks.webtest", {"max_single_put_size": 4, "max_block_size": 4})):
        url = signed(store, name, "described")
        with BlobClient.from_blob_url(url, min_large_block_upload_threshold=1, **options) as blob:
            blob.upload_blob(b"<WebTest/>", content_settings=said)
            found = blob.get_blob_properties().content_settings
            assert (found.content_language, found.content_disposition) == ("de", "attachment")
            assert (found.cache_control, bytes(found.content_md5)) == ("no-store", whole)
        assert httpx.get(url).headers["content-md5"] == base64.b64encode(whole).decode()
        part = httpx.get(url, headers={"Range": "bytes=0-3"})
        assert "content-md5" not in part.headers, "of a part it would be the MD5 of that"
        assert part.headers["x-ms-blob-content-md5"] == base64.b64encode(whole).decode()
    with ContainerClient.from_container_url(signed(store, drop="described")) as drop:
        assert [bytes(blob.content_settings.content_md5) for blob in drop.list_blobs()] == [whole, whole]


def test_the_bytes_of_a_range_can_be_verified(store: FileBlobStore) -> None:
    content = bytes(range(256)) * 4 * 1024 * 5  # 5 MiB
    sizes = {"max_single_get_size": 1024 * 1024, "max_chunk_get_size": 1024 * 1024}
    with BlobClient.from_blob_url(signed(store, "verified"), **sizes) as blob:
        blob.upload_blob(content, validate_content=True)
        assert blob.download_blob(validate_content=True).readall() == content
    asked = {"x-ms-range": "bytes=1-2", "x-ms-range-get-content-md5": "true"}
    answer = httpx.get(signed(store, "verified"), headers=asked)
    digest = hashlib.md5(b"\x01\x02", usedforsecurity=False).digest()
    assert (answer.status_code, answer.headers["content-md5"]) == (206, base64.b64encode(digest).decode())


def test_folders_of_a_drop_are_told_as_one_where_names_are_divided(store: FileBlobStore) -> None:
    with ContainerClient.from_container_url(signed(store, drop="divided")) as drop:
        for name in ("a.loadtest", "data/1.csv", "data/2.csv", "data/more/3.csv", "x/y"):
            drop.upload_blob(name, b"", metadata={"of": "ann"})
        assert [one.name for one in drop.walk_blobs()] == ["data/", "x/", "a.loadtest"], "as the client orders"
        below = ["data/more/", "data/1.csv", "data/2.csv"]
        assert [one.name for one in drop.walk_blobs(name_starts_with="data/")] == below
        pages = drop.walk_blobs(results_per_page=1).by_page()
        assert [[one.name for one in page] for page in pages] == [["a.loadtest"], ["data/"], ["x/"]]
        assert {str(blob.metadata) for blob in drop.list_blobs(include=["metadata"])} == {"{'of': 'ann'}"}
        assert {str(blob.metadata) for blob in drop.list_blobs()} == {"{}"}


def test_an_empty_blob_is_one(store: FileBlobStore) -> None:
    with BlobClient.from_blob_url(signed(store, "empty")) as blob:
        blob.upload_blob(b"")
        assert blob.download_blob().readall() == b""


def test_a_drop_is_a_container_to_a_client(store: FileBlobStore) -> None:
    with ContainerClient.from_container_url(signed(store, drop="listed")) as drop:
        for name in ("b.webtest", "data/users.csv", "a.loadtest"):
            drop.upload_blob(name, name.encode())
        assert [blob.name for blob in drop.list_blobs()] == ["a.loadtest", "b.webtest", "data/users.csv"]
        assert [blob.size for blob in drop.list_blobs(name_starts_with="data/")] == [14]
        pages = [len(list(page)) for page in drop.list_blobs(results_per_page=2).by_page()]
        assert pages == [2, 1]


def test_who_reads_a_blob_in_pieces_is_told_that_it_changed(store: FileBlobStore) -> None:
    options = {"max_single_get_size": 1024, "max_chunk_get_size": 1024}
    with BlobClient.from_blob_url(signed(store, "changes"), **options) as blob:
        blob.upload_blob(b"a" * 4096)
        download = blob.download_blob()
        blob.upload_blob(b"b" * 4096, overwrite=True)
        with pytest.raises(ResourceModifiedError):
            download.readall()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (lambda store: signed(store, "x", hours=-1), "AuthenticationFailed"),
        (lambda store: signed(store, "x").replace("sp=", "sp=x"), "AuthenticationFailed"),
        (lambda store: signed(store, "x").partition("?")[0], "AuthenticationFailed"),
        (lambda store: signed(store, "x").replace("/drop/", "/other/"), "AuthorizationFailure"),
        (lambda store: signed(store, "x").replace("/drop/", "/drops/"), "AuthorizationFailure"),
        (lambda store: signed(store, "x", rights=frozenset({"read"})), "AuthorizationPermissionMismatch"),
    ],
    ids=["expired", "changed", "none", "of another drop", "of a drop of a longer name", "to read only"],
)
def test_a_signature_opens_one_drop_for_what_it_says(
    store: FileBlobStore, url: Callable[[FileBlobStore], str], code: str
) -> None:
    with BlobClient.from_blob_url(url(store)) as blob, pytest.raises(HttpResponseError) as refused:
        blob.upload_blob(b"content")
    assert refused.value.status_code == 403
    assert refused.value.error_code == code


def test_a_wrong_signature_is_an_authentication_error_to_the_client(store: FileBlobStore) -> None:
    with BlobClient.from_blob_url(signed(store, "x", hours=-1)) as blob, pytest.raises(ClientAuthenticationError):
        blob.get_blob_properties()


def test_a_right_to_create_does_not_write_over(store: FileBlobStore) -> None:
    rights: frozenset[Right] = frozenset({"create"})
    with BlobClient.from_blob_url(signed(store, "once", rights=rights)) as blob:
        blob.upload_blob(b"first")
        with pytest.raises(HttpResponseError) as refused:
            blob.upload_blob(b"second", overwrite=True)
        assert refused.value.error_code == "AuthorizationPermissionMismatch"


Block = {"x-ms-blob-type": "BlockBlob"}


@pytest.mark.parametrize(
    ("method", "name", "query", "headers", "content", "status", "code"),
    [
        ("PUT", "x", "", {}, b"", 400, "InvalidHeaderValue"),
        ("PUT", "x", "", {"x-ms-blob-type": "PageBlob"}, b"", 400, "InvalidHeaderValue"),
        ("PUT", "x", "", {**Block, "Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, b"x", 400, "Md5Mismatch"),
        ("PUT", "x", "", {**Block, "Content-MD5": "no"}, b"x", 400, "InvalidMd5"),
        ("PUT", "x", "", {**Block, "Content-MD5": "AAAA"}, b"x", 400, "InvalidMd5"),
        ("PUT", "x", "", {**Block, "x-ms-blob-content-md5": "AAAAAAAAAAAAAAAAAAAAAA=="}, b"x", 400, "Md5Mismatch"),
        ("PUT", "x", "", {**Block, "x-ms-meta-a&b": "1"}, b"x", 400, "InvalidMetadata"),
        ("GET", "there", "", {"x-ms-range-get-content-md5": "true"}, b"", 400, "InvalidHeaderValue"),
        ("GET", "there", "&comp=blocklist&blocklisttype=new", {}, b"", 400, "InvalidQueryParameterValue"),
        ("GET", "missing", "&comp=blocklist", {}, b"", 404, "BlobNotFound"),
        ("PUT", "x", "", {**Block, "If-Match": '"none"'}, b"x", 412, "ConditionNotMet"),
        ("PUT", "x", "", {**Block, "If-Modified-Since": "soon"}, b"x", 400, "InvalidHeaderValue"),
        ("PUT", "x", "", Block, b"x" * (17 * 1024 * 1024), 413, "RequestBodyTooLarge"),
        ("PUT", "x%2F..%2Fy", "", Block, b"x", 400, "InvalidUri"),
        ("PUT", "x" * 1025, "", Block, b"x", 400, "InvalidUri"),
        ("PUT", "x%0Ay", "", Block, b"x", 400, "InvalidUri"),
        ("PUT", "x%EF%BF%BF", "", Block, b"x", 400, "InvalidUri"),
        ("GET", "", "&restype=container&comp=list&prefix=%00", {}, b"", 400, "InvalidQueryParameterValue"),
        ("PUT", "x", "&comp=block", {}, b"x", 400, "InvalidQueryParameterValue"),
        ("PUT", "x", "&comp=blocklist", {}, b"<BlockList>", 400, "InvalidXmlDocument"),
        ("PUT", "x", "&comp=blocklist", {}, b"<List/>", 400, "InvalidXmlDocument"),
        ("PUT", "x", "&comp=blocklist", {}, b"<BlockList><New>a</New></BlockList>", 400, "InvalidXmlNodeValue"),
        ("PUT", "x", "&comp=page", {}, b"", 400, "InvalidQueryParameterValue"),
        ("GET", "there", "", {"Range": "bytes=100-"}, b"", 416, "InvalidRange"),
        ("GET", "there", "", {"Range": "lines=1-2"}, b"", 400, "InvalidHeaderValue"),
        ("GET", "missing", "", {}, b"", 404, "BlobNotFound"),
        ("DELETE", "missing", "", {}, b"", 404, "BlobNotFound"),
        ("GET", "", "&restype=container&comp=list&maxresults=0", {}, b"", 400, "InvalidQueryParameterValue"),
        ("PUT", "", "&restype=container", {}, b"", 403, "AuthorizationPermissionMismatch"),
        ("POST", "x", "", {}, b"", 405, "UnsupportedHttpVerb"),
    ],
)
def test_what_cannot_be_done_is_refused_in_the_services_words(
    store: FileBlobStore,
    method: str,
    name: str,
    query: str,
    headers: dict[str, str],
    content: bytes,
    status: int,
    code: str,
) -> None:
    drop = "refusals"
    httpx.put(signed(store, "there", drop), headers=Block, content=b"here")
    answer = httpx.request(method, signed(store, name, drop) + query, headers=headers, content=content)
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (status, code)
    assert f"<Code>{code}</Code>" in answer.text
    assert answer.headers["x-ms-request-id"]
    assert httpx.get(signed(store, "x", drop)).status_code == 404, "nothing of it was kept"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("x" * 1025, "has 1,0[0-9]{2} characters; it can have 1,024"),
        ("x%5Cy", "holds a backslash; folders are divided by /"),
        ("x%01y", r"holds U\+0001, which no list of blobs can show"),
        ("x%2F..%2Fy", r"has a part \. or \.\., which leads elsewhere"),
    ],
)
def test_what_is_wrong_with_a_name_is_said(store: FileBlobStore, name: str, says: str) -> None:
    answer = httpx.put(signed(store, name, "names"), headers=Block, content=b"x")
    assert answer.status_code == 400
    assert re.search(says, answer.text), answer.text


def test_entities_in_a_list_of_blocks_are_not_followed(store: FileBlobStore) -> None:
    bomb = b'<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">]><BlockList><Latest>&a;</Latest></BlockList>'
    answer = httpx.put(signed(store, "x", "bombs") + "&comp=blocklist", content=bomb)
    assert answer.status_code == 400


def test_an_upload_that_breaks_off_leaves_nothing(store: FileBlobStore) -> None:
    url = httpx.URL(signed(store, "broken-off"))
    with socket.create_connection((url.host, url.port or 80)) as connection:
        head = f"PUT {url.raw_path.decode()} HTTP/1.1\r\nHost: x\r\nx-ms-blob-type: BlockBlob\r\n"
        connection.sendall(f"{head}Content-Length: 1000\r\n\r\nonly this".encode())
    assert httpx.get(str(url)).status_code == 404


def test_a_client_that_knows_the_blob_is_spared_its_bytes(store: FileBlobStore) -> None:
    url = signed(store, "known")
    tag = httpx.put(url, headers=Block, content=b"content").headers["etag"]
    assert httpx.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert httpx.get(url, headers={"If-Match": tag}).content == b"content"


def test_files_stay_in_their_folder(store: FileBlobStore, tmp_path: Path) -> None:
    for name in ("../../escape", "/etc/escape", "..%5C..%5Cescape", "a/./b"):
        url = signed(store, "NAME").replace("NAME", name)
        answer = httpx.request("PUT", url, headers=Block, content=b"x")
        assert answer.status_code in (201, 400, 403, 404)
    assert not list(tmp_path.rglob("escape*"))
