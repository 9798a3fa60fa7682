"""Reading a made text aloud: an item of a text generator with a sound file of its own.

The embedded engine reads, whichever model was named. Source: generor-api, 'Additional text-generation fields',
`model_speech`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from service.providers.base import Artifact, Task

# What describes a picture or asks for one is not for reading.
UNREAD = ("_desc", "_prompt")
Speak = Callable[[Task, Path], Iterable[Artifact]]


def narrated(task: Task, artifacts: Iterable[Artifact], speak: Speak, workdir: Path) -> Iterator[Artifact]:
    """The text `task`'s artifacts, each with the file of its own text where `params["narration"]` asks for it.

    `narration` is {"model", "language"}. Raises what `speak` raises.
    """
    narration = task.params.get("narration")
    if narration is None:
        yield from artifacts
        return
    for artifact in artifacts:
        words = readable(artifact.fields or {})
        yield _with_voice(artifact, _reading(task, narration, words), speak, workdir) if words else artifact


def readable(fields: Mapping[str, Any]) -> str:
    """Compose the text that is read of an item: title and text, or where it has no text, every word in it, in order."""
    if isinstance(fields.get("text"), str):
        parts: list[Any] = [fields.get("title"), fields["text"]]
    else:
        parts = [value for name, value in fields.items() if not name.endswith(UNREAD)]
    lines = [line for part in parts for line in (part if isinstance(part, list) else [part])]
    return "\n".join(
        line if line.rstrip().endswith((".", "!", "?")) else f"{line}." for line in lines if _is_text(line)
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _reading(task: Task, narration: Mapping[str, Any], words: str) -> Task:
    params = {"language": narration["language"]}
    return Task(media="speech", model=narration["model"], prompt=words, seed=task.seed, params=params)


def _with_voice(artifact: Artifact, reading: Task, speak: Speak, workdir: Path) -> Artifact:
    folder = workdir / f"narration-{artifact.index}"
    folder.mkdir(exist_ok=True)
    (voice,) = speak(reading, folder)
    return replace(artifact, path=voice.path, content_type=voice.content_type, duration=voice.duration)
