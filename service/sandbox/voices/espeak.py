"""Every language but English, by eSpeak NG (in the espeakng-loader package): small and clear, a robot's voice.

Licence: GPL-3.0-or-later, which is why it is an extra of the installation and not part of it. The library keeps one
state for the whole process, so one sentence is spoken at a time. See espeak-ng, speak_lib.h.
"""

import ctypes
import threading
from functools import lru_cache

import numpy as np

from service.errors import EngineMissing
from service.sandbox.sound.signals import Signal

ENGINE = "local/espeak-ng"
RATE = 22_050
RETRIEVAL, UTF8, DONT_EXIT = 1, 1, 0x8000
SPEED, PITCH = 1, 3
WORDS_PER_MINUTE, USUAL_PITCH = 160, 50
MINE = {"nb": "nb", "pt": "pt-br", "fr": "fr-fr", "en": "en-us", "vi": "vi"}

_speaking = threading.Lock()
_Heard = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    try:
        import espeakng_loader
    except ImportError as missing:
        raise EngineMissing(
            "Speech in this language needs the pip extra espeakng-loader, which is not installed: run `make engines`."
        ) from missing
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(RETRIEVAL, 0, espeakng_loader.get_data_path().encode(), DONT_EXIT)
    if rate != RATE:
        raise EngineMissing("The pip extra espeakng-loader does not start: run `make engines` to install it again.")
    return library


def read(sentence: str, language: str, pace: float, pitch: float) -> Signal:
    """The sentence as 22.05 kHz mono; `pitch` 1 is the usual voice. Raises EngineMissing."""
    heard: list[np.ndarray[tuple[int], np.dtype[np.int16]]] = []

    def hear(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: object) -> int:
        if samples and count > 0:
            heard.append(np.ctypeslib.as_array(samples, (count,)).astype(np.int16))
        return 0

    callback, text = _Heard(hear), sentence.encode() + b"\0"
    with _speaking:
        library = _library()
        library.espeak_SetSynthCallback(callback)
        library.espeak_SetVoiceByName(MINE.get(language, language).encode())
        library.espeak_SetParameter(SPEED, round(WORDS_PER_MINUTE * pace), 0)
        library.espeak_SetParameter(PITCH, round(min(max(USUAL_PITCH + 120 * (pitch - 0.9), 5), 95)), 0)
        library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, UTF8, None, None)
        library.espeak_Synchronize()
    whole = np.concatenate(heard) if heard else np.zeros(0, np.int16)
    return (whole / np.float32(32768)).astype(np.float32)
