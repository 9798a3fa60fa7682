"""fal's queue, storage and prices. Source: docs/providers/fal.md."""

import base64
import hashlib
import json
import time
from itertools import count
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fakes.provider import KEY, FakeProvider, Job, Reply, Request, written

_MEMBER = {"video": "video", "speech": "audio", "music": "audio", "soundeffect": "audio", "image": "images"}


class FakeFal(FakeProvider):
    """POST /{model}, GET …/requests/{id}/status, GET …/requests/{id}, PUT …/requests/{id}/cancel."""

    name: ClassVar[str] = "fal"

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._webhook_key = Ed25519PrivateKey.generate()
        self._uploads = count(1)
        super().__init__(host)

    def authorized(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Key {KEY}" or request.path.startswith("/upload/")

    def unauthorized(self) -> Reply:
        return Reply(401, {"detail": "No user found for Key ID and Secret"})

    def no_credit(self) -> Reply:
        return Reply(403, {"detail": "User is locked. Reason: Exhausted balance."})

    def hint_in(self, request: Request) -> str | None:
        return request.query.get("fal_webhook")

    def webhook(self, job: Job, age_s: int = 0) -> tuple[dict[str, str], bytes]:
        told = {"request_id": job.id, "gateway_request_id": job.id, "status": "OK", "error": None}
        body = json.dumps(told | {"payload": self._output(job)}).encode()
        moment = str(int(time.time()) - age_s)
        signed = "\n".join((job.id, "user-1", moment, hashlib.sha256(body).hexdigest())).encode()
        values = {"Request-Id": job.id, "User-Id": "user-1", "Timestamp": moment}
        values["Signature"] = self._webhook_key.sign(signed).hex()
        return {f"X-Fal-Webhook-{name}": value for name, value in values.items()}, body

    def _keys(self) -> Reply:
        """An older key stands before the one in use."""
        keys = [Ed25519PrivateKey.generate().public_key(), self._webhook_key.public_key()]
        written = [base64.urlsafe_b64encode(key.public_bytes_raw()).decode().rstrip("=") for key in keys]
        return Reply(200, {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": one} for one in written]})

    def away(self) -> Reply:
        told = "The runner could not be scheduled."
        return Reply(503, {"detail": told, "error_type": "runner_scheduling_failure"})

    def answer(self, request: Request) -> Reply:
        if request.path == "/models/pricing":
            price = {"endpoint_id": request.query["endpoint_id"], "unit_price": 0.025, "unit": "megapixels"}
            return Reply(200, {"prices": [price | {"currency": "USD"}]})
        if request.path == "/.well-known/jwks.json":
            return self._keys()
        if request.path == "/storage/upload/initiate":
            name = f"upload-{next(self._uploads)}"
            return Reply(200, {"upload_url": f"{self.url}/upload/{name}", "file_url": f"{self.files_url}/files/{name}"})
        if request.path.startswith("/upload/"):
            self.files[request.path.rpartition("/")[2]] = (request.headers["Content-Type"], request.body)
            return Reply(200, {})
        model, _, rest = request.path.strip("/").partition("/requests/")
        if not rest:
            return self._submit(request, model)
        job = self.jobs.get(rest.split("/")[0])
        if job is None:
            return Reply(404, {"detail": "Request not found"})
        if rest.endswith("/status"):
            return self._status(job)
        return self._cancel(job) if rest.endswith("/cancel") else self._result(job)

    def _submit(self, request: Request, model: str) -> Reply:
        if "no-such-model" in model:
            return Reply(404, {"detail": f"Application '{model}' not found"})
        given = request.json
        return self.submit(model, given, self._accepted, given.get("num_images", 1))

    def _accepted(self, job: Job) -> Reply:
        # The real one keeps only owner/app of the id.
        base = f"{self.url}/{'/'.join(job.model.split('/')[:2])}/requests/{job.id}"
        urls = {"response_url": base, "status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}
        return Reply(200, {"status": "IN_QUEUE", "request_id": job.id, "queue_position": 0, **urls})

    def _status(self, job: Job) -> Reply:
        shown = {"request_id": job.id, "logs": []}
        if job.canceled or self.asked(job):
            return Reply(200, {"status": "COMPLETED", "metrics": {"inference_time": 3.4}, **shown})
        if job.polls > 0 and not self.begun:
            return Reply(202, {"status": "IN_QUEUE", "queue_position": job.polls, **shown})
        return Reply(202, {"status": "IN_PROGRESS", **shown})

    def _cancel(self, job: Job) -> Reply:
        if job.polls <= 0:
            return Reply(400, {"status": "ALREADY_COMPLETED"})
        job.canceled = True
        return Reply(202, {"status": "CANCELLATION_REQUESTED"})

    def _result(self, job: Job) -> Reply:
        if job.end == "refused":
            return _model_error(422, "content_policy_violation", "The content could not be processed: flagged")
        if job.end == "failed":
            return _model_error(500, "internal_server_error", "Internal server error")
        if job.end == "hidden":
            return Reply(200, {"images": [], "error": "upstream gave nothing"})
        return Reply(200, self._output(job), headers={"x-fal-billable-units": "1"})

    def _output(self, job: Job) -> dict[str, Any]:
        if self.makes in ("text", "vision"):
            return {"output": written(job.input.get("system_prompt", "")), "usage": {"total_tokens": 17}}
        files = [{"url": self.made_url(job, n), "content_type": "x", "file_name": "a"} for n in range(job.count)]
        member = _MEMBER.get(self.makes, "image")
        return {member: files if member == "images" else files[0], "seed": 1, "has_nsfw_concepts": [False] * job.count}


def _model_error(status: int, kind: str, message: str) -> Reply:
    fault = {"loc": ["body", "prompt"], "msg": message, "type": kind, "url": "https://docs.fal.ai/errors", "input": ""}
    return Reply(status, {"detail": [fault]}, headers={"x-fal-error-type": kind})
