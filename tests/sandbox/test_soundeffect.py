"""Sound effects: what is named is what is heard, as long as ordered, at a level that is fit to use."""

from pathlib import Path
from typing import Any

import pytest

from service.sandbox import soundeffect
from service.sandbox.effects.wanted import known, wanted
from service.sandbox.job import Job, Product
from tests.support.audio import Heard, hear


def made(prompt: str, folder: Path, seed: int = 3, count: int = 1, **params: Any) -> list[Product]:
    """Return what is made of a prompt."""
    folder.mkdir(exist_ok=True)
    return list(soundeffect.make(Job("soundeffect", "suno-sounds", prompt, count, seed, params), folder))


def sound(prompt: str, folder: Path, **params: Any) -> Heard:
    """The first effect made of a prompt."""
    return hear(made(prompt, folder, **params)[0].path)


@pytest.mark.parametrize("family", known()["families"])
def test_each_family_makes_a_clean_stereo_sound(family: str, tmp_path: Path) -> None:
    word = known()["families"][family]["words"].split()[0]
    assert family in wanted(word).families
    heard = sound(word, tmp_path)
    assert heard.rate == 44_100
    assert heard.samples.shape[0] == 2
    assert 0.1 < heard.peak < 0.9
    assert -30 < heard.level() < -12
    assert heard.level(0, heard.seconds / 3) > -45
    assert abs(heard.samples[:, -1]).max() < 0.01
    assert abs(heard.samples.mean()) < 0.002
    assert heard.likeness() > -0.35


@pytest.mark.parametrize("seconds", [0.5, 3, 10, 31.5])
@pytest.mark.parametrize("prompt", ["rain", "door slam", "a quantum sandwich", "footsteps and wind"])
def test_it_lasts_as_long_as_ordered(prompt: str, seconds: float, tmp_path: Path) -> None:
    (artifact,) = made(prompt, tmp_path, seconds=seconds)
    assert artifact.duration == pytest.approx(seconds, abs=0.001)
    assert hear(artifact.path).seconds == pytest.approx(seconds, abs=0.001)


def test_a_long_bed_has_no_hole_where_it_begins_again(tmp_path: Path) -> None:
    heard = sound("steady rain", tmp_path, seconds=60)
    levels = [heard.level(start, start + 0.5) for start in range(1, 58)]
    assert max(levels) - min(levels) < 4


def test_the_length_may_be_said_in_the_prompt(tmp_path: Path) -> None:
    assert sound("3 seconds of wind", tmp_path).seconds == pytest.approx(3, abs=0.001)


def test_low_things_are_low_and_high_things_high(tmp_path: Path) -> None:
    assert sound("heartbeat", tmp_path).share(20, 250) > 0.8
    assert sound("deep boom", tmp_path).share(20, 150) > 0.8
    assert sound("bird song", tmp_path).share(1800, 9000) > 0.9
    assert sound("siren", tmp_path).share(350, 5000) > 0.9


def test_a_riser_rises_and_thunder_rolls_away(tmp_path: Path) -> None:
    riser, thunder = sound("riser", tmp_path), sound("thunder", tmp_path)
    assert riser.level(4, 4.6) > riser.level(0, 1) + 10
    assert thunder.level(0, 1) > thunder.level(5, 6) + 6


def test_adjectives_are_heard(tmp_path: Path) -> None:
    assert sound("tiny bell", tmp_path).centre() > 1.5 * sound("huge bell", tmp_path).centre()
    assert sound("subtle rain", tmp_path).level() < sound("intense rain", tmp_path).level() - 6
    assert sound("muffled rain", tmp_path).centre() < 0.5 * sound("rain", tmp_path).centre()


def test_everything_named_is_heard_together(tmp_path: Path) -> None:
    assert wanted("a storm at night").families[:2] == ("rain", "thunder")
    both = sound("thunder and birds", tmp_path, seconds=4)
    assert both.share(20, 200) > 0.15
    assert both.share(2000, 9000) > 0.05


@pytest.mark.parametrize(
    ("prompt", "families"),
    [
        ("knocking on a door", ("knock",)),
        ("car alarm", ("alarm",)),
        ("breaking glass", ("glass",)),
        ("a dog barking, in a large reverberant hall", ("dog",)),
        ("footsteps, close-miked foley, dry, no reverb", ("footsteps",)),
        ("xyzzy, impact hit", ("boom",)),
        ("xyzzy", ()),
    ],
)
def test_phrases_are_understood_before_words(prompt: str, families: tuple[str, ...]) -> None:
    assert wanted(prompt).families == families


@pytest.mark.parametrize("place", ["in a small room", "in a large reverberant hall", "in an echoing cave", "outdoors"])
def test_a_place_says_nothing_about_the_thing_in_it(place: str) -> None:
    asked = wanted(f"a bell, {place}")
    assert (asked.families, asked.shade) == (("bell",), wanted("a bell").shade)
    assert asked.room is not None


def test_a_hall_rings_on(tmp_path: Path) -> None:
    dry = sound("punch, dry, no reverb", tmp_path, seconds=2)
    hall = sound("punch, in a large reverberant hall", tmp_path, seconds=2)
    assert hall.level(1, 1.5) > dry.level(1, 1.5) + 10


def test_unknown_words_have_a_sound_of_their_own(tmp_path: Path) -> None:
    one, other = sound("zorblax", tmp_path / "a"), sound("fnordle", tmp_path / "b")
    assert one.centre() != pytest.approx(other.centre(), rel=0.02)


def test_the_same_seed_gives_the_same_bytes_and_each_item_its_own(tmp_path: Path) -> None:
    first, again = (made("wind", tmp_path / name, count=2) for name in "ab")
    files = [[artifact.path.read_bytes() for artifact in items if artifact.path] for items in (first, again)]
    assert files[0] == files[1]
    assert files[0][0] != files[0][1]
    assert [artifact.index for artifact in first] == [0, 1]
