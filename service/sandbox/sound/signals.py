"""Sources and shapes of sounds: noise, tones, envelopes, filters. Times are in seconds, pitches in hertz."""

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

RATE = 44_100
FRAME = 2048
HOP = 512
CYCLE = 2048

Signal = NDArray[np.float32]


def single(values: ArrayLike) -> Signal:
    """The values as a signal, in single precision."""
    return np.asarray(values, np.float32)


def count(seconds: float) -> int:
    """Samples in so many seconds; at least one."""
    return max(1, round(seconds * RATE))


def times(length: int) -> Signal:
    """The time of each sample."""
    return np.arange(length, dtype=np.float32) / np.float32(RATE)


def transform_length(length: int) -> int:
    """A length not much over `length` that transforms quickly."""
    power = 1 << max(4, (length - 1).bit_length() - 3)
    return -(-length // power) * power


def noise(rng: np.random.Generator, length: int, slope: float = 0.0) -> Signal:
    """Noise of RMS 1 whose amplitude goes with frequency to the power of `slope`: 0 white, -0.5 pink, -1 brown."""
    white = rng.standard_normal(length, dtype=np.float32)
    if slope:
        spectrum = np.fft.rfft(white, transform_length(length))
        frequencies = np.arange(spectrum.size, dtype=np.float32) * RATE / 2 / spectrum.size
        spectrum *= np.maximum(frequencies, 20.0) ** np.float32(slope)
        white = np.fft.irfft(spectrum)[:length].astype(np.float32)
    return unit(white)


def unit(signal: Signal) -> Signal:
    """The signal with RMS 1; silence stays silent."""
    rms = float(np.sqrt(np.mean(np.square(signal), dtype=np.float64)))
    return signal if rms < 1e-9 else (signal / rms).astype(np.float32)


def band(signal: Signal, low: float | None = None, high: float | None = None, order: int = 2) -> Signal:
    """Keep what lies between `low` and `high`, with the slopes of Butterworth filters of `order` and no phase shift."""
    return bands(signal, ((1.0, low, high),), order)


def bands(signal: Signal, kept: Sequence[tuple[float, float | None, float | None]], order: int = 2) -> Signal:
    """Return the sum of several bands of a signal, given as (gain, low, high): transformed once for all of them."""
    length = signal.shape[-1]
    padded = transform_length(length + RATE // 20)
    spectrum = np.fft.rfft(signal, padded)
    frequencies = np.arange(spectrum.shape[-1], dtype=np.float32) * np.float32(RATE / padded)
    responses = (_response(frequencies, gain, low, high, 2 * order) for gain, low, high in kept)
    spectrum *= reduce(np.add, responses)
    return np.fft.irfft(spectrum, padded)[..., :length].astype(np.float32)


def _response(frequencies: Signal, gain: float, low: float | None, high: float | None, power: int) -> Signal:
    """Return the share of each frequency that a band lets through, as a factor."""
    through = np.full_like(frequencies, gain)
    if high is not None:
        through /= np.sqrt(1 + (frequencies / np.float32(high)) ** power)
    if low is not None:
        through /= np.sqrt(1 + (np.float32(low) / np.maximum(frequencies, np.float32(low / 1000))) ** power)
    return through


def swept(rng: np.random.Generator, centre: Signal, octaves: float = 0.7) -> Signal:
    """Noise of RMS 1 in a band `octaves` wide around a centre that moves: one frequency for each sample."""
    length = centre.size
    frames = -(-length // HOP) + FRAME // HOP
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    source = rng.standard_normal((frames + FRAME // HOP) * HOP, dtype=np.float32)
    grains = np.lib.stride_tricks.sliding_window_view(source, FRAME)[::HOP][:frames] * window
    at = np.clip(np.arange(frames) * HOP - FRAME // 2, 0, length - 1)
    bins = np.log2(np.maximum(np.arange(FRAME // 2 + 1) * RATE / FRAME, 10.0))
    away = (bins[None, :] - np.log2(np.maximum(centre[at], 20.0))[:, None]) / octaves
    grains = np.fft.irfft(np.fft.rfft(grains, axis=1) * np.exp(-(away**2)).astype(np.float32), axis=1) * window
    out = np.zeros((frames + FRAME // HOP) * HOP, np.float32)
    for step in range(FRAME // HOP):
        part = grains[:, step * HOP : (step + 1) * HOP].reshape(-1)
        out[step * HOP : step * HOP + part.size] += part
    return unit(out[FRAME // 2 : FRAME // 2 + length])


def phase(pitch: float | Signal, length: int) -> NDArray[np.float64]:
    """Cycles gone by at each sample, for a steady pitch or one that moves."""
    if isinstance(pitch, np.ndarray):
        return np.cumsum(pitch, dtype=np.float64) / RATE
    return np.arange(length, dtype=np.float64) * (pitch / RATE)


def sine(pitch: float | Signal, length: int, start: float = 0.0) -> Signal:
    """A sine wave of amplitude 1, from `start` cycles on."""
    return single(np.sin(2 * np.pi * ((phase(pitch, length) + start) % 1.0)))


def cycle(harmonics: ArrayLike) -> Signal:
    """One cycle of the wave with these amplitudes of its harmonics from the first on, peak 1, to be read by `wave`."""
    amplitudes = np.asarray(harmonics, np.float64)
    spectrum = np.zeros(CYCLE // 2 + 1, np.complex128)
    spectrum[1 : amplitudes.size + 1] = -0.5j * amplitudes * CYCLE
    table = np.fft.irfft(spectrum)
    return single(np.append(table, table[0]) / np.abs(table).max())


def wave(table: Signal, pitch: float | Signal, length: int, start: float = 0.0) -> Signal:
    """The cycle repeated at a pitch."""
    return read(table, phase(pitch, length) + start)


def read(table: Signal, turns: NDArray[np.float64]) -> Signal:
    """The cycle where each sample has turned it so many times."""
    position = (turns % 1.0) * CYCLE
    index = position.astype(np.int32)
    between = (position - index).astype(np.float32)
    return single(table[index] + (table[index + 1] - table[index]) * between)


def saw(pitch: float | Signal, length: int, rolloff: float = 1.0, top: float = 9000.0, start: float = 0.0) -> Signal:
    """A saw without harmonics over `top`, each harmonic's amplitude its number to the power of -`rolloff`."""
    highest = float(np.max(pitch)) if isinstance(pitch, np.ndarray) else pitch
    harmonics = np.arange(1, max(2, min(400, int(top / max(highest, 1.0)) + 1)))
    return wave(cycle(harmonics**-rolloff), pitch, length, start)


def glide(start: float, end: float, length: int, curve: float = 1.0) -> Signal:
    """A pitch (or any positive amount) that moves evenly by ear from start to end; curve over 1 starts slowly."""
    along = np.linspace(0.0, 1.0, length, dtype=np.float32) ** np.float32(curve)
    return (np.float32(start) * np.float32(end / start) ** along).astype(np.float32)


def decay(length: int, half: float, attack: float = 0.002) -> Signal:
    """An attack, then a fall that halves every `half` seconds."""
    t = times(length)
    return single(np.minimum(t / np.float32(max(attack, 1e-4)), 1.0) * np.exp2(-t / np.float32(half)))


def hump(length: int, peak: float = 0.5, sharpness: float = 2.0) -> Signal:
    """A swell from nothing to nothing, with its top at `peak` of the way."""
    along = np.linspace(0.0, 1.0, length, dtype=np.float32)
    up, down = along / np.float32(peak), (1 - along) / np.float32(1 - peak)
    return single(np.sin(np.minimum(np.minimum(up, down), 1.0) * np.pi / 2) ** sharpness)


def wander(rng: np.random.Generator, length: int, rate: float, depth: float = 1.0) -> Signal:
    """A slow drift between 1-depth and 1, that turns about `rate` times a second."""
    points = max(4, int(length / RATE * rate) + 4)
    values = rng.random(points)
    drift = np.interp(np.linspace(0, points - 1, length), np.arange(points), values)
    return (1 - depth + depth * drift * drift * (3 - 2 * drift)).astype(np.float32)
