"""The effect for words that no family knows: an object nobody has seen, that always sounds the same for them."""

import numpy as np

from service.sandbox.effects.parts import Rng, burst, struck
from service.sandbox.effects.shade import Shade
from service.sandbox.sound.room import in_room, wide
from service.sandbox.sound.signals import RATE, Signal, glide, hump, saw, sine, swept, wander


def generic(rng: Rng, length: int, shade: Shade) -> Signal:
    """A touch that starts it, a body that rings, and a gesture of tone and air, in shares that chance deals out."""
    seconds = length / RATE
    touch, ringing, gliding, airy = rng.dirichlet((1.0, 1.4, 1.2, 1.2)) + 0.08
    root = rng.uniform(140, 700) * shade.pitch
    modes = [
        (
            root * (number + 1) ** rng.uniform(0.9, 1.35),
            rng.uniform(0.2, 1) / (number + 1),
            seconds / rng.uniform(6, 14),
        )
        for number in range(7)
    ]
    bend = float(rng.choice((0.25, 0.5, 1.5, 2.0, 4.0)))
    pitch = glide(root, root * bend, length, rng.uniform(0.5, 2)) * (
        1 + np.float32(0.02) * sine(6 * shade.pace, length)
    )
    shape = hump(length, rng.uniform(0.1, 0.8), 1.8)
    tone = (saw(pitch, length, 1.4, 8000) if rng.random() < 0.5 else sine(pitch, length)) * shape
    air = swept(rng, glide(root * 2, root * 2 / bend, length), rng.uniform(0.4, 1.2)) * shape
    moving = wander(rng, length, rng.uniform(2, 14) * shade.pace, rng.uniform(0, 0.7))
    mono = touch * 4 * burst(rng, length, 0.01, 300, 8000) + ringing * 1.5 * struck(length, modes)
    return in_room(wide(mono + (gliding * tone + airy * 0.7 * air) * moving, 0.007), rng.uniform(0.5, 2.0), 0.25)
