"""Links to the service's own files: a private one carries a signature that lives a day and is renewed at every read.

Source: contract, section 4.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from sqlalchemy import ColumnElement, func

from service.accounts.crypt import Vault
from service.context import Context
from service.store.clock import now

LIVES_S = 24 * 3600
PRIVATE = "private=1"


def private_url(base_url: str, path: str) -> str:
    """How a private file's URL is stored: marked, so that whoever shows it signs it."""
    return f"{base_url}/{path}?{PRIVATE}"


def with_privacy(output: ColumnElement[Any], paths: Iterable[str], private: bool) -> ColumnElement[Any]:
    """A column of stored JSON with the URLs of these files marked as private, or no longer so."""
    for path in paths:
        plain, marked = f'/{path}"', f'/{path}?{PRIVATE}"'
        output = func.replace(output, plain, marked) if private else func.replace(output, marked, plain)
    return output


def sign(vault: Vault, url: str) -> str:
    """The marked URL with a signature that is good for a day."""
    parts = urlsplit(url)
    expires = now() // 1000 + LIVES_S
    signature = vault.sign(f"{parts.path}\n{expires}")
    return parts._replace(query=urlencode({"expires": expires, "signature": signature})).geturl()


def verified(vault: Vault, path: str, query: str) -> bool:
    """Whether `query` of a request for `path` (with its leading slash) holds a signature that is still good."""
    members = parse_qs(query)
    expires, signature = members.get("expires", [""])[0], members.get("signature", [""])[0]
    # Only a signed number is read as one: a caller's own may be too long for that.
    return vault.verify(f"{path}\n{expires}", signature) and int(expires) >= now() // 1000


def signed_output(context: Context, output: Any) -> Any:
    """`output` with every marked link in it signed, wherever an API's shape has it."""
    base = context.settings.url + "/"
    return _signed(context.vault, base, output) if output is not None else None


def _signed(vault: Vault, base: str, value: Any) -> Any:
    if isinstance(value, str):
        return sign(vault, value) if value.startswith(base) and value.endswith(PRIVATE) else value
    if isinstance(value, list):
        return [_signed(vault, base, member) for member in value]
    if isinstance(value, dict):
        return {name: _signed(vault, base, member) for name, member in value.items()}
    return value
