"""Reads the answers of a hosted original by its `api.json`: the run's output, or the run's error.

Source: the three documents, 'Errors'.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
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
    """An original's answer: `data` is its JSON (None where it is none), `text` the start of it where it is none.

    `retry_after` is in seconds.
    """

    status: int
    data: Any = None
    text: str = ""
    retry_after: float | None = None

    @classmethod
    def of(cls, answer: Answer) -> "Heard":
        """The answer as it came."""
        text = answer.text(SHOWN) if answer.data is None else ""
        return cls(answer.status, answer.data, text, retry_after.seconds(answer.headers.get("Retry-After")))

    def as_json(self) -> dict[str, Any]:
        """The form that is recorded; `Heard(**form)` reads it."""
        return asdict(self)

    def succeeded(self, api: Api) -> bool:
        """Return whether this is a success that can be read: 2xx, and what a success always says."""
        if not 200 <= self.status < 300 or self.text or not self._says(api.answer["constants"]):
            return False
        # An envelope that is an error and nothing else is one, whatever the status says.
        return not (self.refused(api) and self.data.keys() == {api.error["message"].split("/")[1]})

    def refused(self, api: Api) -> bool:
        """Return whether this is the API's own error envelope, not what a proxy before it says."""
        return self._says(api.error["constants"]) and isinstance(at(self.data, api.error["message"]), str)

    def not_taken(self, api: Api) -> bool:
        """Return whether it says that nothing was done yet, and to come again."""
        return self.status == LIMITED or (self.status == AWAY and self.refused(api))

    def output(self, api: Api) -> Any:
        """The run's output: the answer's data; `{"data", "meta"}` where it has meta."""
        data = at(self.data, api.answer["data"])
        meta = at(self.data, api.answer["meta"]) if api.answer["meta"] else None
        return data if meta is None else {"data": data, "meta": meta}

    def made_nothing(self, api: Api) -> bool:
        """Return whether a generate's answer is of work that has failed."""
        ends = {api.status[name] for name in ("failed", "canceled", "timed_out")}
        return at(at(self.data, api.answer["data"]), "/status") in ends

    def error(self, api: Api) -> ServiceError:
        """The run's error, with the original's own status, code and words."""
        code, message = self._code(api), self._message(api)
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
    def _may_pass(self) -> bool:
        return self.status == LIMITED or self.status >= 500

    def _says(self, constants: Mapping[str, Any]) -> bool:
        return all(at(self.data, pointer) == value for pointer, value in constants.items())

    def _code(self, api: Api) -> str | None:
        code = at(self.data, api.error["code"]) if api.error["code"] else None
        return code if isinstance(code, str) else None

    def _message(self, api: Api) -> str:
        message = at(self.data, api.error["message"])
        return message if isinstance(message, str) and message else self.text or f"HTTP status {self.status}"


def at(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer finds; None where there is nothing."""
    for part in pointer.split("/")[1:]:
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
