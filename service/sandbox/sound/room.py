"""Places a sound in a room: where it stands, the room around it, its level and its ends."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from service.sandbox.sound.signals import Signal, band, count, single, times, transform_length

CEILING = 0.89  # -1 dBFS: what survives being encoded again without clipping


def pan(mono: Signal, position: float) -> Signal:
    """The mono signal in stereo at a position from -1 (left) to 1 (right), equally loud everywhere."""
    angle = (position + 1) * np.pi / 4
    return np.stack((mono * np.float32(np.cos(angle)), mono * np.float32(np.sin(angle))))


def wide(mono: Signal, seconds: float = 0.011, amount: float = 0.4) -> Signal:
    """The mono signal spread over both sides, by its own echo on one and against it on the other: nothing is lost when
    the sides are added."""
    late = count(seconds)
    echo = np.concatenate((np.zeros(late, np.float32), mono))[: mono.size] * np.float32(amount)
    return np.stack((mono + echo, mono - echo))


@lru_cache(maxsize=16)
def _echoes(seconds: float, top: float) -> Signal:
    """A room's answer to a click: noise on both sides that dies away by 60 dB, its heights first."""
    length = count(seconds)
    rng = np.random.default_rng(round(seconds * 1000))
    t = times(length)
    answer = rng.standard_normal((2, length), dtype=np.float32)
    answer *= np.exp(t * np.float32(-6.9 / seconds)) * np.minimum(t / np.float32(0.012), 1.0)
    dull = band(answer, 120, top / 3)
    answer = band(answer, 120, top) * np.exp(t * np.float32(-3.5 / seconds)) + dull
    energy = float(np.sum(np.square(answer), dtype=np.float64)) / 2
    return single(answer / np.sqrt(energy))


def echoed(stereo: Signal, seconds: float, top: float = 6000.0) -> Signal:
    """Only the room: `seconds` is how long a hall of this size rings, `top` how bright. Longer than what went in."""
    answer = _echoes(round(seconds, 2), round(top))
    whole = stereo.shape[-1] + answer.shape[-1]
    padded = transform_length(whole)
    heard = np.fft.irfft(np.fft.rfft(stereo, padded) * np.fft.rfft(answer, padded), padded)
    return heard[:, :whole].astype(np.float32)


def in_room(stereo: Signal, seconds: float, wet: float, top: float = 6000.0) -> Signal:
    """The sound with the room mixed in, as long as it was."""
    length = stereo.shape[-1]
    return (stereo + wet * echoed(stereo, seconds, top)[:, :length]).astype(np.float32)


def saturated(signal: Signal, drive: float = 1.0) -> Signal:
    """Softly bent peaks, as tape does: always within the ceiling, and linear while quiet."""
    return single(np.tanh(signal * np.float32(drive / CEILING)) * np.float32(CEILING))


def rms(signal: Signal) -> float:
    """The root of the mean square; full scale is 1."""
    return float(np.sqrt(np.mean(np.square(signal), dtype=np.float64)))


def loudest(signal: Signal, seconds: float = 0.4) -> float:
    """The RMS of the loudest stretch of so many seconds: what the ear takes for the level of a short sound."""
    window = min(count(seconds), signal.shape[-1])
    power = np.square(signal, dtype=np.float64)
    energy = np.cumsum(power if power.ndim == 1 else power.mean(axis=0))
    return float(np.sqrt(max((energy[window - 1 :] - np.concatenate(([0.0], energy[:-window]))).max() / window, 0.0)))


def levelled(signal: Signal, target: float, ceiling: float = CEILING) -> Signal:
    """The signal with its loudest stretch at `target` RMS, its peaks bent where they would pass the ceiling."""
    level = loudest(signal)
    if level < 1e-7:
        return signal
    raised = signal * np.float32(target / level)
    peak = float(np.abs(raised).max())
    if peak <= ceiling:
        return raised
    # A few dB are bent; the rest of the way is made by turning the whole down.
    return saturated(raised * np.float32(min(1.0, 1.6 * ceiling / peak)))


def faded(signal: Signal, into: float, out: float) -> Signal:
    """The signal with soft ends: so many seconds from silence and to silence."""
    length = signal.shape[-1]
    shaped = signal.copy()
    first, last = min(count(into), length), min(count(out), length)
    shaped[..., :first] *= np.sin(np.linspace(0, np.pi / 2, first, dtype=np.float32)) ** 2
    shaped[..., length - last :] *= np.cos(np.linspace(0, np.pi / 2, last, dtype=np.float32)) ** 2
    return shaped


def repeated(signal: Signal, length: int, overlap: float = 1.0) -> Iterator[Signal]:
    """`length` samples in pieces, of the signal played again and again, each end blended into the next beginning."""
    blend = min(count(overlap), signal.shape[-1] // 3)
    rise = np.sin(np.linspace(0, np.pi / 2, blend, dtype=np.float32))
    seam = signal[..., -blend:] * rise[::-1] + signal[..., :blend] * rise
    body = signal[..., blend:-blend]
    yield signal[..., : min(length, signal.shape[-1] - blend)]
    made = signal.shape[-1] - blend
    while made < length:
        for piece in (seam, body):
            part = piece[..., : max(0, length - made)]
            made += piece.shape[-1]
            if part.size:
                yield part


def mixed(buffer: Signal, sound: Signal, at: int, gain: float = 1.0) -> None:
    """Adds a sound to the buffer at a sample; what would hang over its end is cut."""
    length = min(sound.shape[-1], buffer.shape[-1] - at)
    if at >= 0 and length > 0:
        buffer[..., at : at + length] += np.float32(gain) * sound[..., :length]
