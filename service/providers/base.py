"""What a provider is: one small module behind submit, poll, fetch and cancel.

A provider sees a `Task` (what to make, in the engine's words) and nothing else: no account, no price, no database.
Source: design, «The life of a run»; style, «A provider is one small module».
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

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
    """A picture, clip or sound the caller gave. `path` is the fetched local copy, there once a worker has it.

    `role` is one of image, end_frame, reference_image, reference_video, reference_audio, video, audio.
    """

    role: str
    url: str
    path: Path | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What one provider is asked to make: `count` items of one `media`, JSON-serialisable but for reference paths.

    `model` is the provider's own model id. `params` by media (all optional):
    image: width, height (pixels), aspect_ratio ("16:9"), title (a thumbnail with this title is wanted), style;
    video: width, height, seconds, aspect_ratio, generate_audio; speech: voice, language; music and soundeffect: seconds;
    upscale: factor; text: generator (slug), parameters (applied generator parameters), language, schema (JSON Schema of
    one item's fields), instructions (system prompt), temperature, thinking_mode, user_text, user_text_two…;
    vision: preference. `seed` makes the embedded engine repeat itself for the same request.
    """

    media: str
    model: str
    prompt: str
    count: int = 1
    seed: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Artifact:
    """One made item, `index` from 0: a file at `path` (with its type and size), the `fields` of a text, or what lacks.

    `engine` says what made it ("local/pictures-1"). `error` is set, with nothing else, where this item could not be made.
    """

    index: int
    engine: str
    path: Path | None = None
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fields: dict[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """The provider's receipt for submitted work, stored before anything else happens; `data` is JSON."""

    provider: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where submitted work stands: `done` when fetch may be called; `wait` seconds until asking again."""

    done: bool
    fraction: float = 0.0
    wait: float = 1.0
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """Work that was finished in the submit call itself: the embedded engine, and providers that answer inline."""

    artifacts: tuple[Artifact, ...]
    usage: dict[str, Any] = field(default_factory=dict)


class Provider(ABC):
    """One provider. Methods raise `ServiceError`s (RefusedByProvider, ProviderAuth, ProviderError, OutcomeUnknown)."""

    name: ClassVar[str]
    media: ClassVar[frozenset[str]]

    @abstractmethod
    def submit(self, task: Task, workdir: Path) -> Ticket | Made:
        """Send the work: one POST that costs money. Files are made in `workdir`, a folder of this step's own."""

    def poll(self, ticket: Ticket) -> Progress:
        """Ask how far it is; safe to repeat for ever."""
        raise LookupError(f"{self.name} answers inline and has nothing to poll ({ticket.data})")

    def fetch(self, ticket: Ticket, workdir: Path) -> Iterator[Artifact]:
        """Copy what was made into `workdir`; safe to repeat while the provider keeps it."""
        raise LookupError(f"{self.name} answers inline and has nothing to fetch ({ticket.data}, {workdir})")

    def cancel(self, ticket: Ticket) -> bool:
        """Stop it where the provider can; whether it did."""
        return False
