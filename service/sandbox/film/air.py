"""Particles in the air of a shot: snow, rain, sparks, fireflies, or dust in the light.

Particles are laid over each frame, seeded, so that the same clip comes again.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Particles:
    """A kind of particles: number, radius as a share of the frame's height, way per second, and colour.

    `sway` is how far they swing aside, `streak` the length of their trace in seconds, `twinkle` if they come and go.
    """

    count: int
    radius: tuple[float, float]
    fall: tuple[float, float]
    color: tuple[int, int, int]
    strength: float
    sway: float = 0.02
    streak: float = 0.0
    twinkle: bool = False


KINDS = {
    "snow": Particles(150, (0.0015, 0.006), (0.06, 0.2), (255, 255, 255), 0.85, 0.03),
    "rain": Particles(170, (0.0008, 0.0014), (1.4, 2.2), (205, 220, 240), 0.4, 0.0, streak=0.03),
    "sparks": Particles(60, (0.0012, 0.004), (-0.22, -0.08), (255, 170, 70), 0.9, 0.05, twinkle=True),
    "fireflies": Particles(34, (0.003, 0.006), (-0.03, 0.02), (235, 245, 130), 0.85, 0.06, twinkle=True),
    "dust": Particles(40, (0.0012, 0.004), (-0.02, 0.012), (255, 244, 220), 0.3, 0.04, twinkle=True),
}
SAID = {
    "snow": ("snow", "winter", "blizzard", "christmas"),
    "rain": ("rain", "storm", "monsoon"),
    "sparks": ("fire", "campfire", "ember", "lava", "volcano", "forge", "dragon"),
    "fireflies": ("firefl", "magic", "fairy", "enchanted"),
}


class Air:
    """The particles of one clip."""

    @classmethod
    def of(cls, prompt: str, seed: int, size: tuple[int, int], *, with_dust: bool) -> "Air | None":
        """By what the prompt speaks of, else dust or nothing; `size` is the frame's width and height in pixels."""
        words = prompt.lower()
        said = next((kind for kind, names in SAID.items() if any(name in words for name in names)), None)
        name = said or ("dust" if with_dust else None)
        return None if name is None else cls(KINDS[name], seed, size)

    def __init__(self, kind: Particles, seed: int, size: tuple[int, int]) -> None:
        """Particles of one kind, scattered by `seed`."""
        self.kind = kind
        random = np.random.default_rng(seed % 2**63)
        count = self.kind.count
        self._size = size
        self._start = random.random((count, 2))
        self._depth = random.random(count) ** 2
        self._phase = random.random(count) * 2 * np.pi

    def over(self, cv2: Any, frame: Pixels, time: float) -> Pixels:
        """The frame (height x width x RGB bytes) with what is in the air at `time` in seconds."""
        kind, (width, height) = self.kind, self._size
        layer = np.zeros((height // 2, width // 2), np.uint8)
        fall = kind.fall[0] + (kind.fall[1] - kind.fall[0]) * self._depth
        y = (self._start[:, 1] + fall * time) % 1.1 - 0.05
        x = (self._start[:, 0] + kind.sway * np.sin(time * 0.9 + self._phase)) % 1.0
        shine = 0.5 + 0.5 * np.sin(time * 2.1 + self._phase * 3) if kind.twinkle else np.ones_like(y)
        radius = (kind.radius[0] + (kind.radius[1] - kind.radius[0]) * self._depth) * height / 2
        for across, down, size, light, way in zip(x, y, radius, shine, fall, strict=True):
            point = round(across * width / 2 * 16), round(down * height / 2 * 16)
            if kind.streak:
                end = point[0], round((down + way * kind.streak) * height / 2 * 16)
                cv2.line(layer, point, end, round(255 * light), 1, cv2.LINE_AA, 4)
            else:
                cv2.circle(layer, point, max(8, round(size * 16)), round(255 * light), -1, cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(layer, (0, 0), 0.8)
        weight = cv2.resize(soft, (width, height)).astype(np.uint16) * round(kind.strength * 256) >> 8
        color = np.array(kind.color, np.int32)
        touched = np.nonzero(weight)
        share = weight[touched][:, None].astype(np.int32)
        was = frame[touched].astype(np.int32)
        frame[touched] = (was + (color - was) * share // 255).astype(np.uint8)
        return frame
