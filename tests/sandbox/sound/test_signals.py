"""Sources and shapes of sounds."""

import numpy as np
import pytest

from service.sandbox.sound import signals

FORMANTS = ((1.0, 595.0, 826.0), (0.5, 1037.0, 1440.0), (0.25, None, 3068.0), (0.1, 2805.0, None))


@pytest.mark.parametrize("sides", [(), (2,)])
def test_bands_together_are_the_sum_of_each_alone(sides: tuple[int, ...]) -> None:
    sound = np.random.default_rng(1).standard_normal((*sides, 30_000), dtype=np.float32)

    together = signals.bands(sound, FORMANTS, 3)

    alone = sum(gain * signals.band(sound, low, high, 3) for gain, low, high in FORMANTS)
    assert together.dtype == np.float32
    assert np.allclose(together, alone, atol=1e-5)


def test_bands_together_are_transformed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    transforms: list[int] = []
    there = np.fft.rfft
    monkeypatch.setattr(np.fft, "rfft", lambda *given: transforms.append(1) or there(*given))  # type: ignore[func-returns-value]

    signals.bands(np.ones(1000, np.float32), FORMANTS)

    assert transforms == [1]
