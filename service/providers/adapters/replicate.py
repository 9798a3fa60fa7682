"""Replicate: predictions of official and community models."""

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from standardwebhooks import Webhook, WebhookVerificationError

from service.errors import ProviderError, ServiceError
from service.net.guard import Guard
from service.providers.base import Access, Artifact, Made, Progress, Provider, Reference, Stop, Task, Ticket
from service.providers.conversation import Ask, Reply, transcript
from service.providers.faults import Fault, error_of, is_moderation, kind_of, unknown, unusable
from service.providers.http import Answer, Http
from service.providers.inputs import content, members
from service.providers.results import Results
from service.providers.signatures import Kept
from service.providers.structured import awaited, written

HOSTS = {"api": "https://api.replicate.com/v1"}
# Its advice for data URLs; longer files are uploaded.
INLINE_BYTES = 256_000
_ENDED_BADLY = ("failed", "aborted", "canceled")
# How progress bars write themselves into the logs.
_PERCENT = re.compile(r"(\d{1,3})%\|")
_RESETS = re.compile(r"resets in ~(\d+)s")


class Replicate(Provider):
    """One prediction a paid call; what a model is asked is the catalogue's `call`."""

    name: str = "replicate"
    title: ClassVar[str] = "Replicate"
    hosts: ClassVar[Mapping[str, str]] = HOSTS
    media: ClassVar[frozenset[str]] = frozenset(
        {"text", "image", "video", "speech", "music", "soundeffect", "vector", "backgroundremoval"}
    )
    hinting: ClassVar[bool] = True

    def __init__(self, access: Access, guard: Guard) -> None:
        """Opens nothing yet."""
        super().__init__(access, guard)
        self._http = Http(self.name, access, self.hosts, {"Authorization": f"Bearer {access.key}"}, _fault)
        self._results = Results(self._http, guard)
        self._webhook_key = Kept(self._secret)

    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Start the prediction; a language model's answer is awaited, since it may need a repair."""
        if task.media == "text":
            return written(task, self.name, lambda ask: self._complete(task, ask))
        given = members(task, self._place, lambda width, height: f"{width}x{height}")
        return self._started(task, given, {"webhook": task.hint, "webhook_events_filter": ["completed"]})

    def _started(self, task: Task, given: dict[str, Any], hinting: Mapping[str, Any] = MappingProxyType({})) -> Ticket:
        """An official model is asked by its name, a community one by its version."""
        body: dict[str, Any] = {"input": given, **(hinting if task.hint else {})}
        path = f"models/{task.model}/predictions"
        if ":" in task.model:
            path, body = "predictions", {"version": task.model, **body}
        answer = self._http.post_once(self._http.address("api", path), json=body)
        try:
            data = {"id": str(answer.data["id"]), "get": str(answer.data["urls"]["get"])}
            data["cancel"] = str(answer.data["urls"]["cancel"])
        except (TypeError, KeyError):
            raise unknown(self.name, answer.text()) from None
        return Ticket(self.name, {"model": task.model, "media": task.media, **data})

    def poll(self, ticket: Ticket) -> Progress:
        """Its state, and the percentage of its logs. Raises what it failed with."""
        prediction = self._prediction(ticket)
        status = prediction.get("status")
        if status in _ENDED_BADLY:
            raise self._failure(prediction)
        if status not in ("starting", "processing", "succeeded"):
            raise unusable(self.name, f"a status that is none, {status}")
        seen = _PERCENT.findall(str(prediction.get("logs") or "")[-2000:])
        fraction = min(int(seen[-1]), 99) / 100 if seen else 0.05 if status == "starting" else 0.5
        return Progress(status == "succeeded", fraction)

    def fetch(self, ticket: Ticket, workdir: Path) -> Iterator[Artifact]:
        """The output's files: they are gone an hour after."""
        prediction = self._prediction(ticket)
        urls = _urls(prediction.get("output"))
        if not urls:
            removed = "its result was removed" if prediction.get("data_removed") else "its result holds no file"
            raise unusable(self.name, removed)
        for index, url in enumerate(urls):
            yield self._artifact(index, url, ticket, workdir)

    def cancel(self, ticket: Ticket) -> Stop:
        """Stop it; what has ended stays as it is. Billed is the time since it started: none where it had not."""
        answer = self._http.ask("POST", ticket.data["cancel"], refused=(400, 404, 409, 422))
        if not answer.ok or not isinstance(answer.data, dict) or answer.data.get("status") in ("succeeded", "failed"):
            return Stop.GOES_ON
        return Stop.STOPPED if answer.data.get("started_at") else Stop.UNBILLED

    def heard(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Signed as Standard Webhooks says, with the account's secret."""
        secret = self._webhook_key.now()
        if secret is None:
            return False
        try:
            Webhook(secret).verify(body, dict(headers))
        except (WebhookVerificationError, ValueError):
            return False
        return True

    def check(self) -> None:
        """Ask whose key it is, which costs nothing."""
        self._http.get(self._http.address("api", "account"))

    def _complete(self, task: Task, ask: Ask) -> Reply:
        """Join instructions and prompt: all of its language models take one prompt."""
        given: dict[str, Any] = {"prompt": "\n\n".join(part for part in (ask.instructions, transcript(ask)) if part)}
        given |= {name: ask.settings[name] for name in ("temperature", "top_p", "max_tokens") if name in ask.settings}
        ticket = self._started(task, given)
        return Reply(awaited(self.name, lambda: self._text(ticket) if self.poll(ticket).done else None))

    def _secret(self) -> str:
        answer = self._http.get(self._http.address("api", "webhooks/default/secret"))
        try:
            return str(answer.data["key"])
        except (TypeError, KeyError):
            raise unusable(self.name, "no secret of its webhooks") from None

    def _text(self, ticket: Ticket) -> str:
        output = self._prediction(ticket).get("output")
        text = "".join(str(part) for part in output) if isinstance(output, list) else output
        if not isinstance(text, str) or not text.strip():
            raise unusable(self.name, "its result holds no text")
        return text

    def _prediction(self, ticket: Ticket) -> dict[str, Any]:
        data = self._http.get(ticket.data["get"]).data
        if not isinstance(data, dict):
            raise unusable(self.name, "something that is no prediction")
        return data

    def _failure(self, prediction: dict[str, Any]) -> ServiceError:
        """A failed prediction has no code, only a text; moderation is told apart by it."""
        message = str(prediction.get("error") or prediction["status"])
        kind = "moderation" if is_moderation(message) else "failed"
        return error_of(self.name, Fault(kind, message, str(prediction["status"])))  # type: ignore[arg-type]

    def _artifact(self, index: int, url: str, ticket: Ticket, workdir: Path) -> Artifact:
        engine = f"{self.name}/{ticket.data['model'].partition(':')[0]}"
        try:
            fetched = self._results.download(url, workdir / f"made-{index}", ticket.data["media"])
        except ProviderError as failure:
            if index == 0:
                raise
            return Artifact(index, engine, error=failure.message)
        return fetched.artifact(index, engine)

    def _place(self, reference: Reference) -> str:
        """The reference where Replicate can read it: in the request itself, else among its files."""
        path, content_type = content(reference)
        if path.stat().st_size <= INLINE_BYTES:
            return f"data:{content_type};base64,{base64.b64encode(path.read_bytes()).decode()}"
        upload = {"content": (path.name, path.read_bytes(), content_type)}
        answer = self._http.ask("POST", self._http.address("api", "files"), files=upload)
        try:
            return str(answer.data["urls"]["get"])
        except (TypeError, KeyError):
            raise unusable(self.name, "no place for a reference") from None


def _urls(output: Any) -> list[str]:
    """Every file of an output, which is a text, a list or an object of them."""
    if isinstance(output, str):
        return [output] if output.startswith(("http://", "https://")) else []
    values = list(output.values()) if isinstance(output, dict) else output if isinstance(output, list) else []
    return [url for value in values for url in _urls(value)]


def _fault(answer: Answer) -> Fault:
    """problem+json; the seconds of a 429 are in a header, or only in its text."""
    told = answer.data if isinstance(answer.data, dict) else {}
    message = str(told.get("detail") or answer.text())
    resets = _RESETS.search(message)
    hint = answer.headers.get("ratelimit-reset") or (resets.group(1) if resets else None)
    wait = float(hint) if hint and hint.isdigit() and "Retry-After" not in answer.headers else None
    return Fault(kind_of(answer.status, message), message, told.get("title"), wait)
