"""A job: what the embedded engine is asked to make, from which files, and what it made."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Container, codec, samples a second (None: as they are) and sample format of each, and what it is called.
SOUND_FORMATS: dict[str, tuple[str, str, int | None, str, str]] = {
    "mp3": ("mp3", "libmp3lame", None, "s16p", "audio/mpeg"),
    "wav": ("wav", "pcm_s16le", None, "s16", "audio/wav"),
    "opus": ("ogg", "libopus", 48_000, "s16", "audio/ogg"),
    "flac": ("flac", "flac", None, "s16", "audio/flac"),
    "pcm": ("s16le", "pcm_s16le", 24_000, "s16", "audio/pcm"),
}

# What the APIs call each role of a source.
FIELDS = {
    "image": "image_url",
    "end_frame": "ending_frame_url",
    "reference_image": "reference_images",
    "video": "video_url",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A caller's picture, clip or sound as a local file; `role` says what it is for, `name` is how messages name it.

    `role` is one of image, end_frame, reference_image, reference_video, reference_audio, video, audio. `at` is the JSON
    pointer to it in the caller's input, "" where nobody knows.
    """

    role: str
    name: str
    path: Path
    content_type: str | None = None
    at: str = ""

    @property
    def pointer(self) -> str:
        """Return where its faults are told: its place in the input, else the member that its role is usually in."""
        return self.at or f"/{FIELDS.get(self.role, self.role)}"


@dataclass(frozen=True, slots=True)
class Job:
    """`count` items of one `media` from a prompt. The same job with the same `seed` makes the same items.

    `params` by media: see `service.providers.base.Task`, which has the same members.
    """

    media: str
    model: str
    prompt: str
    count: int = 1
    seed: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    references: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """One made item, `index` from 0: a file at `path` with its type and size, or the `fields` of a text.

    `engine` names what made it ("local/pictures"). Pixels, and seconds of `duration`.
    """

    index: int
    engine: str
    path: Path | None = None
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fields: dict[str, Any] | None = None


def members(of: Source | Job | Product) -> dict[str, Any]:
    """Return the members by name, as they are: `asdict` copies whatever is inside, which takes longer than a text."""
    return {name: getattr(of, name) for name in of.__slots__}
