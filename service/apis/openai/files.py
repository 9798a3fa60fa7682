"""The files that a run made, as the face answers them: their bytes, where OpenAI answers bytes."""

from dataclasses import dataclass

from sqlalchemy import select

from service.apis.request import FileAnswer, Request
from service.errors import NotFound
from service.store.tables import files


@dataclass(frozen=True, slots=True)
class AnsweredFile:
    """A file that a run made: its public path, the object that holds it, and what it is."""

    path: str
    object: str
    content_type: str
    width: int | None
    height: int | None


def made_files(request: Request, run_id: str) -> list[AnsweredFile]:
    """Return a run's files, in the order in which they were asked for."""
    mine = (files.c.run_id == run_id) & (files.c.account_id == request.caller.account_id)
    columns = (files.c.path, files.c.object, files.c.content_type, files.c.width, files.c.height)
    made = [AnsweredFile(*row) for row in request.db.execute(select(*columns).where(mine))]
    return sorted(made, key=lambda one: (len(one.path), one.path))


def one_file(request: Request, run_id: str) -> AnsweredFile:
    """Return the run's file. Raises NotFound where it is gone."""
    made = made_files(request, run_id)
    if not made:
        raise NotFound("The file is gone.")
    return made[0]


def file_of(request: Request, run_id: str) -> FileAnswer:
    """Return the run's file as an answer. Raises NotFound where it is gone."""
    return FileAnswer(one_file(request, run_id).path)
