"""Objects are kept under their keys, read in parts, and gone when they are deleted."""

from pathlib import Path

import pytest

from service.store import objects
from service.store.objects import ObjectStore

KEY = "objects/run_1/1/0"


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(f"file://{tmp_path / 'storage'}")


def put(store: ObjectStore, tmp_path: Path, key: str, content: bytes) -> int:
    source = tmp_path / "source"
    source.write_bytes(content)
    return store.put(key, source)


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 10_000], ids=["empty", "small", "large"])
def test_what_is_put_comes_back_whole(store: ObjectStore, tmp_path: Path, content: bytes) -> None:
    assert put(store, tmp_path, KEY, content) == len(content)
    assert store.size(KEY) == len(content)
    assert b"".join(store.stream(KEY)) == content
    store.save(KEY, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == content


def test_a_part_is_read_in_chunks_from_its_start_up_to_its_end(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "CHUNK", 4)
    put(store, tmp_path, KEY, b"0123456789")
    assert list(store.stream(KEY, 1, 10)) == [b"1234", b"5678", b"9"]
    assert b"".join(store.stream(KEY, 7)) == b"789"
    assert list(store.stream(KEY, 3, 3)) == []


def test_an_object_put_again_is_replaced(store: ObjectStore, tmp_path: Path) -> None:
    put(store, tmp_path, KEY, b"a longer one")
    put(store, tmp_path, KEY, b"new")
    assert b"".join(store.stream(KEY)) == b"new"


def test_what_is_not_there_is_told_as_a_file_is(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.size(KEY)
    with pytest.raises(FileNotFoundError):
        list(store.stream(KEY, 0, 5))
    with pytest.raises(FileNotFoundError):
        store.save(KEY, tmp_path / "copy")


def test_a_key_or_all_below_a_prefix_is_deleted_and_nothing_beside_it(store: ObjectStore, tmp_path: Path) -> None:
    for key in ("objects/run_1/1/0", "objects/run_1/2/0", "objects/run_10/1/0", "objects/run_2/1/0"):
        put(store, tmp_path, key, b"x")
    store.delete("objects/run_2/1/0")
    store.delete("objects/run_1/")
    store.delete("objects/run_1/")
    store.delete("objects/run_9/1/0")
    left = [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]
    assert left == [tmp_path / "storage/objects/run_10/1/0"]


def test_no_key_leads_out_of_the_storage(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    for key in ("../secret", "objects/../../secret", "objects/%2e%2e/../secret"):
        with pytest.raises(Exception, match=r".+"):
            store.size(key)
    assert (tmp_path / "secret").read_text() == "x"


@pytest.mark.parametrize("folder", ["with space", "a#b", "a?b", "a%20b"])
def test_the_folder_is_the_one_that_was_named(tmp_path: Path, folder: str) -> None:
    put(ObjectStore(f"file://{tmp_path / folder}"), tmp_path, KEY, b"x")
    assert (tmp_path / folder / KEY).read_bytes() == b"x"


@pytest.mark.parametrize("url", ["/tmp/x", "http://x/y", "gs://bucket", ""])
def test_a_storage_of_another_kind_is_refused_in_words(url: str) -> None:
    with pytest.raises(ValueError, match="STORAGE_URL must begin with"):
        ObjectStore(url)
