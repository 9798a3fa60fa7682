"""The one trust store of every client: what SSL_CERT_FILE and SSL_CERT_DIR name, else the system's and Mozilla's."""

import os
import ssl
from functools import lru_cache
from pathlib import Path

import certifi

# OpenSSL's own names come first; the others are what requests and curl are told by.
FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
FOLDER = "SSL_CERT_DIR"


def trust() -> ssl.SSLContext:
    """Return what a TLS client verifies servers with, shared by all connections of this process."""
    file = next((os.environ[name] for name in FILES if os.environ.get(name)), None)
    return _trusting(file, os.environ.get(FOLDER) or None)


def is_own() -> bool:
    """Tell whether the operator has named a trust store."""
    return any(os.environ.get(name) for name in (*FILES, FOLDER))


@lru_cache(8)
def _trusting(file: str | None, folder: str | None) -> ssl.SSLContext:
    if file is None and folder is None:
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        return context
    if file is not None and Path(file).is_dir():
        file, folder = None, file
    return ssl.create_default_context(cafile=file, capath=folder)
