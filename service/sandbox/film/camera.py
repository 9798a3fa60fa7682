"""Turns a still into a shot: a camera that travels over it, nearer ground moving more than far.

Source: generor-api, generator `video` (parameters `video-camera` and `video-pace`).
"""

from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

OVERSCAN = 1.25
"""How much larger than the frame a still is drawn, so that the camera has somewhere to go."""

FAR = 0.45
"""How much of the camera's way the far upper edge moves, the near lower edge moving all of it."""


@dataclass(frozen=True, slots=True)
class Move:
    """From where to where the camera looks: zoom (1 = the whole still), pan across and up (shares of the free room).

    `tilt` widens the far edge (0.1 = a tenth), `shake` is in pixels.
    """

    zoom: tuple[float, float] = (1.06, 1.22)
    pan: tuple[float, float] = (0.0, 0.0)
    lift: tuple[float, float] = (0.0, 0.0)
    tilt: tuple[float, float] = (0.0, 0.0)
    shake: float = 0.0


MOVES = {
    "static": Move(zoom=(1.02, 1.035)),
    "pan": Move(zoom=(1.2, 1.2), pan=(-0.85, 0.85)),
    "dolly-in": Move(zoom=(1.03, 1.28), tilt=(0.0, 0.03)),
    "dolly-out": Move(zoom=(1.28, 1.04), tilt=(0.03, 0.0)),
    "orbit": Move(zoom=(1.16, 1.22), pan=(-0.7, 0.7), tilt=(0.04, 0.04)),
    "drone": Move(zoom=(1.24, 1.1), lift=(0.75, -0.6), tilt=(0.0, 0.06)),
    "handheld": Move(zoom=(1.14, 1.2), pan=(-0.15, 0.2), shake=5.0),
    "tracking": Move(zoom=(1.22, 1.22), pan=(0.85, -0.85), tilt=(0.02, 0.02)),
}
"""Camera moves by the generator's names, and the way back out."""

ARRIVAL = Move(zoom=(1.12, 1.0))
"""Comes to rest on the whole of an end frame."""

SAID = {
    "static": ("locked-off", "static camera", "still camera", "tripod"),
    "dolly-out": ("zoom out", "pull back", "pull out", "dolly out"),
    "dolly-in": ("zoom", "push in", "dolly", "close-up", "close up"),
    "orbit": ("orbit", "around the", "rotating"),
    "drone": ("drone", "aerial", "flyover", "fly over", "bird's eye"),
    "handheld": ("handheld", "hand-held", "shaky"),
    "tracking": ("tracking", "following", "running", "driving", "racing"),
    "pan": (" pan", "panorama", "sweep"),
}
PACES = {"slow-motion": 0.55, "energetic": 1.5}
AUTOMATIC = ("dolly-in", "pan", "dolly-out", "orbit", "tracking", "drone")


def move_for(prompt: str, chosen: dict[str, Any], shot: int, rng: Random) -> Move:
    """The move of one shot: the chosen one, else the one the prompt speaks of, else one after the other."""
    name = asked(prompt, chosen)
    if name is None or (shot and name in ("dolly-in", "dolly-out")):
        start = 0 if name is None else AUTOMATIC.index(name)
        name = AUTOMATIC[(start + shot) % len(AUTOMATIC)] if shot else AUTOMATIC[rng.randrange(3)]
    move = MOVES[name]
    return _paced(move, PACES.get(str(chosen.get("video-pace")), 1.0))


def asked(prompt: str, chosen: dict[str, Any]) -> str | None:
    """The move chosen or spoken of by its name; None where it is left to us."""
    named = str(chosen.get("video-camera"))
    words = f" {prompt.lower()} "
    said = (name for name, phrases in SAID.items() if any(phrase in words for phrase in phrases))
    return named if named in MOVES else next(said, None)


def frame(cv2: Any, still: Pixels, move: Move, at: float, size: tuple[int, int], time: float) -> Pixels:
    """Return what the camera sees `at` its way from 0 to 1: `size` is width and height in pixels, `time` in seconds."""
    height, width = still.shape[:2]
    eased = 0.6 * at + 0.4 * at * at * (3 - 2 * at)
    zoom, pan, lift, tilt = (a + (b - a) * eased for a, b in (move.zoom, move.pan, move.lift, move.tilt))
    half_wide, half_high = width / zoom / 2, height / zoom / 2
    shake_x = move.shake * (np.sin(time * 5.1) + 0.6 * np.sin(time * 9.7 + 1))
    shake_y = move.shake * (np.sin(time * 4.3 + 2) + 0.5 * np.sin(time * 11.3))
    room = (width / 2 - half_wide * (1 + abs(tilt))) * pan
    middle = height / 2 + (height / 2 - half_high) * lift * 0.9 + shake_y
    near, far = width / 2 + room + shake_x, width / 2 + room * FAR + shake_x
    top, bottom = half_wide * (1 + tilt), half_wide * (1 - tilt)
    seen = np.array(
        [
            [far - top, middle - half_high],
            [far + top, middle - half_high],
            [near + bottom, middle + half_high],
            [near - bottom, middle + half_high],
        ],
        np.float32,
    )
    shown = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(seen, shown)
    view: Pixels = cv2.warpPerspective(still, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return view


def _paced(move: Move, pace: float) -> Move:
    def along(way: tuple[float, float]) -> tuple[float, float]:
        middle, half = (way[0] + way[1]) / 2, (way[1] - way[0]) / 2 * pace
        return middle - half, middle + half

    start, end = along(move.zoom)
    pan, lift = along(move.pan), along(move.lift)
    within = tuple(min(max(value, -1.0), 1.0) for value in pan)
    return Move((max(start, 1.02), max(end, 1.02)), (within[0], within[1]), lift, move.tilt, move.shake * pace)
