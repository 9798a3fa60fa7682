"""The rows of extensions: what was added under which name, and the model ids that it keeps for good.

Every change takes the next number of one counter, under a lock, so that a process learns by one cheap question whether
anything changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, insert, select, text, update

from service.catalog.models import TYPES
from service.errors import ValidationError
from service.store.clock import now
from service.store.tables import extension_models, extensions
from service.store.upsert import upsert

# Each type's ids are 10,000 of their own; the last thousand is for added models.
WIDTH, FIRST = 10_000, 9_000


@dataclass(frozen=True, slots=True)
class Extension:
    """One added thing: `spec` is its document, in the form of its kind; `sealed` its key, encrypted."""

    name: str
    kind: str
    spec: Mapping[str, Any]
    sealed: str | None = field(default=None, repr=False)
    created_at: int = 0
    removed_at: int | None = None


def revision(db: Connection) -> int:
    """The number of the last change, 0 where nothing was ever added."""
    return int(db.execute(select(func.coalesce(func.max(extensions.c.version), 0))).scalar_one())


def active(db: Connection) -> list[Extension]:
    """Everything that is added and not removed, by name."""
    query = select(extensions).where(extensions.c.removed_at.is_(None)).order_by(extensions.c.name)
    return [_read(row) for row in db.execute(query)]


def find(db: Connection, name: str) -> Extension | None:
    """The extension of this name, removed or not; None where there never was one."""
    row = db.execute(select(extensions).where(extensions.c.name == name)).one_or_none()
    return None if row is None else _read(row)


def lock(db: Connection) -> None:
    """Keep others from changing extensions until the commit; SQLite has one writer anyhow."""
    if db.dialect.name == "postgresql":
        db.execute(text("LOCK TABLE extensions IN SHARE ROW EXCLUSIVE MODE"))


def put(db: Connection, extension: Extension) -> None:
    """Write the extension, in place of a removed one of its name."""
    values = {
        "name": extension.name,
        "kind": extension.kind,
        "spec": orjson.dumps(extension.spec, option=orjson.OPT_NON_STR_KEYS).decode(),
        "key": extension.sealed,
        "version": revision(db) + 1,
        "created_at": now(),
        "removed_at": None,
    }
    upsert(db, extensions, ["name"], values, [name for name in values if name != "name"])


def change(db: Connection, name: str, **values: Any) -> None:
    """Change columns of the extension."""
    row = update(extensions).where(extensions.c.name == name)
    db.execute(row.values(version=revision(db) + 1, **values))


def ids(db: Connection) -> dict[tuple[str, str], int]:
    """Every id that an added model keeps, by its type and key."""
    query = select(extension_models)
    return {(row.type, row.model_key): row.model_id for row in db.execute(query)}


def reserve(db: Connection, models: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Give each model (type, key) the id that it had before, else the next of its type's range.

    Raises ValidationError where a range is used up.
    """
    kept, given = ids(db), {}
    following = {type: _next(db, type) for type in TYPES}
    for model in models:
        given[model] = kept[model] if model in kept else following[model[0]]
        if model in kept:
            continue
        type, key = model
        if following[type] > last_id(type):
            raise ValidationError.at("/models", f"All {WIDTH - FIRST} ids of added {type} models are taken.")
        keep_id(db, type, key, following[type])
        kept[model] = following[type]
        following[type] += 1
    return given


def keep_id(db: Connection, type: str, key: str, model_id: int) -> None:
    """Keep an id for a model, for good."""
    db.execute(insert(extension_models).values(model_id=model_id, type=type, model_key=key))


def first_id(type: str) -> int:
    """The lowest id of an added model of this type: 9000 for texts, 19000 for pictures."""
    return TYPES.index(type) * WIDTH + FIRST


def last_id(type: str) -> int:
    """The highest id of an added model of this type."""
    return TYPES.index(type) * WIDTH + WIDTH - 1


def _next(db: Connection, type: str) -> int:
    taken = select(func.max(extension_models.c.model_id)).where(extension_models.c.type == type)
    highest = db.execute(taken).scalar_one_or_none()
    return first_id(type) if highest is None else int(highest) + 1


def _read(row: Row[Any]) -> Extension:
    return Extension(row.name, row.kind, orjson.loads(row.spec), row.key, row.created_at, row.removed_at)
