"""The addresses of added servers: the operator's word, so they may be private."""

import re
from urllib.parse import urlsplit

from service.errors import ValidationError

SCHEMES = ("http", "https")
# Letters that no address is written with; clients and servers read them differently.
UNWRITTEN = re.compile(r"[\s\\\x00-\x1f\x7f]")


def check_base_url(text: str) -> str:
    """Return the address without a slash at its end. Raises ValidationError."""
    try:
        parts = urlsplit(text.strip())
        named = parts.scheme in SCHEMES and parts.hostname is not None and parts.port != 0
        named = named and UNWRITTEN.search(text.strip()) is None
    except ValueError:
        named = False
    if not named:
        raise ValidationError.at("/base_url", f"{text!r} must be a URL such as http://127.0.0.1:11434/v1.")
    if "@" in parts.netloc:
        raise ValidationError.at("/base_url", "The URL must hold no user or password; give the key by --key -.")
    if parts.query or parts.fragment:
        raise ValidationError.at("/base_url", "The URL must end with its path, without ? or #.")
    return text.strip().rstrip("/")
