"""The refusals of servers that speak OpenAI's API, each in its software's habits."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from service.providers.adapters.openai.faults import reset_of
from service.providers.faults import Fault, Kind, kind_of
from service.providers.http import Answer

# Software whose 500 says that a request was refused before anything was made: a picture for a model of texts, a schema
# that it does not read.
REFUSES_BY_500 = frozenset({"llama.cpp", "llama-cpp-python"})
# Words of a 503 that stands before the work: a model that is loading, a queue that is full, a load that is not retried
# yet.
NOT_BEGUN = re.compile(r"\bloading\b|\bpending requests\b|\bqueue\b.*\bfull\b|\bcooldown\b|\bcooling down\b", re.I)
# Words of a server that answers nothing whole.
ONLY_STREAMS = re.compile(
    r"\bonly supports? (the )?stream|\bstream(ing)? (mode )?(is required|only)"
    r"|\bstream\b[^.]{0,40}\bmust be (set to )?true",
    re.IGNORECASE,
)  # fmt: skip
_KIND: dict[str, Kind] = {
    "insufficient_quota": "credit",
    "budget_exceeded": "credit",
    "invalid_api_key": "auth",
    "authentication_error": "auth",
    # LiteLLM without a database, to a key that is not its master key.
    "no_db_connection": "auth",
    "model_not_found": "unknown_model",
    "not_found_error": "unknown_model",
    "moderation_blocked": "moderation",
    "content_policy_violation": "moderation",
}
# What a request is about; without one of these it would be another request.
KEPT = frozenset({"model", "messages", "prompt", "input", "tools", "tool_choice"})
# Of a message, which may hold the caller's whole prompt.
MOST_READ = 4000
_SAID = r"(?:parameters?|params?|fields?|members?|arguments?|options?|property|properties|keys?)"
_UNKNOWN = r"(?:is not|isn't|not|unsupported|unknown|unrecognized|unexpected|invalid|forbidden|extra)"


def fault(answer: Answer) -> Fault:
    """Read the `error` with its message, type and code, wherever the software puts them."""
    told = _told(answer)
    message = str(told.get("message") or answer.text())[:MOST_READ]
    code, sort = told.get("code"), told.get("type")
    kind = _KIND.get(str(code)) or _KIND.get(str(sort)) or kind_of(answer.status, message)
    if answer.status == 404 and answer.headers.get("Allow"):
        kind = "failed"
    hint = reset_of(answer) if kind == "rate" else None
    return Fault(kind, message, str(code or sort) if code or sort else None, hint)


def not_begun(answer: Answer) -> bool:
    """Tell whether a 503 says that nothing was begun, so that the same request may be sent again."""
    return answer.status == 503 and NOT_BEGUN.search(fault(answer).message) is not None


def only_streams(answer: Answer) -> bool:
    """Tell whether a refusal says that answers are streamed alone."""
    return answer.status in (400, 422) and ONLY_STREAMS.search(fault(answer).message) is not None


def named_member(answer: Answer, body: Mapping[str, Any]) -> str | None:
    """Return the member of `body` that a refusal names and that can be left out; None where it names none."""
    if answer.status not in (400, 422):
        return None
    told, free = _told(answer), [name for name in body if name not in KEPT]
    if told.get("param") in free:
        return str(told["param"])
    text = str(told.get("message") or answer.text(MOST_READ))[:MOST_READ]
    found = {place: name for name in free if (place := _place(name, text)) is not None}
    return found[min(found)] if found else None


def _place(name: str, text: str) -> int | None:
    """Find where the text names the member: quoted, as a member, or by a name that is no plain word."""
    word = re.escape(name)
    patterns: Iterable[str] = (
        rf"""['"`\[(]{word}['"`\])]""",
        rf"\b{_SAID}\W+{word}\b",
        rf"\b{word}\W+{_UNKNOWN}\b",
        *((rf"\b{word}\b",) if "_" in name else ()),
    )
    places = [found.start() for pattern in patterns if (found := re.search(pattern, text, re.I))]
    return min(places) if places else None


def _told(answer: Answer) -> Mapping[str, Any]:
    """The error of OpenAI's envelope; FastAPI's `detail` and a bare text become its message."""
    if not isinstance(answer.data, dict):
        return {}
    told = answer.data.get("error", answer.data.get("detail", answer.data))
    if isinstance(told, Mapping):
        return told
    return {"message": told if isinstance(told, str) else answer.text(4000)}
