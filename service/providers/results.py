"""Copying what a provider made: streamed to a file, size-limited, its type what its first bytes say.

Results lie on other hosts than the API: those pass the guard, as does every redirect, and never see the key.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from service.errors import AddressRefused
from service.net.client import CHUNK, REDIRECTS, guarded_session
from service.net.failures import why
from service.net.guard import Guard
from service.net.media_types import type_of
from service.net.outbound import outbound_session, proxies_for
from service.net.picture_sizes import size_of
from service.providers.base import Artifact, NotNow
from service.providers.faults import unusable
from service.providers.http import TRIES, Http

CONNECT_S, READ_S, DEADLINE_S = 10.0, 30.0, 300.0
LIMIT_BYTES = {"image": 80_000_000, "audio": 200_000_000, "video": 1_000_000_000}
# What a made file of each media is.
MADE_AS = {"video": "video", "speech": "audio", "music": "audio", "soundeffect": "audio"}


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A copied result; `width` and `height` in pixels where it is a picture."""

    path: Path
    content_type: str
    width: int | None = None
    height: int | None = None

    def artifact(
        self, index: int, engine: str, *, duration: float | None = None, cost: float | None = None
    ) -> Artifact:
        """Return it as the made item `index`; `duration` (seconds), `cost` (US dollars) as told."""
        return Artifact(index, engine, self.path, self.content_type, self.width, self.height, duration, cost=cost)


class Results:
    """Fetches one provider's results. Shared by threads."""

    def __init__(self, http: Http, guard: Guard) -> None:
        """`guard` decides which other hosts may be reached."""
        self._http = http
        self._guard = guard

    def download(self, url: str, path: Path, media: str, *, keyed: bool = False) -> CopiedFile:
        """Copy the result at `url`, which is to be of `media`; `keyed` sends the key, to the provider's host only.

        Raises ProviderError where the link is dead or holds something else, NotNow where it may be asked again.
        """
        for left in reversed(range(TRIES)):
            try:
                self._copy(url, path, LIMIT_BYTES[MADE_AS.get(media, "image")], keyed)
                return self.checked(path, media)
            except NotNow:
                if not left:
                    raise
                time.sleep(0.2 * (TRIES - left))
        raise AssertionError("the last try answers or raises")

    def checked(self, path: Path, media: str) -> CopiedFile:
        """Return the file at `path` with its sniffed type. Raises ProviderError where that is not `media`."""
        content_type, wanted = sniff(path), MADE_AS.get(media, "image")
        if content_type is None or not content_type.startswith(f"{wanted}/"):
            raise unusable(self._http.name, f"{content_type or 'text or something unknown'} in place of {wanted}")
        return CopiedFile(path, content_type, *measure(path, content_type))

    def _copy(self, url: str, path: Path, limit: int, keyed: bool) -> None:
        for _ in range(REDIRECTS + 1):
            headers = self._http.headers_for(url) if keyed else {}
            try:
                following = self._save(url, path, limit, headers)
            except (requests.RequestException, HTTPError, OSError) as error:
                told = {"name": self._http.name, "code": None, "message": why(error)}
                raise NotNow(f"The result can't be fetched from {self._http.name}.", provider=told) from error
            if following is None:
                return
            url, keyed = following, keyed and self._http.own(following)
        raise unusable(self._http.name, f"its result redirects more than {REDIRECTS} times")

    def _save(self, url: str, path: Path, limit: int, headers: dict[str, str]) -> str | None:
        """Save the answer; return where the server points to instead, None once it is saved."""
        deadline = time.monotonic() + DEADLINE_S
        with self._session(url) as session:
            answer = session.get(
                url,
                stream=True,
                allow_redirects=False,
                timeout=(CONNECT_S, READ_S),
                headers={**headers, "Accept": "*/*"},
            )
            with answer:
                if answer.is_redirect:
                    return urljoin(url, answer.headers["Location"])
                self._check(answer)
                size = 0
                with path.open("wb") as file:
                    for chunk in answer.iter_content(CHUNK):
                        size += len(chunk)
                        if size > limit:
                            raise unusable(self._http.name, f"its result is larger than {limit // 1_000_000} MB")
                        if time.monotonic() > deadline:
                            raise unusable(self._http.name, "its result took too long to fetch")
                        file.write(chunk)
        return None

    def _check(self, answer: requests.Response) -> None:
        if answer.status_code == 429 or answer.status_code >= 500:
            told = {"name": self._http.name, "code": str(answer.status_code), "message": answer.reason}
            raise NotNow(f"The result can't be fetched from {self._http.name} now.", provider=told)
        if not answer.ok:
            raise unusable(self._http.name, "the link to its result is dead", str(answer.status_code))

    def _session(self, url: str) -> requests.Session:
        if self._http.own(url) or proxies_for(url):
            # The provider names the address, not the caller, and a proxy connects to what it lets through.
            return outbound_session(url)
        try:
            self._guard.check_url(url)
        except AddressRefused as refusal:
            raise unusable(
                self._http.name, f"its result is at an address that may not be reached ({refusal.message})"
            ) from None
        return guarded_session(self._guard)


def sniff(path: Path) -> str | None:
    """Return the media type that the file's first bytes say; None for text and what is unknown."""
    content_type = type_of(path)
    if content_type is not None:
        return content_type
    with path.open("rb") as file:
        start = file.read(2048).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    return "image/svg+xml" if start.startswith("<") and "<svg" in start else None


def measure(path: Path, content_type: str) -> tuple[int | None, int | None]:
    """Return a picture's width and height in pixels; None for what has none or can't be read."""
    size = size_of(path) if content_type.startswith("image/") else None
    return size or (None, None)


def put(http: Http, guard: Guard, url: str, path: Path, content_type: str) -> None:
    """Upload a file to where the provider said, without the key. Raises ProviderError."""
    direct = not http.own(url) and not proxies_for(url)
    if direct:
        guard.check_url(url)
    try:
        with guarded_session(guard) if direct else outbound_session(url) as session, path.open("rb") as file:
            headers = {"Content-Type": content_type}
            answer = session.put(url, data=file, headers=headers, timeout=(CONNECT_S, READ_S), allow_redirects=False)
    except (requests.RequestException, HTTPError, OSError) as error:
        told = {"name": http.name, "code": None, "message": why(error)}
        raise NotNow(f"The reference can't be uploaded to {http.name}.", provider=told) from error
    if not answer.ok:
        raise unusable(http.name, "it does not take the reference", str(answer.status_code))
