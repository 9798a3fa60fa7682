"""ModelArk's film tasks, pictures and completions. Source: docs/providers/byteplus.md."""

from typing import Any, ClassVar

from tests.fakes.completions import completion
from tests.fakes.provider import KEY, FakeProvider, Job, Reply, Request

FILMS = "/contents/generations/tasks"


class FakeBytePlus(FakeProvider):
    """POST, GET and DELETE /contents/generations/tasks; POST /images/generations and /chat/completions."""

    name: ClassVar[str] = "byteplus"

    def authorized(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {KEY}"

    def unauthorized(self) -> Reply:
        return _error(401, "AuthenticationError", "The API key in the request is missing or invalid.", "Unauthorized")

    def limited(self, hint: float | None) -> Reply:
        reply = _error(429, "RateLimitExceeded.EndpointRPMExceeded", "The Requests Per Minute limit is exceeded.")
        return Reply(429, reply.data, headers={} if hint is None else {"Retry-After": f"{hint:g}"})

    def broken(self) -> Reply:
        return _error(500, "InternalServiceError", "The service encountered an unexpected internal error.")

    def no_credit(self) -> Reply:
        return _error(403, "AccountOverdueError", "The account has an overdue balance.", "Forbidden")

    def hint_in(self, request: Request) -> str | None:
        address = request.json.get("callback_url")
        return None if address is None else str(address)

    def webhook(self, job: Job, age_s: int = 0) -> tuple[dict[str, str], bytes]:
        return {}, Reply(200, self._record(job)).bytes()

    def answer(self, request: Request) -> Reply:
        if request.path == FILMS and request.method == "GET":
            return Reply(200, {"items": [], "total": 0})
        if request.method == "POST":
            return self._create(request)
        job = self.jobs.get(request.path.rpartition("/")[2])
        if job is None:
            return _error(404, "ResourceNotFound", "The task is not found.", "NotFound")
        return self._forget(job) if request.method == "DELETE" else Reply(200, self._record(job))

    def _create(self, request: Request) -> Reply:
        given = request.json
        if "no-such-model" in given["model"]:
            return _error(404, "InvalidEndpointOrModel.NotFound", "The model or endpoint does not exist.", "NotFound")
        wrong = _unfit(request.path, given)
        if wrong is not None:
            return _error(400, "InvalidParameter", wrong)
        answers = {
            FILMS: lambda job: Reply(200, {"id": job.id}),
            "/images/generations": self._pictures,
            "/chat/completions": completion,
        }
        return self.submit(given["model"], given, answers[request.path])

    def _pictures(self, job: Job) -> Reply:
        if job.end == "refused":
            return _error(400, "InputTextSensitiveContentDetected", "The input text may contain sensitive information.")
        if job.end == "hidden":
            return _error(200, "InternalServiceError", "The service encountered an unexpected internal error.")
        item: dict[str, Any] = {"url": self.made_url(job), "size": "2048x2048"}
        if job.end == "withheld":
            item = {"error": {"code": "OutputImageSensitiveContentDetected", "message": "The image may be sensitive."}}
        usage = {"generated_images": 1, "output_tokens": 16384, "total_tokens": 16384}
        return Reply(200, {"model": job.model, "created": 1, "data": [item], "usage": usage})

    def _record(self, job: Job) -> dict[str, Any]:
        if job.canceled:
            return _shown(job, "cancelled")
        if not self.asked(job):
            return _shown(job, "queued" if job.polls > 1 and not self.begun else "running")
        if job.end == "refused":
            told = "The request failed because the output video may contain sensitive information."
            return _shown(job, "failed") | {"error": {"code": "OutputVideoSensitiveContentDetected", "message": told}}
        if job.end == "failed":
            return _shown(job, "failed") | {"error": {"code": "InternalServiceError", "message": "Internal error."}}
        usage = {"completion_tokens": 108900, "total_tokens": 108900}
        content = {} if job.end == "hidden" else {"video_url": self.made_url(job)}
        return _shown(job, "succeeded") | {"content": content, "usage": usage, "framespersecond": 24}

    def _forget(self, job: Job) -> Reply:
        """Cancel what waits, leave what runs, and remove the record of what is done."""
        if job.polls == 1 or (job.polls > 1 and self.begun):
            return _error(409, "InvalidAction.RunningTaskDeletion", "A running task can't be deleted.")
        if job.polls <= 0:
            del self.jobs[job.id]
        else:
            job.canceled = True
        return Reply(200, {})


def _unfit(path: str, given: dict[str, Any]) -> str | None:
    """Return what the real one would not take of a request."""
    if path == "/images/generations":
        width, _, height = str(given.get("size", "2048x2048")).partition("x")
        return None if int(width) * int(height) >= 3_686_400 else "image size must be at least 3686400 pixels."
    roles = {part.get("role") for part in given.get("content", [])}
    mixed = roles & {"first_frame", "last_frame"} and any(str(role).startswith("reference") for role in roles)
    return "first/last frame content cannot be mixed with reference media content." if mixed else None


def _shown(job: Job, status: str) -> dict[str, Any]:
    times = {"created_at": 1765510475, "updated_at": 1765510559}
    return {"id": job.id, "model": job.model, "status": status, "error": None, **times}


def _error(status: int, code: str, message: str, kind: str = "BadRequest") -> Reply:
    told = {"code": code, "message": f"{message} Request id: 0217", "param": "", "type": kind}
    return Reply(status, {"error": told})
