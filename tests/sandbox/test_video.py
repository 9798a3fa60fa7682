"""Clips: H.264 that plays everywhere, of the length, shape and sound ordered. Source: flixly-api, TEXT_TO_VIDEO."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageStat

from service.errors import EngineMissing, ReferenceUnreachable
from service.sandbox import stills, video
from service.sandbox.job import FIELDS, Product
from tests.support.stills import halves, product, reference, task

av = pytest.importorskip("av")
pytest.importorskip("cv2")


@dataclass
class Played:
    """A clip as a player sees it."""

    width: int
    height: int
    codec: str
    pixel_format: str
    seconds: float
    frames: int
    first: Image.Image
    last: Image.Image
    sound: np.ndarray | None


def play(artifact: Product) -> Played:
    with av.open(str(artifact.path)) as container:
        context = container.streams.video[0].codec_context
        shown = [frame.to_image() for frame in container.decode(video=0)]
        facts = context.width, context.height, context.name, context.pix_fmt, container.duration / 1_000_000
    with av.open(str(artifact.path)) as container:
        heard = [frame.to_ndarray() for frame in container.decode(audio=0)] if container.streams.audio else None
    sound = np.concatenate(heard, axis=1) if heard else None
    return Played(*facts, len(shown), shown[0], shown[-1], sound)


def film(tmp_path: Path, *references: Any, prompt: str = "a lake at dusk", **params: Any) -> Product:
    return next(video.make(task("video", *references, prompt=prompt, **params), tmp_path))


def mean(picture: Image.Image) -> list[float]:
    return ImageStat.Stat(picture).mean


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


def test_words_become_a_moving_clip_that_starts_before_it_is_all_there(tmp_path: Path) -> None:
    artifact = film(tmp_path, seconds=2, aspect_ratio="16:9")
    clip = play(artifact)
    assert (clip.codec, clip.pixel_format, clip.frames) == ("h264", "yuv420p", 48)
    assert (clip.width, clip.height) == (artifact.width, artifact.height) == (1280, 720)
    assert clip.seconds == artifact.duration == 2
    assert clip.sound is None
    assert difference(clip.first, clip.last) > 2, "the camera moves"
    content = artifact.path.read_bytes()
    assert content.find(b"moov") < content.find(b"mdat")


@pytest.mark.parametrize(
    ("params", "size"),
    [
        ({"aspect_ratio": "9:16"}, (720, 1280)),
        ({"aspect_ratio": "1:1"}, (720, 720)),
        ({"aspect_ratio": "4:3", "width": 1920, "height": 1080}, (1280, 720)),
        ({"aspect_ratio": "match_input_image"}, (960, 720)),
        ({"aspect_ratio": "50:1"}, (1728, 720)),
    ],
)
def test_the_clip_has_the_shape_that_was_ordered(tmp_path: Path, params: dict[str, Any], size: tuple[int, int]) -> None:
    clip = play(film(tmp_path, reference(tmp_path / "given", halves()), seconds=1, **params))
    assert (clip.width, clip.height) == size


def test_a_given_picture_is_what_the_clip_shows_in_its_colours(tmp_path: Path) -> None:
    clip = play(film(tmp_path, reference(tmp_path / "given", halves()), seconds=1, prompt=""))
    above = mean(clip.first.crop((400, 40, 800, 140)))
    below = mean(clip.first.crop((400, 580, 800, 680)))
    assert above == pytest.approx([40, 100, 220], abs=8)
    assert below == pytest.approx([50, 150, 60], abs=8)


def test_the_end_frame_is_where_the_clip_ends(tmp_path: Path) -> None:
    start = reference(tmp_path / "start", Image.new("RGB", (320, 180), (200, 30, 30)))
    end = reference(tmp_path / "end", Image.new("RGB", (320, 180), (30, 30, 200)), "end_frame")
    clip = play(film(tmp_path, start, end, seconds=2, prompt=""))
    assert mean(clip.first) == pytest.approx([200, 30, 30], abs=8)
    assert mean(clip.last) == pytest.approx([30, 30, 200], abs=8)


def test_a_long_clip_goes_through_every_picture_in_turn(tmp_path: Path) -> None:
    red = reference(tmp_path / "1", Image.new("RGB", (320, 180), (200, 30, 30)), "image")
    blue = reference(tmp_path / "2", Image.new("RGB", (320, 180), (30, 30, 200)), "reference_image")
    clip = play(film(tmp_path, red, blue, seconds=4, prompt=""))
    assert mean(clip.first)[0] > 150
    assert mean(clip.last)[2] > 150


def test_sound_is_there_where_it_was_ordered_and_fades_at_both_ends(tmp_path: Path) -> None:
    clip = play(film(tmp_path, reference(tmp_path / "given", halves()), seconds=3, generate_audio=True))
    assert clip.sound is not None
    assert clip.sound.shape[1] == pytest.approx(3 * 48_000, abs=3000)
    loud = np.sqrt((clip.sound[:, 60_000:90_000] ** 2).mean())
    assert 0.02 < loud < 0.4
    assert np.abs(clip.sound).max() < 1
    assert np.sqrt((clip.sound[:, :2000] ** 2).mean()) < loud / 4


def test_a_given_clip_keeps_what_it_shows_in_the_light_asked_for(tmp_path: Path) -> None:
    source = film(tmp_path, reference(tmp_path / "given", product()), seconds=2, prompt="")
    clip = reference(tmp_path / "clip", source.path.read_bytes(), "video")
    (tmp_path / "edit").mkdir()
    edited = film(tmp_path / "edit", clip, seconds=1, prompt="in black and white")
    played = play(edited)
    assert (played.frames, edited.engine) == (24, "local/film-grade")
    red, green, blue = mean(played.first)
    assert max(red, green, blue) - min(red, green, blue) < 4


def test_the_same_seed_gives_the_same_bytes_and_each_item_its_own(tmp_path: Path) -> None:
    order = task("video", prompt="snow in the mountains", count=2, seconds=1)
    once = [artifact.path.read_bytes() for artifact in video.make(order, tmp_path)]
    assert [artifact.path.read_bytes() for artifact in video.make(order, tmp_path)] == once
    assert once[0] != once[1]


def test_a_locked_camera_stays_on_one_picture(tmp_path: Path) -> None:
    params = {"parameters": {"video-camera": "static"}, "seconds": 10}
    clip = play(film(tmp_path, prompt="a bowl of soup", **params))
    assert difference(clip.first, clip.last) < 20


@pytest.mark.parametrize("role", ["image", "end_frame", "video"])
def test_what_can_not_be_read_is_refused_at_its_field(tmp_path: Path, role: str) -> None:
    given = reference(tmp_path / "given", halves())
    broken = reference(tmp_path / "broken", b"\x00\x00\x00\x18ftypmp42 but no more", role)
    with pytest.raises(ReferenceUnreachable) as refused:
        film(tmp_path, *((broken,) if role != "end_frame" else (given, broken)), seconds=1)
    assert refused.value.errors[0].pointer == f"/{FIELDS[role]}"


def test_a_missing_extra_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stills.importlib, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    with pytest.raises(EngineMissing, match="av: run `make engines`"):
        film(tmp_path)
