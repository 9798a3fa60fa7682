"""What a picture shows, in words, from what can be measured and read in it.

Source: generor-api, generator `vision`; flixly-api (IMAGE_TO_TEXT).
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from service.providers.base import Artifact, Task
from service.sandbox import stills
from service.sandbox.sight import reading, telling
from service.sandbox.sight.facts import View
from service.sandbox.sight.measure import measured

ENGINE, READING_ENGINE = "local/sight", "local/sight+rapidocr"


def make(task: Task, workdir: Path) -> Iterator[Artifact]:
    """Texts about the given picture, in the field `text`; `workdir` stays empty.

    Parameters read: the generator's vision-preference and vision-focus, or `preference`; the prompt is the question.
    Raises ValidationError without a picture, ReferenceUnreachable where it can't be read.
    """
    picture = stills.required(task)
    lines = reading.lines(picture)
    view = View(measured(picture), lines)
    chosen = task.params.get("parameters") or {}
    form = str(chosen.get("vision-preference") or task.params.get("preference") or "detailed")
    focus = str(chosen.get("vision-focus") or "everything")
    for index in range(task.count):
        rng = Random(f"{task.seed}:{index}")
        text = telling.answer(view, task.prompt, form, focus, rng)
        yield Artifact(index, ENGINE if lines is None else READING_ENGINE, fields={"text": text})
