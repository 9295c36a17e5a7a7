"""What a team has in the folder of blobs is counted to the byte, and bounded."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.blobs import files
from penstock.blobs.files import FileBlobStore
from penstock.blobs.grants import Grants
from penstock.errors import NoRoom
from penstock.library.blobs import Blob, ConditionFailed, ListedBlock, UnknownBlock

TEAM, OTHER = "team-a", "team-b"
MOST = 60


def opened(folder: Path, most: int = MOST) -> FileBlobStore:
    return FileBlobStore(folder, Grants(b"key"), most_bytes=most)


def on_disk(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*/pieces/*"))


class Never:
    def allow(self, _blob: Blob | None) -> bool:
        return False


def write(upload: Any, size: int, *, keeps: bool = True) -> None:
    try:
        upload.write(b"x" * size)
        if keeps:
            upload.keep()
    finally:
        upload.discard()
        upload.discard()


def listed(*ids: str) -> list[ListedBlock]:
    return [ListedBlock(id) for id in ids]


NAMES = st.sampled_from(["drop/a", "drop/b", "drop/c"])
SIZES = st.integers(0, 25)
BLOCKS = st.sampled_from(["1", "2"])
OPERATIONS = st.one_of(
    st.tuples(st.just("put"), NAMES, SIZES),
    st.tuples(st.just("give up"), NAMES, SIZES),
    st.tuples(st.just("refused"), NAMES, SIZES),
    st.tuples(st.just("stage"), NAMES, SIZES, BLOCKS),
    st.tuples(st.just("commit"), NAMES, st.lists(BLOCKS, max_size=3)),
    st.tuples(st.just("delete"), NAMES),
)


def done(store: FileBlobStore, operation: tuple[Any, ...]) -> None:
    match operation:
        case "put", name, size:
            write(store.put(TEAM, name), size)
        case "give up", name, size:
            write(store.put(TEAM, name), size, keeps=False)
        case "refused", name, size:
            with pytest.raises(ConditionFailed):
                write(store.put(TEAM, name, conditions=Never()), size)
        case "stage", name, size, block:
            write(store.stage(TEAM, name, block), size)
        case "commit", name, blocks:
            store.commit(TEAM, name, listed(*blocks))
        case "delete", name:
            store.delete(TEAM, name)


@given(st.lists(OPERATIONS, max_size=25))
def test_the_count_is_what_lies_on_the_disk_and_never_too_much(operations: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "blobs"
        store = opened(folder)
        for operation in operations:
            before = store.used_bytes(TEAM)
            try:
                done(store, operation)
            except NoRoom:
                assert before + operation[2] > MOST
                assert store.used_bytes(TEAM) == before, "nothing of it stays"
            except UnknownBlock:
                pass
            assert store.used_bytes(TEAM) == on_disk(folder) <= MOST
        assert opened(folder).used_bytes(TEAM) == on_disk(folder), "the next start counts the same"
        assert store.used_bytes(OTHER) == 0


def test_what_is_on_its_way_counts(tmp_path: Path) -> None:
    store = opened(tmp_path)
    first, second = store.put(TEAM, "drop/a"), store.put(TEAM, "drop/b")
    first.write(b"x" * 40)
    with pytest.raises(NoRoom, match=r"have 40 of the 60 bytes .* and 30 more do not fit\. Let old runs go"):
        second.write(b"x" * 30)
    first.discard()
    second.write(b"x" * 30)
    second.keep()
    write(store.put(OTHER, "drop/a"), 60)


def test_what_the_server_writes_itself_is_counted_and_not_refused(tmp_path: Path) -> None:
    store = opened(tmp_path)
    write(store.put(TEAM, "run/results", is_bounded=False), 100)
    assert store.used_bytes(TEAM) == 100
    with pytest.raises(NoRoom, match="have 100 of the 60 bytes"):
        write(store.put(TEAM, "drop/a"), 1)


def test_blocks_that_no_list_names_go_after_a_week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(tmp_path)
    write(store.stage(TEAM, "drop/a", "1"), 20)
    write(store.put(TEAM, "drop/b"), 10)
    store.tidy()
    assert store.used_bytes(TEAM) == 30
    monkeypatch.setattr(files, "BLOCKS_LAST", -files.BLOCKS_LAST)
    store.tidy()
    assert store.used_bytes(TEAM) == on_disk(tmp_path) == 10
    with pytest.raises(UnknownBlock):
        store.commit(TEAM, "drop/a", listed("1"))


def test_without_a_limit_everything_fits_and_is_counted(tmp_path: Path) -> None:
    store = opened(tmp_path, 0)
    write(store.put(TEAM, "drop/a"), 100_000)
    assert store.used_bytes(TEAM) == 100_000


class Held:
    """A condition that is looked at for as long as the test says."""

    def __init__(self) -> None:
        self.is_asked, self.is_free = threading.Event(), threading.Event()

    def allow(self, _blob: Blob | None) -> bool:
        self.is_asked.set()
        return self.is_free.wait(20)


def test_a_team_whose_write_takes_long_keeps_no_other_waiting(tmp_path: Path) -> None:
    store, held = opened(tmp_path), Held()
    slow = threading.Thread(target=lambda: write(store.put(TEAM, "slow", conditions=held), 1))
    slow.start()
    try:
        assert held.is_asked.wait(20)
        quick = threading.Thread(target=lambda: write(store.put(OTHER, "quick"), 1))
        quick.start()
        quick.join(10)
        assert store.find(OTHER, "quick") is not None
        assert store.find(TEAM, "slow") is None
    finally:
        held.is_free.set()
        slow.join(20)
    assert store.find(TEAM, "slow") is not None
