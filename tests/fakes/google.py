"""Google's generateContent, interactions and files. Source: docs/providers/google.md."""

import base64
from typing import Any, ClassVar

from tests.fakes.provider import KEY, FakeProvider, Job, Reply, Request, media_bytes, written

_INLINE = (
    'docs/providers/google.md: generateContent answers the picture itself, «{"inlineData":{"mimeType":"image/png",'
    '"data":"B64"}}»; films are asked for in test_google_films'
)
_PCM = "audio/L16;codec=pcm;rate=24000"


class FakeGoogle(FakeProvider):
    """POST /v1beta/models/{model}:generateContent; /v1beta/interactions and its files; GET /v1beta/models.

    A file is sent on to another host, as Google's own examples expect ('curl -L').
    """

    name: ClassVar[str] = "google"
    lacks: ClassVar[dict[str, str]] = {
        "slow_work_is_asked_for_until_it_is_done": _INLINE,
        "a_question_that_fails_is_asked_again": _INLINE,
        "a_provider_that_is_away_is_asked_later": _INLINE,
        "a_dead_link_is_an_error": _INLINE,
        "a_result_at_a_private_address_is_not_fetched": _INLINE,
        "only_the_provider_sees_the_key": _INLINE,
        "work_can_be_stopped": _INLINE,
        "stopping_what_is_done_is_no_error": _INLINE,
        "work_that_was_begun_is_perhaps_billed": _INLINE,
    }

    def authorized(self, request: Request) -> bool:
        return request.headers.get("x-goog-api-key") == KEY

    def unauthorized(self) -> Reply:
        reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        return _error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", reason)

    def limited(self, hint: float | None) -> Reply:
        details = [_quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")]
        if hint is not None:
            details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{hint:g}s"})
        return _error(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", *details)

    def broken(self) -> Reply:
        return _error(500, "INTERNAL", "An internal error has occurred.")

    def away(self) -> Reply:
        return _error(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")

    def no_credit(self) -> Reply:
        return _error(
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota.",
            _quota("GenerateRequestsPerDayPerProjectPerModel"),
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "31s"},
        )

    def answer(self, request: Request) -> Reply:
        path = request.path.removeprefix("/v1beta/")
        if path == "models":
            return Reply(200, {"models": [{"name": "models/gemini-3.5-flash"}], "nextPageToken": "x"})
        if path.endswith(":generateContent"):
            return self._generate(request, path.removeprefix("models/").removesuffix(":generateContent"))
        if path.startswith("files/"):
            made = self.jobs[path.removeprefix("files/").partition(":")[0]]
            return Reply(302, body=b"", headers={"Location": self.made_url(made)})
        if path == "interactions":
            return self._create(request)
        job = self.jobs.get(path.split("/")[1])
        if job is None:
            return _worded("invalid_request", "Invalid interaction name")
        return self._cancel(job) if path.endswith("/cancel") else Reply(200, self._state(job))

    def _generate(self, request: Request, model: str) -> Reply:
        if "no-such-model" in model or model.startswith(("imagen-", "veo-")):
            return _error(404, "NOT_FOUND", f"models/{model} is not found for API version v1beta.")
        return self.submit(model, request.json, self._content)

    def _content(self, job: Job) -> Reply:
        if job.end == "refused":
            return Reply(200, {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {}})
        if job.end == "failed":
            return _error(400, "INVALID_ARGUMENT", "Unable to process input image.")
        if job.end == "hidden":
            return Reply(200, {"usageMetadata": {"promptTokenCount": 8}, "responseId": "r1"})
        if job.end == "withheld":
            return Reply(200, {"candidates": [{"finishReason": "IMAGE_SAFETY", "index": 0}]})
        if job.end.startswith("ended:"):
            return Reply(200, {"candidates": [{"finishReason": job.end.removeprefix("ended:"), "index": 0}]})
        part = {"text": "I would rather describe it."} if job.end == "worded" else self._part(job)
        thought = {"text": "Let me think.", "thought": True}
        candidate = {"content": {"role": "model", "parts": [thought, part]}, "finishReason": "STOP", "index": 0}
        modality = "IMAGE" if self.makes == "image" else "TEXT"
        usage = {
            "promptTokenCount": 8,
            "candidatesTokenCount": 1290,
            "thoughtsTokenCount": 10,
            "totalTokenCount": 1308,
            "candidatesTokensDetails": [{"modality": modality, "tokenCount": 1290}],
        }
        return Reply(200, {"candidates": [candidate], "usageMetadata": usage, "modelVersion": job.model})

    def _part(self, job: Job) -> dict[str, Any]:
        if self.makes in ("text", "vision"):
            told = job.input.get("systemInstruction", {"parts": [{"text": ""}]})
            return {"text": written(told["parts"][0]["text"])}
        if self.makes == "speech":
            return {"inlineData": {"mimeType": _PCM, "data": base64.b64encode(b"\0\0" * 12_000).decode()}}
        kind, body = media_bytes(self.makes)
        shown = b"<html><body>Please log in</body></html>" if self.links == "text" else body
        return {"inlineData": {"mimeType": kind, "data": base64.b64encode(shown).decode()}}

    def _create(self, request: Request) -> Reply:
        given = request.json
        if "no-such-model" in given["model"]:
            return _worded("not_found", f"Model {given['model']} not found", 404)
        if not isinstance(given.get("response_format", {}).get("duration", "8s"), str):
            told = {"code": 400, "message": "Invalid value at 'response_format.duration'", "status": "INVALID_ARGUMENT"}
            return Reply(400, [{"error": told}])
        return self.submit(given["model"], given, lambda job: Reply(200, self._accepted(job)))

    def _accepted(self, job: Job) -> dict[str, Any]:
        """In the background it is accepted; else the call waits for the whole of it."""
        return self._shown(job, "in_progress") if job.input.get("background") else self._state(job)

    def _state(self, job: Job) -> dict[str, Any]:
        if job.canceled:
            return self._shown(job, "cancelled")
        if not self.asked(job):
            return self._shown(job, "in_progress" if self.begun else "queued")
        if job.end == "failed":
            return self._shown(job, "failed") | {"errors": [{"code": "internal", "message": "Generation failed."}]}
        usage = {"total_tokens": 57930, "output_tokens_by_modality": [{"modality": "video", "tokens": 57920}]}
        if job.end == "waiting":
            return self._shown(job, "idle")
        done = self._shown(job, "idle" if job.end == "idle" else "completed") | {"usage": usage}
        if job.end == "hidden":
            return done | {"steps": [{"type": "thought", "signature": "x"}]}
        made = {"type": "text", "text": "I can't make that."} if job.end == "refused" else self._made(job)
        return done | {"steps": [{"type": "user_input", "content": []}, {"type": "model_output", "content": [made]}]}

    def _made(self, job: Job) -> dict[str, Any]:
        if self.makes == "music":
            data = base64.b64encode(media_bytes("music")[1]).decode()
            return {"type": "audio", "mime_type": "audio/mpeg", "data": data}
        uri = f"{self.url}/v1beta/files/{job.id}:download?alt=media"
        return {"type": "video", "mime_type": "video/mp4", "uri": uri}

    def _cancel(self, job: Job) -> Reply:
        if job.polls <= 0:
            return _worded("invalid_request", "The interaction is not in progress.")
        job.canceled = True
        return Reply(200, self._shown(job, "cancelled"))

    def _shown(self, job: Job, status: str) -> dict[str, Any]:
        times = {"created": "2026-11-21T00:00:00Z", "updated": "2026-11-21T00:00:01Z"}
        return {"id": job.id, "object": "interaction", "model": job.model, "status": status, **times}


class FakeGoogleFilms(FakeGoogle):
    """The same, asked for films: interactions have every case of the suite."""

    lacks: ClassVar[dict[str, str]] = {}


def _quota(name: str) -> dict[str, Any]:
    violation = {"quotaMetric": "generativelanguage.googleapis.com/requests", "quotaId": name, "quotaValue": "10"}
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}


def _error(status: int, name: str, message: str, *details: dict[str, Any]) -> Reply:
    return Reply(status, {"error": {"code": status, "message": message, "status": name, "details": list(details)}})


def _worded(code: str, message: str, status: int = 400) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}})
