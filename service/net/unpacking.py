"""Unpack what a server has packed though it was asked not to, within a limit of bytes."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

PIECE = 256 * 1024
GZIP = b"\x1f\x8b"
# zlib's header check: the two bytes as a number are a multiple of 31.
ZLIB_CHECK = 31


class CannotUnpack(ValueError):
    """Packed in a way that is not known here, or broken."""


def unpacked(chunks: Iterable[bytes], coding: str | None) -> Iterator[bytes]:
    """The chunks as they were before `Content-Encoding: coding`. Raises CannotUnpack.

    What only claims to be packed is passed on as it is. Pieces are small, so whoever counts them stops in time.
    """
    names = [name for name in (coding or "").lower().replace(" ", "").split(",") if name not in ("", "identity")]
    for name in reversed(names):
        if name not in ("gzip", "x-gzip", "deflate"):
            raise CannotUnpack(f"is packed as {name[:20]!r}, which was not asked for")
        chunks = _inflated(iter(chunks))
    return iter(chunks)


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    start = b""
    for chunk in chunks:
        start += chunk
        if len(start) > 1:
            break
    if not _is_packed(start):
        yield start
        yield from chunks
        return
    inflating = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        for chunk in chain([start], chunks):
            yield from _pieces(inflating, chunk)
    except zlib.error:
        raise CannotUnpack("is packed and broken") from None
    if not inflating.eof:
        raise CannotUnpack("is packed and breaks off")


def _pieces(inflating: "zlib._Decompress", chunk: bytes) -> Iterator[bytes]:
    while chunk and not inflating.eof:
        if piece := inflating.decompress(chunk, PIECE):
            yield piece
        chunk = inflating.unconsumed_tail


def _is_packed(start: bytes) -> bool:
    if start[:2] == GZIP:
        return True
    return len(start) > 1 and start[0] & 15 == zlib.DEFLATED and int.from_bytes(start[:2]) % ZLIB_CHECK == 0
