"""Speech from the embedded engine: the text itself, read aloud sentence by sentence into a mono WAV file.

English is read by hibari-tts and every other language by eSpeak NG, both extras (`make engines`). Source: generor-api
and flixly-api (speech).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from service.errors import ValidationError
from service.sandbox.job import Job, Product
from service.sandbox.sound import wav
from service.sandbox.sound.room import rms, saturated
from service.sandbox.sound.signals import Signal
from service.sandbox.voices import english, espeak
from service.sandbox.voices.script import ENGLISH, language_of, sentences, spoken

LEVEL = 0.126  # RMS of the voice where it speaks: -18 dBFS
AUDIBLE = 0.02  # of the peak: what is quieter at a sentence's ends is silence
LISTEN = 10  # seconds heard before the level is set
PAUSE, LONG_PAUSE, EDGE = 0.26, 0.6, 0.12


@dataclass(frozen=True, slots=True)
class Manner:
    """A manner of reading: factors of the voice's own pace, pitch and level."""

    pace: float = 1.0
    pitch: float = 1.0
    level: float = 1.0


def make(job: Job, workdir: Path) -> Iterator[Product]:
    """Reads `job.prompt` aloud, `job.count` times: a WAV file each, mono, 24 kHz (22.05 kHz where not English).

    Parameters read: voice, language, and the generators' own (…-voice, …-speed, …-emotion, …-tone). Raises
    EngineMissing, and ValidationError at /prompt where the text has no word to read.
    """
    text = spoken(job.prompt)
    if not text:
        raise ValidationError.at("/prompt", "prompt has no words to read aloud")
    language, manner = language_of(text, job.params.get("language")), manner_of(job.params)
    engine, rate = (english.ENGINE, english.RATE) if language == ENGLISH else (espeak.ENGINE, espeak.RATE)
    for index in range(job.count):
        path = workdir / f"{index + 1}.wav"
        pieces = _levelled(_read(text, language, manner, job.seed + index, rate), manner, rate)
        duration = wav.write(path, pieces, rate, channels=1)
        yield Product(index=index, engine=engine, path=path, content_type=wav.CONTENT_TYPE, duration=duration)


@lru_cache(maxsize=1)
def _known() -> dict[str, Any]:
    return dict(json.loads((Path(__file__).parent / "voices" / "manners.json").read_text("utf-8")))


def manner_of(params: dict[str, Any]) -> Manner:
    """Pace, pitch and level from the voice asked for and the generator's parameters; a voice unknown is the usual."""
    known, chosen = _known(), params.get("parameters") or {}
    asked = {name.rsplit("-", 1)[-1]: str(value) for name, value in chosen.items()}
    words = str(params.get("voice") or asked.get("voice", "")).lower().replace("_", " ").replace("-", " ").split()
    called = {other: name for name, others in known["called"].items() for other in (name, *others)}
    voice = next((called[word] for word in words if word in called), "female")
    feelings = [known["feelings"].get(asked.get(name), {}) for name in ("emotion", "tone", "type")]
    shares = [known["voices"][voice], *feelings, {"pace": known["paces"].get(asked.get("speed"), 1.0)}]
    pace, pitch, level = (
        float(np.prod([share.get(name, 1.0) for share in shares])) for name in ("pace", "pitch", "level")
    )
    return Manner(pace, pitch, level)


def _read(text: str, language: str, manner: Manner, seed: int, rate: int) -> Iterator[Signal]:
    """One piece for each sentence, without its own silence but with the pause after it."""
    yield _silence(EDGE, rate)
    for sentence, ends_paragraph in sentences(text):
        if language == ENGLISH:
            audio = english.read(sentence, manner.pace, manner.pitch, seed)
        else:
            audio = espeak.read(sentence, language, manner.pace, manner.pitch)
        pause = (LONG_PAUSE if ends_paragraph else PAUSE) / manner.pace
        yield np.concatenate((_trimmed(audio, rate), _silence(pause, rate)))


def _silence(seconds: float, rate: int) -> Signal:
    return np.zeros(round(seconds * rate), np.float32)


def _trimmed(audio: Signal, rate: int) -> Signal:
    """From the first audible sample to the last, with a breath on either side and soft ends."""
    loud = np.flatnonzero(np.abs(audio) > AUDIBLE * np.abs(audio).max(initial=1e-6))
    if loud.size == 0:
        return audio[:0]
    breath = rate // 25
    cut = audio[max(0, loud[0] - breath) : loud[-1] + breath].copy()
    ramp = np.linspace(0, 1, min(breath // 4, cut.size), dtype=np.float32)
    cut[: ramp.size] *= ramp
    cut[cut.size - ramp.size :] *= ramp[::-1]
    return cut


def _levelled(pieces: Iterator[Signal], manner: Manner, rate: int) -> Iterator[Signal]:
    """Every piece with the gain that brings the first seconds to the level; peaks over the ceiling are bent."""
    first: list[Signal] = []
    for piece in pieces:
        first.append(piece)
        if sum(one.size for one in first) > LISTEN * rate:
            break
    heard = np.concatenate(first)
    voiced = heard[np.abs(heard) > AUDIBLE * np.abs(heard).max(initial=1e-6)]
    if voiced.size == 0:
        raise ValidationError.at("/prompt", "prompt has no words that this voice can read aloud")
    gain = LEVEL * manner.level / rms(voiced)
    for piece in chain(first, pieces):
        yield saturated(piece * np.float32(gain))
