"""WAV files: 16-bit PCM, written piece by piece so that a long sound needs no memory of its own length."""

import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from service.sandbox.sound.signals import RATE, Signal

CONTENT_TYPE = "audio/wav"
FULL_SCALE = 32767


def write(path: Path, pieces: Iterable[Signal], rate: int = RATE, channels: int = 2) -> float:
    """The pieces one after the other as a WAV file at `path`; the seconds it lasts.

    A piece is (samples,) or (2, samples) as `channels` says; what is over full scale is cut there.
    """
    samples = 0
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        for piece in pieces:
            pcm = (np.clip(piece, -1.0, 1.0) * FULL_SCALE).astype("<i2")
            file.writeframes(pcm.T.tobytes())
            samples += pcm.shape[-1]
    return round(samples / rate, 3)
