"""English by hibari-tts: one natural voice, made from its own small model in the package; no network.

Licence: Apache-2.0. Its other voices are downloaded by the package, which the embedded engine never does: a voice that
is to sound older, younger or like a man's is this one, played slower or faster than it was spoken.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from service.errors import EngineMissing
from service.sandbox.sound.signals import Signal, single

ENGINE = "local/hibari"
RATE = 24_000
SLOWEST, FASTEST = 0.5, 2.0


@lru_cache(maxsize=1)
def _voice() -> Any:
    try:
        from hibari import Hibari
    except ImportError as missing:
        raise EngineMissing("Speech needs the pip extra hibari-tts, which is not installed: run `make engines`.") from (
            missing
        )
    return Hibari()


def read(sentence: str, pace: float, pitch: float, seed: int) -> Signal:
    """The sentence as 24 kHz mono; empty without sound. `pitch` 1 is the voice's own. Raises EngineMissing."""
    speed = min(max(pace / pitch, SLOWEST), FASTEST)
    audio = np.asarray(_voice()(sentence, speed=speed, seed=seed), np.float32)
    if pitch == 1.0 or audio.size < 2:
        return audio
    positions = np.arange(0, audio.size - 1, pitch)
    return single(np.interp(positions, np.arange(audio.size), audio))
