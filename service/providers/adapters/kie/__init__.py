"""kie.ai: the market's jobs, Flux Kontext, Suno and Claude."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from service.net.guard import Guard
from service.providers.adapters.kie import chat
from service.providers.adapters.kie.families import FAMILIES, Record, family_of
from service.providers.base import Access, Artifact, Made, Progress, Provider, Reference, Task, Ticket
from service.providers.faults import Fault, error_of, kind_of, unknown, unusable
from service.providers.http import Answer, Http, parsed
from service.providers.inputs import content, members
from service.providers.results import Results
from service.providers.structured import written

HOSTS = {"api": "https://api.kie.ai", "upload": "https://kieai.redpandaai.co"}
CREDIT_USD = 0.005
# The codes of its envelope that HTTP does not have: maintenance.
_DOWN = 455
# The generation itself failed, or the feature is off: final, whenever it is said.
_FINAL = (501, 505)


class Kie(Provider):
    """A task a paid call. HTTP may say 200 with an error inside; there is no way to stop a task.

    `KIE_WEBHOOK_KEY` is the webhookHmacKey of its console, where webhooks are signed; without it they are not verified
    beyond their secret address.
    """

    name: str = "kie"
    title: ClassVar[str] = "kie.ai"
    hosts: ClassVar[Mapping[str, str]] = HOSTS
    media: ClassVar[frozenset[str]] = frozenset(
        {"text", "vision", "image", "video", "speech", "music", "soundeffect", "upscale", "backgroundremoval"}
    )
    tools: ClassVar[bool] = True
    hinting: ClassVar[bool] = True

    def __init__(self, access: Access, guard: Guard) -> None:
        """Opens nothing yet."""
        super().__init__(access, guard)
        self._http = Http(self.name, access, self.hosts, {"Authorization": f"Bearer {access.key}"}, _fault)
        self._results = Results(self._http, guard)

    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Create the task in its model's family; a language model answers inline."""
        if task.media in ("text", "vision"):
            return written(task, self.name, lambda ask: chat.complete(self._http, task.model, ask, self._check_inside))
        kind = family_of(task)
        family = FAMILIES[kind]
        body = family.request(task.model, members(task, self._place, lambda width, height: f"{width}x{height}"))
        body |= {"callBackUrl": task.hint} if task.hint else {}
        answer = self._http.post_once(self._http.address("api", family.create), json=body)
        if answer.data is None:
            raise unknown(self.name, answer.text())
        self._check_inside(answer, sent=True)
        try:
            task_id = str(answer.data["data"]["taskId"])
        except (TypeError, KeyError):
            raise unknown(self.name, answer.text()) from None
        return Ticket(self.name, {"id": task_id, "family": kind, "model": task.model, "media": task.media})

    def poll(self, ticket: Ticket) -> Progress:
        """Its state; a percentage where the family tells one. Raises what it failed with."""
        record = self._record(ticket)
        return Progress(record.done, record.fraction)

    def fetch(self, ticket: Ticket, workdir: Path) -> Iterator[Artifact]:
        """The first file of the result: Suno always makes two tracks, and one was asked for."""
        record = self._record(ticket)
        files = record.files
        if not files:
            raise unusable(self.name, "its result holds no file")
        fetched = self._results.download(files[0]["url"], workdir / "made-0", ticket.data["media"])
        cost = None if record.credits is None else record.credits * CREDIT_USD
        engine = f"{self.name}/{ticket.data['model']}"
        yield fetched.artifact(0, engine, duration=files[0].get("duration"), cost=cost)

    def heard(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Signed where the account's owner has turned that on, with the id and the time: never the rest of it."""
        if self.access.webhook_key is None:
            return True
        told = parsed(body)
        data = told.get("data") if isinstance(told, dict) else None
        data = data if isinstance(data, dict) else {}
        signed = f"{data.get('taskId') or data.get('task_id')}.{headers.get('x-webhook-timestamp', '')}"
        mac = hmac.digest(self.access.webhook_key.encode(), signed.encode(), hashlib.sha256)
        return hmac.compare_digest(base64.b64encode(mac), headers.get("x-webhook-signature", "").encode())

    def check(self) -> None:
        """Ask how many credits are left, which costs none."""
        self._asked("api/v1/chat/credit")

    def _record(self, ticket: Ticket) -> Record:
        family = FAMILIES[ticket.data["family"]]
        record = family.read(self._asked(family.record, taskId=ticket.data["id"]))
        if record.fault is not None:
            raise error_of(self.name, record.fault)
        return record

    def _asked(self, path: str, **query: str) -> Any:
        answer = self._http.get(self._http.address("api", path), params=query)
        self._check_inside(answer, sent=False)
        data = answer.data.get("data")
        return data if not query or isinstance(data, dict) else {}

    def _check_inside(self, answer: Answer, sent: bool) -> None:
        """The envelope's own code, which is what counts."""
        code = answer.data.get("code") if isinstance(answer.data, dict) else None
        if code == 200:
            return
        if not isinstance(code, int):
            raise unusable(self.name, "an answer without its envelope")
        inner = replace(answer, status=code)
        raise error_of(self.name, _fault(inner)) if code in _FINAL else self._http.failure(inner, sent)

    def _place(self, reference: Reference) -> str:
        """The reference's address once it is uploaded."""
        path, content_type = content(reference)
        upload = {"file": (path.name, path.read_bytes(), content_type)}
        asked = {"uploadPath": "genhook", "fileName": f"{path.name}.{content_type.rpartition('/')[2]}"}
        answer = self._http.ask(
            "POST", self._http.address("upload", "api/file-stream-upload"), data=asked, files=upload
        )
        self._check_inside(answer, sent=False)
        try:
            return str(answer.data["data"]["downloadUrl"])
        except (TypeError, KeyError):
            raise unusable(self.name, "no place for a reference") from None


def _fault(answer: Answer) -> Fault:
    told = answer.data if isinstance(answer.data, dict) else {}
    message = str(told.get("msg") or told.get("message") or answer.text())
    kind = "down" if answer.status == _DOWN else kind_of(answer.status, message)
    return Fault(kind, message, str(told.get("code") or answer.status))
