"""A hosted original, or an added API's server, opened with an account's key."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import orjson

from service.accounts.keyring import OwnKey
from service.definitions import Action, Api
from service.hosted.answers import Heard
from service.hosted.placing import IN_COOKIE, Part, Placed
from service.net.client import AGENT
from service.net.failures import why
from service.providers.http import UNANSWERED, exchange, never_sent

CONNECT_S = 10.0
# The original ends a generate at its own limit, and says so itself.
GRACE_S = 20.0
# Keeps an answer's bytes, and returns the answer with the place of the file.
Keep = Callable[[Heard, bytes], Heard]
WITHOUT_EFFECT = ("read", "search", "estimate")
CONTENT_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class SentFile:
    """A local copy of a file that is sent, under its own name."""

    path: Path
    name: str
    content_type: str


class NotReached(Exception):
    """No connection was made: nothing can have been received."""


class NoAnswer(Exception):
    """Perhaps received, and no answer came."""


@dataclass(frozen=True, slots=True)
class Original:
    """One hosted API with one key, which goes to its configured address and nowhere else."""

    api: Api
    own: OwnKey

    @property
    def base_url(self) -> str:
        """Return where it is, without a slash at its end."""
        return base_url(self.api, self.own.base_url)

    def call(
        self,
        request: Placed,
        within_s: float,
        headers: Mapping[str, str] | None = None,
        keep: Keep | None = None,
        files: Mapping[str, SentFile] = MappingProxyType({}),
    ) -> Heard:
        """One call, once, redirects not followed; an answer that is a file is kept. Raises NotReached, NoAnswer.

        `files` are those that are sent, by their place in the input.
        """
        accept = "*/*" if keep else "application/json, text/*;q=0.5" if self.api.added else "application/json"
        sent = {"User-Agent": AGENT, "Accept": accept, "Connection": "close", **request.headers, **(headers or {})}
        query = dict(request.query)
        self._tell_key(sent, query)
        body = {} if request.body is None else _written(request, files)
        try:
            answer = exchange(
                request.method,
                self.base_url + request.path,
                within_s=within_s,
                timeout=(min(CONNECT_S, within_s), within_s),
                params=query,
                **{**body, "headers": {**sent, **body.get("headers", {})}},
            )
        except UNANSWERED as error:
            kind = NotReached if never_sent(error) else NoAnswer
            raise kind(why(error)) from None
        heard = Heard.of(answer, whole=self.api.added)
        return heard if keep is None or not heard.is_file or not answer.body else keep(heard, answer.body)

    def _tell_key(self, headers: dict[str, str], query: dict[str, Any]) -> None:
        """Put the key where the API looks for it; an API that is open to all may be asked without one."""
        if self.api.public and not self.own.key:
            return
        way = self.api.key
        if way is None:
            headers["Authorization"] = f"{self.api.auth['scheme']} {self.own.key}"
        elif way["in"] == "query":
            query[way["name"]] = self.own.key
        elif way["in"] == "cookie":
            told = f"{way['name']}={quote(self.own.key, safe=IN_COOKIE)}"
            headers["Cookie"] = f"{headers['Cookie']}; {told}" if "Cookie" in headers else told
        elif way["in"] == "basic":
            told = self.own.key if ":" in self.own.key else f"{self.own.key}:"
            headers["Authorization"] = f"Basic {base64.b64encode(told.encode()).decode()}"
        else:
            headers[way["name"]] = way["before"] + self.own.key


def _written(request: Placed, files: Mapping[str, SentFile]) -> dict[str, Any]:
    """The body as the client takes it, a form or parts being written by it; with its media type where that is known."""
    if request.encoding == "multipart":
        # Without a part nothing would say that it is one.
        return {"files": [_part(part, files) for part in request.body]} if request.body else {}
    if request.encoding == "file":
        file = files[request.body.file_at]
        kind = request.body.content_type or file.content_type
        return {"data": file.path.read_bytes(), "headers": {"Content-Type": kind}}
    body = request.body
    if request.encoding != "form":
        body = str(body).encode() if request.encoding == "text" else orjson.dumps(body)
    return {"data": body, "headers": {"Content-Type": CONTENT_TYPES[request.encoding]}}


def _part(part: Part, files: Mapping[str, SentFile]) -> tuple[str, tuple[str | None, bytes, str | None]]:
    if part.file_at is None:
        return part.name, (None, part.text.encode(), part.content_type or None)
    file = files[part.file_at]
    return part.name, (file.name, file.path.read_bytes(), file.content_type)


def base_url(api: Api, own: str | None) -> str:
    """Return where a hosted original is: the account's own address for it, else the public one."""
    return (own or api.hosted_url).rstrip("/")


def is_repeatable(action: Action) -> bool:
    """Return whether it may be sent again though it may have been received: it changes nothing there."""
    if action.api.added:
        return action.method == "GET"
    return action.method == "GET" or action.kind in WITHOUT_EFFECT


def limit_s(action: Action) -> float:
    """Seconds that an answer is awaited."""
    limits = action.api.time_limits
    return limits["generate_s"] + GRACE_S if action.kind == "generate" else limits["request_s"]
