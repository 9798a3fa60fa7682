"""Unpacking a body that came compressed, within the limit that holds for it unpacked."""

import io
import zlib
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import BadRequest, UnsupportedMediaType

CODINGS = ("gzip", "deflate")
# More codings on top of each other than anybody sends.
MOST_CODINGS = 3
# A gzip file may be several, one after the other; bgzip makes one of 64 KB. Empty ones would cost and not count.
MOST_MEMBERS = 1000
PIECE = 64 * 1024
IN_MEMORY = 1024 * 1024
# zlib's window for either: gzip's own header, zlib's own, or none.
GZIP, ZLIB, RAW = 31, 15, -15


def unpack(request: Request, limit: int) -> None:
    """Replace the request's stream by its unpacked body. Raises UnsupportedMediaType, BadRequest, and
    RequestEntityTooLarge beyond `limit` bytes unpacked."""
    codings = [coding.strip().lower() for coding in request.headers.get("Content-Encoding", "").split(",")]
    codings = [coding.removeprefix("x-") for coding in codings if coding not in ("", "identity")]
    if not codings:
        return
    if len(codings) > MOST_CODINGS or any(coding not in CODINGS for coding in codings):
        raise UnsupportedMediaType(
            f"A body may be sent plain, or packed as {' or '.join(CODINGS)}; not as {', '.join(codings)}.",
            headers={"Accept-Encoding": ", ".join(CODINGS)},
        )
    packed: IO[bytes] = io.BytesIO(request.get_data(cache=False))
    for coding in reversed(codings):
        packed = _unpacked(packed, coding, limit)
    length = packed.seek(0, io.SEEK_END)
    packed.seek(0)
    environ = request.environ
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = packed, str(length)
    environ.pop("HTTP_CONTENT_ENCODING", None)
    # What Werkzeug has read of the packed body so far is forgotten.
    request.__dict__.pop("stream", None)


def _unpacked(packed: IO[bytes], coding: str, limit: int) -> IO[bytes]:
    unpacked: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 — the request's
    beginning = packed.read(2)
    packed.seek(0)
    window = GZIP if coding == "gzip" else (ZLIB if _is_zlib(beginning) else RAW)
    length, members, decoder = 0, 1, zlib.decompressobj(window)
    try:
        while piece := packed.read(PIECE):
            while piece:
                if decoder.eof:
                    members += 1
                    if members > MOST_MEMBERS:
                        raise BadRequest(f"The body is {coding} in more than {MOST_MEMBERS} pieces.")
                    decoder = zlib.decompressobj(window)
                made = decoder.decompress(piece, PIECE)
                length += len(made)
                if length > limit:
                    raise RequestEntityTooLarge
                unpacked.write(made)
                piece = decoder.unconsumed_tail or decoder.unused_data
    except zlib.error:
        raise BadRequest(f"The body is not what Content-Encoding says: {coding} can't be unpacked.") from None
    if beginning and not decoder.eof:
        raise BadRequest(f"The body ends too early: its {coding} is not complete.")
    unpacked.seek(0)
    return unpacked


def _is_zlib(beginning: bytes) -> bool:
    return len(beginning) == 2 and beginning[0] & 15 == 8 and int.from_bytes(beginning, "big") % 31 == 0
