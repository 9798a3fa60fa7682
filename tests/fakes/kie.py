"""kie's jobs, Flux Kontext, Suno, uploads and credits. Source: docs/providers/kie.md.

HTTP says 200 whatever happens; the envelope's code is what counts.
"""

import base64
import hmac
import json
import time
from typing import Any, ClassVar

from tests.fakes.provider import KEY, FakeProvider, Job, Reply, Request, written

WEBHOOK_KEY = "kie-webhook-key"
_CREATE = {
    "/api/v1/jobs/createTask": "jobs",
    "/api/v1/flux/kontext/generate": "kontext",
    "/api/v1/generate": "suno",
    "/api/v1/generate/sounds": "suno",
}
_RECORD = {
    "/api/v1/jobs/recordInfo": "jobs",
    "/api/v1/flux/kontext/record-info": "kontext",
    "/api/v1/generate/record-info": "suno",
}


class FakeKie(FakeProvider):
    """Every family of the market that the catalogue has a model of."""

    name: ClassVar[str] = "kie"
    lacks: ClassVar[dict[str, str]] = {"work_can_be_stopped": "docs/providers/kie.md: «No cancel call.»"}

    def authorized(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {KEY}"

    def unauthorized(self) -> Reply:
        return _enveloped(401, "You do not have access permissions")

    def limited(self, hint: float | None) -> Reply:
        headers = {} if hint is None else {"Retry-After": f"{hint:g}"}
        told = {"code": 429, "msg": "Your call frequency is too high. Please try again later.", "data": None}
        return Reply(200, told, headers=headers)

    def no_credit(self) -> Reply:
        return _enveloped(402, "The current credits are insufficient. Please top up.")

    def hint_in(self, request: Request) -> str | None:
        address = request.json.get("callBackUrl")
        return None if address is None else str(address)

    def webhook(self, job: Job, age_s: int = 0) -> tuple[dict[str, str], bytes]:
        moment = str(int(time.time()) - age_s)
        mac = hmac.digest(WEBHOOK_KEY.encode(), f"{job.id}.{moment}".encode(), "sha256")
        headers = {"X-Webhook-Timestamp": moment, "X-Webhook-Signature": base64.b64encode(mac).decode()}
        return headers, _enveloped(200, "success", {"taskId": job.id, **self._job(job, True)}).bytes()

    def away(self) -> Reply:
        return _enveloped(455, "The service is currently undergoing maintenance.")

    def answer(self, request: Request) -> Reply:
        if request.path == "/api/v1/chat/credit":
            return _enveloped(200, "success", 100)
        if request.path == "/api/file-stream-upload":
            self.files["upload-1"] = ("application/octet-stream", request.body)
            return _enveloped(200, "success", {"downloadUrl": f"{self.files_url}/files/upload-1"})
        if request.path == "/claude/v1/messages":
            return self.submit(request.json["model"], request.json, self._message)
        if request.path in _CREATE:
            return self._create(request, _CREATE[request.path])
        family, job = _RECORD.get(request.path), self.jobs.get(request.query.get("taskId", ""))
        if family is None:
            return _enveloped(404, "Not found")
        if job is None:
            return _enveloped(422, "recordInfo is null")
        done = self.asked(job)
        shown = {"jobs": self._job, "kontext": self._kontext, "suno": self._suno}[family](job, done)
        return _enveloped(200, "success", {"taskId": job.id, "model": job.model, **shown})

    def _create(self, request: Request, family: str) -> Reply:
        given = request.json
        if "no-such-model" in given["model"]:
            return _enveloped(422, "The model name you specified is not supported.")
        if request.path == "/api/v1/generate" and not given.get("callBackUrl"):
            return _enveloped(422, "Please enter callBackUrl.")
        wanted = given["input"] if family == "jobs" else given
        return self.submit(given["model"], wanted, lambda job: _enveloped(200, "success", {"taskId": job.id}))

    def _message(self, job: Job) -> Reply:
        shown: dict[str, Any] = {"id": "msg_1", "type": "message", "role": "assistant", "model": job.model}
        if job.end == "refused":
            return Reply(200, shown | {"content": [], "stop_reason": "refusal"})
        if job.end == "failed":
            return _enveloped(500, "Internal Error, Please try again later.")
        text = written(job.input.get("system", ""))
        usage = {"input_tokens": 12, "output_tokens": 5}
        return Reply(
            200, shown | {"content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "usage": usage}
        )

    def _job(self, job: Job, done: bool) -> dict[str, Any]:
        shown = {"param": json.dumps({"input": job.input}), "resultJson": "", "failCode": None, "failMsg": None}
        if not done:
            return shown | {"state": "generating"}
        if job.end == "refused":
            return shown | {"state": "fail", "failCode": "400", "failMsg": "The content violates our content policy."}
        if job.end == "failed":
            return shown | {"state": "fail", "failCode": "500", "failMsg": "Internal Error, Please try again later."}
        if job.end == "hidden":
            return shown | {"state": "success", "resultJson": "{}"}
        result = json.dumps({"resultUrls": [self.made_url(job)]})
        return shown | {"state": "success", "resultJson": result, "costTime": 12000, "creditsConsumed": 8}

    def _kontext(self, job: Job, done: bool) -> dict[str, Any]:
        if not done:
            return {"successFlag": 0, "progress": "0.50", "response": None}
        if job.end != "made":
            return {"successFlag": 3, "errorCode": 500, "errorMessage": "Generation failed", "response": None}
        return {"successFlag": 1, "response": {"resultImageUrl": self.made_url(job), "originImageUrl": ""}}

    def _suno(self, job: Job, done: bool) -> dict[str, Any]:
        if not done:
            return {"status": "PENDING", "response": None}
        if job.end == "refused":
            return {"status": "SENSITIVE_WORD_ERROR", "errorCode": 400, "errorMessage": "contains artist name"}
        tracks = [{"id": f"t{n}", "audioUrl": self.made_url(job, n), "duration": 198.44} for n in range(2)]
        return {"status": "SUCCESS", "response": {"taskId": job.id, "sunoData": tracks}}


def _enveloped(code: int, message: str, data: Any = None) -> Reply:
    return Reply(200, {"code": code, "msg": message, "data": data})
