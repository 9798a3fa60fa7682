"""Clips from the embedded engine: a camera over pictures drawn from the prompt, over the caller's own, or their clip.

Source: generor-api and flixly-api (TEXT_TO_VIDEO, IMAGE_TO_VIDEO).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from service.sandbox import stills
from service.sandbox.film import camera, clips, writer
from service.sandbox.film.air import Air
from service.sandbox.film.bed import bed
from service.sandbox.job import Job, Product, Source

ENGINE, CLIP_ENGINE = "local/film", "local/film-grade"
SHORT_SIDE = 720
WIDEST = 2.4
SECONDS = 5.0
SHOT_S = 5.0
"""About how long one shot is held."""

MOST_SHOTS = 8
FADE_S = 0.7
LONGEST_CLIP_S = 30.0
CROPPED = 1.7
"""How far a picture's shape may be from the clip's to be cropped."""

LARGEST_SOURCE = 2560
PICTURES = ("image", "reference_image")
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shot:
    """One still as the camera travels over it, from `start` to `end` in seconds; `fade` seconds of it fade in."""

    start: float
    end: float
    fade: float
    move: camera.Move


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """Draws `job.count` clips of H.264 in MP4, 24 frames a second, the shorter side 720 pixels.

    Parameters read: seconds, width and height or aspect_ratio (their ratio only), generate_audio, the generator's
    video-camera and video-pace. Raises EngineMissing without the extra, ReferenceUnreachable where a picture or clip
    can't be read.
    """
    av, cv2 = stills.engine("av", "Making video"), stills.engine("cv2", "Making video")
    clip = stills.given(job, "video", "reference_video")
    images = [_source(one) for one in job.references if one.role in PICTURES]
    end = stills.given(job, "end_frame")
    last = _source(end) if end is not None else None
    for index in range(job.count):
        path = workdir / f"{index + 1}.mp4"
        if clip is not None:
            width, height, there = clips.shape(av, clip)
            size = size_of(job, width / height)
            seconds = min(float(job.params.get("seconds") or there or LONGEST_CLIP_S), LONGEST_CLIP_S)
            frames: Iterator[Pixels] = (
                clips.graded(cv2, one, job.prompt) for one in clips.frames(av, clip, size, seconds)
            )
        else:
            size = size_of(job, images[0].width / images[0].height if images else 16 / 9)
            seconds = float(job.params.get("seconds") or SECONDS)
            frames = _film(cv2, job, index, size, _shots(job, index, seconds, images, last), workdir, images, last)
        sound = bed(seconds, job.seed + index) if job.params.get("generate_audio") else None
        length = writer.write(av, path, frames, size, sound)
        yield Product(
            index, CLIP_ENGINE if clip is not None else ENGINE, path, "video/mp4", size[0], size[1], duration=length
        )


def _source(reference: Source) -> Image.Image:
    """A caller's picture, no larger than a clip can show, so that nine of them fit into memory."""
    return stills.within(stills.flat(stills.opened(reference)), LARGEST_SOURCE)


def size_of(job: Job, usual: float) -> tuple[int, int]:
    """Width and height in pixels, both even, the shorter 720: of the ratio asked for, else of the `usual` one."""
    params = job.params
    wide, _, high = str(params.get("aspect_ratio")).partition(":")
    if params.get("width") and params.get("height"):
        usual = float(params["width"]) / float(params["height"])
    elif wide.isdigit() and high.isdigit() and int(high):
        usual = int(wide) / int(high)
    ratio = min(max(usual, 1 / WIDEST), WIDEST)
    long_side = round(SHORT_SIDE * max(ratio, 1 / ratio) / 2) * 2
    return (long_side, SHORT_SIDE) if ratio >= 1 else (SHORT_SIDE, long_side)


def _shots(
    job: Job, index: int, seconds: float, images: list[Image.Image], last: Image.Image | None
) -> tuple[Shot, ...]:
    """The clip cut into shots of about 5 s that fade into each other; with an end frame, one long way into that."""
    rng = Random(f"{job.seed}:{index}")
    chosen = job.params.get("parameters") or {}
    if last is not None:
        first = camera.move_for(job.prompt, chosen, 0, rng)
        half = seconds * 0.45
        return Shot(0, seconds * 0.8, 0, first), Shot(half, seconds, seconds * 0.35, camera.ARRIVAL)
    wanted = 1 if camera.asked(job.prompt, chosen) == "static" else round(seconds / SHOT_S)
    count = min(max(wanted, len(images), 1), MOST_SHOTS, max(1, int(seconds / (2 * FADE_S))))
    length = seconds / count
    return tuple(
        Shot(
            max(0.0, number * length - FADE_S / 2),
            min(seconds, (number + 1) * length + FADE_S / 2),
            FADE_S if number else 0.0,
            camera.move_for(job.prompt, chosen, number, rng),
        )
        for number in range(count)
    )


def _film(
    cv2: Any,
    job: Job,
    index: int,
    size: tuple[int, int],
    shots: tuple[Shot, ...],
    workdir: Path,
    images: list[Image.Image],
    last: Image.Image | None,
) -> Iterator[Pixels]:
    """The frames, with two stills in memory at most."""
    pictures = _pictures(job, index, size, len(shots), workdir, images, last)
    air = Air.of(job.prompt, job.seed + index, size, with_dust=not images)
    waiting, held = list(shots), list[tuple[Shot, Pixels]]()
    for number in range(round(shots[-1].end * writer.FPS)):
        time = number / writer.FPS
        while waiting and waiting[0].start <= time:
            held.append((waiting.pop(0), next(pictures)))
        held = [(shot, still) for shot, still in held if shot.end > time] or held[-1:]
        view: Pixels | None = None
        for shot, still in held:
            at = (time - shot.start) / (shot.end - shot.start)
            seen = camera.frame(cv2, still, shot.move, at, size, time)
            share = min((time - shot.start) / shot.fade, 1.0) if shot.fade else 1.0
            eased = share * share * (3 - 2 * share)
            view = seen if view is None else cv2.addWeighted(view, 1 - eased, seen, eased, 0)
        if view is not None:
            yield view if air is None else air.over(cv2, view, time)


def _pictures(
    job: Job,
    index: int,
    size: tuple[int, int],
    count: int,
    workdir: Path,
    images: list[Image.Image],
    last: Image.Image | None,
) -> Iterator[Pixels]:
    """A still for each shot, larger than the frame: the caller's in turn, else drawn; the end frame at the end."""
    large = round(size[0] * camera.OVERSCAN), round(size[1] * camera.OVERSCAN)
    own = count - (last is not None)
    sources = cycle(images) if images else stills.drawn(job, job.seed + index, large, workdir, own)
    for picture in islice(sources, own):
        yield np.asarray(_covering(picture, large))
    if last is not None:
        yield np.asarray(_covering(last, large))


def _covering(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture filling `size`; one of quite another shape stands whole before its own blur."""
    ratio = (picture.width / picture.height) / (size[0] / size[1])
    filled = ImageOps.fit(picture, size, Image.Resampling.LANCZOS, centering=(0.5, 0.4))
    if 1 / CROPPED < ratio < CROPPED:
        return filled
    ground = ImageEnhance.Brightness(filled.filter(ImageFilter.GaussianBlur(size[1] / 24))).enhance(0.7)
    whole = ImageOps.contain(picture, (round(size[0] * 0.86), round(size[1] * 0.86)), Image.Resampling.LANCZOS)
    ground.paste(whole, ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2))
    return ground
