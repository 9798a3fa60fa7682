"""Headers of media are read by bounded code: it tells what a decoder tells, and no file keeps it at work."""

import io
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any, BinaryIO

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from service.net import media_types, picture_sizes
from service.net.media_types import type_of
from service.net.picture_sizes import size_of
from tests.support.odd_pictures import COLOURED, saved, scene
from tests.support.odd_pictures import SIZE as ODD

SIZE = (97, 64)
FORMATS: dict[str, Callable[[], bytes]] = {
    **{form: lambda form=form: saved(scene(SIZE), form) for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "AVIF")},
    "WEBP lossy": lambda: saved(scene(SIZE), "WEBP"),
    "WEBP lossless": lambda: saved(scene(SIZE), "WEBP", lossless=True),
    "WEBP extended": lambda: saved(scene(SIZE).convert("RGBA"), "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"),
    "JPEG progressive": lambda: saved(scene(SIZE), "JPEG", progressive=True),
}
MADE = {name: make() for name, make in FORMATS.items()}
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
WEBM = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm"
BEGINNINGS = [
    *MADE.values(),
    *(MP4, WEBM, b"OggS", b"RIFF\xff\xff\xff\xffWEBPVP8X", b"\xff\xd8\xff\xe0\0\x04xx", b"II*\0"),
]
# Pieces that loop, lie about their length, or hold each other.
PIECES = [
    *(b"\0\0\0\x08moov", b"\0\0\0\x01trak\xff\xff\xff\xff\xff\xff\xff\xff", b"\0\0\0\0meta\0\0\0\0"),
    *(b"\0\0\0\x0cipco\0\0\0\0", b"\0\0\0\x14ispe", b"\xff\xe1\0\x02", b"\xff\xff", b"\xff\xd0"),
    *(b"\0\0\0\0tEXt\0\0\0\0", b"\x18\x53\x80\x67\xff", b"\x16\x54\xae\x6b\xff", b"\xae\xff"),
    *(b"\x83\x01\x7f\xff\xff\xff\xff\xff\xff", b"\0\x01\x03\0\x01\0\0\0", b"\xff\xff\xff\xff"),
]
MOST_S = 1.0
# Bytes that are read of a file of any size.
MOST_READ = 256 * 1024


class Counted(io.FileIO):
    """A file that counts what is read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        Counted.taken += len(data)
        return data


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    """Every file that is opened from now on counts."""

    def opened(path: Path, mode: str = "r", *_: Any, **__: Any) -> BinaryIO:
        return Counted(path, mode)  # type: ignore[return-value]

    monkeypatch.setattr(Path, "open", opened)
    Counted.taken = 0
    return Counted


@pytest.mark.parametrize("form", FORMATS)
def test_it_is_what_a_decoder_tells(form: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(MADE[form])
    with Image.open(path) as picture:
        assert size_of(path) == picture.size == SIZE


@pytest.mark.parametrize("kind", COLOURED)
def test_odd_pictures_have_their_size_too(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(COLOURED[kind]())
    # Some are stored on their side.
    assert size_of(path) in (ODD, ODD[::-1], (960, 640), (4096, 4096))


@pytest.mark.parametrize("claimed", [b"\0\0\0\0\0\0\0\x01", b"\xff\xff\xff\xff\0\0\0\x01", b"\0"])
def test_a_size_that_no_picture_has_is_none(claimed: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(MADE["PNG"][:16] + claimed)
    assert size_of(tmp_path / "x") is None


@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    start=st.sampled_from(BEGINNINGS),
    cut=st.integers(4, 400),
    pieces=st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=16)), max_size=12),
    times=st.sampled_from([1, 30, 30_000]),
)
@example(start=MP4, cut=99, pieces=[b"\0\0\0\x08moov"], times=30_000)
@example(start=b"\xff\xd8", cut=9, pieces=[b"\xff\xd0"], times=30_000)
def test_no_file_is_read_for_long(
    start: bytes, cut: int, pieces: list[bytes], times: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed"
    path.write_bytes(start[:cut] + b"".join(pieces) * times)
    began = process_time()
    told, size = type_of(path), size_of(path)
    assert process_time() - began < MOST_S
    assert told is None or "/" in told
    assert size is None or max(size) <= picture_sizes.LONGEST_SIDE


@pytest.mark.parametrize("claims", [b"\x01\x7f\xff\xff\xff\xff\xff\xff", b"\xff", b"\x08\x7f\xff\xff\xff"])
def test_a_number_of_any_length_is_read_as_eight_bytes(claims: bytes, tmp_path: Path, counted: type[Counted]) -> None:
    """A file of 8 MB whose one track claims that its kind is a number of 8 MB."""
    path = tmp_path / "x"
    path.write_bytes(WEBM + b"\x18\x53\x80\x67\xff\x16\x54\xae\x6b\xff\xae\x84\x83" + claims + bytes(8_000_000))
    assert type_of(path) in ("video/webm", "audio/webm")
    assert 0 < counted.taken < MOST_READ


def test_what_reads_headers_is_bounded(tmp_path: Path, counted: type[Counted]) -> None:
    for name, media in MADE.items():
        (tmp_path / name).write_bytes(media + bytes(4_000_000))
        size_of(tmp_path / name)
    assert counted.taken < MOST_READ
    assert media_types.MOST_ENTRIES == picture_sizes.MOST_ENTRIES
