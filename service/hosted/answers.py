"""Reads the answers of a hosted original, or an added API's server, by its `api.json`: the run's output, or its error.

See the three documents, 'Errors'.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from service.definitions import Api
from service.errors import (
    ProviderAuth,
    ProviderError,
    RefusedByProvider,
    ServiceError,
    TimedOut,
    ValidationError,
)
from service.net import retry_after
from service.providers.http import Answer

SHOWN = 300
MOST_MESSAGE = 2000
# An added API's answer in text is the run's output, and checked there for its size.
LONGEST_TEXT = 2_000_000
READABLE = re.compile(r"text/.*|application/([\w.+-]+\+)?xml|application/(x-)?(javascript|yaml|x-ndjson|csv)")
# Nothing was done: the request may be sent again, whatever it was.
LIMITED, AWAY = 429, 503
_KIND_OF_STATUS: dict[int, type[ServiceError]] = {
    400: ValidationError,
    401: ProviderAuth,
    402: ProviderAuth,
    403: ProviderAuth,
    422: ValidationError,
    504: TimedOut,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: `data` is its JSON (None where it is none), `text` the start of it where it is none.

    `retry_after` is in seconds; `leads_to` is where a redirect points, which is not followed. Of an answer that is a
    file, `file` is the path under which it was kept, and `size` its bytes.
    """

    status: int
    data: Any = None
    text: str = ""
    retry_after: float | None = None
    content_type: str = ""
    leads_to: str | None = None
    file: str | None = None
    size: int = 0

    @classmethod
    def of(cls, answer: Answer, whole: bool = False) -> "Heard":
        """The answer as it came; `whole` where its text is read to the end."""
        is_json = answer.data is not None or answer.body.strip() == b"null"
        text = "" if is_json else answer.text(LONGEST_TEXT if whole and answer.ok else SHOWN)
        hint = retry_after.seconds(answer.headers.get("Retry-After"))
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        leads_to = answer.headers.get("Location") if 300 <= answer.status < 400 else None
        return cls(answer.status, answer.data, text, hint, kind[:100], leads_to)

    def as_json(self) -> dict[str, Any]:
        """The form that is recorded; `Heard(**form)` reads it."""
        return asdict(self)

    @property
    def is_file(self) -> bool:
        """Tell whether a success says that it is neither JSON nor a text."""
        told = self.content_type
        return 200 <= self.status < 300 and told != "" and "json" not in told and READABLE.fullmatch(told) is None

    def kept(self, path: str, content_type: str, size: int) -> "Heard":
        """The same answer, whose bytes were kept as a file."""
        return replace(self, data=None, text="", content_type=content_type, file=path, size=size)

    def succeeded(self, api: Api) -> bool:
        """Return whether this is a success that can be read: 2xx, and what a success always says."""
        if api.added:
            return 200 <= self.status < 300 and (self.file is not None or not self.text or self._is_text)
        if not 200 <= self.status < 300 or self.text or not self._says(api.answer["constants"]):
            return False
        # An envelope that is an error and nothing else is one, whatever the status says.
        return not (self.refused(api) and self.data.keys() == {api.error["message"].split("/")[1]})

    def refused(self, api: Api) -> bool:
        """Return whether this is the API's own error envelope, not what a proxy before it says.

        An added API's envelope isn't known: nothing but its status tells.
        """
        if api.added:
            return False
        return self._says(api.error["constants"]) and isinstance(at(self.data, api.error["message"]), str)

    def not_taken(self, api: Api) -> bool:
        """Return whether it says that nothing was done yet, and to come again."""
        return self.status == LIMITED or (self.status == AWAY and self.refused(api))

    def output(self, api: Api) -> Any:
        """The run's output: the answer's data; `{"data", "meta"}` where it has meta.

        An added API's answer that is no JSON is told with its status.
        """
        if api.added:
            return self._told_whole()
        data = at(self.data, api.answer["data"])
        meta = at(self.data, api.answer["meta"]) if api.answer["meta"] else None
        return data if meta is None else {"data": data, "meta": meta}

    def made_nothing(self, api: Api) -> bool:
        """Return whether a generate's answer is of work that has failed."""
        if api.added:
            return False
        ends = {api.status[name] for name in ("failed", "canceled", "timed_out")}
        return at(at(self.data, api.answer["data"]), "/status") in ends

    def error(self, api: Api) -> ServiceError:
        """The run's error, with the original's own status, code and words."""
        code, message = self._code(api), self._message(api)
        if api.added:
            return self._added_error(api, message)
        entries = _entries(api, self.status, code)
        if 200 <= self.status < 300:
            kind: type[ServiceError] = ProviderError
        else:
            kind = _KIND_OF_STATUS.get(self.status, ProviderError if self._may_pass else RefusedByProvider)
        error = kind(f"The hosted {api.name} answers: {message}", provider=_told(api, code, message))
        if self.status >= 400:
            error.status = self.status
            error.permanent = all(entry["permanent"] for entry in entries) if entries else not self._may_pass
        error.retry_after = None if self.retry_after is None else max(1, round(self.retry_after))
        return error

    @property
    def _is_text(self) -> bool:
        return not self.content_type or READABLE.fullmatch(self.content_type) is not None

    def _told_whole(self) -> Any:
        if self.text:
            return {"status": self.status, "content_type": self.content_type, "text": self.text}
        return {"status": self.status} if self.data is None else self.data

    def _added_error(self, api: Api, message: str) -> ServiceError:
        """The error of an added API: only its status is known to mean the same everywhere."""
        told = _told(api, None, message)
        if self.status in (401, 403):
            error: ServiceError = ProviderAuth(f"{api.name} does not accept the key: {message}", provider=told)
        elif 400 <= self.status < 500 and self.status != LIMITED:
            error = RefusedByProvider(f"{api.name} refuses this: {message}", provider=told)
        elif 200 <= self.status < 300:
            error = ProviderError(
                f"{api.name} answers {self.content_type or 'what'}, which a run can't hold.", provider=told
            )
        else:
            error = ProviderError(f"{api.name} answers: {message}", provider=told)
        if self.status >= 400:
            error.status = self.status
        error.permanent = not self._may_pass
        error.retry_after = None if self.retry_after is None else max(1, round(self.retry_after))
        return error

    @property
    def _may_pass(self) -> bool:
        return self.status == LIMITED or self.status >= 500

    def _says(self, constants: Mapping[str, Any]) -> bool:
        return all(at(self.data, pointer) == value for pointer, value in constants.items())

    def _code(self, api: Api) -> str | None:
        code = at(self.data, api.error["code"]) if api.error["code"] else None
        return code if isinstance(code, str) else None

    def _message(self, api: Api) -> str:
        if self.leads_to is not None:
            return f"HTTP status {self.status}, a redirect to {self.leads_to[:SHOWN]}, which is not followed"
        for place in (api.error["message"], *api.error.get("messages", ())):
            message = at(self.data, place)
            if isinstance(message, str) and message:
                return message[:MOST_MESSAGE]
        return self.text[:SHOWN] or f"HTTP status {self.status}"


def at(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer finds; None where there is nothing."""
    for part in pointer.split("/")[1:]:
        if isinstance(value, list) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def unreachable(api: Api, why: str) -> ProviderError:
    """No answer to what may be asked again, or was not sent at all."""
    return ProviderError(f"The hosted {api.name} can't be reached: {why}.", provider=_told(api, None, why))


def _told(api: Api, code: str | None, message: str) -> dict[str, Any]:
    return {"name": api.name, "code": code, "message": message[:SHOWN]}


def _entries(api: Api, status: int, code: str | None) -> list[Mapping[str, Any]]:
    """The rows of the API's code table that this status and code may be."""
    rows: Iterable[Mapping[str, Any]] = api.errors.values()
    return [row for row in rows if row["status"] == status and (code is None or row.get("code") in (None, code))]
