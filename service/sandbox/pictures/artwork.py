"""A picture from a prompt alone, or a caller's picture made over as the prompt says."""

from random import Random

from PIL import Image

from service.sandbox.job import Job, Source
from service.sandbox.pictures import finishes, light, reference, scenes, subjects

DETAIL = 1280
"""The longest side at which scenes are drawn; larger pictures are that, enlarged, with their finish at full size."""


def painting(job: Job, index: int, width: int, height: int) -> Image.Image:
    """Item `index` of a job at a size in pixels. Raises ReferenceUnreachable where the reference can't be read."""
    rng = Random(f"{job.seed}:{index}")
    words = subjects.words_of(f"{job.prompt} {job.params.get('style') or ''}")
    given = reference.primary(job.references)
    if given is not None:
        return made_over(given, words, rng, index, width, height)
    scene = subjects.scene_for("", job.prompt, Random(f"{job.seed}"))
    hour = light.light_for(words, Random(f"{job.seed}"), subjects.vocabulary()["lights"], index)
    scale = min(1.0, DETAIL / max(width, height))
    image = scenes.painted(scene, max(1, round(width * scale)), max(1, round(height * scale)), rng, hour, words)
    if scale < 1:
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    finish = subjects.finish_for(words)
    return finishes.finished(image, "painterly" if finish is None or finish in LIT_ALREADY else finish, rng)


LIT_ALREADY = ("warm", "cold")
"""Finishes that a scene does not need, being drawn in that light."""

OVERS = ("poster", "duotone", "oil", "watercolor")
"""What a picture is made over to, item by item, where the prompt names nothing."""


def made_over(given: Source, words: frozenset[str], rng: Random, index: int, width: int, height: int) -> Image.Image:
    """The caller's picture in the finish that the words ask for, what it shows kept."""
    image = reference.covering(reference.opened(given, (width, height)), width, height)
    return finishes.finished(image, subjects.finish_for(words) or OVERS[index % len(OVERS)], rng)
