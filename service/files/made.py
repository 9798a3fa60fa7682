"""Files that runs made: their public paths, and their rows, entered by the finish that wins.

A late worker writes other objects than the one that took over from it, and only what is entered here has a path.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert

from service.files.storage import count
from service.store.tables import files


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFile:
    """A file that is to be entered: `path` is public, `object` its key in the storage. Sizes in bytes and seconds."""

    path: str
    object: str
    content_type: str
    size: int
    width: int | None
    height: int | None
    duration: float | None
    creation_id: int | None


def made_path(
    pattern: str, *, account_id: str, user_id: int, run_id: str, creation_id: int | None, index: int, extension: str
) -> str:
    """Fill in the pattern of an order; `index` counts from 0."""
    return pattern.format(
        workspace=account_id,
        user=user_id,
        generation=UUID(run_id.removeprefix("run_")),
        run=run_id,
        creation=creation_id,
        n=index + 1,
        ext=extension,
    )


def enter(
    db: Connection, account_id: str, run_id: str, made: Sequence[MadeFile], *, private: bool, moment: int
) -> None:
    """Give the files of a run their paths, and count them."""
    shared = {"account_id": account_id, "run_id": run_id, "private": private, "created_at": moment}
    db.execute(insert(files), [_row(file) | shared for file in made])
    count(db, account_id, sum(file.size for file in made))


def _row(file: MadeFile) -> dict[str, Any]:
    return {name: getattr(file, name) for name in MadeFile.__slots__}
