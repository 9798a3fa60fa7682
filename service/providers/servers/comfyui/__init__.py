"""ComfyUI servers: a workflow is queued under an id of our own, and looked for before it is ever sent again."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

from service.errors import OutcomeUnknown, ProviderError
from service.net.guard import Guard
from service.providers.base import Access, Artifact, Progress, Provider, Reference, Stop, Task, Ticket
from service.providers.faults import Fault, error_of, unknown, unusable
from service.providers.http import Http
from service.providers.inputs import content
from service.providers.results import Results
from service.providers.servers.comfyui.faults import ended, fault, node_faults
from service.providers.servers.comfyui.graph import filled, prompt_id
from service.providers.servers.comfyui.outputs import File, kept, without_texts

CLIENT = "genhook"
# The first version that was measured to stop only the prompt that is named; older ones stop whatever runs.
STOPS_BY_NAME = (0, 3, 64)
MISSING = (404, 405)


class ComfyUI(Provider):
    """A queue without accounts or prices, whose memory ends with its process."""

    name: str = "comfyui"
    title: ClassVar[str] = "ComfyUI servers"
    media: ClassVar[frozenset[str]] = frozenset({"text", "image", "video", "music"})
    finds: ClassVar[bool] = True

    def __init__(self, access: Access, guard: Guard, name: str) -> None:
        """`name` is the operator's; opens nothing yet."""
        super().__init__(access, guard)
        self.name = name
        keyed = {"Authorization": f"Bearer {access.key}"} if access.key else {}
        self._http = Http(name, access, {"api": access.base_url or ""}, keyed, fault)
        self._results = Results(self._http, guard)

    def split(self, task: Task) -> tuple[Task, ...]:
        """One prompt a run of the workflow, each making an item of every output that is kept."""
        outputs = len(task.fixed["workflow"]["outputs"])
        return tuple(replace(task, count=outputs) for _ in range(max(1, task.count // outputs)))

    def submit(self, task: Task, workdir: Path) -> Ticket:
        """Queue the graph, unless it is there already: a prompt that is sent twice runs twice."""
        found = self.find(task)
        if found is not None:
            return found
        wanted = prompt_id(task.intent)
        graph = filled(task, self._upload)
        try:
            return self._queued(task, {"prompt": graph, "prompt_id": wanted, "client_id": CLIENT})
        except OutcomeUnknown:
            # The answer was lost; the prompt may be there all the same.
            found = self.find(task)
            if found is None:
                raise
            return found

    def find(self, task: Task) -> Ticket | None:
        """The prompt of this paid call: in the queue, then in the history. None where it was never received, or is
        forgotten: nothing of it runs or will."""
        wanted = prompt_id(task.intent)
        if self._queue(wanted) is None and self._history(wanted) is None:
            return None
        return self._ticket(task, wanted, {})

    def poll(self, ticket: Ticket) -> Progress:
        """Ask the queue, then the history. Raises ProviderError where it failed, or was lost with the server."""
        wanted = ticket.data["prompt_id"]
        place = self._queue(wanted)
        if place is not None:
            return Progress(False, 0.0 if place else 0.5, message=f"{place} before it" if place else None)
        entry = self._history(wanted)
        if entry is None:
            told = "it is neither in the queue nor in the history: the server was restarted, or it was deleted there"
            raise error_of(self.name, Fault("failed", told, "lost"))
        failure = ended(entry.get("status"))
        if failure is not None:
            raise error_of(self.name, failure)
        return Progress(True, 1.0)

    def fetch(self, ticket: Ticket, workdir: Path) -> Iterator[Artifact]:
        """Copy the first file of every output that is kept; what an output lacks is told in its place."""
        entry = self._history(ticket.data["prompt_id"]) or {}
        outputs, warnings = entry.get("outputs") or {}, ticket.data["warnings"]
        for index, node in enumerate(ticket.data["outputs"]):
            engine = f"{self.name}/{ticket.data['model']}"
            found = next(kept(outputs.get(node)), None)
            if found is None:
                why = "; ".join(f"{where}: {what}" for where, what in warnings.items())
                yield Artifact(index, engine, error=why or f"the workflow's output {node} is empty")
            elif isinstance(found, str):
                yield Artifact(index, engine, fields={"text": found})
            else:
                yield self._copied(index, engine, found, workdir / f"made-{index}")

    def cancel(self, ticket: Ticket) -> Stop:
        """Take it out of the queue, or interrupt it alone: never what another caller has running."""
        wanted = ticket.data["prompt_id"]
        place = self._queue(wanted)
        if place is None:
            return Stop.GOES_ON
        if place:
            self._http.ask("POST", self._at("queue"), json={"delete": [wanted]})
            if self._queue(wanted) is None and self._history(wanted) is None:
                return Stop.UNBILLED
        answer = self._http.ask("POST", self._at(f"api/jobs/{wanted}/cancel"), refused=MISSING)
        if answer.ok:
            done = isinstance(answer.data, dict) and answer.data.get("cancelled")
            return Stop.STOPPED if done else Stop.GOES_ON
        if self._version() < STOPS_BY_NAME:
            return Stop.GOES_ON
        self._http.ask("POST", self._at("interrupt"), json={"prompt_id": wanted})
        return Stop.STOPPED

    def check(self) -> None:
        """Read the queue, which costs nothing."""
        self._http.get(self._at("queue"))

    def _queued(self, task: Task, body: Mapping[str, Any]) -> Ticket:
        answer = self._http.post_once(self._at("prompt"), json=body)
        if not isinstance(answer.data, dict) or not isinstance(answer.data.get("prompt_id"), str):
            raise unknown(self.name, answer.text())
        # Versions that know no ids of their callers' give one of their own.
        return self._ticket(task, answer.data["prompt_id"], node_faults(answer.data.get("node_errors")))

    def _ticket(self, task: Task, wanted: str, warnings: Mapping[str, str]) -> Ticket:
        outputs = list(task.fixed["workflow"]["outputs"])
        told = {"prompt_id": wanted, "model": task.model, "outputs": outputs, "warnings": dict(warnings)}
        return Ticket(self.name, told)

    def _queue(self, wanted: str) -> int | None:
        """Count the prompts before this one, 0 while it runs; None where it is not in the queue."""
        data = self._http.get(self._at("queue")).data
        running, pending = (_ids(data, name) for name in ("queue_running", "queue_pending"))
        if wanted in running:
            return 0
        return len(running) + pending.index(wanted) + (not running) if wanted in pending else None

    def _history(self, wanted: str) -> Mapping[str, Any] | None:
        data = self._http.get(self._at(f"history/{wanted}")).data
        entry = data.get(wanted) if isinstance(data, dict) else None
        return entry if isinstance(entry, dict) else None

    def _version(self) -> tuple[int, ...]:
        data = self._http.get(self._at("system_stats"), refused=MISSING).data
        system = data.get("system") if isinstance(data, dict) else None
        told = str(system.get("comfyui_version", "")) if isinstance(system, dict) else ""
        return tuple(int(part) for part in re.findall(r"\d+", told)[:3])

    def _upload(self, reference: Reference) -> str:
        """Put a file on the server, and return the name that it has there: the same bytes keep theirs."""
        path, content_type = content(reference)
        ending = content_type.partition("/")[2].partition("+")[0].replace("jpeg", "jpg")
        with path.open("rb") as file:
            files = {"image": (f"{_digest(path)}.{ending}", file, content_type)}
            answer = self._http.ask("POST", self._at("upload/image"), files=files, data={"subfolder": CLIENT})
        told = answer.data if isinstance(answer.data, dict) else {}
        if not isinstance(told.get("name"), str):
            raise unusable(self.name, "it does not say under which name the upload is kept")
        return "/".join(part for part in (told.get("subfolder"), told["name"]) if part)

    def _copied(self, index: int, engine: str, file: File, path: Path) -> Artifact:
        query = urlencode({"filename": file.name, "subfolder": file.subfolder, "type": file.type})
        try:
            copied = self._results.download(f"{self._at('view')}?{query}", path, file.media, keyed=True)
        except ProviderError as error:
            if error.code != ProviderError.code or type(error) is not ProviderError:
                raise
            return Artifact(index, engine, error=error.message)
        without_texts(path)
        return copied.artifact(index, engine)

    def _at(self, path: str) -> str:
        return self._http.address("api", path)


def _ids(data: Any, name: str) -> list[str]:
    """The prompt ids of one part of the queue, by their turn."""
    listed = data.get(name) if isinstance(data, dict) else None
    rows = [row for row in listed or () if isinstance(row, list) and len(row) > 1]
    return [str(row[1]) for row in sorted(rows, key=lambda row: row[0] if isinstance(row[0], int | float) else 0)]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
