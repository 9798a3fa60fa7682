"""A model of fal or Replicate as we offer it: which input is the prompt, the picture, the count, a parameter."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.extensions.documents import DocumentRefused
from service.extensions.provider_schemas import ModelSchema
from service.extensions.references import DocumentReferences
from service.extensions.shapes import SCALARS, Shape, Shapes, choices
from service.extensions.texts import LONGEST_HELP, LONGEST_TITLE, field_name, one_line, plain, snake

TYPES = ("image", "video", "speech", "music", "soundeffect", "text")
PROMPTS = ("prompt", "text", "input", "gen_text", "text_input", "script", "lyrics")
COUNTS = frozenset({"num_images", "num_outputs", "number_of_images", "n"})
MOST_PARAMETERS, MOST_OPTIONS = 60, 200
URLS = re.compile(r"(.*_)?(url|urls|uri|image|images|mask|video|audio)", re.IGNORECASE)
# By fal's categories, and by words of a description where nothing else tells.
WORDS = (
    ("video", "video"),
    ("to-speech", "speech"),
    ("text to speech", "speech"),
    ("tts", "speech"),
    ("sound effect", "soundeffect"),
    ("music", "music"),
    ("song", "music"),
    ("to-audio", "music"),
    ("audio", "music"),
    ("image", "image"),
    ("vision", "text"),
    ("llm", "text"),
)
OUTPUTS = {"images": "image", "image": "image", "video": "video", "output": "text", "text": "text"}
SOUNDS = frozenset({"audio", "audio_file", "audio_url"})
Json = dict[str, Any]


@dataclass(slots=True)
class ModelDraft:
    """The stored document of an added model (`spec`), and what was left out of its schema, each with why."""

    spec: Json
    left_out: list[tuple[str, str]] = field(default_factory=list)


def make(name: str, told: ModelSchema, type: str | None, credits: int) -> ModelDraft:
    """Make the model's document. Raises DocumentRefused for one that can't be used."""
    shapes = Shapes(DocumentReferences(told.document))
    given = shapes.of(told.input)
    if not given.properties:
        raise DocumentRefused("Its input has no members.")
    made_type = type or _type(told, shapes)
    reader = _Reader(shapes, given, [])
    reader.sort(made_type)
    missing = [wire for wire in given.required if wire not in reader.taken]
    if missing:
        raise DocumentRefused(f"It needs {plain(missing[0], 60)}, which can be no parameter: {reader.why(missing[0])}.")
    title = one_line(told.title, LONGEST_TITLE) or name.replace("-", " ").title()[:LONGEST_TITLE]
    spec = {
        "provider": told.provider,
        "model": told.model,
        "type": made_type,
        "title": title if len(title) > 1 else f"{title} {told.provider}",
        "description": plain(told.description) or f"{told.model} of {told.provider}.",
        "credits": credits,
        "prompt": reader.prompt,
        "prompt_required": reader.prompt in given.required,
        "picture": reader.picture,
        "picture_required": (reader.picture or "").removesuffix("[]") in given.required,
        "count": reader.count,
        "parameters": reader.parameters,
    }
    return ModelDraft(spec, list(dict.fromkeys(reader.left)))


def slug_of(endpoint: str) -> str:
    """The name of an endpoint's generator: its last parts, with `-`."""
    parts = endpoint.partition(":")[0].split("/")
    kept = parts[1:] if len(parts) > 1 else parts
    name = snake("-".join(kept)).replace("_", "-").removeprefix("op-")
    return (name if name[0].isalpha() else f"m-{name}")[:40].rstrip("-")


@dataclass(slots=True)
class _Reader:
    """Sorts the members of one input; `left` are those that were left out, each with why."""

    shapes: Shapes
    given: Shape
    left: list[tuple[str, str]]
    prompt: str | None = None
    picture: str | None = None
    count: Json | None = None
    parameters: Json = field(default_factory=dict)
    sounds: bool = False
    taken: set[str] = field(default_factory=set)

    def sort(self, type: str) -> None:
        """Give every member its place."""
        members = {wire: self.shapes.of(part, trail) for wire, (part, trail) in self._ordered()}
        self.prompt = next((wire for wire in PROMPTS if wire in members and _is_text(members[wire])), None)
        self.sounds = type in ("speech", "music", "soundeffect")
        pictures = [wire for wire, shape in members.items() if _media(wire, shape, self.shapes, self.sounds) == "image"]
        if len(pictures) == 1 and type != "text":
            self.picture = pictures[0] + ("[]" if members[pictures[0]].kind == "array" else "")
        self.taken |= {wire for wire in (self.prompt, *(pictures if self.picture else ())) if wire is not None}
        for wire, shape in members.items():
            if wire in self.taken:
                continue
            if type == "text":
                self._leave(wire, "a language model is asked by its prompt alone")
            elif wire in COUNTS and shape.kind == "integer":
                most = shape.words.get("maximum")
                self.count = {"member": wire, "most": most if isinstance(most, int) and 0 < most < 100 else 4}
                self.taken.add(wire)
            else:
                self._parameter(wire, shape)

    def why(self, wire: str) -> str:
        """Say why a member was left out."""
        return next((why for what, why in self.left if what == plain(wire, 60)), "it is read-only")

    def _ordered(self) -> list[tuple[str, Any]]:
        """The members in the provider's order of a form."""
        listed = self.given.words.get("x-fal-order-properties")
        order = {name: at for at, name in enumerate(listed)} if isinstance(listed, list) else {}

        def place(entry: tuple[str, Any]) -> float:
            part = entry[1][0]
            at = order.get(entry[0], part.get("x-order") if isinstance(part, Mapping) else None)
            return at if isinstance(at, int | float) else 1e6

        return sorted(self.given.properties.items(), key=place)

    def _leave(self, wire: str, why: str) -> None:
        self.left.append((plain(wire, 60), why))

    def _parameter(self, wire: str, shape: Shape) -> None:
        if shape.words.get("x-cog-secret") is True or shape.words.get("format") == "password":
            self._leave(wire, "it is a secret")
        elif len(self.parameters) >= MOST_PARAMETERS:
            self._leave(wire, f"{MOST_PARAMETERS} parameters are taken")
        elif (made := _shown(wire, shape, self.shapes, self.sounds)) is None:
            self._leave(
                wire, f"it is {shape.cut} within itself" if shape.cut else "a list or an object is no parameter"
            )
        else:
            id = field_name(wire, self.parameters, "input").lower()
            label = one_line(shape.words.get("title"), LONGEST_TITLE) or id.replace("_", " ").capitalize()
            help = plain(shape.words.get("description"), LONGEST_HELP)
            self.parameters[id] = {"label": label, **({"help": help} if help else {}), **made}
            self.taken.add(wire)


def _shown(wire: str, shape: Shape, shapes: Shapes, sounds: bool) -> Json | None:
    """The parameter of a scalar, a choice or a file; of several shapes the one that can be chosen."""
    media = _media(wire, shape, shapes, sounds)
    if media is not None:
        member = f"{wire}[]" if shape.kind == "array" else wire
        return {"member": member, "sent": "string", "type": "url", "media": media, "default": None}
    listed = choices(shape) or _preset(shape, shapes)
    if listed and shape.kind != "boolean":
        return _choice(wire, shape, listed)
    kinds = shape.kinds - {"integer"} if "number" in shape.kinds else shape.kinds
    if shape.cut or not kinds or not kinds <= SCALARS:
        return None
    kind = "string" if len(kinds) > 1 else next(iter(kinds))
    default = shape.words.get("default")
    made: Json = {"member": wire, "sent": kind, "type": "text" if kind == "string" else kind, "default": None}
    if kind == "boolean":
        return made | {"default": default is True if isinstance(default, bool) else None}
    if kind == "string":
        return made | {"default": default if isinstance(default, str) and default else None}
    bounds = {short: shape.words.get(long) for short, long in (("min", "minimum"), ("max", "maximum"))}
    return (
        made
        | {"default": default if _is_number(default) else None}
        | {name: value for name, value in bounds.items() if _is_number(value)}
    )


def _choice(wire: str, shape: Shape, listed: Sequence[Any]) -> Json | None:
    if len(listed) > MOST_OPTIONS:
        return {"member": wire, "sent": "string", "type": "text", "default": None}
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in listed)
    numeric = all(_is_number(value) for value in listed)
    default = shape.words.get("default")
    return {
        "member": wire,
        "sent": "integer" if whole else "number" if numeric else "string",
        "type": "enum",
        "options": [str(value) for value in listed],
        "default": str(default) if default in listed else None,
    }


def _preset(shape: Shape, shapes: Shapes) -> list[Any]:
    """The choices of one of several shapes: a size is one of some words, or an object with two numbers."""
    for way in ("anyOf", "oneOf"):
        branches = shape.words.get(way)
        for branch in branches if isinstance(branches, list) else ():
            if found := choices(shapes.of(branch, shape.trail)):
                return found
    return []


def _media(wire: str, shape: Shape, shapes: Shapes, sounds: bool) -> str | None:
    """Tell what a member's file is, a sound where the model makes `sounds`; None where it takes no URL."""
    one = shapes.of(shape.inner("items") or {}, shape.trail) if shape.kind == "array" else shape
    is_uri = one.words.get("format") == "uri"
    if one.kind != "string" or not (is_uri or (URLS.fullmatch(wire) and not choices(one))):
        return None
    if shape.kind == "array" and not (
        one.words.get("format") == "uri" or "url" in wire.lower() or "image" in wire.lower()
    ):
        return None
    lower = wire.lower()
    if "video" in lower:
        return "video"
    if re.search(r"audio|voice|speech|song|sound", lower):
        return "audio"
    return "audio" if sounds and not re.search(r"image|picture|photo|mask|frame", lower) else "image"


def _type(told: ModelSchema, shapes: Shapes) -> str:
    """Tell what it makes, by what it answers and by its category, else by its description. Raises DocumentRefused."""
    output = shapes.of(told.output) if told.output is not None else Shape()
    for name in output.properties:
        if name in OUTPUTS:
            return OUTPUTS[name]
    about = f"{told.category} {told.model} {told.description}".lower()
    worded = next((type for word, type in WORDS if word in about), None)
    if SOUNDS & set(output.properties):
        return worded if worded in ("speech", "music", "soundeffect") else "music"
    if output.properties:
        raise DocumentRefused(f"It answers {plain(', '.join(output.properties), 100)}: say what it makes by --type.")
    one = shapes.of(output.inner("items") or {}, output.trail) if output.kind == "array" else output
    if one.kind == "string" and one.words.get("format") != "uri" and told.output is not None:
        return "text"
    if worded is None and told.output is None:
        raise DocumentRefused("Nothing says what it makes: say it by --type.")
    return worded or "image"


def _is_text(shape: Shape) -> bool:
    return shape.kind == "string" and not choices(shape) and shape.words.get("format") != "uri"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63
