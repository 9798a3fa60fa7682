"""Films and sounds without their notes: what is seen and heard is the same, and nothing else is left."""

from collections.abc import Callable
from pathlib import Path
from struct import pack

import av
import pytest

from service.errors import ReferenceUnreachable
from service.net.media_types import type_of
from service.sandbox.job import Job, Source
from tests.support import engines
from tests.support.odd_pictures import saved, scene
from tests.support.odd_sounds import FILMS, SOUNDS, container, with_cover

pytestmark = pytest.mark.engines

MARK = "SecretPhone"
NOTES = {
    **dict.fromkeys(("title", "comment", "artist", "location", "com.apple.quicktime.make", "handler_name"), MARK),
    "creation_time": "2026-01-01T00:00:00Z",
}
NOTED = {
    "mp4": ("mp4", "aac", "libx264"),
    "mov": ("mov", "pcm_s16le", "libx264"),
    "webm": ("webm", "libopus", "libvpx"),
    "mkv": ("matroska", "flac", "libx264"),
    "avi": ("avi", "libmp3lame", "mpeg4"),
    "flv": ("flv", "libx264"),
    "mp3": ("mp3", "libmp3lame"),
    "m4a": ("ipod", "aac"),
    "wav": ("wav", "pcm_s16le"),
    "flac": ("flac", "flac"),
    "ogg": ("ogg", "libopus"),
}
# A picture that stands on its side: 90 degrees, in the matrix of an MP4's track.
ON_ITS_SIDE = pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
MATRIX_AT = 44


def copied(folder: Path, media: bytes) -> bytes:
    """What an engine process makes of a film or a sound."""
    path = folder / "given"
    path.write_bytes(media)
    source = Source("video", "https://example.com/odd", path, type_of(path))
    (product,) = engines.shared().make(Job("normalizing", "", "", references=(source,)), folder)
    assert product.path is not None
    assert product.content_type == source.content_type == type_of(product.path)
    return product.path.read_bytes()


def coded(folder: Path, media: bytes) -> dict[str, list[bytes]]:
    """The coded pictures and sounds of each track that is seen or heard."""
    path = folder / "read"
    path.write_bytes(media)
    with av.open(str(path)) as opened:
        tracks = [track for track in opened.streams if track.type in ("video", "audio")]
        packets = [(packet.stream.codec_context.name, bytes(packet)) for packet in opened.demux(tracks)]
    return {name: [data for one, data in packets if one == name and data] for name, _ in packets}


@pytest.mark.parametrize("kind", [*FILMS, *(kind for kind in SOUNDS if "picture" not in kind)])
def test_what_is_seen_and_heard_is_the_same(kind: str, tmp_path: Path) -> None:
    media = (FILMS.get(kind) or SOUNDS[kind])()
    assert coded(tmp_path, copied(tmp_path, media)) == coded(tmp_path, media)


@pytest.mark.parametrize("kind", NOTED)
def test_no_note_is_left_of_the_whole_or_of_a_track(kind: str, tmp_path: Path) -> None:
    media = container(*NOTED[kind], notes=NOTES)
    assert MARK.encode() in media
    copy = copied(tmp_path, media)
    assert MARK.encode() not in copy
    assert b"2026" not in copy


def with_note_behind(media: bytes) -> bytes:
    """A film with Adobe's notes in a box of their own, as cameras and editors hang them behind it."""
    note = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + f"<x>{MARK}</x>".encode()
    return media + pack(">I", 8 + len(note)) + b"uuid" + note


def with_old_notes(media: bytes) -> bytes:
    """A sound with the notes of the first MP3 players behind it."""
    return media + b"TAG" + MARK.encode().ljust(125, b"\0")


@pytest.mark.parametrize(
    "make",
    [
        lambda: with_note_behind(FILMS["mp4 with sound"]()),
        lambda: with_old_notes(SOUNDS["mp3"]()),
        lambda: with_cover().replace(b"\xff\xd8", b"\xff\xd8\xff\xfe\0\x0d" + MARK.encode(), 1),
    ],
    ids=["behind a film", "behind a sound", "in a sound's cover"],
)
def test_no_note_is_left_beside_it(make: Callable[[], bytes], tmp_path: Path) -> None:
    media = make()
    assert MARK.encode() in media
    copy = copied(tmp_path, media)
    assert MARK.encode() not in copy
    assert saved(scene(), "JPEG")[-200:] not in copy


def test_a_film_stays_on_its_side(tmp_path: Path) -> None:
    media = bytearray(FILMS["mp4"]())
    at = media.index(b"tkhd") + MATRIX_AT
    media[at : at + len(ON_ITS_SIDE)] = ON_ITS_SIDE
    copy = copied(tmp_path, bytes(media))
    at = copy.index(b"tkhd") + MATRIX_AT
    assert copy[at : at + len(ON_ITS_SIDE)] == ON_ITS_SIDE


@pytest.mark.parametrize(
    ("media", "reason"),
    [
        (pack(">I", 24) + b"ftypmp42" + bytes(12) + b"\xff" * 500, "no film that can be read"),
        (FILMS["mp4"]()[:300], "no film that can be read"),
        (b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0", "send MP3, M4A, WAV, FLAC or OGG"),
    ],
    ids=["nothing", "cut off", "notes to play"],
)
def test_what_cant_be_read_is_refused_by_name(media: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ReferenceUnreachable, match=f"https://example.com/odd is .*{reason}"):
        copied(tmp_path, media)
