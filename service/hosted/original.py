"""A hosted original, or an added API's server, opened with an account's key."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from service.accounts.keyring import OwnKey
from service.definitions import Action, Api
from service.hosted.answers import Heard
from service.hosted.placing import Placed
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
        self, request: Placed, within_s: float, headers: Mapping[str, str] | None = None, keep: Keep | None = None
    ) -> Heard:
        """One call, once, redirects not followed; an answer that is a file is kept. Raises NotReached, NoAnswer."""
        accept = "*/*" if keep else "application/json, text/*;q=0.5" if self.api.added else "application/json"
        sent = {"User-Agent": AGENT, "Accept": accept, "Connection": "close", **request.headers, **(headers or {})}
        query = dict(request.query)
        self._tell_key(sent, query)
        body: Any = None
        if request.body is not None:
            sent["Content-Type"] = CONTENT_TYPES[request.encoding]
            body = _written(request)
        try:
            answer = exchange(
                request.method,
                self.base_url + request.path,
                within_s=within_s,
                timeout=(min(CONNECT_S, within_s), within_s),
                params=query,
                data=body,
                headers=sent,
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
        elif way["in"] == "basic":
            told = self.own.key if ":" in self.own.key else f"{self.own.key}:"
            headers["Authorization"] = f"Basic {base64.b64encode(told.encode()).decode()}"
        else:
            headers[way["name"]] = way["before"] + self.own.key


def _written(request: Placed) -> Any:
    """The body as it is sent; a form is written by the client."""
    if request.encoding == "form":
        return request.body
    return str(request.body).encode() if request.encoding == "text" else orjson.dumps(request.body)


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
