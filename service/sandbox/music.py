"""Music from the embedded engine: composed, played and mixed for the prompt, a stereo WAV file each.

Source: generor-api and flixly-api (music).
"""

import math
import random
from collections.abc import Iterator
from pathlib import Path

from service.sandbox.job import Job, Product
from service.sandbox.songs.mix import render
from service.sandbox.songs.score import BAR, compose
from service.sandbox.songs.style import style_of
from service.sandbox.sound import wav
from service.sandbox.sound.length import asked_seconds
from service.sandbox.sound.signals import Signal, count

ENGINE = "local/music"
USUAL, JINGLE = 30.0, 8.0
WHOLE_BARS = 4  # from so many on, the tempo gives way a little, so that the last one is whole


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """Makes `job.count` pieces: 44.1 kHz, 16 bits, stereo. The same job gives the same bytes.

    Parameters read: seconds (up to 600); where there is none, what the prompt says, else 30, or 8 for a jingle.
    """
    usual = JINGLE if "jingle" in job.prompt.lower() else USUAL
    for index in range(job.count):
        path = workdir / f"{index + 1}.wav"
        duration = wav.write(path, piece(job.prompt, asked_seconds(job) or usual, job.seed + index))
        yield Product(index=index, engine=ENGINE, path=path, content_type=wav.CONTENT_TYPE, duration=duration)


def piece(prompt: str, seconds: float, seed: int) -> Iterator[Signal]:
    """The piece, section by section."""
    chance = random.Random(seed)
    style = style_of(prompt, chance)
    bars, bpm = round(seconds * style.bpm / 60 / BAR), style.bpm
    if bars >= WHOLE_BARS:
        bpm = bars * BAR * 60 / seconds
    else:
        bars = math.ceil(seconds * bpm / 60 / BAR)
    return render(style, compose(style, bars, chance), bpm, count(seconds), seed)
