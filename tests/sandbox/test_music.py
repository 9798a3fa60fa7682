"""Music: as long as ordered, in the key, tempo and genre asked for, with a form, a fade and headroom."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.sandbox import music
from service.sandbox.job import Job, Product
from service.sandbox.songs.score import compose, layout
from service.sandbox.songs.style import known, style_of
from tests.support.audio import Heard, hear


def made(prompt: str, folder: Path, seed: int = 5, count: int = 1, **params: Any) -> list[Product]:
    """Return what is made of a prompt."""
    folder.mkdir(exist_ok=True)
    return list(music.make(Job("music", "suno-v5", prompt, count, seed, params), folder))


def sound(prompt: str, folder: Path, **params: Any) -> Heard:
    """The first piece made of a prompt."""
    return hear(made(prompt, folder, **params)[0].path)


@pytest.mark.parametrize("genre", known()["genres"])
def test_each_genre_makes_a_clean_mix(genre: str, tmp_path: Path) -> None:
    assert style_of(genre, random.Random(1)).name == genre
    heard = sound(genre, tmp_path, seconds=6)
    assert heard.rate == 44_100
    assert heard.samples.shape[0] == 2
    assert heard.peak < 0.9
    assert -24 < heard.level() < -11
    assert heard.level(0, 2) > -40
    assert abs(heard.samples[:, -1]).max() < 0.005
    assert abs(heard.samples.mean()) < 0.001
    assert 0.2 < heard.likeness() < 0.999
    assert heard.share(20, 150) < 0.88
    assert heard.share(150, 12_000) > 0.1


@pytest.mark.parametrize("seconds", [1, 5, 9.5])
@pytest.mark.parametrize("prompt", ["lofi", "fast metal", "jingle that ends on a clear musical sting"])
def test_it_lasts_as_long_as_ordered(prompt: str, seconds: float, tmp_path: Path) -> None:
    (artifact,) = made(prompt, tmp_path, seconds=seconds)
    assert artifact.duration == pytest.approx(seconds, abs=0.001)
    assert hear(artifact.path).seconds == pytest.approx(seconds, abs=0.001)


def test_a_song_has_a_quiet_beginning_a_full_middle_and_a_fade(tmp_path: Path) -> None:
    heard = sound("uplifting pop", tmp_path, seconds=40)
    levels = [heard.level(start, start + 4) for start in range(0, 40, 4)]
    assert max(levels[3:8]) > levels[0] + 1
    assert levels[-1] < max(levels) - 5
    assert heard.level(39.8) < -45


def test_a_loop_does_not_fade(tmp_path: Path) -> None:
    heard = sound("pop, ends so that it loops back without a seam", tmp_path, seconds=16)
    assert heard.level(15, 15.9) > heard.level() - 6


@pytest.mark.parametrize("bars", range(1, 130))
def test_the_form_fills_the_bars_there_are(bars: int) -> None:
    form = layout(bars)
    assert sum(size for _, size in form) == bars
    assert min(size for _, size in form) > 0
    if bars >= 24:
        assert {"intro", "verse", "chorus", "outro"} <= {name for name, _ in form}


def test_a_chorus_that_comes_back_is_the_same_chorus() -> None:
    style = style_of("pop", random.Random(2))
    first, second = (part for part in compose(style, 20, random.Random(2)) if part.name == "chorus")
    assert [note for note in first.notes if note.part == "lead"] == [
        note for note in second.notes if note.part == "lead"
    ]


@pytest.mark.parametrize("prompt", ["sad classical in d minor", "happy folk in g major", "epic cinematic", "jazz"])
def test_every_note_is_in_the_key(prompt: str) -> None:
    style = style_of(prompt, random.Random(4))
    scale = {(style.root + step) % 12 for step in known()["scales"][style.mode]}
    pitches = [
        note.pitch
        for section in compose(style, 32, random.Random(4))
        for note in section.notes
        if isinstance(note.pitch, int) and note.part in ("lead", "pad", "chords")
    ]
    assert pitches
    assert {pitch % 12 for pitch in pitches} <= scale
    assert 35 <= min(pitches) <= max(pitches) <= 96


def test_the_prompt_sets_key_tempo_lead_and_mood() -> None:
    style = style_of("A tune, playful jazz, fast tempo, about 140 BPM, in F sharp minor, with violin", random.Random(1))
    assert (style.name, style.bpm, style.root, style.mode, style.lead) == ("jazz", 140, 6, "minor", "violin")
    slow, quick = (style_of(f"{mood} pop", random.Random(1)).bpm for mood in ("melancholic", "energetic"))
    assert slow < 0.85 * quick
    assert style_of("something dark", random.Random(1)).name == "cinematic"
    assert style_of("pop, no vocals", random.Random(1)).lead != "voice"
    assert style_of("pop, female lead vocals", random.Random(1)).lead == "voice"


def test_the_beat_is_at_the_tempo_asked_for(tmp_path: Path) -> None:
    heard = sound("house at 120 bpm, loop", tmp_path, seconds=16)
    frames = np.abs(heard.mono[: 16 * 44_100]).reshape(-1, 441).max(axis=1)
    onsets = np.maximum(np.diff(frames), 0)
    pulse = np.abs(np.fft.rfft(onsets - onsets.mean(), 1 << 15))
    rates = np.fft.rfftfreq(1 << 15, 0.01)
    strongest = rates[np.argmax(np.where((rates > 0.9) & (rates < 9), pulse, 0))]
    assert min(abs(strongest / 2 - whole) for whole in (1, 2, 4)) < 0.03


def test_ambient_is_darker_and_softer_than_electronic(tmp_path: Path) -> None:
    calm, club = sound("ambient", tmp_path, seconds=8), sound("techno", tmp_path, seconds=8)
    assert calm.centre() < 0.5 * club.centre()


def test_a_jingle_is_short_and_a_piece_is_half_a_minute(tmp_path: Path) -> None:
    assert made("Short catchy jingle for a shop", tmp_path)[0].duration == 8
    assert made("pop", tmp_path)[0].duration == 30
    assert made("ten bars of pop, 12 seconds", tmp_path)[0].duration == 12


def test_the_same_seed_gives_the_same_bytes_and_each_item_its_own(tmp_path: Path) -> None:
    first, again = (made("folk", tmp_path / name, count=2, seconds=6) for name in "ab")
    files = [[artifact.path.read_bytes() for artifact in items if artifact.path] for items in (first, again)]
    assert files[0] == files[1]
    assert files[0][0] != files[0][1]
