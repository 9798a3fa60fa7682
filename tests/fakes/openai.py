"""OpenAI's completions, pictures and speech. Source: docs/providers/openai.md."""

import base64
from typing import Any, ClassVar

from tests.fakes.completions import completion
from tests.fakes.provider import AUDIO, KEY, FakeProvider, Job, Reply, Request, media_bytes

_INLINE = "docs/providers/openai.md: «Result lifetime: images/speech inline, nothing to expire.»"
_NO_JOBS = (
    "docs/providers/openai.md: «Webhooks: only background responses, batches, etc. (Standard Webhooks); "
    "none for images or speech.»"
)


class FakeOpenAI(FakeProvider):
    """POST /chat/completions, /images/generations, /images/edits (a form), /audio/speech; GET /models."""

    name: ClassVar[str] = "openai"
    lacks: ClassVar[dict[str, str]] = {
        "slow_work_is_asked_for_until_it_is_done": _INLINE,
        "a_question_that_fails_is_asked_again": _INLINE,
        "a_provider_that_is_away_is_asked_later": _INLINE,
        "a_dead_link_is_an_error": _INLINE,
        "a_result_at_a_private_address_is_not_fetched": _INLINE,
        "only_the_provider_sees_the_key": _INLINE,
        "work_can_be_stopped": _NO_JOBS,
        "stopping_what_is_done_is_no_error": _NO_JOBS,
        "work_that_was_begun_is_perhaps_billed": _NO_JOBS,
    }

    def authorized(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {KEY}"

    def unauthorized(self) -> Reply:
        return _error(401, "Incorrect API key provided: wron***.", "invalid_request_error", "invalid_api_key")

    def limited(self, hint: float | None) -> Reply:
        reply = _error(429, "Rate limit reached for requests", "requests", "rate_limit_exceeded")
        if hint is None:
            return reply
        spent = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": f"{hint:g}s"}
        return Reply(429, reply.data, headers=spent | {"x-ratelimit-remaining-tokens": "149984"})

    def broken(self) -> Reply:
        return _error(500, "The server had an error while processing your request.", "server_error", None)

    def no_credit(self) -> Reply:
        told = "You exceeded your current quota, please check your plan and billing details."
        return _error(429, told, "insufficient_quota", "insufficient_quota")

    def answer(self, request: Request) -> Reply:
        if request.path == "/models":
            return Reply(200, {"object": "list", "data": [{"id": "gpt-image-2", "object": "model", "created": 1}]})
        given = _edit(request) if request.path == "/images/edits" else request.json
        if "no-such-model" in given["model"]:
            told = f"The model '{given['model']}' does not exist or you do not have access to it."
            return _error(404, told, "invalid_request_error", "model_not_found")
        answers = {
            "/chat/completions": completion,
            "/images/generations": self._pictures,
            "/images/edits": self._pictures,
            "/audio/speech": self._speech,
        }
        wrong = _unfit(request.path, given)
        if wrong is not None or request.path not in answers:
            return _error(400, wrong or f"Invalid URL ({request.path})", "invalid_request_error", None)
        return self.submit(given["model"], given, answers[request.path], given.get("n", 1))

    def _pictures(self, job: Job) -> Reply:
        if job.end == "refused":
            told = "Your request was rejected by the safety system. safety_violations=[violence]."
            return _error(400, told, "image_generation_user_error", "moderation_blocked")
        if job.end == "failed":
            return _error(400, "The image could not be parsed.", "image_generation_user_error", "image_parse_error")
        if job.end == "hidden":
            return _error(200, "The server had an error while processing your request.", "server_error", None)
        item = {"b64_json": base64.b64encode(self._made()).decode()}
        given = {"text_tokens": 50, "image_tokens": 0}
        usage = {"input_tokens": 50, "output_tokens": 1568, "total_tokens": 1618, "input_tokens_details": given}
        shown: dict[str, Any] = {
            "created": 1713833628,
            "data": [item] * job.count,
            "background": "opaque",
            "output_format": "png",
        }
        return Reply(200, shown | {"usage": usage})

    def _speech(self, job: Job) -> Reply:
        if job.end == "hidden":
            return _error(200, "The server had an error while processing your request.", "server_error", None)
        # Sound, whatever the last test had it make: a path makes one thing alone.
        made = self.makes if self.makes in AUDIO else "speech"
        return Reply(200, body=self._made(made), content_type="audio/mpeg")

    def _made(self, media: str = "") -> bytes:
        return (
            b"<html><body>Please log in</body></html>" if self.links == "text" else media_bytes(media or self.makes)[1]
        )


def _edit(request: Request) -> dict[str, Any]:
    """An edit's members from its form: as JSON it would take the standard sizes only."""
    fields, files = request.form
    shown = [kind for name, kind, data in files if name == "image[]" and data]
    return {**fields, "n": int(fields.get("n", 1)), "images": shown}


def _unfit(path: str, given: dict[str, Any]) -> str | None:
    """Return what the real one would not take of a request."""
    if path == "/images/edits" and not given["images"]:
        return "Missing required parameter: 'image'."
    if path.startswith("/images/") and ({"response_format", "aspect_ratio", "image_url"} & set(given)):
        return "Unknown parameter."
    if path == "/audio/speech" and not (given.get("voice") and given.get("input")):
        return "Missing required parameter: 'voice'."
    if path == "/chat/completions" and "temperature" in given and given.get("reasoning_effort") != "none":
        return "Unsupported value: 'temperature' does not support 0.7 with this model."
    return None


def _error(status: int, message: str, kind: str, code: str | None) -> Reply:
    return Reply(status, {"error": {"message": message, "type": kind, "param": None, "code": code}})
