"""The width and height of a picture by its header, so that no decoder is needed outside the engine processes.

Each format is a few reads of fixed size, a bounded number of them, whatever the file says. Nothing raises: a header
that is broken, or of a format that is not known here, has no size.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from struct import Struct, error
from typing import BinaryIO

Size = tuple[int, int]
# The segments of a JPEG, chunks of a PNG, boxes of an AVIF or entries of a TIFF that are looked at.
MOST_ENTRIES = 2000
# Beyond this no format's pictures go, and a header says what it likes.
LONGEST_SIDE = 1_000_000
BIG_PAIR, SHORT_PAIR = Struct(">II"), Struct("<HH")
# JPEG's segments that begin a frame, and those that have no length.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
BARE = frozenset(range(0xD0, 0xD9)) | {0x01}
# The boxes of an AVIF or HEIC file that hold others, and how many bytes each has before them.
HOLDERS = {b"meta": 4, b"iprp": 0, b"ipco": 0}
# TIFF's tags of a width and a height, and what its numbers are read as.
WIDTH, HEIGHT = 256, 257
NUMBERS = {3: "H", 4: "I"}


def size_of(path: Path) -> Size | None:
    """Return the pixels of the picture as they are stored, whichever way up; None where its header does not tell."""
    with path.open("rb") as file:
        try:
            size = _read(file)
        except (error, ValueError, IndexError, OSError):
            return None
    return size if size and min(size) > 0 and max(size) <= LONGEST_SIDE else None


def _read(file: BinaryIO) -> Size | None:
    start = file.read(32)
    reader = next((read for mark, read in READERS.items() if start.startswith(mark)), None)
    if reader is not None:
        return reader(file, start)
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return _webp(start)
    return _largest(_extents(file)) if start[4:8] == b"ftyp" else None


def _png(file: BinaryIO, start: bytes) -> Size | None:
    """Read the header chunk, which Apple's own kind of PNG has one before."""
    at = 8
    for _ in range(MOST_ENTRIES):
        file.seek(at)
        length, name = Struct(">I4s").unpack(file.read(8))
        if name == b"IHDR":
            width, height = BIG_PAIR.unpack(file.read(8))
            return width, height
        at += 12 + length
    return None


def _jpeg(file: BinaryIO, start: bytes) -> Size | None:
    """Read the first frame's segment; before it come notes and profiles of any number."""
    at = 2
    for _ in range(MOST_ENTRIES):
        file.seek(at)
        mark, kind, length = Struct(">BBH").unpack(file.read(4))
        if mark != 0xFF:
            return None
        if kind in FRAMES:
            height, width = Struct(">xHH").unpack(file.read(5))
            return width, height
        at += 1 if kind == 0xFF else 2 if kind in BARE else 2 + length
    return None


def _gif(file: BinaryIO, start: bytes) -> Size | None:
    width, height = SHORT_PAIR.unpack_from(start, 6)
    return width, height


def _bmp(file: BinaryIO, start: bytes) -> Size | None:
    if Struct("<I").unpack_from(start, 14)[0] == 12:
        width, height = SHORT_PAIR.unpack_from(start, 18)
    else:
        # A height below zero says that the lines come from the top.
        width, height = Struct("<ii").unpack_from(start, 18)
    return width, abs(height)


def _webp(start: bytes) -> Size | None:
    kind = start[12:16]
    if kind == b"VP8X":
        return _whole(start[24:27]) + 1, _whole(start[27:30]) + 1
    if kind == b"VP8L":
        bits = _whole(start[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = SHORT_PAIR.unpack_from(start, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _tiff(file: BinaryIO, start: bytes) -> Size | None:
    """Read the first directory's entries."""
    order = "<" if start[:2] == b"II" else ">"
    (at,) = Struct(f"{order}I").unpack_from(start, 4)
    file.seek(at)
    (entries,) = Struct(f"{order}H").unpack(file.read(2))
    found: dict[int, int] = {}
    for _ in range(min(entries, MOST_ENTRIES)):
        entry = file.read(12)
        tag, kind = Struct(f"{order}HH").unpack_from(entry)
        if tag in (WIDTH, HEIGHT) and kind in NUMBERS:
            (found[tag],) = Struct(order + NUMBERS[kind]).unpack_from(entry, 8)
    return (found[WIDTH], found[HEIGHT]) if len(found) == 2 else None


def _extents(file: BinaryIO) -> Iterator[Size]:
    """Yield what the boxes of an AVIF or HEIC file say of sizes: of the whole picture, its tiles and its preview."""
    left = [(0, file.seek(0, 2))]
    for _ in range(MOST_ENTRIES):
        while left and left[-1][0] + 8 > left[-1][1]:
            left.pop()
        if not left:
            return
        at, end = left.pop()
        file.seek(at)
        length, name = Struct(">I4s").unpack(file.read(8))
        stop = end if length == 0 else min(end, at + max(length, 8))
        left.append((stop, end))
        if name in HOLDERS:
            left.append((at + 8 + HOLDERS[name], stop))
        elif name == b"ispe":
            file.seek(at + 12)
            width, height = BIG_PAIR.unpack(file.read(8))
            yield width, height


def _largest(sizes: Iterator[Size]) -> Size | None:
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _whole(data: bytes) -> int:
    return int.from_bytes(data, "little")


READERS: dict[bytes, Callable[[BinaryIO, bytes], Size | None]] = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8": _jpeg,
    b"GIF8": _gif,
    b"BM": _bmp,
    b"II*\0": _tiff,
    b"MM\0*": _tiff,
}
