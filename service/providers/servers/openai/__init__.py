"""Servers that speak OpenAI's API: Ollama, llama.cpp, vLLM, LocalAI, LM Studio, LiteLLM, OpenRouter and their like.

Only members that every such server takes are sent: an answer's limit is `max_tokens`, pictures have no
`response_format`, and nothing is null.
"""

import time
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from service.errors import ProviderError
from service.net.guard import Guard
from service.providers.base import Access, Artifact, Made, NotNow, Provider, Task, Ticket
from service.providers.completions import complete
from service.providers.conversation import Ask, Reply
from service.providers.encoding import data_url, decoded
from service.providers.faults import Fault, error_of, unusable
from service.providers.inputs import members
from service.providers.results import CopiedFile, Results
from service.providers.servers.openai.http import ServerHttp
from service.providers.structured import written

PICTURE_S, SPEECH_S = 300.0, 120.0
VOICE = "alloy"
# How long a list of models is believed.
LISTED_S = 60.0
# Software that holds answers to a schema. Others are asked for JSON in words, as all are.
HOLDS_TO_SCHEMAS = frozenset({"llama.cpp", "vllm", "ollama", "localai", "lm-studio", "openrouter"})
# Software that does so too, yet refuses OpenAI's way of asking for it.
HOLDS_OBJECTS_TO_SCHEMAS = frozenset({"llama-cpp-python"})
SAMPLING = ("max_tokens", "temperature", "top_p", "presence_penalty", "frequency_penalty", "stop")
# Around thoughts that a server without a parser for them leaves in the text.
_THOUGHT, _THOUGHT_ENDS = "<think>", "</think>"


class OpenAIServer(Provider):
    """One POST makes it all and is answered inline; nothing that was sent can be stopped."""

    name: str = "openai"
    title: ClassVar[str] = "Servers that speak OpenAI's API"
    media: ClassVar[frozenset[str]] = frozenset({"text", "vision", "image", "speech"})
    tools: ClassVar[bool] = True

    def __init__(self, access: Access, guard: Guard, name: str) -> None:
        """`name` is the operator's; opens nothing yet."""
        super().__init__(access, guard)
        self.name = name
        self._listed: tuple[float, tuple[str, ...]] = (0.0, ())

    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Ask for it and keep it, once the server has the model: some answer any name with the model they have."""
        http = ServerHttp(self.name, self.access)
        self._check_model(http, task.model)
        if task.media in ("text", "vision"):
            made = written(task, self.name, lambda ask: self._completed(http, task.model, ask))
        else:
            make = self._spoken if task.media == "speech" else self._pictured
            made = make(http, task, workdir)
        return _priced(made, http.cost)

    def check(self) -> None:
        """List the models, which costs nothing."""
        http = ServerHttp(self.name, self.access)
        http.get(http.address("api", "models"))

    def _check_model(self, http: ServerHttp, model: str) -> None:
        """Raises ProviderError where the server lists models, and this one not among them."""
        if not _is_listed(model, self._models(http)):
            told = Fault("unknown_model", f"it does not list the model {model} (any more)", "model_not_found")
            raise error_of(self.name, told)

    def _models(self, http: ServerHttp) -> tuple[str, ...]:
        since, listed = self._listed
        if listed and time.monotonic() - since < LISTED_S:
            return listed
        try:
            answer = http.get(http.address("api", "models"))
        except NotNow:
            raise
        except ProviderError as error:
            if error.code != ProviderError.code:
                raise
            # A server without a list still answers.
            return ()
        data = answer.data.get("data") if isinstance(answer.data, dict) else None
        listed = tuple(str(one["id"]) for one in data or () if isinstance(one, dict) and "id" in one)
        self._listed = (time.monotonic(), listed)
        return listed

    def _completed(self, http: ServerHttp, model: str, ask: Ask) -> Reply:
        given = ask.settings
        settings: dict[str, Any] = {name: given[name] for name in SAMPLING if name in given}
        if ask.schema is not None:
            settings |= self._held(ask)
        reply = complete(http, model, ask, settings)
        return replace(reply, text=_without_thoughts(reply.text))

    def _held(self, ask: Ask) -> dict[str, Any]:
        """The member that holds an answer to the schema, for software that knows one."""
        if self.access.software in HOLDS_OBJECTS_TO_SCHEMAS:
            return {"response_format": {"type": "json_object", "schema": ask.schema}}
        if self.access.software not in HOLDS_TO_SCHEMAS:
            return {}
        named = {"name": ask.schema_name, "schema": ask.schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}

    def _pictured(self, http: ServerHttp, task: Task, workdir: Path) -> Made:
        body = {"model": task.model, **members(task, data_url, lambda width, height: f"{width}x{height}")}
        data = http.usable(http.send("images/generations", body, PICTURE_S))
        made = data.get("data")
        if not isinstance(made, list) or not made:
            raise unusable(self.name, "its answer holds no picture")
        wanted = enumerate(made[: task.count])
        return Made(tuple(self._picture(http, n, item, task, workdir) for n, item in wanted))

    def _picture(self, http: ServerHttp, index: int, item: Any, task: Task, workdir: Path) -> Artifact:
        path, results = workdir / f"made-{index}", Results(http, self.guard)
        copied = self._copied(results, http, item if isinstance(item, dict) else {}, path, task.media)
        return copied.artifact(index, f"{self.name}/{task.model}")

    def _copied(self, results: Results, http: ServerHttp, item: dict[str, Any], path: Path, media: str) -> CopiedFile:
        """Keep the picture of `b64_json` or of a `url`, which may itself be data; the key goes to the own host only."""
        url, encoded = (told if isinstance(told := item.get(name), str) else "" for name in ("url", "b64_json"))
        encoded = encoded or (url if url.startswith("data:") else "")
        if encoded:
            # Some put a whole data URL where the base64 should be.
            path.write_bytes(decoded(self.name, encoded.partition(",")[2] if encoded[:5] == "data:" else encoded))
            return results.checked(path, media)
        address = _absolute(url, http.address("api", ""))
        if address is None:
            raise unusable(self.name, "its answer holds neither b64_json nor a url")
        try:
            return results.download(address, path, media, keyed=http.own(address))
        except NotNow as error:
            # The picture is made and paid for: asking for another one would not bring it back.
            raise unusable(self.name, error.message) from error

    def _spoken(self, http: ServerHttp, task: Task, workdir: Path) -> Made:
        voice = str(task.params.get("voice") or VOICE)
        answer = http.send("audio/speech", {"model": task.model, "input": task.prompt, "voice": voice}, SPEECH_S)
        if isinstance(answer.data, dict):
            raise http.failure(answer)
        path = workdir / "made-0"
        path.write_bytes(answer.body)
        copied = Results(http, self.guard).checked(path, task.media)
        return Made((copied.artifact(0, f"{self.name}/{task.model}"),))


def _absolute(url: str, base: str) -> str | None:
    """The address of a result, which may be told by its path alone; None for what is no address of the web."""
    try:
        found = urljoin(base, url) if url.startswith("/") else url
        return found if urlsplit(found).scheme in ("http", "https") and urlsplit(found).hostname else None
    except ValueError:
        return None


def _is_listed(model: str, listed: tuple[str, ...]) -> bool:
    """Tell whether the server has the model, by its name or by a pattern of its list."""
    return not listed or any(model == one or ("*" in one and fnmatchcase(model, one)) for one in listed)


def _priced(made: Made, cost: float | None) -> Made:
    """The work with what it cost, a share an item."""
    good = [artifact for artifact in made.artifacts if artifact.error is None]
    if cost is None or not good:
        return made
    share = cost / len(good)
    priced = (replace(one, cost=share) if one.error is None else one for one in made.artifacts)
    return replace(made, artifacts=tuple(priced))


def _without_thoughts(text: str) -> str:
    """Return the text without its first thoughts, in linear time: a pattern with blanks around them is quadratic."""
    before, begun, rest = text.partition(_THOUGHT)
    _, ended, after = rest.partition(_THOUGHT_ENDS)
    return before.rstrip() + after.lstrip() if begun and ended else text
