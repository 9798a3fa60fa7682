"""The tune: a motif of two bars that comes back changed, on notes of the chord where the beat is strong."""

import random

from service.sandbox.songs.style import SongStyle

# Lengths in beats that fill a bar; a negative one is a rest.
FLOWING = (
    (1, 1, 1, 1),
    (1.5, 0.5, 1, 1),
    (0.5, 0.5, 1, 2),
    (1, 0.5, 0.5, 2),
    (-0.5, 0.5, 1, 0.5, 1.5),
    (0.75, 0.75, 0.5, 2),
    (1, 1, 0.5, 0.5, 1),
)
RESTING = ((3, -1), (-1, 1, 2), (2, 2), (1, 3), (-2, 1, 1), (1.5, 2.5))
STEPS = (-2, -1, -1, 1, 1, 2)
HIGHEST = {"cello": 64, "horn": 70, "sax": 76, "overdriven": 79, "distorted": 79, "voice": 77}


def melody(
    style: SongStyle, scale: list[int], degrees: list[int], lifted: bool, last: bool, chance: random.Random
) -> list[tuple[float, float, int, float]]:
    """(beat, beats, MIDI number, velocity) for each note over these chords, one a bar; `lifted` sings higher."""
    cells = RESTING if style.genre.get("sparse") else FLOWING
    motif = [(chance.choice(cells), [chance.choice(STEPS) for _ in range(8)]) for _ in range(2)]
    place, ladder = _ladder(style, scale, lifted)
    notes: list[tuple[float, float, int, float]] = []
    for bar, degree in enumerate(degrees):
        rhythm: tuple[float, ...]
        rhythm, steps = motif[bar % 2]
        if bar % 4 == 3:
            rhythm = chance.choice(RESTING)  # a phrase breathes at its end
        if last and bar == len(degrees) - 1:
            rhythm = (4,)
        beat, tones = 0.0, {scale[(degree + third) % 7] for third in (0, 2, 4)}
        for number, length in enumerate(rhythm):
            if length > 0:
                place = min(max(place + steps[number % 8], 0), len(ladder) - 1)
                if beat in (0.0, 2.0) or length >= 1.5:
                    place = _nearest(ladder, place, tones, style.root)
                late = style.genre.get("swing", 0.0) if beat % 1 == 0.5 else 0.0
                velocity = (0.85 if beat == 0 else 0.7) * chance.uniform(0.92, 1.0)
                notes.append((bar * 4 + beat + late, length * 0.95 - late, ladder[place], velocity))
            beat += abs(length)
    return notes


def _ladder(style: SongStyle, scale: list[int], lifted: bool) -> tuple[int, list[int]]:
    """The notes the tune may use, low to high, and where it begins. Five to the octave sound well over any chord."""
    five = [scale[step] for step in ((0, 1, 2, 4, 5) if 4 in scale else (0, 2, 3, 4, 6))]
    top = HIGHEST.get(style.lead, 86)
    low = min(62, top - 19) + (5 if lifted else 0)
    ladder = [pitch for pitch in range(low, min(low + 20, top + 1)) if (pitch - style.root) % 12 in five]
    return len(ladder) // 2, ladder


def _nearest(ladder: list[int], place: int, tones: set[int], root: int) -> int:
    fitting = [other for other, pitch in enumerate(ladder) if (pitch - root) % 12 in tones]
    return min(fitting, key=lambda other: abs(other - place), default=place)
