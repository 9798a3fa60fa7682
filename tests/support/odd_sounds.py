"""Sounds and films as people have them, a moment long, made by PyAV: sound alone in a film's container among them."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from io import BytesIO
from struct import pack
from types import MappingProxyType
from typing import Any

import av
import numpy as np

from tests.support.odd_pictures import saved, scene

NONE: Mapping[str, str] = MappingProxyType({})
CODECS = ("aac", "libopus", "pcm_s16le", "pcm_s24le", "pcm_s32le", "flac", "libmp3lame")


def container(form: str, *codecs: str, notes: Mapping[str, str] = NONE, **options: str) -> bytes:
    """A moment of sound, of film, or of both, with notes in the whole and in each track."""
    file = BytesIO()
    with av.open(file, "w", format=form, options=options) as made:
        streams: list[Any] = [made.add_stream(codec, rate=48_000 if codec in CODECS else 24) for codec in codecs]
        for noted in (made, *streams):
            noted.metadata.update(notes)
        for stream in streams:
            if stream.type == "video":
                stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for stream in streams:
            for frame in sounding(stream) if stream.type == "audio" else showing():
                made.mux(stream.encode(frame))
            made.mux(stream.encode(None))
    return file.getvalue()


def sounding(stream: Any) -> list[Any]:
    """Frames of silence as the stream wants them."""
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout="mono")
    frame.sample_rate, frame.pts = 48_000, 0
    resampler = av.AudioResampler(format=stream.format, layout="mono", rate=48_000, frame_size=1152)
    return [*resampler.resample(frame), *resampler.resample(None)]


def showing() -> list[Any]:
    """One black frame."""
    frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
    frame.pts, frame.time_base = 0, Fraction(1, 24)
    return [frame]


def with_cover() -> bytes:
    """An MP3 with a picture of the album before its sound (ID3v2.3)."""
    cover = b"\0image/jpeg\0\x03\0" + saved(scene(), "JPEG")
    frame = b"APIC" + pack(">I", len(cover)) + b"\0\0" + cover
    size = len(frame)
    head = b"ID3\x03\0\0" + bytes(size >> shift & 127 for shift in (21, 14, 7, 0))
    return head + frame + container("mp3", "libmp3lame")


SOUNDS: Mapping[str, Callable[[], bytes]] = {
    "m4a in an mp4 brand": lambda: container("mp4", "aac"),
    "m4a streamed": lambda: container("mp4", "aac", movflags="frag_keyframe+empty_moov"),
    "m4a": lambda: container("ipod", "aac"),
    "sound in mov": lambda: container("mov", "aac"),
    "a browser's webm sound": lambda: container("webm", "libopus"),
    "sound in mkv": lambda: container("matroska", "flac"),
    "mp3": lambda: container("mp3", "libmp3lame"),
    "mp3 with a picture": with_cover,
    "wav": lambda: container("wav", "pcm_s16le"),
    "wav of 24 bit": lambda: container("wav", "pcm_s24le"),
    "wav of 32 bit": lambda: container("wav", "pcm_s32le"),
    "ogg": lambda: container("ogg", "libopus"),
    "flac": lambda: container("flac", "flac"),
    "aac": lambda: container("adts", "aac"),
}
FILMS: Mapping[str, Callable[[], bytes]] = {
    "mp4": lambda: container("mp4", "libx264"),
    "mp4 streamed": lambda: container("mp4", "libx264", movflags="frag_keyframe+empty_moov"),
    "mp4 with sound": lambda: container("mp4", "aac", "libx264"),
    "mov": lambda: container("mov", "libx264"),
    "mkv": lambda: container("matroska", "libx264"),
    "webm": lambda: container("webm", "libvpx"),
    "avi": lambda: container("avi", "mpeg4"),
    "flv": lambda: container("flv", "libx264"),
}
