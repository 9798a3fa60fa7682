"""Say in plain words why a call got no answer, without the addresses and URLs that libraries put into theirs."""

import socket
import ssl
from collections.abc import Iterator

import requests
from urllib3 import exceptions as urllib3


def why(error: BaseException) -> str:
    """The reason, to be told to callers: no address, no host, no credentials of a proxy."""
    chain = list(_chain(error))
    for kind, words in _WORDS:
        if any(isinstance(one, kind) for one in chain):
            return words
    return f"the connection failed ({type(error).__name__})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was made from, which the libraries keep in four ways."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [getattr(one, "reason", None), getattr(one, "original_error", None), *one.args]
        waiting += [one.__cause__, one.__context__]


_WORDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    ((requests.exceptions.ProxyError, urllib3.ProxyError), "the outbound proxy can't be reached or refuses"),
    (ssl.SSLCertVerificationError, "its TLS certificate is not trusted"),
    ((ssl.SSLError, urllib3.SSLError), "TLS could not be agreed on"),
    (ConnectionRefusedError, "it refuses connections"),
    ((socket.gaierror, urllib3.NameResolutionError), "its name can't be resolved"),
    ((TimeoutError, urllib3.TimeoutError, requests.exceptions.Timeout), "it took too long"),
    (ConnectionResetError, "it closed the connection"),
    ((urllib3.ProtocolError, requests.exceptions.ChunkedEncodingError), "its answer broke off"),
    (requests.exceptions.ContentDecodingError, "its answer is too large or can't be unpacked"),
    (OSError, "the network is not reachable"),
)
