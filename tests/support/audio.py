"""Reading made WAV files as a sound engineer does."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Heard:
    """A WAV file's samples, (channels, samples) at full scale ±1, and its rate."""

    samples: NDArray[np.float64]
    rate: int

    @property
    def seconds(self) -> float:
        return float(self.samples.shape[1] / self.rate)

    @property
    def peak(self) -> float:
        return float(np.abs(self.samples).max())

    @property
    def mono(self) -> NDArray[np.float64]:
        return np.asarray(self.samples.mean(axis=0))

    def level(self, start: float = 0.0, end: float | None = None) -> float:
        """RMS between two times, in dBFS."""
        part = self.samples[:, int(start * self.rate) : None if end is None else int(end * self.rate)]
        return float(20 * np.log10(np.sqrt(np.mean(part**2)) + 1e-9))

    def share(self, low: float, high: float) -> float:
        """The part of the energy that lies between two frequencies."""
        power = np.abs(np.fft.rfft(self.mono)) ** 2
        frequencies = np.fft.rfftfreq(self.mono.size, 1 / self.rate)
        return float(power[(frequencies >= low) & (frequencies < high)].sum() / power.sum())

    def centre(self) -> float:
        """The centre of the spectrum, in hertz: how bright it sounds."""
        size = np.abs(np.fft.rfft(self.mono))
        return float((size * np.fft.rfftfreq(self.mono.size, 1 / self.rate)).sum() / size.sum())

    def likeness(self) -> float:
        """Return how alike the two sides are: 1 is mono."""
        left, right = self.samples
        return float(np.corrcoef(left, right).item(0, 1))


def hear(path: Path | None) -> Heard:
    """Opens a WAV file."""
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels()).T
        return Heard(pcm / 32768, file.getframerate())
