"""Extensions as files: written without keys, read back whole or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.errors import ValidationError
from service.extensions import adding, book, portable
from service.extensions.adding import ExtensionDraft
from service.store.database import Database
from tests.extensions.test_extensions import BASE, VAULT, draft, remove

SECRET = "a-key-that-is-shown-nowhere"


def add(database: Database, one: ExtensionDraft) -> None:
    adding.add(database, VAULT, BASE, one)


def taken_over(database: Database, folder: Path, **options: bool) -> list[adding.Report]:
    return portable.taken_over(database, VAULT, BASE, folder, **options)


def ids(database: Database) -> dict[str, int]:
    with database.read() as db:
        return {key: number for (_, key), number in book.ids(db).items()}


def names(database: Database) -> list[str]:
    with database.read() as db:
        return [one.name for one in book.active(db)]


@pytest.fixture
def folder(database: Database, tmp_path: Path) -> Path:
    """A folder with the files of two servers, from a database that has neither any more, and no id of theirs."""
    one = draft()
    add(database, ExtensionDraft(one.name, one.kind, one.spec, SECRET, one.models))
    add(database, draft("attic"))
    portable.written(database, tmp_path / "out")
    return tmp_path / "out"


def emptied(database: Database) -> Database:
    from sqlalchemy import delete

    from service.store.tables import extension_models, extensions

    for table in (extension_models, extensions):
        database.write(lambda db, table=table: db.execute(delete(table)))
    return database


def test_files_hold_the_ids_and_never_the_key(folder: Path) -> None:
    assert sorted(file.name for file in folder.iterdir()) == ["attic.json", "cellar.json"]
    document = json.loads((folder / "cellar.json").read_text())
    assert document["models"][1] == {"id": 9001, "key": "cellar/large", "type": "text"}
    assert (document["needs_key"], SECRET in (folder / "cellar.json").read_text()) == (True, False)


def test_the_same_extensions_give_the_same_bytes(database: Database, folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    taken_over(emptied(database), folder)
    database.write(lambda db: adding.set_key(db, VAULT, "cellar", SECRET))
    portable.written(database, folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_what_is_read_has_the_ids_of_the_file_and_says_that_a_key_is_lacking(database: Database, folder: Path) -> None:
    before = ids(database)
    attic, cellar = taken_over(emptied(database), folder)
    assert ids(database) == before
    assert [one.what for one in cellar.left_out] == ["its key"]
    assert not attic.left_out


def test_what_is_there_the_same_is_left_as_it_is(database: Database, folder: Path) -> None:
    reports = taken_over(database, folder)
    assert [one.left_out[0].why for one in reports] == ["it is there already, the same"] * 2


def test_a_name_in_use_by_another_is_refused_and_nothing_is_taken_over(database: Database, folder: Path) -> None:
    add(emptied(database), draft("cellar", models=("other",)))
    with pytest.raises(ValidationError, match="in use"):
        taken_over(database, folder)
    assert names(database) == ["cellar"]


def test_an_id_that_is_taken_is_refused_unless_it_may_be_another(database: Database, folder: Path) -> None:
    add(emptied(database), draft("stranger", models=("other",)))
    with pytest.raises(ValidationError, match="--renumber"):
        taken_over(database, folder)
    assert names(database) == ["stranger"]
    taken_over(database, folder, renumber=True)
    assert ids(database)["stranger/other"] == 9000
    assert len(set(ids(database).values())) == 5


def test_a_removed_one_comes_back_with_its_ids(database: Database, folder: Path) -> None:
    before = ids(database)
    remove(database, "cellar")
    taken_over(database, folder)
    assert (names(database), ids(database)) == (["attic", "cellar"], before)


def test_a_dry_run_tells_and_changes_nothing(database: Database, folder: Path) -> None:
    reports = taken_over(emptied(database), folder, dry_run=True)
    assert [report.name for report in reports] == ["attic", "cellar"]
    assert (names(database), ids(database)) == ([], {})


@pytest.mark.parametrize(
    "broken",
    [
        {"format": 2},
        {"name": "openai"},
        {"name": "../up"},
        {"kind": "telepathy"},
        {"spec": {}},
        {"spec": {"kind": "openai", "base_url": "file:///etc/passwd", "models": []}},
        {"spec": {"kind": "openai", "base_url": "http://127.0.0.1:9", "models": [{"id": "a b", "type": "text"}]}},
        {"spec": {"kind": "openai", "base_url": "http://127.0.0.1:9", "models": [{"id": "new", "type": "text"}]}},
        {"models": [{"type": "text", "key": "cellar/small", "id": 37}]},
        {"models": [{"type": "poem", "key": "cellar/small", "id": 9000}]},
        {"models": ["small"]},
        {"models": None},
    ],
)
def test_a_file_that_is_none_of_ours_refuses_them_all(database: Database, folder: Path, broken: dict[str, Any]) -> None:
    file = folder / "cellar.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | broken))
    with pytest.raises(ValidationError):
        taken_over(emptied(database), folder)
    assert (names(database), ids(database)) == ([], {})


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"a": NaN}', b" " * 6_000_000])
def test_what_is_no_document_is_refused(database: Database, folder: Path, content: bytes) -> None:
    (folder / "odd.json").write_bytes(content)
    with pytest.raises(ValidationError):
        taken_over(emptied(database), folder)
    assert names(database) == []


MODEL = {
    "provider": "fal",
    "model": "acme/pear",
    "type": "image",
    "title": "Pear",
    "description": "A pear.",
    "credits": 3,
    "prompt": "prompt",
    "prompt_required": True,
    "picture": None,
    "picture_required": False,
    "count": {"member": "n", "most": 4},
    "parameters": {
        "size": {
            "label": "Size", "type": "enum", "options": ["big"], "default": "big", "member": "size", "sent": "string"
        },
    },
}  # fmt: skip
WORKFLOW = {
    "server": "easel",
    "title": "A sketch",
    "type": "image",
    "credits": 0,
    "graph": {"1": {"class_type": "SaveImage", "inputs": {"n": 3}}},
    "inputs": {"n": {"at": ["1", "n"], "label": "N", "type": "integer", "default": 3}},
    "outputs": ["1"],
    "seeds": [["1", "n", 7]],
}
API = {"api": {}, "actions": [{}], "schemas": {}}


@pytest.mark.parametrize(
    ("kind", "spec", "place", "value"),
    [
        ("model", MODEL, "title", 7),
        ("model", MODEL, "title", " "),
        ("model", MODEL, "description", {"a": 1}),
        ("model", MODEL, "model", ["x"]),
        ("model", MODEL, "prompt_required", "yes"),
        ("model", MODEL, "credits", True),
        ("model", MODEL, "count/most", 10**9),
        ("model", MODEL, "parameters/size/options", "big"),
        ("model", MODEL, "parameters/size/sent", ["string"]),
        ("model", MODEL, "parameters/size/type", "poem"),
        ("model", MODEL, "parameters/size/label", None),
        ("workflow", WORKFLOW, "title", []),
        ("workflow", WORKFLOW, "server", None),
        ("workflow", WORKFLOW, "graph/1/inputs", None),
        ("workflow", WORKFLOW, "inputs/n/at", ["1"]),
        ("workflow", WORKFLOW, "inputs/n/default", {}),
        ("workflow", WORKFLOW, "seeds/0", ["1", "n"]),
        ("workflow", WORKFLOW, "outputs", []),
        ("api", API, "actions", {}),
        ("api", API, "schemas", [1]),
    ],
)
def test_a_member_of_another_type_is_named_with_its_place_and_its_file(
    database: Database, tmp_path: Path, kind: str, spec: dict[str, Any], place: str, value: Any
) -> None:
    odd = json.loads(json.dumps(spec))
    *around, last = place.split("/")
    at = odd
    for part in around:
        at = at[int(part) if isinstance(at, list) else part]
    at[int(last) if isinstance(at, list) else last] = value
    document = {"format": 1, "name": "odd", "kind": kind, "needs_key": False, "models": [], "spec": odd}
    (tmp_path / "odd.json").write_text(json.dumps(document))
    with pytest.raises(ValidationError, match=rf"^odd\.json: spec/{place}") as refusal:
        taken_over(database, tmp_path)
    assert refusal.value.errors[0].pointer.startswith(f"/spec/{place}")
    assert names(database) == []
