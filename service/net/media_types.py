"""The type of a file by what is inside: its first bytes, and in a container the tracks that it holds.

Names and servers say wrong things, and so do containers' marks: a voice message is an MP4, a browser's recording a
WebM, and both hold sound alone. Nothing is decoded: the containers' own lists are read, a bounded number of entries.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import filetype

MOST_ENTRIES = 2000
STREAMED = ("video/mp4", "video/quicktime", "video/x-m4v", "video/3gpp")
MATROSKA = ("video/webm", "video/x-matroska")
# What each kind of container is called that holds sound alone.
SOUND_OF = {"video/webm": "audio/webm", "video/x-matroska": "audio/x-matroska"}
SOUND_IN_MP4 = "audio/mp4"
# Matroska's elements: the whole, its list of tracks, one of them, and what kind that is.
SEGMENT, TRACKS, TRACK, KIND, CLUSTER = 0x18538067, 0x1654AE6B, 0xAE, 0x83, 0x1F43B675
PICTURES = 1
# The bytes that Matroska's numbers have at most, whatever length one claims.
LONGEST_NUMBER = 8
OGG_FILM = (b"\x80theora", b"BBCD\0", b"\x01video")


def type_of(source: Path | bytes) -> str | None:
    """Return the media type of a file or of bytes; None for what is no known media."""
    kind = filetype.guess(source if isinstance(source, bytes) else str(source))
    if kind is None:
        return None
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        try:
            return _inside(str(kind.mime), file)
        except (ValueError, OverflowError, OSError):
            # Cut off or broken: its mark is all there is to go by.
            return str(kind.mime)


def _inside(marked: str, file: BinaryIO) -> str:
    if marked in STREAMED and not _has_pictures(_handlers(file), b"vide"):
        return SOUND_IN_MP4
    if marked in MATROSKA and not _has_pictures(_track_kinds(file), PICTURES):
        return SOUND_OF[marked]
    if marked == "audio/ogg" and any(mark in file.read(200) for mark in OGG_FILM):
        return "video/ogg"
    return marked


def _has_pictures(found: Iterator[object], pictures: object) -> bool:
    """Tell whether pictures are among the tracks; a container without any is what its mark says."""
    tracks = set(found)
    return not tracks or pictures in tracks


def _handlers(file: BinaryIO) -> Iterator[bytes]:
    """Yield the kind of each track of an MP4 or QuickTime file."""
    size = file.seek(0, 2)
    left = [(0, size)]
    for _ in range(MOST_ENTRIES):
        while left and left[-1][0] + 8 > left[-1][1]:
            left.pop()
        if not left:
            return
        start, end = left.pop()
        file.seek(start)
        head = file.read(16)
        length, name, begins = int.from_bytes(head[:4], "big"), head[4:8], 8
        if length == 1:
            length, begins = int.from_bytes(head[8:16], "big"), 16
        stop = end if length == 0 else min(end, start + max(length, begins))
        left.append((stop, end))
        if name in (b"moov", b"trak", b"mdia"):
            left.append((start + begins, stop))
        elif name == b"hdlr":
            file.seek(start + begins + 8)
            yield file.read(4)


def _track_kinds(file: BinaryIO) -> Iterator[int]:
    """Yield the kind of each track of a Matroska or WebM file."""
    size = file.seek(0, 2)
    left = [(0, size)]
    for _ in range(MOST_ENTRIES):
        while left and left[-1][0] >= left[-1][1]:
            left.pop()
        if not left:
            return
        start, end = left.pop()
        file.seek(start)
        name, length = _number(file, keep_mark=True), _number(file)
        begins = file.tell()
        stop = end if length is None else min(end, begins + length)
        left.append((stop, end))
        if name in (SEGMENT, TRACKS, TRACK):
            left.append((begins, stop))
        elif name == KIND:
            # An element that begins behind its parent's end has less than no bytes.
            yield int.from_bytes(file.read(max(0, min(stop - begins, LONGEST_NUMBER))), "big")
        elif name == CLUSTER:
            return


def _number(file: BinaryIO, keep_mark: bool = False) -> int | None:
    """Read one of Matroska's numbers, whose first bits tell its length; None for an unknown length."""
    first = file.read(1)
    if not first or not first[0]:
        raise ValueError("no number")
    length = 9 - first[0].bit_length()
    whole = int.from_bytes(first + file.read(length - 1), "big")
    if keep_mark:
        return whole
    value = whole & ((1 << 7 * length) - 1)
    return None if value == (1 << 7 * length) - 1 else value
