"""OpenAI: texts, pictures and their edits, speech; everything is answered inline."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from service.net.guard import Guard
from service.providers.adapters.openai.faults import fault
from service.providers.adapters.openai.words import pixels, settings
from service.providers.base import Access, Artifact, Made, Provider, Reference, Task, Ticket
from service.providers.completions import complete
from service.providers.encoding import kept
from service.providers.faults import unknown, unusable
from service.providers.http import Answer, Http
from service.providers.inputs import content, members
from service.providers.prices import dollars
from service.providers.results import Results
from service.providers.structured import written

HOSTS = {"api": "https://api.openai.com/v1"}
# Pictures of the best quality take minutes.
PICTURE_S, SPEECH_S = 300.0, 120.0
VOICE = "alloy"


class OpenAI(Provider):
    """One POST makes it all; nothing expires, nothing is polled, and nothing that was sent can be stopped."""

    name: str = "openai"
    title: ClassVar[str] = "OpenAI"
    hosts: ClassVar[Mapping[str, str]] = HOSTS
    media: ClassVar[frozenset[str]] = frozenset({"text", "vision", "image", "speech"})
    tools: ClassVar[bool] = True

    def __init__(self, access: Access, guard: Guard) -> None:
        """Opens nothing yet."""
        super().__init__(access, guard)
        self._http = Http(self.name, access, self.hosts, {"Authorization": f"Bearer {access.key}"}, fault)
        self._results = Results(self._http, guard)

    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Ask for it and keep it: base64, bytes or words in the answer."""
        if task.media in ("text", "vision"):
            return written(task, self.name, lambda ask: complete(self._http, task.model, ask, settings(ask)))
        return self._spoken(task, workdir) if task.media == "speech" else self._pictured(task, workdir)

    def check(self) -> None:
        """List the models, which costs nothing."""
        self._http.get(self._http.address("api", "models"))

    def _pictured(self, task: Task, workdir: Path) -> Made:
        shown: list[Reference] = []
        body = {"model": task.model, **members(task, partial(_collected, shown), pixels)}
        body.pop("image", None)
        answer = self._edited(body, shown) if shown else self._sent("images/generations", {"json": body}, PICTURE_S)
        made = answer.data.get("data")
        if not isinstance(made, list) or not made:
            raise unusable(self.name, "its answer holds no picture")
        usage = answer.data.get("usage")
        cost = dollars(self.name, task.model, _tokens(usage))
        share = None if cost is None else cost / len(made)
        return Made(tuple(self._picture(n, item, task, workdir, share) for n, item in enumerate(made)), usage or {})

    def _edited(self, body: dict[str, Any], shown: list[Reference]) -> Answer:
        """Send a form with the pictures as files: as JSON an edit takes the standard sizes only."""
        files = [("image[]", _file(number, *content(one))) for number, one in enumerate(shown)]
        form = {"data": {name: str(value) for name, value in body.items()}, "files": files}
        return self._sent("images/edits", form, PICTURE_S)

    def _picture(self, index: int, item: Any, task: Task, workdir: Path, cost: float | None) -> Artifact:
        data = item.get("b64_json") if isinstance(item, dict) else None
        fetched = kept(self.name, self._results, data, workdir / f"made-{index}", task.media)
        return fetched.artifact(index, f"{self.name}/{task.model}", cost=cost)

    def _spoken(self, task: Task, workdir: Path) -> Made:
        body = {"model": task.model, "input": task.prompt, "voice": str(task.params.get("voice") or VOICE).lower()}
        answer = self._http.post_once(
            self._http.address("api", "audio/speech"), json=body | {"response_format": "mp3"}, read_s=SPEECH_S
        )
        if isinstance(answer.data, dict):
            raise self._http.failure(answer)
        path = workdir / "made-0"
        path.write_bytes(answer.body)
        fetched = self._results.checked(path, task.media)
        return Made((fetched.artifact(0, f"{self.name}/{task.model}"),))

    def _sent(self, path: str, body: dict[str, Any], read_s: float) -> Answer:
        answer = self._http.post_once(self._http.address("api", path), read_s=read_s, **body)
        if not isinstance(answer.data, dict):
            raise unknown(self.name, answer.text())
        if answer.data.get("error"):
            raise self._http.failure(answer)
        return answer


def _collected(shown: list[Reference], reference: Reference) -> str:
    """Keep a picture of the request for its form; its URL stands for it among the members."""
    shown.append(reference)
    return reference.url


def _file(number: int, path: Path, content_type: str) -> tuple[str, bytes, str]:
    """One picture of a form: its name says its type, which the endpoint tells it by."""
    return f"image-{number}.{content_type.rpartition('/')[2]}", path.read_bytes(), content_type


def _tokens(usage: Any) -> dict[str, int]:
    """A picture's tokens by what they are priced as."""
    if not isinstance(usage, dict):
        return {}
    given = usage.get("input_tokens_details") or {}
    counted = {
        "text_input": given.get("text_tokens"),
        "image_input": given.get("image_tokens"),
        "image_output": usage.get("output_tokens"),
    }
    return {kind: tokens for kind, tokens in counted.items() if isinstance(tokens, int)}
