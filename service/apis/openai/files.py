"""The files that a run made, as the face answers them: their bytes, where OpenAI answers bytes."""

from sqlalchemy import select

from service.apis.request import FileAnswer, Request
from service.errors import NotFound
from service.store.tables import files


def made_files(request: Request, run_id: str) -> list[tuple[str, str]]:
    """Return path and object of a run's files, in the order in which they were asked for."""
    mine = (files.c.run_id == run_id) & (files.c.account_id == request.caller.account_id)
    rows = [(row.path, row.object) for row in request.db.execute(select(files.c.path, files.c.object).where(mine))]
    return sorted(rows, key=lambda row: (len(row[0]), row[0]))


def file_of(request: Request, run_id: str) -> FileAnswer:
    """Return the run's file as an answer. Raises NotFound where it is gone."""
    made = made_files(request, run_id)
    if not made:
        raise NotFound("The file is gone.")
    return FileAnswer(made[0][0])
