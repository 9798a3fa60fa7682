"""The interface of a provider: one small module behind submit, poll, fetch and cancel.

A provider is opened with a key and sees a `Task` (what to make, in the engine's words) and nothing else: no account,
no price, no database.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, ClassVar

from service.errors import ProviderError
from service.net.guard import Guard
from service.sandbox.job import Product
from service.sandbox.pool import EnginePool

MEDIA = (
    "text",
    "image",
    "video",
    "speech",
    "music",
    "soundeffect",
    "upscale",
    "vector",
    "backgroundremoval",
    "vision",
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture, clip, sound or other file the caller gave. `path` is the fetched local copy, once a worker has it.

    `role` is one of image, end_frame, reference_image, reference_video, reference_audio, video, audio, and file, which
    goes to an added API's server as it is. `at` is the JSON pointer to its URL in the caller's input. `https_only`
    holds save for hosts that CALLBACK_ALLOW names. `object` is the storage key of a copy that was fetched before.
    """

    role: str
    url: str
    path: Path | None = None
    content_type: str | None = None
    https_only: bool = False
    object: str | None = None
    at: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A request to one provider: `count` items of one `media`, JSON-serialisable but for reference paths.

    `model` is the provider's own model id. `params` by media (all optional):
    image: width, height (pixels), aspect_ratio ("16:9"), title (a thumbnail with this title is wanted), style;
    video: width, height, seconds, aspect_ratio, generate_audio; speech: voice, language;
    music and soundeffect: seconds; upscale: factor;
    text: generator (slug), parameters (applied generator parameters), language, schema (JSON Schema of
    one item's fields), instructions (system prompt), temperature, thinking_mode, user_text, user_text_two…;
    chat (text or vision; the answer is a `reply`): messages (the turns before `prompt`, which is empty where the last
    of them is answered, as `providers.conversation` has them), max_tokens, stop ([text]), top_p, presence_penalty,
    frequency_penalty, and `chat`, what only chats have: json, schema_name, strict, tools, tool_choice,
    parallel_tool_calls;
    vision: preference. `seed` makes the embedded engine repeat itself for the same request.

    `inputs`, `fixed`, `most` and `pictures` are the catalogue's `ProviderCall` for this request (its docstring says how
    they are read); `intent` is our own name of the paid call, for providers that have a place to keep one; `hint` is
    where the provider may say that it is time to ask, empty where it can't reach us.
    """

    media: str
    model: str
    prompt: str
    count: int = 1
    seed: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    inputs: Mapping[str, str | None] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    most: int | None = None
    pictures: str | None = None
    intent: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Artifact(Product):
    """One item that a provider made, as an engine process tells of its own, or what lacks.

    `cost` is what the provider itself reports for it, in US dollars, None where it reports nothing. `error` is set,
    with nothing else, where this item could not be made.
    """

    cost: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """The provider's receipt for submitted work, stored before anything else happens; `data` is JSON."""

    provider: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of submitted work: `done` when fetch may be called; `fraction` from 0 to 1 where the provider says.

    `wait` are the seconds until asking again, None for the engine's own pace.
    """

    done: bool
    fraction: float = 0.0
    wait: float | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """Work that was finished in the submit call itself: the embedded engine, and providers that answer inline."""

    artifacts: tuple[Artifact, ...]
    usage: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Access:
    """The key that a provider is opened with, and its address where it isn't the public one.

    `webhook_key` is what the account's owner has set its webhooks to be signed with, where that is the owner's choice.
    `software` is what an added server said it runs, as far as its habits are known.
    """

    key: str = field(repr=False)
    base_url: str | None = None
    webhook_key: str | None = field(default=None, repr=False)
    software: str = ""


class Stop(Enum):
    """The answer to a request to stop: UNBILLED is the provider's word that it never began and costs nothing."""

    UNBILLED = "unbilled"
    STOPPED = "stopped"
    GOES_ON = "goes on"


class NotNow(ProviderError):
    """Proven not to have been received, or nothing but a question: to be asked again, `retry_after` seconds later."""


class Limited(NotNow):
    """Not received, since the key has called more than the provider allows: to be asked again."""


class Loading(NotNow):
    """Not received, by a server that is getting ready: to be asked again for as long as the run may take."""


class Provider(ABC):
    """One provider, opened with an `Access`; shared by the threads of a worker.

    Every method raises NotNow (ask again later), ProviderAuth, RefusedByProvider and ProviderError; `submit` also
    OutcomeUnknown, where the work may have been received and no ticket came back.
    """

    name: str
    title: ClassVar[str]
    # Its public addresses by use; its key goes nowhere else.
    hosts: ClassVar[Mapping[str, str]] = MappingProxyType({})
    media: ClassVar[frozenset[str]]
    # False where a submit costs nothing and may be repeated: no intent is recorded for it.
    paid: ClassVar[bool] = True
    # Where media is decoded and the embedded engine works; set by `providers.open`, None where nothing is made.
    engines: EnginePool | None = None
    # Whether `find` knows for certain: what it does not find was never received, or is gone, and may be sent.
    finds: ClassVar[bool] = False
    # Whether its language models are given a chat's tools.
    tools: ClassVar[bool] = False
    # Whether a submit tells the provider the task's `hint`, and `heard` knows its webhooks.
    hinting: ClassVar[bool] = False
    # Whether it is given films and sounds as addresses, which it fetches itself.
    fetches: ClassVar[bool] = False

    def __init__(self, access: Access, guard: Guard) -> None:
        """`guard` decides which hosts results are fetched from, beside the provider's own."""
        self.access = access
        self.guard = guard

    def split(self, task: Task) -> tuple[Task, ...]:
        """The task as paid calls, each making as many items as it counts.

        As few as the model's count allows where it takes one, and one of texts, which are to differ from each other.
        """
        if task.count == 1 or task.media in ("text", "vision"):
            return (task,)
        most = (task.most or task.count) if task.inputs.get("count") else 1
        starts = range(0, task.count, most)
        return tuple(replace(task, count=min(most, task.count - start), seed=task.seed + start) for start in starts)

    @abstractmethod
    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Send the work: one POST that costs money. Files are made in `workdir`, a folder of this step's own."""

    def find(self, task: Task) -> Ticket | None:
        """The ticket of work that was perhaps sent under `task.intent`; None where the provider can't say."""
        return None

    def poll(self, ticket: Ticket) -> Progress:
        """Ask how far it is; safe to repeat for ever."""
        raise LookupError(f"{self.name} answers inline and has nothing to poll ({ticket.data})")

    def fetch(self, ticket: Ticket, workdir: Path) -> Iterator[Artifact]:
        """Copy what was made into `workdir`; safe to repeat while the provider keeps it."""
        raise LookupError(f"{self.name} answers inline and has nothing to fetch ({ticket.data}, {workdir})")

    def heard(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Return whether the provider sent this webhook to a task's `hint`; `headers` by their lower-case names."""
        return False

    def cancel(self, ticket: Ticket) -> Stop:
        """Ask the provider to stop it, where it can; safe to repeat."""
        return Stop.GOES_ON

    @abstractmethod
    def check(self) -> None:
        """Return whether the key works, by a call that costs nothing: raises ProviderAuth where it does not."""


def class_in(module: ModuleType, name: str) -> type[Provider]:
    """Return the provider of that name in its module. Raises StopIteration where it has none."""
    members = (member for member in vars(module).values() if isinstance(member, type) and issubclass(member, Provider))
    return next(member for member in members if getattr(member, "name", None) == name)
