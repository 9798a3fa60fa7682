"""Google's Gemini API: generateContent, and Interactions for films and music."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from service.net.guard import Guard
from service.providers.adapters.google import content, interactions
from service.providers.adapters.google.faults import fault
from service.providers.base import Access, Artifact, Made, Progress, Provider, Stop, Task, Ticket
from service.providers.http import Http
from service.providers.results import Results
from service.providers.structured import written

HOSTS = {"api": "https://generativelanguage.googleapis.com"}


class Google(Provider):
    """Texts, pictures, speech and music are answered inline; a film is an interaction, asked for until it is done."""

    name: str = "google"
    title: ClassVar[str] = "Google"
    hosts: ClassVar[Mapping[str, str]] = HOSTS
    media: ClassVar[frozenset[str]] = frozenset({"text", "vision", "image", "video", "speech", "music"})
    tools: ClassVar[bool] = True

    def __init__(self, access: Access, guard: Guard) -> None:
        """Opens nothing yet."""
        super().__init__(access, guard)
        self._http = Http(self.name, access, self.hosts, {"x-goog-api-key": access.key}, fault)
        self._results = Results(self._http, guard)

    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Ask for it; what comes inline is kept."""
        match task.media:
            case "text" | "vision":
                return written(task, self.name, lambda ask: content.complete(self._http, task.model, ask))
            case "image":
                return Made((content.picture(self._http, self._results, task, workdir),))
            case "speech":
                return Made((content.speech(self._http, self._results, task, workdir),))
        answer = interactions.created(self._http, task)
        if task.media == "video" or interactions.is_open(answer):
            return Ticket(self.name, {"id": str(answer["id"]), "model": task.model, "media": task.media})
        return Made((interactions.artifact(self._http, self._results, answer, task.model, task.media, workdir),))

    def poll(self, ticket: Ticket) -> Progress:
        """Its status: no percentage is told. Raises what it failed with."""
        return interactions.progress(self._http, interactions.asked(self._http, ticket))

    def fetch(self, ticket: Ticket, workdir: Path) -> Iterator[Artifact]:
        """The one file of it; Google's own addresses want the key."""
        answer = interactions.asked(self._http, ticket)
        model, media = ticket.data["model"], ticket.data["media"]
        yield interactions.artifact(self._http, self._results, answer, model, media, workdir)

    def cancel(self, ticket: Ticket) -> Stop:
        """Stop it, where it runs in the background and is not done."""
        return interactions.canceled(self._http, ticket)

    def check(self) -> None:
        """List one model, which costs nothing."""
        self._http.get(self._http.address("api", "v1beta/models"), params={"pageSize": 1})
