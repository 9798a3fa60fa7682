"""Replicate's predictions, files and account. Source: docs/providers/replicate.md."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from standardwebhooks import Webhook

from tests.fakes.provider import KEY, FakeProvider, Job, Reply, Request, written

WEBHOOK_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class FakeReplicate(FakeProvider):
    """POST /models/{owner}/{name}/predictions or /predictions, GET /predictions/{id}, POST …/cancel; files, account."""

    name: ClassVar[str] = "replicate"

    def authorized(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {KEY}"

    def unauthorized(self) -> Reply:
        return _problem(401, "Unauthenticated", "You did not pass a valid authentication token")

    def limited(self, hint: float | None) -> Reply:
        told = (
            "Request was throttled." if hint is None else f"Request was throttled. Your rate limit resets in ~{hint}s."
        )
        return Reply(429, {"detail": told, "status": 429})

    def no_credit(self) -> Reply:
        return _problem(402, "Insufficient credit", "You have insufficient credit to run this model.")

    def hint_in(self, request: Request) -> str | None:
        address = request.json.get("webhook")
        if address is not None:
            assert request.json["webhook_events_filter"] == ["completed"]
        return None if address is None else str(address)

    def webhook(self, job: Job, age_s: int = 0) -> tuple[dict[str, str], bytes]:
        moment, body = datetime.now(UTC) - timedelta(seconds=age_s), json.dumps(self._state(job))
        signature = Webhook(WEBHOOK_SECRET).sign(f"msg_{job.id}", moment, body)
        named = {"webhook-id": f"msg_{job.id}", "webhook-timestamp": str(int(moment.timestamp()))}
        return named | {"webhook-signature": f"v1,b2xkZXI= {signature}"}, body.encode()

    def answer(self, request: Request) -> Reply:
        parts = request.path.strip("/").split("/")
        if parts == ["account"]:
            return Reply(200, {"type": "user", "username": "acme"})
        if parts == ["webhooks", "default", "secret"]:
            return Reply(200, {"key": WEBHOOK_SECRET})
        if parts == ["files"]:
            self.files["upload-1"] = ("application/octet-stream", request.body)
            return Reply(201, {"id": "file-1", "urls": {"get": f"{self.files_url}/files/upload-1"}})
        if request.method == "POST" and parts[-1] == "predictions":
            model = "/".join(parts[1:-1]) or request.json["version"]
            if "no-such-model" in model:
                return _problem(404, "Not found", "The requested resource could not be found.")
            return self.submit(model, request.json["input"], lambda job: Reply(201, self._shown(job, "starting")))
        job = self.jobs.get(parts[1]) if len(parts) > 1 else None
        if job is None:
            return _problem(404, "Not found", "The requested resource could not be found.")
        if parts[-1] == "cancel":
            job.canceled = job.polls > 0
            return Reply(200, self._shown(job, "canceled" if job.canceled else "succeeded"))
        return Reply(200, self._state(job))

    def _state(self, job: Job) -> dict[str, Any]:
        if job.canceled:
            return self._shown(job, "canceled")
        if not self.asked(job):
            return self._shown(job, "processing") | {"logs": " 10%|#         | 3/28\n 40%|####      | 11/28\n"}
        if job.end == "refused":
            return self._shown(job, "failed") | {"error": "NSFW content detected. Try a different prompt."}
        if job.end == "failed":
            return self._shown(job, "failed") | {"error": "CUDA out of memory"}
        if job.end == "hidden":
            return self._shown(job, "succeeded") | {"data_removed": True}
        done = {"metrics": {"predict_time": 4.48, "total_time": 4.5}}
        if self.makes == "text":
            text = written(job.input["prompt"])
            return self._shown(job, "succeeded") | done | {"output": [text[:5], text[5:]]}
        url = self.made_url(job)
        return self._shown(job, "succeeded") | done | {"output": [url] if self.makes == "image" else url}

    def _shown(self, job: Job, status: str) -> dict[str, Any]:
        base = f"{self.url}/predictions/{job.id}"
        return {
            "id": job.id,
            "model": job.model,
            "version": "hidden",
            "input": job.input,
            "logs": "",
            "output": None,
            "error": None,
            "status": status,
            "created_at": "2026-11-21T00:00:00.000Z",
            "started_at": "2026-11-21T00:00:01.000Z" if self.begun else None,
            "completed_at": None,
            "data_removed": False,
            "metrics": {},
            "urls": {"get": base, "cancel": f"{base}/cancel", "web": "https://replicate.com/p/x"},
        }


def _problem(status: int, title: str, detail: str) -> Reply:
    told = {"title": title, "detail": detail, "status": status}
    return Reply(status, told, content_type="application/problem+json")
