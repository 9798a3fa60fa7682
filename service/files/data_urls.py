"""Media that a caller sends inside the request, as a `data:` URL (RFC 2397): OpenAI's clients send pictures so."""

import base64
import binascii
from urllib.parse import unquote_to_bytes

from service.errors import ReferenceUnreachable

SCHEME = "data:"
SHOWN = 40


def is_inline(url: str) -> bool:
    """Whether `url` holds its media itself."""
    return url[: len(SCHEME)].lower() == SCHEME


def content(url: str) -> bytes:
    """The media in a `data:` URL. Raises ReferenceUnreachable where it holds none."""
    head, comma, data = url[len(SCHEME) :].partition(",")
    try:
        raw = unquote_to_bytes(data)
        media = base64.b64decode(raw, validate=True) if head.lower().endswith(";base64") else raw
    except binascii.Error:
        raise ReferenceUnreachable.at("", f"{named(url)} is not valid base64.") from None
    if not comma or not media:
        raise ReferenceUnreachable.at("", f"{named(url)} holds no media.")
    return media


def named(url: str) -> str:
    """`url` as messages name it: what holds its media itself is cut short."""
    return f"{url[:SHOWN]}…" if is_inline(url) and len(url) > SHOWN else url
