"""Sessions to providers, hosted originals and search: through the operator's proxy, trusting one store.

OUTBOUND_PROXY names the proxy for all of them; without it the usual variables do (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY).
NO_PROXY holds for both. Callbacks and references never come this way.
"""

import os
from collections.abc import Mapping
from typing import Any
from urllib.request import getproxies_environment

import requests
from requests.adapters import HTTPAdapter
from requests.utils import should_bypass_proxies
from urllib3.connectionpool import ConnectionPool

from service.net.trust import trust

VARIABLE = "OUTBOUND_PROXY"


def proxies_for(url: str) -> dict[str, str]:
    """The proxies to ask for `url`, by scheme, as requests takes them; none where it is to be reached directly."""
    # Left to find NO_PROXY itself: where it is given, requests writes it to the environment, which threads share.
    if should_bypass_proxies(url, no_proxy=None):
        return {}
    known = getproxies_environment()
    known.pop("no", None)
    named = os.environ.get(VARIABLE, "").strip()
    return {"http": named, "https": named} if named else known


def outbound_session(url: str) -> requests.Session:
    """A session for calls to `url`'s host that repeats nothing on its own."""
    session = requests.Session()
    # Taken here, not by requests, which would read a .netrc too.
    session.trust_env = False
    session.proxies.update(proxies_for(url))
    for scheme in ("http://", "https://"):
        session.mount(scheme, TrustingAdapter())
    return session


class TrustingAdapter(HTTPAdapter):
    """Verifies servers against `trust()` alone."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=trust(), **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=trust(), **kwargs)

    def cert_verify(
        self, conn: ConnectionPool, url: str, verify: bool | str | None, cert: str | tuple[str, str] | None
    ) -> None:
        # requests would add certifi's list to whatever the operator has named.
        told: Mapping[str, Any] = {"cert_reqs": "CERT_REQUIRED", "ca_certs": None, "ca_cert_dir": None}
        vars(conn).update(told)
