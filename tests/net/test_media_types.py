"""What a file is, by what is inside it: sound in a film's container is sound."""

from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.net.media_types import type_of

av = pytest.importorskip("av")


SOUNDS = ("aac", "libopus", "pcm_s24le", "pcm_s32le", "flac")


def container(form: str, *codecs: str, **options: str) -> bytes:
    """A moment of sound, of film, or of both."""
    file = BytesIO()
    with av.open(file, "w", format=form, options=options) as made:
        streams = [made.add_stream(codec, rate=48_000 if codec in SOUNDS else 24) for codec in codecs]
        for stream in streams:
            if stream.type == "video":
                stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for stream in streams:
            for frame in sounding(stream) if stream.type == "audio" else showing():
                made.mux(stream.encode(frame))
            made.mux(stream.encode(None))
    return file.getvalue()


def sounding(stream: Any) -> list[Any]:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout="mono")
    frame.sample_rate, frame.pts = 48_000, 0
    resampler = av.AudioResampler(format=stream.format, layout="mono", rate=48_000, frame_size=1024)
    return [*resampler.resample(frame), *resampler.resample(None)]


def showing() -> list[Any]:
    frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
    frame.pts, frame.time_base = 0, Fraction(1, 24)
    return [frame]


MADE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "m4a in an mp4 brand": ("audio/", lambda: container("mp4", "aac")),
    "m4a streamed": ("audio/", lambda: container("mp4", "aac", movflags="frag_keyframe+empty_moov")),
    "m4a": ("audio/", lambda: container("ipod", "aac")),
    "sound in mov": ("audio/", lambda: container("mov", "aac")),
    "a browser's webm sound": ("audio/", lambda: container("webm", "libopus")),
    "sound in mkv": ("audio/", lambda: container("matroska", "flac")),
    "wav of 24 bit": ("audio/", lambda: container("wav", "pcm_s24le")),
    "wav of 32 bit": ("audio/", lambda: container("wav", "pcm_s32le")),
    "ogg": ("audio/", lambda: container("ogg", "libopus")),
    "mp4": ("video/", lambda: container("mp4", "libx264")),
    "mp4 streamed": ("video/", lambda: container("mp4", "libx264", movflags="frag_keyframe+empty_moov")),
    "mp4 with sound": ("video/", lambda: container("mp4", "aac", "libx264")),
    "mov": ("video/", lambda: container("mov", "libx264")),
    "mkv": ("video/", lambda: container("matroska", "libx264")),
    "webm": ("video/", lambda: container("webm", "libvpx")),
}


@pytest.mark.parametrize("kind", MADE)
def test_it_is_what_is_inside(kind: str, tmp_path: Path) -> None:
    wanted, make = MADE[kind]
    media = make()
    (tmp_path / "x").write_bytes(media)
    assert str(type_of(media)).startswith(wanted)
    assert type_of(tmp_path / "x") == type_of(media)


@pytest.mark.parametrize("kind", ["m4a in an mp4 brand", "a browser's webm sound", "mp4", "mkv"])
@pytest.mark.parametrize("length", [0, 30, 60, 200, 400])
def test_what_is_cut_off_is_told_by_its_mark(kind: str, length: int) -> None:
    told = type_of(MADE[kind][1]()[:length])
    assert told is None or told.startswith(("audio/", "video/"))


def test_loops_and_lies_end() -> None:
    """Boxes that claim to hold themselves, or more than there is."""
    box = (8).to_bytes(4, "big") + b"moov"
    assert type_of(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + box * 50_000)
    assert type_of(b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm" + b"\x18\x53\x80\x67\xff" * 50_000) == "video/webm"


def test_what_is_no_media_has_no_type() -> None:
    assert type_of(b"<!doctype html>") is None
    assert type_of(b"") is None
