"""Media that a caller sends inside the request, as a `data:` URL (RFC 2397), as OpenAI's clients send pictures."""

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from service.errors import ReferenceUnreachable, ValidationError
from service.net import urls
from service.net.urls import AROUND

SCHEME = "data:"
SHOWN = 40
# As many blanks before a URL as are looked through.
LEADING = 256
TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,80}")
BLANK = re.compile(rb"[ \t\r\n\f\v]+")
URL_SAFE = bytes.maketrans(b"-_", b"+/")


def is_inline(url: str) -> bool:
    """Tell if `url` holds its media itself, once blanks around it are dropped."""
    return url[:LEADING].lstrip(AROUND)[: len(SCHEME)].lower() == SCHEME


def content(url: str, limit_bytes: int | None = None) -> bytes:
    """Decode the media in a `data:` URL: base64 of any spelling (wrapped, unpadded, URL-safe), or percent-encoded.

    Raises ReferenceUnreachable where it holds none, or more than `limit_bytes`.
    """
    head, comma, data = url.lstrip(AROUND)[len(SCHEME) :].partition(",")
    is_base64 = head.lower().rpartition(";")[2].strip() == "base64"
    if limit_bytes is not None and len(data) > limit_bytes * 4:
        raise _too_large(url, limit_bytes)
    raw = unquote_to_bytes(data)
    media = _decoded(url, raw) if is_base64 else raw
    if not comma or not media:
        raise ReferenceUnreachable.at("", f"{named(url)} holds no media.")
    if limit_bytes is not None and len(media) > limit_bytes:
        raise _too_large(url, limit_bytes)
    return media


def media_type(url: str) -> str:
    """Read the media type that a `data:` URL says it has; RFC 2397's own where it says none that is one."""
    head = url.lstrip(AROUND)[len(SCHEME) :].partition(",")[0].partition(";")[0].strip().lower()
    return head if TYPE.fullmatch(head) else "text/plain"


def named(url: str) -> str:
    """Name `url` in messages: the start of one that holds its media itself, the address of another."""
    if not is_inline(url):
        return urls.named(url)
    return f"{url[:SHOWN]}…" if len(url) > SHOWN else url


def _decoded(url: str, raw: bytes) -> bytes:
    """Decode base64 as encoders write it."""
    letters = BLANK.sub(b"", raw).translate(URL_SAFE).rstrip(b"=")
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4), validate=True)
    except binascii.Error:
        raise ReferenceUnreachable.at("", f"{named(url)} is not valid base64.") from None


def _too_large(url: str, limit_bytes: int) -> ValidationError:
    return ReferenceUnreachable.at(
        "",
        f"{named(url)} is too large: media inside a request may have {limit_bytes:,} bytes. Upload larger files with "
        "POST /v1/files, and send the URL that it answers.",
    )
