"""BytePlus ModelArk: Seedance films, Seedream pictures and Seed's texts."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from service.errors import ServiceError
from service.net.guard import Guard
from service.providers.adapters.byteplus.faults import fault, fault_in
from service.providers.adapters.byteplus.words import film, picture, settings
from service.providers.base import Access, Artifact, Made, Progress, Provider, Stop, Task, Ticket
from service.providers.completions import complete
from service.providers.faults import error_of, unknown, unusable
from service.providers.http import Http
from service.providers.prices import dollars
from service.providers.results import Results
from service.providers.structured import written

HOSTS = {"api": "https://ark.ap-southeast.bytepluses.com/api/v3"}
FILMS, PICTURES = "contents/generations/tasks", "images/generations"
PICTURE_S = 300.0
_OPEN = ("queued", "running")
_ENDED_BADLY = ("failed", "cancelled", "expired")


class BytePlus(Provider):
    """A film is a task; a picture is there at once, by a link that is recorded before it is fetched."""

    name: str = "byteplus"
    title: ClassVar[str] = "BytePlus ModelArk"
    hosts: ClassVar[Mapping[str, str]] = HOSTS
    media: ClassVar[frozenset[str]] = frozenset({"text", "vision", "image", "video"})
    tools: ClassVar[bool] = True
    hinting: ClassVar[bool] = True
    fetches: ClassVar[bool] = True

    def __init__(self, access: Access, guard: Guard) -> None:
        """Opens nothing yet."""
        super().__init__(access, guard)
        self._http = Http(self.name, access, self.hosts, {"Authorization": f"Bearer {access.key}"}, fault)
        self._results = Results(self._http, guard)

    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Create the task, or ask for the picture; a language model answers inline."""
        if task.media in ("text", "vision"):
            return written(task, self.name, lambda ask: complete(self._http, task.model, ask, settings(ask)))
        return self._filming(task) if task.media == "video" else self._pictured(task)

    def poll(self, ticket: Ticket) -> Progress:
        """Its status: no percentage is told. Raises what it failed with."""
        if "links" in ticket.data:
            return Progress(True)
        record = self._record(ticket)
        status = record.get("status")
        if status in _ENDED_BADLY:
            raise self._failure(record.get("error"), str(status))
        if status not in (*_OPEN, "succeeded"):
            raise unusable(self.name, f"a status that is none, {status}")
        return Progress(status == "succeeded", 0.05 if status == "queued" else 0.5)

    def fetch(self, ticket: Ticket, workdir: Path) -> Iterator[Artifact]:
        """The files: their links die within a day."""
        if "links" in ticket.data:
            for index, link in enumerate(ticket.data["links"]):
                yield self._artifact(index, link, ticket, workdir)
            return
        record = self._record(ticket)
        link = (record.get("content") or {}).get("video_url")
        if not link:
            raise unusable(self.name, "its result holds no film")
        used = (record.get("usage") or {}).get("completion_tokens")
        tokens = {str(ticket.data.get("resolution")): used} if isinstance(used, int) else {}
        cost = dollars(self.name, ticket.data["model"], tokens)
        yield self._artifact(0, link, ticket, workdir, cost)

    def cancel(self, ticket: Ticket) -> Stop:
        """Take it from the queue. What runs can't be stopped, and what is done would be forgotten: both are left."""
        status = None if "links" in ticket.data else self._record(ticket).get("status")
        if status == "cancelled":
            return Stop.UNBILLED
        if status != "queued":
            return Stop.GOES_ON
        taken = self._http.ask("DELETE", self._address(ticket), refused=(400, 403, 404, 409)).ok
        return Stop.UNBILLED if taken else Stop.GOES_ON

    def heard(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Its callbacks are unsigned: that it knows the address is all that tells it."""
        return True

    def check(self) -> None:
        """List one task, which costs nothing."""
        self._http.get(self._http.address("api", FILMS), params={"page_num": 1, "page_size": 1})

    def _filming(self, task: Task) -> Ticket:
        body = film(task) | ({"callback_url": task.hint} if task.hint else {})
        answer = self._http.post_once(self._http.address("api", FILMS), json=body)
        try:
            task_id = str(answer.data["id"])
        except (TypeError, KeyError):
            self._check_inside(answer.data)
            raise unknown(self.name, answer.text()) from None
        # Films made from films have prices of their own.
        priced = None if any("video" in one.role for one in task.references) else body.get("resolution")
        return Ticket(self.name, {"id": task_id, "model": task.model, "media": task.media, "resolution": priced})

    def _pictured(self, task: Task) -> Ticket:
        answer = self._http.post_once(self._http.address("api", PICTURES), json=picture(task), read_s=PICTURE_S)
        if not isinstance(answer.data, dict):
            raise unknown(self.name, answer.text())
        self._check_inside(answer.data)
        made = [item for item in answer.data.get("data") or [] if isinstance(item, dict)]
        links = [str(item["url"]) for item in made if item.get("url")]
        if not links:
            lacking = next((item["error"] for item in made if item.get("error")), None)
            raise self._failure(lacking, "empty") if lacking else unusable(self.name, "its answer holds no picture")
        return Ticket(self.name, {"links": links, "model": task.model, "media": task.media})

    def _record(self, ticket: Ticket) -> dict[str, Any]:
        data = self._http.get(self._address(ticket)).data
        if not isinstance(data, dict):
            raise unusable(self.name, "something that is no task")
        return data

    def _address(self, ticket: Ticket) -> str:
        return self._http.address("api", f"{FILMS}/{ticket.data['id']}")

    def _check_inside(self, data: Any) -> None:
        """An error may come with HTTP 200."""
        if isinstance(data, dict) and data.get("error"):
            raise self._failure(data["error"], "error")

    def _failure(self, told: Any, status: str) -> ServiceError:
        return error_of(self.name, fault_in(told if isinstance(told, dict) else {}, status))

    def _artifact(self, index: int, link: str, ticket: Ticket, workdir: Path, cost: float | None = None) -> Artifact:
        fetched = self._results.download(link, workdir / f"made-{index}", ticket.data["media"])
        return fetched.artifact(index, f"{self.name}/{ticket.data['model']}", cost=cost)
