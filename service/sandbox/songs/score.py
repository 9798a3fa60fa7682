"""The score: sections of a song and the notes of each part in them. Times are in beats, pitches in MIDI numbers."""

import random
from dataclasses import dataclass, field

from service.sandbox.songs.melody import melody
from service.sandbox.songs.style import SongStyle, known

BAR = 4.0
# What plays in a section, and how loud the whole of it is.
CAST = {
    "intro": ({"chords", "pad", "crackle"}, 1.1),
    "verse": ({"chords", "bass", "drums", "lead", "crackle"}, 0.9),
    "chorus": ({"chords", "pad", "bass", "drums", "lead", "arp", "crackle"}, 1.0),
    "bridge": ({"pad", "chords", "bass", "arp", "crackle"}, 1.0),
    "outro": ({"chords", "pad", "bass", "crackle"}, 1.1),
}
SONG = ("verse", "chorus", "verse", "chorus", "bridge", "chorus")


@dataclass(frozen=True, slots=True)
class Note:
    """One note of a part; `pitch` names a drum where the part is drums."""

    part: str
    at: float
    length: float
    pitch: int | str
    velocity: float


@dataclass(slots=True)
class Section:
    """A stretch of whole bars, with its notes."""

    name: str
    bars: int
    level: float
    notes: list[Note] = field(default_factory=list)


def layout(bars: int) -> list[tuple[str, int]]:
    """The form for so many bars: a hook alone where they are few, else an intro, verses and choruses, and an outro."""
    if bars <= 4:
        return [("chorus", bars)]
    if bars < 12:
        return [("intro", 2), ("chorus", bars - 2)]
    ends = 4 if bars >= 28 else 2
    body, size = bars - 2 * ends, 8 if bars >= 56 else 4
    names = [SONG[number % len(SONG)] for number in range(max(1, round(body / size)))]
    sizes = [size] * len(names)
    sizes[-1] += body - sum(sizes)
    return [("intro", ends), *zip(names, sizes, strict=True), ("outro", ends)]


def compose(style: SongStyle, bars: int, chance: random.Random) -> list[Section]:
    """The whole song. Verses share their chords and tune, and so do choruses: what comes back is known again."""
    progressions = chance.sample(known()["progressions"][style.mode], 2)
    tunes = {name: chance.randrange(1 << 30) for name in CAST}
    sections = []
    for number, (name, size) in enumerate(form := layout(bars)):
        cast, level = CAST[name]
        progression = progressions[1 if name in ("chorus", "intro") else 0]
        last = number == len(form) - 1 and style.ending != "loop"
        degrees = [progression[bar % 4] for bar in range(size)]
        if last:
            degrees[-1] = 0
        section = Section(name, size, level)
        _arrange(section, style, degrees, cast, tunes[name], last)
        sections.append(section)
    return sections


def _arrange(section: Section, style: SongStyle, degrees: list[int], cast: set[str], tune: int, last: bool) -> None:
    chance, scale = random.Random(tune), known()["scales"][style.mode]
    voicing: list[int] = []
    for bar, degree in enumerate(degrees):
        final = last and bar == len(degrees) - 1
        voicing = voiced(chord(style, scale, degree), voicing)
        start, root = bar * BAR, 36 + (style.root + scale[degree] - 4) % 12 + 4
        section.notes += _comped("held" if final else style.genre["comping"], start, voicing, chance)
        if "pad" in cast and style.pad != "none":
            section.notes += [Note("pad", start, BAR, pitch, 0.6) for pitch in voicing]
        if "bass" in cast:
            section.notes += _bass("root" if final else style.genre["bassline"], start, root, scale, style, chance)
        if "arp" in cast and "arp" in style.genre and not final:
            tones = [pitch + 12 for pitch in voicing]
            section.notes += [
                Note("arp", start + step / 2, 0.5, tones[(0, 2, 1, 2)[step % 4] % len(tones)], 0.5) for step in range(8)
            ]
        if "drums" in cast:
            section.notes += _drums(style, start, bar, section, final, chance)
    if "lead" in cast:
        lines = melody(style, scale, degrees, section.name == "chorus", last, random.Random(tune))
        section.notes += [Note("lead", at, length, pitch, velocity) for at, length, pitch, velocity in lines]


def chord(style: SongStyle, scale: list[int], degree: int) -> list[int]:
    """The chord on a degree of the scale, in thirds, as MIDI numbers from the middle octave up."""
    if style.genre["chords"] in ("distorted", "overdriven"):
        root = 40 + (style.root + scale[degree] - 4) % 12
        return [root, root + 7, root + 12]
    tones = (0, 2, 4, 6) if style.genre.get("sevenths") else (0, 2, 4)
    steps = [degree + tone for tone in tones]
    return [48 + style.root % 12 + scale[step % 7] + 12 * (step // 7) for step in steps]


def voiced(tones: list[int], before: list[int]) -> list[int]:
    """The chord turned so that its notes lie near the middle, and near those of the chord before."""
    if tones[-1] - tones[0] == 12:
        return tones
    centre = sum(before) / len(before) if before else 60.0
    best = sorted(tones)
    for _ in range(8):
        options = [best, sorted([*best[1:], best[0] + 12]), sorted([best[-1] - 12, *best[:-1]])]
        best = min(
            options,
            key=lambda option: abs(sum(option) / len(option) - centre) + 0.2 * abs(sum(option) / len(option) - 60),
        )
    return best


def _comped(manner: str, start: float, voicing: list[int], chance: random.Random) -> list[Note]:
    """One bar of the chords."""

    def hit(at: float, length: float, velocity: float, spread: float = 0.0) -> list[Note]:
        return [
            Note("chords", start + at + spread * place, length, pitch, velocity) for place, pitch in enumerate(voicing)
        ]

    def hits(*beats: tuple[float, float, float], spread: float = 0.0) -> list[Note]:
        return [note for at, length, velocity in beats for note in hit(at, length, velocity, spread)]

    if manner == "stabs":
        return hits(
            *chance.choice((((0, 1.4, 0.75), (2.5, 1.2, 0.6)), ((0, 2, 0.7), (2.5, 0.5, 0.5), (3, 0.9, 0.6)))),
            spread=0.015,
        )
    if manner == "strum":
        return hits(
            (0, 1, 0.8), (1, 0.5, 0.5), (1.5, 0.5, 0.6), (2.5, 0.5, 0.6), (3, 0.5, 0.7), (3.5, 0.5, 0.5), spread=0.03
        )
    if manner == "offbeat":
        return hits(*((beat + 0.5, 0.35, 0.7) for beat in range(4)))
    if manner == "funk":
        return hits(
            (0, 0.25, 0.7), (0.75, 0.2, 0.5), (1.5, 0.25, 0.75), (2.25, 0.2, 0.5), (2.75, 0.25, 0.7), (3.5, 0.2, 0.5)
        )
    if manner == "pulse":
        return hits(*((step / 2, 0.5, 0.75 if step % 4 == 0 else 0.55) for step in range(8)))
    if manner == "ostinato":
        return [
            Note(
                "chords",
                start + step / 2,
                0.45,
                voicing[(0, 1, 2, 1)[step % 4] % len(voicing)],
                0.8 if step % 4 == 0 else 0.6,
            )
            for step in range(8)
        ] + hit(0, BAR, 0.35)
    if manner == "arp":
        order = [*voicing, voicing[0] + 12, *voicing[:0:-1]]
        return [
            Note("chords", start + step / 2, 0.9, order[step % len(order)], 0.75 if step == 0 else 0.55)
            for step in range(8)
        ]
    return hit(0, BAR, 0.65, 0.02)


def _bass(
    manner: str, start: float, root: int, scale: list[int], style: SongStyle, chance: random.Random
) -> list[Note]:
    """One bar of the bass."""
    fifth = root + 7 if root < 45 else root - 5

    def line(*beats: tuple[float, float, int]) -> list[Note]:
        return [Note("bass", start + at, length, pitch, 0.85 if at == 0 else 0.72) for at, length, pitch in beats]

    if manner == "pulse":
        return line(*((step / 2, 0.46, root) for step in range(8)))
    if manner == "off":
        return line(*((beat + 0.5, 0.45, root) for beat in range(4)))
    if manner == "two":
        return line((0, 1.2, root), (1.5, 0.4, root), (2, 1.2, fifth), (3.5, 0.4, fifth))
    if manner == "octave":
        return line(
            (0, 0.5, root),
            (0.75, 0.25, root),
            (1.5, 0.4, root + 12),
            (2, 0.5, root),
            (2.75, 0.25, fifth),
            (3.5, 0.4, root + 12),
        )
    if manner == "walk":
        steps = [pitch for pitch in range(root - 5, root + 10) if (pitch - style.root) % 12 in scale]
        at = min(range(len(steps)), key=lambda place: abs(steps[place] - root))
        places = [
            at,
            *(
                min(max(at + chance.choice((1, 2)) * number * chance.choice((1, 1, -1)), 0), len(steps) - 1)
                for number in (1, 2)
            ),
        ]
        return line(*((float(beat), 0.9, steps[place]) for beat, place in enumerate(places)), (3.0, 0.9, fifth))
    if manner == "drone":
        return line((0, BAR, root))
    return line((0, 2.4, root), (2.5, 1.4, root))


def _drums(
    style: SongStyle, start: float, bar: int, section: Section, final: bool, chance: random.Random
) -> list[Note]:
    """One bar of drums: the beat of the genre, a crash where a chorus begins, a fill where a section ends."""
    beat = known()["beats"][style.genre["beat"]]
    if not beat:
        return []
    notes = [Note("drums", start, 1, "crash", 0.5)] if (bar == 0 and section.name == "chorus") or final else []
    if final:
        return [*notes, Note("drums", start, 1, "kick", 0.9)]
    filling = bar == section.bars - 1 and section.bars > 1
    for drum, steps in beat.items():
        for step, mark in enumerate(steps):
            if mark == "." or (filling and step >= 12 and drum not in ("kick", "hat")):
                continue
            late = style.genre.get("swing", 0.0) / 2 if step % 4 == 2 else 0.0
            velocity = (0.9 if mark == "x" else 0.5) * chance.uniform(0.9, 1.0)
            notes.append(Note("drums", start + step / 4 + late, 0.25, drum, velocity))
    if filling and "snare" in beat:
        notes += [
            Note("drums", start + 3 + step / 4, 0.25, "tom" if step > 1 else "snare", 0.6 + 0.1 * step)
            for step in range(4)
        ]
    return notes
