"""ComfyUI workflows in API format: which inputs become parameters, which outputs are kept, as their titles say."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from anyascii import anyascii

from service.errors import ValidationError
from service.extensions.adding import ExtensionDraft, LeftOut
from service.extensions.kinds.server import model_key
from service.extensions.kinds.workflow import NAME
from service.extensions.texts import OF_EVERY_OBJECT, one_line
from service.providers.http import UNANSWERED, exchange
from service.providers.servers.comfyui.graph import LARGEST_SEED, PICTURE, PROMPT

MOST_BYTES = 5 * 1024 * 1024
MOST_NODES = 2000
PATIENCE_S = (10.0, 20.0)
INPUT, OUTPUT = "input:", "output:"
SEEDS = ("seed", "noise_seed")
LONGEST, LONGEST_TITLE = 2000, 100
# The media that a node loads, by its class.
LOADS = {"LoadImage": "image", "LoadImageMask": "image", "LoadAudio": "audio", "LoadVideo": "video"}
UPLOADS = {"image_upload": "image", "audio_upload": "audio", "video_upload": "video"}
_MADE = (
    ("video", re.compile(r"video|webm|animated|gif|vhs_", re.IGNORECASE)),
    ("music", re.compile(r"audio|music|sound", re.IGNORECASE)),
    ("text", re.compile(r"text|string|any\b|PreviewAny", re.IGNORECASE)),
    ("image", re.compile(r"image|mask|svg", re.IGNORECASE)),
)
_TEMPORARY = re.compile(r"^Preview(?!Any)")
_OUTPUTS = re.compile(r"^(?:Save|Preview)|VideoCombine")
Json = Mapping[str, Any]
Info = Callable[[str], Json | None]


@dataclass(frozen=True, slots=True)
class Read:
    """A workflow as it is to be added, and what of it is not."""

    draft: ExtensionDraft
    left_out: tuple[LeftOut, ...]


def read(name: str, title: str, server: str, graph: Json, info: Info, credits: int = 0, type: str = "") -> Read:
    """Read the graph's marks; `info` tells of a node's class. Raises ValidationError."""
    if not (title := one_line(title, LONGEST_TITLE)):
        raise ValidationError.at("/title", "The title is empty.")
    left_out = list[LeftOut]()
    inputs = dict(_inputs(graph, info, left_out))
    outputs = _outputs(graph, info)
    made = type or _type(graph, outputs)
    spec = {
        "server": server,
        "title": title,
        "type": made,
        "credits": credits,
        "graph": graph,
        "inputs": inputs,
        "outputs": outputs,
        "seeds": [list(seed) for seed in _seeds(graph, info, inputs)],
    }
    draft = ExtensionDraft(name, "workflow", spec, models=[(made, model_key(server, name))])
    return Read(draft, tuple(left_out))


def load(file: Path) -> Json:
    """Read a file in API format. Raises ValidationError that says how to make one."""
    if file.stat().st_size > MOST_BYTES:
        raise ValidationError.at("/file", f"{file.name} is over 5 MB.")
    try:
        graph = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ValidationError.at("/file", f"{file.name} is no JSON: {error}.") from None
    if isinstance(graph, dict) and isinstance(graph.get("prompt"), dict):
        graph = graph["prompt"]
    if isinstance(graph, dict) and isinstance(graph.get("nodes"), list):
        told = "is saved for ComfyUI's editor; save it by Workflow > Export (API)"
        raise ValidationError.at("/file", f"{file.name} {told}.")
    check_graph(graph)
    return copy.deepcopy(graph)


def check_graph(graph: Any) -> None:
    """Raises ValidationError for what is no graph in API format."""
    if not isinstance(graph, dict) or not 0 < len(graph) <= MOST_NODES:
        raise ValidationError.at("/file", f"A workflow is an object of 1 to {MOST_NODES} nodes by their ids.")
    for node, one in graph.items():
        fits = isinstance(one, dict) and isinstance(one.get("class_type"), str) and isinstance(one.get("inputs"), dict)
        if not fits:
            raise ValidationError.at("/file", f"Node {node[:40]!r} lacks class_type or inputs: is it in API format?")


def asking(base_url: str, key: str | None) -> Info:
    """Ask a server about classes of nodes. Raises ValidationError where it can't be reached."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    def info(name: str) -> Json | None:
        url = f"{base_url}/object_info/{name}"
        try:
            answer = exchange("GET", url, within_s=30, timeout=PATIENCE_S, most=MOST_BYTES, headers=headers)
        except UNANSWERED:
            raise ValidationError.at(
                "/server", f"{base_url} can't be asked which nodes it has; is it running?"
            ) from None
        if not answer.ok or not isinstance(answer.data, dict):
            raise ValidationError.at("/server", f"{url} answers {answer.status}: is it a ComfyUI server?")
        found = answer.data.get(name)
        if not isinstance(found, dict):
            raise ValidationError.at(
                "/file", f"The server has no node {name}: install what has it, or change the graph."
            )
        return found

    known: dict[str, Json | None] = {}
    return lambda name: known[name] if name in known else known.setdefault(name, info(name))


def _inputs(graph: Json, info: Info, left_out: list[LeftOut]) -> Iterator[tuple[str, Json]]:
    """The marked inputs by their parameters' names, with the schema of each."""
    marked = [(node, _title(one)[len(INPUT) :].strip()) for node, one in graph.items() if _is(one, INPUT)]
    pictures = [node for node, _ in marked if _loads(graph[node], info) == "image"]
    seen = set[str]()
    for node, called in marked:
        # Words in other scripts are written in Latin letters; the label stays as it is.
        name = re.sub(r"[\s-]+", "_", anyascii(called[:200]).strip().lower())
        name = f"input_{name}" if name in OF_EVERY_OBJECT else name
        name = PICTURE if pictures == [node] else name
        what = f"node {node} ({called or 'without a name'})"
        input = _marked_input(graph[node])
        if not NAME.fullmatch(name):
            left_out.append(LeftOut(what, "a name is 1 to 40 letters, digits, _ or blanks, beginning with a letter"))
        elif input is None:
            left_out.append(LeftOut(what, "it has not one value of its own; mark a node that has, such as a primitive"))
        elif name in seen:
            raise ValidationError.at("/file", f"Two nodes are titled Input: {called}; each name may come once.")
        else:
            seen.add(name)
            yield name, {"at": [node, input], "label": one_line(called, 64), **_schema(graph[node], input, info)}


def _marked_input(one: Json) -> str | None:
    """The one input of a marked node that holds a value; a link is none, and what only the editor uses isn't either."""
    values = [name for name, value in one["inputs"].items() if not isinstance(value, list | dict) and value is not None]
    values = [name for name in values if name not in ("upload", "control_after_generate")]
    return (
        values[0] if len(values) == 1 else next((name for name in ("value", "image", "text") if name in values), None)
    )


def _schema(one: Json, input: str, info: Info) -> Json:
    """An input's type, bounds and default, by the server's word where it has one, else by its value in the graph."""
    value, (kind, options) = one["inputs"][input], _told(one, input, info)
    media = _loads(one, info)
    if media is not None:
        return {"type": "url", "media": media}
    if isinstance(kind, list) or "options" in options:
        choices = [str(choice) for choice in (kind if isinstance(kind, list) else options["options"])]
        return {"type": "enum", "options": choices[:500], "default": str(value)}
    if isinstance(value, bool):
        return {"type": "boolean", "default": value}
    if kind == "INT" or (kind is None and isinstance(value, int)):
        return {"type": "integer", "default": value, **_bounds(options)}
    if kind == "FLOAT" or (kind is None and isinstance(value, float)):
        return {"type": "number", "default": value, **_bounds(options)}
    return {"type": "text", "default": str(value)}


def _bounds(options: Json) -> Json:
    told = {"min": options.get("min"), "max": options.get("max")}
    return {name: value for name, value in told.items() if isinstance(value, int | float)}


def _told(one: Json, input: str, info: Info) -> tuple[Any, Json]:
    """Return an input's type, or its choices, and its options, by the server's word."""
    told = (info(one["class_type"]) or {}).get("input")
    for part in ("required", "optional"):
        spec = (told or {}).get(part, {}).get(input) if isinstance(told, dict) else None
        if isinstance(spec, list) and spec:
            options = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
            return spec[0], options
    return None, {}


def _loads(one: Json, info: Info) -> str | None:
    """The media that a node loads from an upload; None where it loads none."""
    if one["class_type"] in LOADS:
        return LOADS[one["class_type"]]
    input = _marked_input(one)
    options = _told(one, input, info)[1] if input is not None else {}
    return next((media for flag, media in UPLOADS.items() if options.get(flag)), None)


def _outputs(graph: Json, info: Info) -> list[str]:
    """The marked outputs, else all that are not temporary. Raises ValidationError where there is none."""
    marked = [node for node, one in graph.items() if _is(one, OUTPUT)]
    if marked:
        return marked
    found = [node for node, one in graph.items() if _keeps(one, info)]
    if not found:
        raise ValidationError.at("/file", "The workflow keeps nothing: title a node Output: <name>, or save something.")
    return found


def _keeps(one: Json, info: Info) -> bool:
    told = info(one["class_type"])
    is_output = bool(told.get("output_node")) if told is not None else bool(_OUTPUTS.search(one["class_type"]))
    return is_output and not _TEMPORARY.match(one["class_type"])


def _type(graph: Json, outputs: list[str]) -> str:
    """The media of the first output, by its node's class."""
    name = graph[outputs[0]]["class_type"]
    return next((made for made, pattern in _MADE if pattern.search(name)), "image")


def _seeds(graph: Json, info: Info, inputs: Json) -> Iterator[tuple[str, str, int]]:
    """Every input that decides about chance and is no parameter, with the largest seed that it takes."""
    taken = {tuple(one["at"]) for one in inputs.values()}
    for node, one in graph.items():
        for input, value in one["inputs"].items():
            if isinstance(value, bool) or not isinstance(value, int) or (node, input) in taken:
                continue
            options = _told(one, input, info)[1] if input not in SEEDS else {}
            if input in SEEDS or options.get("control_after_generate"):
                largest = _told(one, input, info)[1].get("max")
                yield node, input, min(largest, LARGEST_SEED) if isinstance(largest, int) else LARGEST_SEED


def _title(one: Json) -> str:
    meta = one.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title.strip()[:LONGEST] if isinstance(title, str) else ""


def _is(one: Json, mark: str) -> bool:
    return _title(one).lower().startswith(mark)


__all__ = ["PROMPT", "Read", "asking", "check_graph", "load", "read"]
