"""Tasks that are there: read back by their id, in every status."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from service.apis.flixly import completions, present
from service.apis.request import Request
from service.definitions import LOCAL, Api
from service.errors import NotFound, RunCanceled
from service.generation.order import told
from service.runs.read import get_run
from service.store.tables import run_bodies, runs

CANCELED = {"code": RunCanceled.code, "message": "The task was canceled."}


def find(request: Request, task_id: str) -> dict[str, Any]:
    """The task: as its own answer had it once it is completed, with its `error` where it failed. Raises NotFound."""
    run_id, account_id = completions.run_id_of(task_id), request.caller.account_id
    query = (
        select(run_bodies.c.order, runs.c.created_at)
        .join(runs, runs.c.id == run_bodies.c.run_id)
        .where(
            runs.c.id == run_id,
            runs.c.account_id == account_id,
            runs.c.api == request.action.api.name,
            runs.c.kind == "generate",
            runs.c.connection == LOCAL,
        )
    )
    row = request.db.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no task {task_id}.")
    run, order, api = get_run(request.context, request.db, account_id, run_id), told(row.order), request.action.api
    shown = present.task(order, run_id, api.status[run["status"]], row.created_at)
    if run["status"] == "completed":
        return shown | _of_completion(run) if completions.is_chat(order) else dict(run["output"])
    if run["status"] in ("queued", "running"):
        return shown | {"progress": run["progress"]}
    return shown | {"error": _error(api, run["error"] or CANCELED)}


def _error(api: Api, error: Mapping[str, Any]) -> dict[str, Any]:
    """A run's error in Flixly's words."""
    entry = api.errors.get(error["code"], api.errors["internal"])
    return {"code": entry["code"], "status": entry["status"], "message": error["message"]}


def _of_completion(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a task says of a chat completion: its choices as one text."""
    output = run["output"]
    text = "\n\n".join(choice["message"]["content"] or "" for choice in output["choices"])
    own = {name: output[name] for name in completions.OWN if name in output}
    return {"text": text, "completed_at": run["finished_at"], **own}
