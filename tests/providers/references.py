"""References as a worker has them: with local copies."""

from dataclasses import replace
from pathlib import Path

from service.providers.base import Task
from tests.fakes.provider import media_bytes


def fetched(task: Task, folder: Path) -> Task:
    """The task with every reference copied into `folder`."""
    copies = []
    for number, reference in enumerate(task.references):
        media = "video" if "video" in reference.role else "music" if "audio" in reference.role else "image"
        content_type, body = media_bytes(media)
        path = folder / f"reference-{number}"
        path.write_bytes(body)
        copies.append(replace(reference, path=path, content_type=content_type))
    return replace(task, references=tuple(copies))
