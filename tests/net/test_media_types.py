"""What a file is, by what is inside it: sound in a film's container is sound."""

from pathlib import Path

import pytest

from service.net.media_types import type_of

pytest.importorskip("av")
from tests.support.odd_sounds import FILMS, SOUNDS

MADE = {kind: ("audio/", make) for kind, make in SOUNDS.items()} | {
    kind: ("video/", make) for kind, make in FILMS.items()
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
