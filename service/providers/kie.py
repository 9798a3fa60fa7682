"""kie.ai: the market's jobs, Flux Kontext and Suno. Source: provider-contracts, section 4."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import orjson

from service.net.guard import Guard
from service.providers.base import Access, Artifact, Made, Progress, Provider, Reference, Task, Ticket
from service.providers.faults import Fault, error_of, is_moderation, kind_of, unknown, unusable
from service.providers.http import Answer, Http
from service.providers.inputs import content, members
from service.providers.results import Results

HOSTS = {"api": "https://api.kie.ai", "upload": "https://kieai.redpandaai.co"}
# Suno wants an address to call back and is asked instead: a name that never resolves (RFC 2606).
NO_CALLBACK = "https://genhook.invalid/callback"
# The codes of its envelope that HTTP does not have: maintenance.
_DOWN = 455
# The generation itself failed, or the feature is off: final, whenever it is said.
_FINAL = (501, 505)


@dataclass(frozen=True, slots=True)
class Record:
    """One task as kie tells of it, whatever its family: `fault` where it failed, `files` where it is done."""

    done: bool = False
    fraction: float = 0.5
    files: tuple[dict[str, Any], ...] = ()
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A group of kie's models that share a way to be asked: paths, the request around the members, the record."""

    create: str
    record: str
    request: Callable[[str, dict[str, Any]], dict[str, Any]]
    read: Callable[[dict[str, Any]], Record]


class Kie(Provider):
    """A task a paid call. HTTP may say 200 with an error inside; there is no way to stop a task."""

    name: ClassVar[str] = "kie"
    media: ClassVar[frozenset[str]] = frozenset(
        {"image", "video", "speech", "music", "soundeffect", "upscale", "backgroundremoval"}
    )

    def __init__(self, access: Access, guard: Guard) -> None:
        """Opens nothing yet."""
        super().__init__(access, guard)
        self._http = Http(self.name, access, HOSTS, {"Authorization": f"Bearer {access.key}"}, _fault)
        self._results = Results(self._http, guard)

    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Create the task in its model's family."""
        kind = _family_of(task)
        family = FAMILIES[kind]
        body = family.request(task.model, members(task, self._place, lambda width, height: f"{width}x{height}"))
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
        files = self._record(ticket).files
        if not files:
            raise unusable(self.name, "its result holds no file")
        fetched = self._results.download(files[0]["url"], workdir / "made-0", ticket.data["media"])
        yield Artifact(
            0,
            f"{self.name}/{ticket.data['model']}",
            path=fetched.path,
            content_type=fetched.content_type,
            width=fetched.width,
            height=fetched.height,
            duration=files[0].get("duration"),
        )

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


def _family_of(task: Task) -> str:
    """Suno's models are named by version only, so their media tells; Flux Kontext has calls of its own."""
    if task.media in ("music", "soundeffect"):
        return task.media
    return "kontext" if task.model.startswith("flux-kontext") else "jobs"


def _job(data: dict[str, Any]) -> Record:
    state = data.get("state")
    if state == "fail":
        return Record(fault=_failed(data.get("failCode"), data.get("failMsg")))
    if state != "success":
        return Record(fraction=0.5 if state == "generating" else 0.05)
    try:
        urls = orjson.loads(data.get("resultJson") or "{}").get("resultUrls") or []
    except (orjson.JSONDecodeError, AttributeError):
        raise unusable("kie", "a result that can't be read") from None
    return Record(True, 1.0, tuple({"url": str(url)} for url in urls))


def _flagged(data: dict[str, Any]) -> Record:
    """The families with a `successFlag`: 0 is under way, 1 done, 2 and 3 failed."""
    flag, response = data.get("successFlag"), data.get("response") or {}
    if flag in (2, 3):
        return Record(fault=_failed(data.get("errorCode"), data.get("errorMessage")))
    if flag != 1:
        return Record(fraction=_number(data.get("progress")))
    url = response.get("resultImageUrl")
    return Record(True, 1.0, ({"url": url},) if url else ())


def _suno(data: dict[str, Any]) -> Record:
    status = str(data.get("status"))
    if status == "SENSITIVE_WORD_ERROR":
        return Record(fault=Fault("moderation", str(data.get("errorMessage") or status), status))
    if status.endswith(("_FAILED", "_ERROR", "_EXCEPTION")):
        return Record(fault=_failed(data.get("errorCode") or status, data.get("errorMessage") or status))
    if status != "SUCCESS":
        return Record(fraction={"TEXT_SUCCESS": 0.3, "FIRST_SUCCESS": 0.7}.get(status, 0.05))
    tracks = (data.get("response") or {}).get("sunoData") or []
    found = [{"url": one["audioUrl"], "duration": one.get("duration")} for one in tracks if one.get("audioUrl")]
    return Record(True, 1.0, tuple(found))


def _music(model: str, given: dict[str, Any]) -> dict[str, Any]:
    plain = {"customMode": False, "instrumental": False, "callBackUrl": NO_CALLBACK}
    return {**plain, "model": model, **given}


FAMILIES = {
    "jobs": Family(
        "api/v1/jobs/createTask",
        "api/v1/jobs/recordInfo",
        lambda model, given: {"model": model, "input": given},
        _job,
    ),
    "kontext": Family(
        "api/v1/flux/kontext/generate",
        "api/v1/flux/kontext/record-info",
        lambda model, given: {"model": model, **given},
        _flagged,
    ),
    "music": Family("api/v1/generate", "api/v1/generate/record-info", _music, _suno),
    "soundeffect": Family(
        "api/v1/generate/sounds",
        "api/v1/generate/record-info",
        lambda model, given: {"model": model, **given},
        _suno,
    ),
}


def _failed(code: Any, message: Any) -> Fault:
    text = str(message or "it failed without a word")
    moderated = is_moderation(text) or str(code) == "400"
    return Fault("moderation" if moderated else "failed", text, None if code is None else str(code))


def _number(text: Any) -> float:
    try:
        return min(0.99, max(0.05, float(text)))
    except (TypeError, ValueError):
        return 0.5


def _fault(answer: Answer) -> Fault:
    told = answer.data if isinstance(answer.data, dict) else {}
    message = str(told.get("msg") or told.get("message") or answer.text())
    kind = "down" if answer.status == _DOWN else kind_of(answer.status, message)
    return Fault(kind, message, str(told.get("code") or answer.status))
