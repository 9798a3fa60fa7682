"""/openai/v1/videos: films, which are asked for, looked at until they are done, and fetched."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from service.apis.openai.catalog import find
from service.apis.openai.files import file_of
from service.apis.openai.ordering import order, ratio
from service.apis.openai.present import run_id_of, video
from service.apis.request import FileAnswer, Request
from service.catalog.references import allowed, lacking_references
from service.errors import Conflict, NotFound, ValidationError
from service.files.removal import remove_files
from service.generation.order import Order, told, with_fact
from service.providers.base import Reference
from service.runs.cancel import cancel_within
from service.runs.read import get_run
from service.store.tables import files, run_bodies, runs

CREATE = "openai.videos.create"
DELETED = "deleted"


def create(request: Request) -> Order:
    """Order a film. Raises ValidationError naming the field, and ModelNotFound."""
    wanted = request.input
    model = find(request, "video")
    reference = wanted.get("input_reference")
    url = reference.get("image_url") if isinstance(reference, Mapping) else reference
    references: tuple[Reference, ...] = ()
    if url:
        if not allowed(model, "image_url"):
            raise ValidationError.at("/input_reference", f"{model.key} starts from no picture")
        references = (Reference("image", str(url), at="/input_reference"),)
    elif lacking_references(model, {}):
        raise ValidationError.at("/input_reference", f"{model.key} starts from a picture: input_reference is required")
    priced = {"seconds": _seconds(wanted.get("seconds")), "aspect_ratio": ratio(model, wanted.get("size"))}
    return order(request, model, wanted["prompt"], priced, {}, references, {"prompt": wanted["prompt"]})


def create_answer(request: Request, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the film as it stands."""
    return _shown(request, run["id"])


def get(request: Request) -> dict[str, Any]:
    """Return one film as it stands. Raises NotFound."""
    return _shown(request, run_id_of(request.input["video_id"]))


def list(request: Request) -> dict[str, Any]:
    """List the account's films, newest first unless `order` says otherwise."""
    wanted = request.input
    limit, ascending, after = wanted.get("limit") or 20, wanted.get("order") == "asc", wanted.get("after")
    query = _films(request).order_by(runs.c.id.asc() if ascending else runs.c.id.desc()).limit(limit + 1)
    if after:
        cursor = run_id_of(after)
        query = query.where(runs.c.id > cursor if ascending else runs.c.id < cursor)
    rows = request.db.execute(query).all()
    data = [_record(request, row.id, row.order) for row in rows[:limit]]
    ends = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
    return {"object": "list", "data": data, "has_more": len(rows) > limit, **ends}


def content(request: Request) -> FileAnswer:
    """Return the film itself. Raises NotFound, and Conflict while it is not done."""
    shown = _shown(request, run_id_of(request.input["video_id"]))
    if shown["status"] != "completed":
        raise Conflict(f"The video {shown['id']} is {shown['status']}, not completed.")
    return file_of(request, run_id_of(shown["id"]))


def delete(request: Request) -> dict[str, Any]:
    """Take a film away; one that is being made is canceled first. Raises NotFound."""
    run_id = run_id_of(request.input["video_id"])
    kept = with_fact(_stored(request, run_id), DELETED, True)
    cancel_within(request.context, request.db, run_id)
    request.db.execute(update(run_bodies).where(run_bodies.c.run_id == run_id).values(order=kept))
    remove_files(request.db, request.caller.account_id, files.c.run_id == run_id)
    return {"id": request.input["video_id"], "object": "video.deleted", "deleted": True}


def _seconds(wanted: str | int | float | None) -> int | None:
    if wanted is None:
        return None
    try:
        seconds = float(wanted)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 600:
        raise ValidationError.at("/seconds", "seconds must be a number from 1 to 600")
    return max(1, round(seconds))


def _films(request: Request) -> Any:
    """Select the films that were not deleted."""
    return (
        select(runs.c.id, run_bodies.c.order)
        .join(run_bodies, run_bodies.c.run_id == runs.c.id)
        .where(
            runs.c.account_id == request.caller.account_id,
            runs.c.action == CREATE,
            ~run_bodies.c.order.contains(f'"{DELETED}":true', autoescape=True),
        )
    )


def _stored(request: Request, run_id: str) -> str:
    """Read a film's order as it is stored. Raises NotFound for one that is not there, deleted, or another account's."""
    row = request.db.execute(_films(request).where(runs.c.id == run_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no video {request.input.get('video_id', run_id)}.")
    stored: str = row.order
    return stored


def _shown(request: Request, run_id: str) -> dict[str, Any]:
    return _record(request, run_id, _stored(request, run_id))


def _record(request: Request, run_id: str, stored: str) -> dict[str, Any]:
    return video(told(stored), get_run(request.context, request.db, request.caller.account_id, run_id))
