"""Extensions as files that a person can read, compare and keep in git: one JSON file each, without any key."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from service.accounts.crypt import Vault
from service.definitions import Definitions
from service.errors import ValidationError
from service.extensions import adding, book
from service.extensions.adding import ExtensionDraft, LeftOut, Report
from service.extensions.book import Extension
from service.extensions.snapshot import parts_of
from service.store.database import Database

FORMAT = 1
MOST_BYTES = 5 * 1024 * 1024
MEMBERS = {"format": int, "kind": str, "models": list, "name": str, "needs_key": bool, "spec": dict}
Ids = dict[tuple[str, str], int]


def written(database: Database, folder: Path) -> list[Path]:
    """Write every extension into `folder`, each as NAME.json; other files there stay."""
    with database.read() as db:
        found, ids = book.active(db), book.ids(db)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for extension in found:
        file = folder / f"{extension.name}.json"
        file.write_bytes(_document(extension, ids))
        files.append(file)
    return files


def _document(extension: Extension, ids: Ids) -> bytes:
    offered = [(row["type"], row["key"]) for row in parts_of(extension, ids).models]
    document = {
        "format": FORMAT,
        "name": extension.name,
        "kind": extension.kind,
        "needs_key": extension.sealed is not None,
        "models": [{"type": type, "key": key, "id": ids[type, key]} for type, key in offered],
        "spec": extension.spec,
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def taken_over(
    database: Database, vault: Vault, base: Definitions, folder: Path, renumber: bool = False, dry_run: bool = False
) -> list[Report]:
    """Add everything that `folder` holds, all of it or nothing; what is there already, the same, is left as it is.

    Ids are those of the files; with `renumber` a model whose id is taken gets another. Raises ValidationError.
    """
    documents = _documents(folder)

    def work(db: Connection) -> list[Report]:
        book.lock(db)
        return [_taken_over(db, vault, base, document, renumber, dry_run) for document in documents]

    return adding.tried(database, work) if dry_run else database.write(work)


def _taken_over(
    db: Connection, vault: Vault, base: Definitions, document: Mapping[str, Any], renumber: bool, dry_run: bool
) -> Report:
    name, kind, spec = document["name"], document["kind"], document["spec"]
    there = book.find(db, name)
    if there is not None and there.removed_at is None and (there.kind, there.spec) == (kind, spec):
        return Report(name, kind, (), (LeftOut(name, "it is there already, the same"),), dry_run)
    adding.check_name(db, base, name)
    models = [_model(name, one) for one in document["models"]]
    for type, key, model_id in models:
        _claim(db, name, type, key, model_id, renumber)
    draft = ExtensionDraft(name, kind, spec, models=[(type, key) for type, key, _ in models])
    try:
        parts = adding.enter(db, vault, base, draft)
    except ValidationError as error:
        pointer = error.errors[0].pointer if error.errors else ""
        raise ValidationError.at(pointer, f"{name}.json: {error.message}") from error
    without_key = (LeftOut("its key", f"files hold none; give it by: extensions key {name} --key -"),)
    return Report(name, kind, adding.told(parts), without_key if document["needs_key"] else (), dry_run)


def _claim(db: Connection, name: str, type: str, key: str, model_id: int, renumber: bool) -> None:
    """Keep the file's id for the model. Raises ValidationError where it is another's, unless it may be another."""
    ids = book.ids(db)
    kept, owners = ids.get((type, key)), {number: known for (_, known), number in ids.items()}
    if kept is None and model_id not in owners:
        book.keep_id(db, type, key, model_id)
    elif kept != model_id and not renumber:
        reason = f"has the id {kept} here" if kept is not None else f"{owners[model_id]} has that id here"
        told = f"{name}.json wants the id {model_id} for {key}, and {reason}; --renumber gives it another."
        raise ValidationError.at("/models", told)


def _model(name: str, one: Any) -> tuple[str, str, int]:
    try:
        type, key, model_id = one["type"], one["key"], one["id"]
        fits = isinstance(key, str) and 0 < len(key) <= 300 and isinstance(model_id, int)
        fits = fits and book.first_id(type) <= model_id <= book.last_id(type)
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise ValidationError.at("/models", f"{name}.json: a model must have a type, a key, and an id of its range.")
    return type, key, model_id


def _documents(folder: Path) -> Sequence[Mapping[str, Any]]:
    """Read the files, servers first: workflows need them. Raises ValidationError."""
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not files:
        raise ValidationError.at("/folder", f"{folder} holds no extension: files named NAME.json are wanted.")
    return sorted(map(_read, files), key=lambda document: document["kind"] != "server")


def _read(file: Path) -> Mapping[str, Any]:
    if file.stat().st_size > MOST_BYTES:
        raise ValidationError.at("/file", f"{file.name} is over 5 MB.")
    try:
        document = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ValidationError.at("/file", f"{file.name} is no JSON: {error}.") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValidationError.at("/format", f"{file.name} must be an object of format {FORMAT}.")
    for member, type in MEMBERS.items():
        if not isinstance(document.get(member), type):
            raise ValidationError.at(f"/{member}", f"{file.name}: {member} is missing or of another type.")
    return document
