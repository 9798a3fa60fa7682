"""Links to files by their rows: versions that end old signatures, and the places that outputs have them at.

Outputs stored before have their links as text, private ones with a mark for whoever shows them. What a run made stands
at known places of it: those that name a file of the run become links, and lose the mark. All other text stays.
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BATCH = 500
MARK = "?private=1"
_files = sa.table("files", sa.column("path"), sa.column("run_id"))
_bodies = sa.table("run_bodies", sa.column("run_id"), sa.column("output"), sa.column("links"))


def upgrade() -> None:
    """Add both columns, and find the places in what is stored already."""
    op.add_column("files", sa.Column("link_version", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("run_bodies", sa.Column("links", sa.Text(), nullable=True))
    db = op.get_bind()
    last = ""
    while run_ids := _runs_with_files(db, last):
        _link(db, run_ids)
        last = run_ids[-1]


def _runs_with_files(db: sa.Connection, last: str) -> list[str]:
    query = sa.select(_files.c.run_id).where(_files.c.run_id > last).distinct().order_by(_files.c.run_id).limit(BATCH)
    return list(db.execute(query).scalars())


def _link(db: sa.Connection, run_ids: list[str]) -> None:
    paths: dict[str, set[str]] = {run_id: set() for run_id in run_ids}
    for run_id, path in db.execute(sa.select(_files.c.run_id, _files.c.path).where(_files.c.run_id.in_(run_ids))):
        paths[run_id].add(path)
    query = sa.select(_bodies.c.run_id, _bodies.c.output).where(_bodies.c.run_id.in_(run_ids))
    for run_id, stored in db.execute(query.where(_bodies.c.output.is_not(None))).all():
        output = json.loads(stored)
        links = [place for place in _places(output, paths[run_id]) if place is not None]
        if links:
            values = {"output": _dumps(output), "links": _dumps(links)}
            db.execute(sa.update(_bodies).where(_bodies.c.run_id == run_id).values(values))


def _places(output: Any, paths: set[str]) -> Iterator[dict[str, Any] | None]:
    """The places that hold a file of the run, their marks taken away."""
    if not isinstance(output, dict):
        return
    for number, creation in enumerate(output.get("creations") or ()):
        for name in ("image_url", "video_url", "audio_url"):
            yield _place(creation, name, paths, ["creations", number, name])
    for number in range(len(output.get("image_urls") or ())):
        yield _place(output["image_urls"], number, paths, ["image_urls", number])
    for number, file in enumerate(output.get("outputs") or ()):
        yield _place(file, "url", paths, ["outputs", number, "url"])


def _place(holder: Any, member: Any, paths: set[str], at: list[Any]) -> dict[str, Any] | None:
    url = holder.get(member) if isinstance(holder, dict) else holder[member]
    if not isinstance(url, str):
        return None
    plain = url.removesuffix(MARK)
    path = next((path for path in paths if plain.endswith(f"/{path}")), None)
    if path is None:
        return None
    holder[member] = plain
    return {"at": at, "path": path}


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
