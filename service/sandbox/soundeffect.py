"""Sound effects from the embedded engine: made of tones and noise by families of words, a stereo WAV file each.

Source: generor-api and flixly-api (soundeffect).
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from service.sandbox.effects.generic import generic
from service.sandbox.effects.shade import Shade
from service.sandbox.effects.wanted import WantedSound, known, wanted
from service.sandbox.job import Job, Product
from service.sandbox.sound import wav
from service.sandbox.sound.length import LONGEST, asked_seconds
from service.sandbox.sound.room import faded, in_room, levelled, mixed, repeated, wide
from service.sandbox.sound.signals import Signal, band, count

ENGINE = "local/soundeffects"
LEVEL = -17.0  # dBFS, RMS of the loudest 0.4 seconds
BEHIND = -8.0  # dB: what lies under the first sound named
AT_ONCE = 24.0  # seconds made as one; a longer sound is this one again and again
ROOM = 0.7  # seconds at least between the same thing happening twice
GENERIC = {"seconds": 2.0, "longest": 5.0}


@dataclass(frozen=True, slots=True)
class Layer:
    """One family in the mix: `bed` lasts as long as it is asked to; anything else is over after `longest` seconds."""

    name: str
    seconds: float
    longest: float
    bed: bool

    def sound(self, rng: np.random.Generator, length: int, shade: Shade) -> Signal:
        """The family's own sound, in stereo."""
        family = known()["families"].get(self.name)
        make = (
            generic if family is None else getattr(import_module(f"{__package__}.effects.{family['from']}"), self.name)
        )
        made: Signal = make(rng, length, shade)
        return made if made.ndim == 2 else wide(made)


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """Makes `job.count` effects: 44.1 kHz, 16 bits, stereo. The same job gives the same bytes.

    Parameters read: seconds (0.2 to 600); where there is none, what the prompt says, or how long such a thing lasts.
    """
    for index in range(job.count):
        path = workdir / f"{index + 1}.wav"
        duration = wav.write(path, effect(job.prompt, asked_seconds(job), job.seed + index))
        yield Product(index=index, engine=ENGINE, path=path, content_type=wav.CONTENT_TYPE, duration=duration)


def effect(prompt: str, seconds: float | None, seed: int) -> Iterator[Signal]:
    """The effect in pieces of stereo."""
    asked = wanted(prompt)
    layers = [_layer(name) for name in asked.families or ("generic",)]
    whole = min(seconds or max(layer.seconds for layer in layers), LONGEST)
    length, once = count(whole), count(min(whole, AT_ONCE))
    mix = np.zeros((2, once), np.float32)
    for number, layer in enumerate(layers):
        salt = zlib.crc32(prompt.encode() if layer.name == "generic" else layer.name.encode())
        rng = np.random.default_rng((seed, salt))
        behind = BEHIND if number and layer.bed and not layers[0].bed else 0.0
        mixed(mix, levelled(_lasting(layer, rng, once, asked.shade), _amplitude(LEVEL + behind), 8.0), 0)
    finished = _finished(mix, asked)
    if length <= once:
        yield faded(finished, 0.003, min(0.35, whole / 5))
        return
    yield from _with_soft_ends(repeated(finished, length), length)


def _layer(name: str) -> Layer:
    family = known()["families"].get(name, GENERIC)
    return Layer(name, family["seconds"], family.get("longest", AT_ONCE), family.get("bed", False))


def _lasting(layer: Layer, rng: np.random.Generator, length: int, shade: Shade) -> Signal:
    """The family for so long: a bed as it is; an event as long as it may be, and again after a while."""
    if layer.bed or length <= count(layer.longest):
        return layer.sound(rng, length, shade)
    out = np.zeros((2, length), np.float32)
    size, at = count(layer.longest), 0
    while at < length - size // 3:
        event = faded(layer.sound(rng, size, shade), 0.001, layer.longest / 5)
        mixed(out, event, at, float(rng.uniform(0.75, 1.0)))
        at += size + count(ROOM * rng.uniform(0.5, 1.8))
    return out


def _finished(mix: Signal, asked: WantedSound) -> Signal:
    """In its space, without rumble, at its level."""
    if asked.muffled is not None:
        mix = band(mix, 30, asked.muffled, 3)
    if asked.room is not None:
        mix = in_room(mix, *asked.room)
    return levelled(band(mix, 24), _amplitude(LEVEL + asked.gain))


def _amplitude(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _with_soft_ends(pieces: Iterator[Signal], length: int) -> Iterator[Signal]:
    """A long sound's pieces, the first begun and the last ended softly."""
    done = 0
    for piece in pieces:
        done += piece.shape[-1]
        yield faded(piece, 0.003 if done == piece.shape[-1] else 0.0, 0.35 if done >= length else 0.0)
