"""What every blob store does."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from penstock.blobs.azure import AzureBlobStore
from penstock.blobs.files import FileBlobStore
from penstock.blobs.grants import Grants
from penstock.errors import NotFound
from penstock.library.blobs import Blob, Blocks, ConditionFailed, ListedBlock, UnknownBlock
from penstock.ports.blobs import BlobStore, ServedBlobStore

CONTAINER = "tests-of-a-team"


@pytest.fixture(params=["files", "azure"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "files":
        return FileBlobStore(tmp_path / "blobs", Grants(b"key"), "http://127.0.0.1/blob")
    store = AzureBlobStore(request.getfixturevalue("azurite").connection())
    store.open(CONTAINER)
    for blob in store.list(CONTAINER):
        store.delete(CONTAINER, blob.name)
    return store


@pytest.fixture
def served(tmp_path: Path) -> ServedBlobStore:
    return FileBlobStore(tmp_path / "blobs", Grants(b"key"), "http://127.0.0.1/blob")


class OnlyNew:
    def allow(self, blob: Blob | None) -> bool:
        return blob is None


def write(store: BlobStore, name: str, content: bytes, **options: object) -> Blob:
    upload = store.put(CONTAINER, name, **options)  # type: ignore[arg-type]
    upload.write(content)
    return upload.keep()


def stage(store: ServedBlobStore, name: str, block: str, content: bytes) -> None:
    upload = store.stage(CONTAINER, name, block)
    upload.write(content)
    upload.keep()


def listed(*ids: str) -> list[ListedBlock]:
    return [ListedBlock(id) for id in ids]


def content(store: BlobStore, name: str, start: int = 0, end: int | None = None) -> bytes:
    blob = store.find(CONTAINER, name)
    assert blob is not None
    return b"".join(store.read(CONTAINER, blob, start, end))


def test_a_blob_is_read_as_it_was_written(store: BlobStore) -> None:
    blob = write(store, "drop/Größe ü.webtest", b"one two", content_type="text/xml", metadata={"who": "ann"})
    found = store.find(CONTAINER, "drop/Größe ü.webtest")
    assert found == blob
    assert (found.size_bytes, found.content_type, found.metadata) == (7, "text/xml", {"who": "ann"})
    assert content(store, "drop/Größe ü.webtest") == b"one two"
    assert store.find("another", "drop/Größe ü.webtest") is None


def test_nothing_is_seen_of_a_blob_before_it_is_kept(store: BlobStore) -> None:
    write(store, "drop/a", b"before")
    upload = store.put(CONTAINER, "drop/a")
    upload.write(b"half of")
    assert content(store, "drop/a") == b"before"
    upload.discard()
    assert content(store, "drop/a") == b"before"


def test_a_blob_of_blocks_has_them_in_the_order_of_the_list(served: ServedBlobStore) -> None:
    for block in ("b", "a", "unused"):
        stage(served, "drop/x", block, f"<{block}>".encode())
    stage(served, "drop/x", "a", b"<a again>")
    assert served.find(CONTAINER, "drop/x") is None
    blob = served.commit(CONTAINER, "drop/x", listed("a", "b"))
    assert blob.size_bytes == 12
    assert content(served, "drop/x") == b"<a again><b>"
    with pytest.raises(UnknownBlock):
        served.commit(CONTAINER, "drop/x", listed("unused"))


def test_a_list_may_name_blocks_that_the_blob_has(served: ServedBlobStore) -> None:
    stage(served, "drop/x", "a", b"<a>")
    stage(served, "drop/x", "b", b"<b>")
    served.commit(CONTAINER, "drop/x", listed("a", "b"))
    served.commit(CONTAINER, "drop/x", listed("a", "b"))  # as who got no answer does it again
    assert content(served, "drop/x") == b"<a><b>"

    stage(served, "drop/x", "b", b"<new b>")
    stage(served, "drop/x", "c", b"<c>")
    assert served.blocks(CONTAINER, "drop/x") == Blocks((("a", 3), ("b", 3)), (("b", 7), ("c", 3)))
    served.commit(CONTAINER, "drop/x", [ListedBlock("b", "Committed"), ListedBlock("b"), ListedBlock("c")])
    assert content(served, "drop/x") == b"<b><new b><c>"
    assert served.blocks(CONTAINER, "drop/x").uncommitted == ()
    for place in ("Uncommitted", "Committed", "Latest"):
        with pytest.raises(UnknownBlock):
            served.commit(CONTAINER, "drop/x", [ListedBlock("a", place)])  # type: ignore[arg-type]
    assert served.used_bytes(CONTAINER) == len(b"<b><new b><c>")


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 6), (2, 3), (2, 4), (1, 6), (3, None), (0, 0)])
def test_a_range_over_blocks_is_the_range_of_the_whole(served: ServedBlobStore, start: int, end: int | None) -> None:
    for number in range(3):
        stage(served, "drop/x", str(number), bytes([2 * number, 2 * number + 1]))
    served.commit(CONTAINER, "drop/x", listed("0", "1", "2"))
    assert content(served, "drop/x", start, end) == bytes(range(6))[start:end]


def test_a_condition_is_decided_with_the_write(served: ServedBlobStore) -> None:
    write(served, "drop/a", b"first", conditions=OnlyNew())
    with pytest.raises(ConditionFailed):
        write(served, "drop/a", b"second", conditions=OnlyNew())
    stage(served, "drop/a", "1", b"third")
    with pytest.raises(ConditionFailed):
        served.commit(CONTAINER, "drop/a", listed("1"), conditions=OnlyNew())
    assert content(served, "drop/a") == b"first"


def test_who_reads_a_blob_that_is_replaced_is_told(store: BlobStore) -> None:
    before = write(store, "drop/a", b"before")
    write(store, "drop/a", b"after")
    with pytest.raises(NotFound):
        b"".join(store.read(CONTAINER, before))


def test_a_list_is_in_order_and_by_pages(store: BlobStore) -> None:
    for name in ("drop/b", "drop/a/2", "drop/a/1", "drops/c", "another/a"):
        write(store, name, b"")
    names = [blob.name for blob in store.list(CONTAINER, "drop/")]
    assert names == ["drop/a/1", "drop/a/2", "drop/b"]
    assert [blob.name for blob in store.list(CONTAINER, "drop/", most=2)] == ["drop/a/1", "drop/a/2"]
    assert [blob.name for blob in store.list(CONTAINER, "drop")] == [*names, "drops/c"]
    assert [blob.name for blob in store.list(CONTAINER)] == ["another/a", *names, "drops/c"]


def test_a_list_goes_on_behind_a_name(served: ServedBlobStore) -> None:
    for name in ("drop/b", "drop/a/2", "drop/a/1"):
        write(served, name, b"")
    assert [blob.name for blob in served.list(CONTAINER, "drop/", after="drop/a/1", most=1)] == ["drop/a/2"]


def test_a_blob_of_several_pieces_is_read_in_any_range(store: BlobStore) -> None:
    whole = bytes(range(256)) * 4096 * 9  # 9 MiB
    upload = store.put(CONTAINER, "drop/large")
    for start in range(0, len(whole), 1_000_000):
        upload.write(whole[start : start + 1_000_000])
    assert upload.keep().size_bytes == len(whole)
    assert content(store, "drop/large") == whole
    assert content(store, "drop/large", 4_000_000, 8_500_000) == whole[4_000_000:8_500_000]


def test_a_store_says_when_it_is_ready(store: BlobStore) -> None:
    store.ready()
    store.open(CONTAINER)  # for the second time


def test_a_deleted_blob_is_gone(store: BlobStore) -> None:
    write(store, "drop/a", b"there")
    assert store.delete(CONTAINER, "drop/a")
    assert not store.delete(CONTAINER, "drop/a")
    assert store.find(CONTAINER, "drop/a") is None


def test_the_folder_holds_no_bytes_that_no_blob_has(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    store = FileBlobStore(folder, Grants(b"key"))
    write(store, "drop/kept", b"kept")
    write(store, "drop/replaced", b"old")
    write(store, "drop/replaced", b"new")
    stage(store, "drop/blocks", "waits", b"waits")
    stage(store, "drop/done", "1", b"part")
    stage(store, "drop/done", "2", b"not named")
    store.commit(CONTAINER, "drop/done", listed("1"))
    write(store, "drop/gone", b"gone")
    store.delete(CONTAINER, "drop/gone")
    (pieces,) = folder.glob("*/pieces")
    (pieces / "of an upload that was killed").write_bytes(b"lost")
    FileBlobStore(folder, Grants(b"key"))  # the next start
    assert sorted(path.read_bytes() for path in folder.glob("*/pieces/*")) == [b"kept", b"new", b"part", b"waits"]


def test_an_entry_that_a_power_cut_left_empty_is_no_blob(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    store = FileBlobStore(folder, Grants(b"key"))
    write(store, "drop/lost", b"lost")
    (entry,) = folder.glob("*/entries/*/*.json")
    write(store, "drop/kept", b"kept")
    entry.write_bytes(b"")
    assert store.find(CONTAINER, "drop/lost") is None
    assert [blob.name for blob in store.list(CONTAINER, "drop/")] == ["drop/kept"]
    FileBlobStore(folder, Grants(b"key"))  # the next start
    assert not entry.exists()
    assert [path.read_bytes() for path in folder.glob("*/pieces/*")] == [b"kept"]


def test_blobs_that_an_earlier_version_wrote_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    before = FileBlobStore(folder, Grants(b"key"))
    write(before, "drop/a", b"old", metadata={"who": "ann"})
    (path,) = folder.glob("*/entries/*/*.json")
    said = json.loads(path.read_text())
    del said["headers"]
    said["pieces"] = [piece[:2] for piece in said["pieces"]]
    path.write_text(json.dumps(said))
    after = FileBlobStore(folder, Grants(b"key"))
    assert content(after, "drop/a") == b"old"
    assert after.blocks(CONTAINER, "drop/a") == Blocks()
    assert after.used_bytes(CONTAINER) == 3


def test_a_grant_is_for_one_prefix_until_its_end(tmp_path: Path) -> None:
    store = FileBlobStore(tmp_path / "blobs", Grants(b"key"), "http://host/blob")
    until = datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)
    grant = store.grant(CONTAINER, "drop", frozenset({"read", "list"}), until)
    assert grant.url == f"http://host/blob/{CONTAINER}/drop"
    said = dict(part.split("=", 1) for part in grant.query.split("&"))
    said["se"], said["sig"] = "2030-01-01T12:00:00Z", said["sig"].replace("%3D", "=").replace("%2F", "/")
    said["sig"] = said["sig"].replace("%2B", "+")
    before = until - datetime.timedelta(seconds=1)
    access = store.access(CONTAINER, said, before)
    assert not isinstance(access, str)
    assert (access.prefix, access.rights) == ("drop", {"read", "list"})
    refusals = {
        "after its end": store.access(CONTAINER, said, until),
        "another container": store.access("another", said, before),
        "more rights": store.access(CONTAINER, {**said, "sp": "rwl"}, before),
        "another prefix": store.access(CONTAINER, {**said, "si": ""}, before),
        "a later end": store.access(CONTAINER, {**said, "se": "2031-01-01T12:00:00Z"}, before),
        "no signature": store.access(CONTAINER, {**said, "sig": ""}, before),
        "another key": FileBlobStore(tmp_path / "b", Grants(b"other")).access(CONTAINER, said, before),
    }
    assert {name for name, answer in refusals.items() if not isinstance(answer, str)} == set()
