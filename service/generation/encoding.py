"""Sounds in the format that was asked for, whichever its model makes: the embedded engine encodes what differs."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from service.providers.base import Artifact, Task
from service.sandbox.job import SOUND_FORMATS

Encode = Callable[[Path, str], Path]


def encoded(task: Task, artifacts: Iterable[Artifact], encode: Encode) -> Iterator[Artifact]:
    """Yield the artifacts, sounds as `params["format"]` wants them where it is there. Raises what `encode` raises."""
    wanted = str(task.params.get("format"))
    content_type = SOUND_FORMATS[wanted][-1] if wanted in SOUND_FORMATS else None
    for artifact in artifacts:
        if content_type is None or artifact.path is None or artifact.content_type == content_type:
            yield artifact
        else:
            yield replace(artifact, path=encode(artifact.path, wanted), content_type=content_type)
