"""fal.ai: every media by its queue."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.errors import ProviderError, ServiceError
from service.net.guard import Guard
from service.providers.base import Access, Artifact, Made, Progress, Provider, Reference, Stop, Task, Ticket
from service.providers.conversation import Ask, Reply, transcript
from service.providers.faults import Fault, error_of, is_moderation, kind_of, unknown, unusable
from service.providers.http import Answer, Http
from service.providers.inputs import content, members
from service.providers.results import Results, put
from service.providers.signatures import Kept, is_recent
from service.providers.structured import awaited, written

HOSTS = {
    "queue": "https://queue.fal.run",
    "rest": "https://rest.fal.ai",
    "api": "https://api.fal.ai/v1",
    "keys": "https://rest.fal.ai",
}
# Where fal's own client puts what it uploads.
STORAGE = "fal-cdn-v3"
# Where a model's output has its files, whatever the model.
_FILES = ("images", "image", "video", "audio", "audio_file", "audio_url")
# What a completed request's result answers where the model failed.
_MODEL_FAILED = (500, 502, 503, 504)
_STATES = ("IN_QUEUE", "IN_PROGRESS", "COMPLETED")


class Fal(Provider):
    """The queue API: submit, status, result; what a model is asked is the catalogue's `call`."""

    name: str = "fal"
    title: ClassVar[str] = "fal"
    hosts: ClassVar[Mapping[str, str]] = HOSTS
    media: ClassVar[frozenset[str]] = frozenset(
        {"text", "vision", "image", "video", "speech", "music", "soundeffect", "upscale", "vector", "backgroundremoval"}
    )
    hinting: ClassVar[bool] = True

    def __init__(self, access: Access, guard: Guard) -> None:
        """Opens nothing yet."""
        super().__init__(access, guard)
        self._http = Http(self.name, access, self.hosts, {"Authorization": f"Key {access.key}"}, _fault)
        self._results = Results(self._http, guard)
        self._webhook_keys = Kept(self._public_keys)
        self._unit_prices: dict[str, float] = {}

    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Put the work in the model's queue; a language model's answer is awaited, since it may need a repair."""
        if task.media in ("text", "vision"):
            return written(task, self.name, lambda ask: self._complete(task, ask))
        body = members(task, self._place, lambda width, height: {"width": width, "height": height})
        return self._queued(task, body, f"?{urlencode({'fal_webhook': task.hint})}" if task.hint else "")

    def _queued(self, task: Task, body: dict[str, Any], hinting: str = "") -> Ticket:
        answer = self._http.post_once(self._http.address("queue", task.model) + hinting, json=body)
        try:
            urls = {name: str(answer.data[f"{name}_url"]) for name in ("status", "response", "cancel")}
            request_id = str(answer.data["request_id"])
        except (TypeError, KeyError):
            raise unknown(self.name, answer.text()) from None
        return Ticket(self.name, {"id": request_id, "model": task.model, "media": task.media, **urls})

    def poll(self, ticket: Ticket) -> Progress:
        """Its place in the queue, or that it is being made: the queue tells no percentage."""
        answer = self._http.get(ticket.data["status"])
        status = answer.data.get("status") if isinstance(answer.data, dict) else None
        if status not in _STATES:
            raise unusable(self.name, f"a status that is none, {answer.text(100)}")
        if status == "IN_QUEUE":
            return Progress(False, 0.05, message=f"position {answer.data.get('queue_position', 0)} in the queue")
        return Progress(status == "COMPLETED", 0.5)

    def fetch(self, ticket: Ticket, workdir: Path) -> Iterator[Artifact]:
        """The output's files. A completed request may still answer the model's error."""
        answer = self._output(ticket)
        output = answer.data
        found = _found(output)
        if not found:
            raise unusable(self.name, "its result holds no file")
        blanked = output.get("has_nsfw_concepts") or []
        cost = self._cost(ticket.data["model"], answer.headers.get("x-fal-billable-units"))
        for index, file in enumerate(found):
            if index < len(blanked) and blanked[index]:
                yield Artifact(index, "", error="fal's safety checker blanked this picture")
            else:
                share = None if cost is None else cost / len(found)
                yield replace(self._artifact(index, file, ticket, workdir), cost=share)

    def cancel(self, ticket: Ticket) -> Stop:
        """Take it from the queue, which costs nothing, or stop it. Done already is 400, unknown 404."""
        asked = self._http.get(ticket.data["status"]).data
        waited = isinstance(asked, dict) and asked.get("status") == "IN_QUEUE"
        if not self._http.ask("PUT", ticket.data["cancel"], refused=(400, 404)).ok:
            return Stop.GOES_ON
        return Stop.UNBILLED if waited else Stop.STOPPED

    def heard(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Signed with one of fal's keys: who, when and the body's digest, a line each."""
        names = ("request-id", "user-id", "timestamp", "signature")
        request_id, user_id, timestamp, signature = (headers.get(f"x-fal-webhook-{name}", "") for name in names)
        signed = "\n".join((request_id, user_id, timestamp, hashlib.sha256(body).hexdigest())).encode()
        keys = self._webhook_keys.now() or ()
        return is_recent(timestamp) and any(_verified(key, signature, signed) for key in keys)

    def check(self) -> None:
        """Ask for a price, which costs nothing."""
        query = urlencode({"endpoint_id": "fal-ai/flux/dev"})
        self._http.get(self._http.address("api", f"models/pricing?{query}"))

    def _complete(self, task: Task, ask: Ask) -> Reply:
        body: dict[str, Any] = {"prompt": transcript(ask), **task.fixed}
        body |= {name: ask.settings[name] for name in ("temperature", "max_tokens") if name in ask.settings}
        if ask.instructions:
            body["system_prompt"] = ask.instructions
        if ask.pictures:
            body["image_urls"] = [self._place(reference) for reference in ask.pictures]
        ticket = self._queued(task, body)
        return Reply(awaited(self.name, lambda: self._text(ticket) if self.poll(ticket).done else None))

    def _public_keys(self) -> tuple[Ed25519PublicKey, ...]:
        answer = self._http.get(self._http.address("keys", ".well-known/jwks.json"))
        try:
            told = [base64.urlsafe_b64decode(str(key["x"]) + "==") for key in answer.data["keys"]]
            return tuple(Ed25519PublicKey.from_public_bytes(raw) for raw in told)
        except (TypeError, KeyError, ValueError):
            raise unusable(self.name, "no keys of its webhooks") from None

    def _text(self, ticket: Ticket) -> str:
        output = self._output(ticket).data
        text = output.get("output") if isinstance(output, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise unusable(self.name, "its result holds no text")
        return text

    def _output(self, ticket: Ticket) -> Answer:
        answer = self._http.get(ticket.data["response"], refused=_MODEL_FAILED)
        if not answer.ok:
            raise self._failure(answer)
        return answer

    def _cost(self, model: str, units: str | None) -> float | None:
        """US dollars of a request by its billable units; None where the price is not told: nothing hangs on it."""
        if units is None:
            return None
        try:
            if model not in self._unit_prices:
                told = self._http.get(self._http.address("api", "models/pricing"), params={"endpoint_id": model}).data
                self._unit_prices[model] = float(told["prices"][0]["unit_price"])
            return float(units) * self._unit_prices[model]
        except (ServiceError, TypeError, KeyError, IndexError, ValueError):
            return None

    def _failure(self, answer: Answer) -> ServiceError:
        """The model's own failure is final; a server's that says nothing of the model is asked again."""
        if isinstance(answer.data, dict) and "detail" in answer.data:
            fault = _fault(answer)
            return error_of(self.name, replace(fault, kind="failed") if fault.kind in ("rate", "down") else fault)
        return self._http.failure(answer)

    def _artifact(self, index: int, file: dict[str, Any], ticket: Ticket, workdir: Path) -> Artifact:
        engine = f"{self.name}/{ticket.data['model']}"
        try:
            fetched = self._results.download(file["url"], workdir / f"made-{index}", ticket.data["media"])
        except ProviderError as failure:
            if index == 0:
                raise
            return Artifact(index, engine, error=failure.message)
        measured = replace(
            fetched, width=fetched.width or file.get("width"), height=fetched.height or file.get("height")
        )
        return measured.artifact(index, engine, duration=file.get("duration"))

    def _place(self, reference: Reference) -> str:
        """Upload the reference to fal's own storage: not every model takes a data URI."""
        path, content_type = content(reference)
        asked = {"content_type": content_type, "file_name": f"{path.name}.{content_type.rpartition('/')[2]}"}
        url = self._http.address("rest", f"storage/upload/initiate?{urlencode({'storage_type': STORAGE})}")
        answer = self._http.ask("POST", url, json=asked)
        try:
            upload_url, file_url = str(answer.data["upload_url"]), str(answer.data["file_url"])
        except (TypeError, KeyError):
            raise unusable(self.name, "no place to upload a reference to") from None
        put(self._http, self.guard, upload_url, path, content_type)
        return file_url


def _found(output: Any) -> list[dict[str, Any]]:
    """Every file of the first member that holds any."""
    if not isinstance(output, dict):
        return []
    for name in _FILES:
        value = output.get(name)
        entries = value if isinstance(value, list) else [value]
        files = [{"url": entry} if isinstance(entry, str) else entry for entry in entries]
        found = [file for file in files if isinstance(file, dict) and file.get("url")]
        if found:
            return found
    return []


def _verified(key: Ed25519PublicKey, signature: str, signed: bytes) -> bool:
    try:
        key.verify(bytes.fromhex(signature), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _fault(answer: Answer) -> Fault:
    """`detail` is a text or a list of what is wrong; the platform's own errors have an `error_type`."""
    told = answer.data if isinstance(answer.data, dict) else {}
    detail = told.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        code, message = detail[0].get("type"), str(detail[0].get("msg"))
        if code in ("content_policy_violation", "no_media_generated") or is_moderation(message):
            return Fault("moderation", message, code)
        return Fault(kind_of(answer.status), message, code)
    message = str(detail or answer.text())
    code = told.get("error_type") or answer.headers.get("x-fal-error-type")
    locked = answer.status == 403 and ("lock" in message.lower() or "balance" in message.lower())
    return Fault("credit" if locked else kind_of(answer.status, message), message, code)
