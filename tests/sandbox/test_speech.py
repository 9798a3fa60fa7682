"""Speech: the text itself is read, in its own language, at one level, without silence at the ends."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.errors import EngineMissing, ValidationError
from service.sandbox import speech
from service.sandbox.job import Job, Product
from service.sandbox.voices import english
from service.sandbox.voices.script import language_of, sentences, spoken
from tests.support.audio import hear

extra = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("hibari", "espeakng_loader"))), reason="the speech extra is not installed"
)


def made(text: str, folder: Path, seed: int = 7, count: int = 1, **params: Any) -> list[Product]:
    """Return what is made of a text."""
    folder.mkdir(exist_ok=True)
    return list(speech.make(Job("speech", "kokoro", text, count, seed, params), folder))


def test_markup_links_and_stage_directions_are_not_read() -> None:
    text = "# Title\n\n**Hello** [whispers] <break/>see [our shop](https://a.example/x) 🎉\n- at https://www.b.example/y?z=1"
    assert spoken(text) == "Title\nHello see our shop\nat b.example"


def test_every_word_is_read_once_in_breaths_that_are_never_too_long() -> None:
    text = "Dr. Smith paid 3.50 for it! " + "one, two and three " * 200 + "\nNew line."
    parts = list(sentences(spoken(text)))
    assert " ".join(part for part, _ in parts).split() == spoken(text).split()
    assert max(len(part) for part, _ in parts) <= 240
    assert parts[0][0] == "Dr. Smith paid 3.50 for it!"
    assert [part for part, ends in parts if ends][-1] == "New line."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Welcome to the show, everyone.", "en"),
        ("Genhook", "en"),
        ("Guten Morgen, wie geht es Ihnen? Das ist nicht schlecht.", "de"),
        ("Bonjour à tous, je suis très heureux d'être avec vous.", "fr"),
        ("El perro está en la casa y no quiere salir.", "es"),
        ("Questo è il mio gatto, non sono solo.", "it"),
        ("O gato não está em casa, mas o cão está.", "pt"),
        ("Привет, как дела?", "ru"),
        ("Привіт, як твої справи, друже?", "uk"),
        ("你好，世界", "cmn"),
        ("こんにちは、世界", "ja"),
        ("안녕하세요", "ko"),
        ("مرحبا بالعالم", "ar"),
    ],
)
def test_the_language_is_heard_from_the_text(text: str, language: str) -> None:
    assert language_of(text) == language
    assert language_of(text, "auto") == language


@pytest.mark.parametrize(
    ("asked", "code"), [("de", "de"), ("de-AT", "de"), ("German", "de"), ("zh", "cmn"), ("en_GB", "en")]
)
def test_the_language_asked_for_is_the_one_spoken(asked: str, code: str) -> None:
    assert language_of("Hotel Taxi Radio", asked) == code


@pytest.mark.parametrize("text", ["…", "<b></b>", "[laughs]", "🎉🎉"])
def test_a_text_without_words_is_refused_at_the_prompt(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as refused:
        made(text, tmp_path)
    assert refused.value.errors[0].pointer == "/prompt"


@pytest.mark.parametrize(("module", "text"), [("hibari", "Hello."), ("espeakng_loader", "Guten Tag, wie geht es?")])
def test_without_the_extra_it_says_how_to_install_it(
    module: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english._voice.cache_clear()
    speech.espeak._library.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngineMissing, match="make engines"):
        made(text, tmp_path)


@extra
@pytest.mark.parametrize(
    ("text", "engine", "rate"),
    [
        ("Hello there. This is a test of the voice, and it reads every word.", "local/hibari", 24_000),
        ("Guten Morgen, ich freue mich, dass Sie heute da sind.", "local/espeak-ng", 22_050),
    ],
)
def test_a_voice_reads_at_a_good_level_without_silence_at_the_ends(
    text: str, engine: str, rate: int, tmp_path: Path
) -> None:
    (artifact,) = made(text, tmp_path)
    sound = hear(artifact.path)
    assert (artifact.engine, artifact.content_type) == (engine, "audio/wav")
    assert (sound.rate, sound.samples.shape[0]) == (rate, 1)
    assert artifact.duration == pytest.approx(sound.seconds, abs=0.01)
    words = len(text.split())
    assert words / 4.5 < sound.seconds < words / 1.5
    assert -24 < sound.level() < -16
    assert sound.peak < 0.9
    assert sound.share(80, 5000) > 0.9
    loud = np.flatnonzero(np.abs(sound.samples[0]) > 0.02) / rate
    assert loud[0] < 0.4
    assert sound.seconds - loud[-1] < 0.9


@extra
def test_twice_the_text_takes_twice_as_long(tmp_path: Path) -> None:
    line = "The tide comes in, and the boats go out to sea. "
    once, thrice = made(line, tmp_path / "a")[0], made(line * 3, tmp_path / "b")[0]
    assert thrice.duration == pytest.approx(3 * (once.duration or 0), rel=0.12)


@extra
def test_the_same_seed_speaks_the_same_bytes_and_each_item_has_its_own(tmp_path: Path) -> None:
    first, again = made("Good evening.", tmp_path / "a", count=2), made("Good evening.", tmp_path / "b", count=2)
    files = [[artifact.path.read_bytes() for artifact in items if artifact.path] for items in (first, again)]
    assert files[0] == files[1]
    assert files[0][0] != files[0][1]


@extra
def test_a_man_speaks_lower_and_a_slow_voice_longer(tmp_path: Path) -> None:
    text = "We all live on the same small blue planet."
    usual, man = made(text, tmp_path / "a")[0], made(text, tmp_path / "b", voice="Onyx")[0]
    slow = made(text, tmp_path / "c", parameters={"speech-speed": "slow", "speech-voice": "female"})[0]
    assert hear(man.path).centre() < 0.92 * hear(usual.path).centre()
    assert (slow.duration or 0) > 1.12 * (usual.duration or 0)
