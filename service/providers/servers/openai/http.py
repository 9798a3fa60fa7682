"""Calls to a server that speaks OpenAI's API: what a refusal proves, and what the answer says it cost."""

import math
from collections.abc import Mapping
from typing import Any

from service.errors import ServiceError
from service.providers.base import Access, Loading
from service.providers.faults import error_of, unknown, unusable
from service.providers.http import Answer, Http
from service.providers.servers.openai.faults import REFUSES_BY_500, fault, named_member, not_begun, only_streams

# Members that a server refused are left out one after the other; each refusal proves that nothing was begun.
MOST_LEFT_OUT = 3
# A proxy that tries again by itself would send paid work more than once.
ONCE = {"x-litellm-num-retries": "0"}
COST = "x-litellm-response-cost"


class ServerHttp(Http):
    """One call's HTTP client, which also adds up what its answers say they cost."""

    def __init__(self, name: str, access: Access) -> None:
        """`access` has the address, with the path of the API, and the key where the server has one."""
        keyed = {"Authorization": f"Bearer {access.key}"} if access.key else {}
        super().__init__(name, access, {"api": access.base_url or ""}, {**ONCE, **keyed}, fault)
        self._software = access.software
        self._costs: list[float] = []

    @property
    def cost(self) -> float | None:
        """US dollars of every answer so far; None where none told."""
        return sum(self._costs) if self._costs else None

    def send(self, path: str, body: Mapping[str, Any], read_s: float) -> Answer:
        """Send paid work, again without a member that the server says it does not take."""
        return self.post_once(self.address("api", path), json=body, read_s=read_s)

    def post_once(self, url: str, *, json: Any = None, **options: Any) -> Answer:
        """Send it without nulls; see `send`. Raises as `Http.post_once` does."""
        body = {name: value for name, value in json.items() if value is not None}
        for left in reversed(range(MOST_LEFT_OUT + 1)):
            try:
                answer = super().post_once(url, json=body, **options)
            except _Refusal as refusal:
                again = _mended(body, refusal.answer) if left else None
                if again is None:
                    raise self.meaning(refusal.answer) from None
                body = again
            else:
                self._count(answer)
                return answer
        raise AssertionError("the last try answers or raises")

    def failure(self, answer: Answer, sent: bool = False) -> ServiceError:
        """Return what an error answer means. A refusal of paid work is kept whole, for `post_once` to look at."""
        if sent:
            return _Refusal(answer)
        if not_begun(answer):
            told = fault(answer)
            provider = {"name": self.name, "code": told.code, "message": told.message}
            return Loading(f"{self.name} is not ready yet: {told.message}", provider=provider)
        return super().failure(answer)

    def meaning(self, answer: Answer) -> ServiceError:
        """Return what a refusal of paid work means: whether it was begun, and whether it may be sent again."""
        if not_begun(answer):
            return self.failure(answer)
        if answer.status == 500 and self._software in REFUSES_BY_500:
            told = fault(answer)
            if told.kind in ("failed", "moderation"):
                return unusable(self.name, told.message, told.code)
            return error_of(self.name, told)
        return super().failure(answer, sent=True)

    def usable(self, answer: Answer) -> Any:
        """The JSON object of an answer. Raises OutcomeUnknown where it is none, and the error inside it."""
        if not isinstance(answer.data, dict):
            raise unknown(self.name, answer.text())
        if answer.data.get("error"):
            raise super().failure(answer)
        return answer.data

    def _count(self, answer: Answer) -> None:
        usage = answer.data.get("usage") if isinstance(answer.data, dict) else None
        told = answer.headers.get(COST) or (usage.get("cost") if isinstance(usage, dict) else None)
        try:
            cost = float(told) if told is not None else math.nan
        except (TypeError, ValueError):
            return
        if math.isfinite(cost) and cost >= 0:
            self._costs.append(cost)


class _Refusal(ServiceError):
    """The server's refusal of paid work, as it came."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("")
        self.answer = answer


def _mended(body: Mapping[str, Any], refusal: Answer) -> dict[str, Any] | None:
    """The request as the server says that it would take it; None where it doesn't say."""
    if "messages" in body and "stream" not in body and only_streams(refusal):
        return {**body, "stream": True}
    member = named_member(refusal, body)
    return None if member is None else _without(body, member, fault(refusal).message)


def _without(body: Mapping[str, Any], member: str, message: str) -> dict[str, Any]:
    """The request without a member; the limit of an answer under its newer name, where the server asks for that."""
    left = {name: value for name, value in body.items() if name != member}
    if member == "max_tokens" and "max_completion_tokens" in message:
        left["max_completion_tokens"] = body[member]
    return left
