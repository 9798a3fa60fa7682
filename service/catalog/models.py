"""AI models as the catalogue knows them: what differs between models is data, never code.

Source: generor-api, 'Models'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

TYPES = ("text", "image", "video", "speech", "music", "soundeffect", "upscale", "vector", "backgroundremoval")

MATCH_INPUT = "match_input_image"
MATCH_INPUT_ID = "6"

# The members of a request that decide which of a model's endpoints is called, the most telling first.
MODES = ("video_url", "reference_videos", "reference_images", "ending_frame_url", "image_url")

_IMAGE_RATIOS = (
    (1, "1:1", "square", "Square", 1024, 1024),
    (2, "3:4", "vertical", "Vertical", 864, 1152),
    (3, "4:3", "horizontal", "Horizontal", 1152, 864),
    (4, "16:9", "wide", "Wide", 1280, 720),
    (5, "9:16", "tall", "Tall", 720, 1280),
    (int(MATCH_INPUT_ID), MATCH_INPUT, "match_input", "Match input image", None, None),
)


@dataclass(frozen=True, slots=True)
class AspectRatio:
    """One ratio a model makes; `width` and `height` in pixels, None where the input picture decides."""

    id: int
    ratio: str
    name: str
    label: str
    width: int | None
    height: int | None

    def public(self) -> dict[str, Any]:
        """The entry of `aspect_ratios` in the Generor API."""
        return {"id": self.id, "ratio": self.ratio, "label": self.label}


@dataclass(frozen=True, slots=True)
class ReferenceCaps:
    """The number of references of each kind that a model takes; `together` where frames count among its pictures."""

    images: int = 0
    videos: int = 0
    audio: int = 0
    together: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ProviderCall:
    """The form in which a model's provider is asked: its own id for the model, and its names for our members.

    `inputs`: our name → theirs. prompt, image_url, aspect_ratio and generate_audio go under our own names unless named
    here, everything else goes only if named here. A name that ends in `[]` is sent as a list; `name={}s` as text of
    that pattern, `name*1000` as that many times the number; None is never sent. `input_ratio` is the catalogue's ratio
    nearest to the first picture's own, where that is to be matched. `fixed` members are always sent; `defaults` are our
    own members that the endpoint can't do without, for requests that have none. `most` is how many items one call
    makes, where it takes a count. `input_size` is the first picture's own size, where that is to be matched. Dots in a
    name are members of members. `durations` are the seconds that this endpoint makes, where they are not the model's;
    `text_limit` the characters that its prompt may have; `pictures` the one format that it takes them in.
    """

    model: str
    inputs: Mapping[str, str | None] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    most: int | None = None
    durations: tuple[int, ...] = ()
    text_limit: int | None = None
    pictures: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """One model: what it is, whose it is, what it can do and what it costs.

    `credit_cost` is in whole credits per `unit` ("item" or "second"); `seconds` is the typical time an item takes.
    `shutdown` is the day its provider ends it, where that is known, and `successor` the key of the model to use then.
    `added` is true of the operator's own, which may cost 0; `server` is the kind of the added server that runs it, None
    where a built-in provider does. `only_for` is the slug of the one generator that it is made for, None for any.
    `seconds_range` are the shortest and the longest sound it makes; `voices` those it speaks with, other ones too where
    they are open, and `speakers` which of them is meant by narrator, female, male, young and elder.
    `assumed` are the members that its provider has not published, which are those of its like.
    `outputs` is how many items each item that is asked for becomes: a workflow may keep several.
    """

    id: int
    key: str
    name: str
    type: str
    provider: str
    provider_model: str
    description: str
    credit_cost: int
    unit: str
    seconds: int
    shutdown: date | None = None
    successor: str | None = None
    added: bool = False
    server: str | None = None
    only_for: str | None = None
    outputs: int = 1
    assumed: tuple[str, ...] = ()
    vision: bool = False
    thinking: tuple[str, ...] = ()
    supports_img2img: bool = False
    supports_aspect_ratio: bool = False
    supported_durations: tuple[int, ...] = ()
    default_duration: int | None = None
    seconds_range: tuple[int | float, int | float] | None = None
    voices: tuple[str, ...] = ()
    open_voices: bool = False
    speakers: Mapping[str, str] = field(default_factory=dict)
    supports_audio: bool = False
    audio_cost_multiplier: int | float = 1
    supports_end_frame: bool = False
    supports_video_edit: bool = False
    quality: str | None = None
    default_quality: str | None = None
    qualities: Mapping[str, int] = field(default_factory=dict)
    group_slug: str | None = None
    group_name: str | None = None
    reference_caps: ReferenceCaps = ReferenceCaps()
    requires: tuple[str, ...] = ()
    call: ProviderCall
    modes: Mapping[str, ProviderCall] = field(default_factory=dict)
    aspect_ratios: tuple[AspectRatio, ...] = ()
    ratios: Mapping[int | str, AspectRatio] = field(default_factory=dict)

    def call_for(self, given: Mapping[str, Any]) -> ProviderCall:
        """Return how to ask for a request with the members `given`: a start picture may want another endpoint."""
        for member in MODES:
            if member in self.modes and given.get(member):
                return self.modes[member]
        return self.call

    def durations_for(self, given: Mapping[str, Any]) -> tuple[int, ...]:
        """Return the lengths in seconds of a film with the members `given`; none where a length can't be chosen."""
        return self.call_for(given).durations or self.supported_durations

    def endpoint(self, given: Mapping[str, Any]) -> str:
        """The provider's id of the model for a request with the members `given`."""
        return self.call_for(given).model

    def public(self) -> dict[str, Any]:
        """The model as the Generor API shows it. Source: generor-api, GET /models/{type}."""
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "provider": self.provider,
            "description": self.description,
            "credit_cost": self.credit_cost,
            "supports_img2img": self.supports_img2img,
            "supports_aspect_ratio": self.supports_aspect_ratio,
        }
        if self.added:
            shown["added"] = True
        if self.type == "video":
            shown |= self._video()
        if self.supports_aspect_ratio:
            shown["aspect_ratios"] = [ratio.public() for ratio in self.aspect_ratios]
        return shown

    def _video(self) -> dict[str, Any]:
        return {
            "supported_durations": list(self.supported_durations),
            "default_duration": self.default_duration,
            "supports_audio": self.supports_audio,
            "audio_cost_multiplier": self.audio_cost_multiplier,
            "supports_end_frame": self.supports_end_frame,
            "quality": self.quality,
            "default_quality": self.default_quality,
            "qualities": dict(self.qualities),
            "group_slug": self.group_slug,
            "group_name": self.group_name,
            "aspect_ratios": [],
        }


_MEMBERS = frozenset(member.name for member in fields(Model))


_OF_A_CALL = ("fixed", "defaults", "most", "durations", "text_limit", "pictures")


def read_model(row: Mapping[str, Any]) -> Model:
    """A model from its row in `data/models/<type>.json`."""
    known = {member: _frozen(value) for member, value in row.items() if member in _MEMBERS}
    known["shutdown"] = date.fromisoformat(row["shutdown"]) if row.get("shutdown") else None
    known["reference_caps"] = ReferenceCaps(**row.get("reference_caps", {}))
    known |= _calls(row)
    known["aspect_ratios"] = _ratios_of(row)
    known["ratios"] = {name: ratio for ratio in known["aspect_ratios"] for name in _names(ratio)}
    return Model(**known)


def _calls(row: Mapping[str, Any]) -> dict[str, Any]:
    """The plain call, and by member those of the modes, each with what it shares with the plain one."""
    call = row.get("call", {})
    plain = ProviderCall(row["provider_model"], call.get("inputs", {}), **_own(call))
    modes = {
        member: replace(plain, model=mode["model"], inputs={**plain.inputs, **mode.get("inputs", {})}, **_own(mode))
        for member, mode in call.get("modes", {}).items()
    }
    return {"call": plain, "modes": modes}


def _own(call: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a call that are values of its own, as they are kept."""
    return {member: _frozen(call[member]) for member in _OF_A_CALL if member in call}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _names(ratio: AspectRatio) -> tuple[int | str, ...]:
    """Everything a caller may call it by: its number, also as text, its ratio and its name."""
    return ratio.id, str(ratio.id), ratio.ratio, ratio.name


def _ratios_of(row: Mapping[str, Any]) -> tuple[AspectRatio, ...]:
    if row["type"] == "image":
        return tuple(AspectRatio(*entry) for entry in _IMAGE_RATIOS)
    if row["type"] == "video" and row.get("quality"):
        height = int(row["quality"].removesuffix("p"))
        width = round(height * 16 / 9 / 2) * 2
        return (
            AspectRatio(1, "16:9", "wide", "Wide", width, height),
            AspectRatio(2, "9:16", "tall", "Tall", height, width),
        )
    return ()
