"""Describes a picture in words, from what can be measured and read in it.

Source: generor-api, generator `vision`; flixly-api (IMAGE_TO_TEXT).
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from service.sandbox import stills
from service.sandbox.job import Job, Product
from service.sandbox.sight import reading, telling
from service.sandbox.sight.facts import View
from service.sandbox.sight.measure import measured

ENGINE, READING_ENGINE = "local/sight", "local/sight+rapidocr"


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """Texts about the given picture, in the field `text`; `workdir` stays empty.

    Parameters read: the generator's vision-preference and vision-focus, or `preference`; the prompt is the question.
    Raises ValidationError without a picture, ReferenceUnreachable where it can't be read.
    """
    picture = stills.required(job)
    lines = reading.lines(picture)
    view = View(measured(picture), lines)
    chosen = job.params.get("parameters") or {}
    form = str(chosen.get("vision-preference") or job.params.get("preference") or "detailed")
    focus = str(chosen.get("vision-focus") or "everything")
    for index in range(job.count):
        rng = Random(f"{job.seed}:{index}")
        text = telling.answer(view, job.prompt, form, focus, rng)
        yield Product(index, ENGINE if lines is None else READING_ENGINE, fields={"text": text})
