"""The mix: a section's notes played into its parts, the parts in their room, section after section to the end."""

from collections.abc import Iterator

import numpy as np

from service.sandbox.songs.drums import crackle, stroke
from service.sandbox.songs.instruments import played
from service.sandbox.songs.score import BAR, Note, Section
from service.sandbox.songs.style import SongStyle
from service.sandbox.sound.room import echoed, loudest, mixed, saturated
from service.sandbox.sound.signals import RATE, Signal, band, count

LEVEL = 0.15  # RMS of the fullest section's loudest seconds: about -16 dBFS
RINGING = 5.0  # seconds for which a section is heard into the next
GAINS = {"chords": 0.5, "pad": 0.22, "bass": 0.66, "lead": 0.9, "arp": 0.45, "drums": 0.75}
SENDS = {"chords": 1.0, "pad": 1.3, "bass": 0.08, "lead": 1.1, "arp": 1.3, "drums": 0.3}


def render(style: SongStyle, sections: list[Section], bpm: float, length: int, seed: int) -> Iterator[Signal]:
    """The song in stereo pieces, `length` samples in all, at its level and ended as the style says."""
    loud = max(sections, key=lambda section: (len({note.part for note in section.notes}), section.bars))
    gain = LEVEL / max(loudest(_section(style, loud, bpm, seed), 3.0), 1e-6)
    over, done = np.zeros((2, 0), np.float32), 0
    for number, section in enumerate(sections):
        mix = _section(style, section, bpm, seed + number)
        mixed(mix, over, 0)
        end = (
            length
            if number == len(sections) - 1
            else min(length, round(sum(s.bars for s in sections[: number + 1]) * BAR * 60 / bpm * RATE))
        )
        piece, over = mix[:, : end - done], mix[:, end - done :]
        if piece.shape[-1]:
            yield _ended(saturated(piece * np.float32(gain), style.genre.get("drive", 1.0)), done, length, style.ending)
        done += piece.shape[-1]


def _section(style: SongStyle, section: Section, bpm: float, seed: int) -> Signal:
    """One section and what rings on after it."""
    beat = 60 / bpm
    own = count(section.bars * BAR * beat)
    size = own + count(RINGING)
    dry, send = np.zeros((2, size), np.float32), np.zeros((2, size), np.float32)
    for part, gain in GAINS.items():
        notes = [note for note in section.notes if note.part == part]
        if not notes:
            continue
        bus = _bus(style, part, notes, beat, size)
        if style.genre.get("pump") and part in ("chords", "pad", "bass", "arp"):
            bus *= _pumped(section, beat, size)
        dry += np.float32(gain) * bus
        send += np.float32(gain * SENDS[part]) * bus
    seconds, wet = style.genre["room"]
    mix = dry + np.float32(wet) * echoed(band(send, 180), seconds, 6500)[:, :size]
    if style.genre.get("crackle"):
        mix[:, :own] += 0.25 * crackle(np.random.default_rng(seed), own)
    return band(mix * np.float32(section.level), 32, style.genre.get("top", 15_000))


def _bus(style: SongStyle, part: str, notes: list[Note], beat: float, size: int) -> Signal:
    """One part alone."""
    bus = np.zeros((2, size), np.float32)
    name = {"lead": style.lead, "pad": style.pad}.get(part) or style.genre.get(part, "")
    for number, note in enumerate(notes):
        at = round(note.at * beat * RATE)
        if isinstance(note.pitch, str):
            mixed(bus, stroke(note.pitch, number % 2), at, note.velocity)
        else:
            sound = played(name, note.pitch, round(note.length * beat, 2), round(note.velocity * 4) / 4)
            mixed(bus, sound, at, note.velocity)
    return bus


def _pumped(section: Section, beat: float, size: int) -> Signal:
    """The level that makes room for each kick and comes back after it."""
    gain = np.ones(size, np.float32)
    dip = 1 - 0.65 * np.exp(-np.arange(count(beat), dtype=np.float32) / np.float32(RATE * beat * 0.28))
    for note in section.notes:
        if note.pitch == "kick":
            at = round(note.at * beat * RATE)
            gain[at : at + dip.size] = np.minimum(gain[at : at + dip.size], dip[: size - at])
    return gain


def _ended(piece: Signal, start: int, length: int, ending: str) -> Signal:
    """The piece with its share of the song's fade; a loop and a sting only have soft edges."""
    seconds = length / RATE
    out = count({"fade": min(4.0, seconds / 5), "sting": min(0.8, seconds / 6)}.get(ending, 0.006))
    left = length - start - np.arange(piece.shape[-1])
    gain = np.clip(left / out, 0, 1) ** 1.5
    return (piece * gain.astype(np.float32)).astype(np.float32)
