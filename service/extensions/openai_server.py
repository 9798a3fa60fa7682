"""Servers that speak OpenAI's API: reading which models one has, and what each can do as far as it says so."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from service.errors import ValidationError
from service.extensions.adding import ExtensionDraft, LeftOut
from service.extensions.addresses import check_base_url
from service.extensions.kinds.server import MODEL_ID, model_key
from service.net.failures import why
from service.providers.http import UNANSWERED, Answer, exchange

KIND = "openai"
PATIENCE_S = (10.0, 20.0)
MOST_BYTES = 5 * 1024 * 1024
# How many of Ollama's models are asked one by one what they can do.
MOST_ASKED = 100
SOFTWARE = ("llama.cpp", "llama-cpp-python", "litellm", "lm-studio", "localai", "ollama", "openrouter", "vllm")
_BY_OWNER = {
    "llamacpp": "llama.cpp",
    "me": "llama-cpp-python",
    "vllm": "vllm",
    "library": "ollama",
    "organization_owner": "lm-studio",
}
# LiteLLM says of every model that it was made then.
_LITELLM_CREATED = 1677610602
# LiteLLM's modes that are media here.
_BY_MODE = {"chat": "text", "completion": "text", "responses": "text", "image_generation": "image"}
_BY_MODE |= {"audio_speech": "speech"}
_EMBEDS = re.compile(r"(?:^|[-_/.])embed|rerank", re.IGNORECASE)
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wishes:
    """The operator's choice: these models alone where some are named, and what those make that make no texts."""

    models: Sequence[str] = ()
    image: Sequence[str] = ()
    speech: Sequence[str] = ()
    vision: Sequence[str] = ()
    software: str | None = None
    credits: int = 0

    @property
    def named(self) -> tuple[str, ...]:
        """Every model that is named at all, once."""
        return tuple(dict.fromkeys((*self.models, *self.image, *self.speech, *self.vision)))


@dataclass(frozen=True, slots=True)
class Listing:
    """A server's list of models: the address that answers, the list, and the software that it seems to be."""

    base_url: str
    models: Sequence[Json]
    software: str = ""
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A server as it is to be added, and which of its models are not."""

    draft: ExtensionDraft
    left_out: Sequence[LeftOut] = field(default=())


def found(name: str, base_url: str, key: str | None, wishes: Wishes) -> Found:
    """Ask the server for its models. Raises ValidationError where it can't be reached, or offers none."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    listing = listed(check_base_url(base_url), headers, bool(wishes.named))
    software = wishes.software or listing.software
    models, left_out = _chosen(listing, wishes)
    if software == "ollama":
        models = _with_sight(models, listing.base_url, headers)
    if not models:
        reasons = "; ".join(f"{one.what}: {one.why}" for one in left_out[:3]) or "its list is empty"
        raise ValidationError.at("/models", f"{listing.base_url} offers no model to add ({reasons}).")
    spec = {
        "kind": KIND,
        "base_url": listing.base_url,
        "software": software,
        "credits": wishes.credits,
        "models": models,
    }
    keys = [(str(model["type"]), model_key(name, str(model["id"]))) for model in models]
    return Found(ExtensionDraft(name, "server", spec, key or None, keys), left_out)


def listed(base_url: str, headers: Mapping[str, str], named: bool) -> Listing:
    """Read the list at the address, or below its /v1. `named`: a server without a list is taken at the operator's word.

    Raises ValidationError.
    """
    refusals = []
    for base in dict.fromkeys((base_url, f"{base_url.removesuffix('/v1')}/v1")):
        answer = _asked("GET", f"{base}/models", headers)
        data = answer.data.get("data") if isinstance(answer.data, dict) else None
        if answer.ok and isinstance(data, list):
            models = [one for one in data if isinstance(one, dict) and isinstance(one.get("id"), str)]
            return Listing(base, _with_capabilities(models, answer.data), _software(base, models, answer))
        refusals.append(f"GET {base}/models answers {answer.status}: {answer.text(200)}")
        if answer.status in (401, 403):
            raise ValidationError.at("/key", f"{base} does not accept the key ({answer.status}): give it by --key -.")
    if named:
        base = base_url if urlsplit(base_url).path.strip("/") else f"{base_url}/v1"
        return Listing(base, (), readable=False)
    raise ValidationError.at("/base_url", f"No list of models: {'; '.join(refusals)}. Name them by --models.")


def _asked(method: str, url: str, headers: Mapping[str, str], **sent: Any) -> Answer:
    try:
        told = {"Accept": "application/json", **headers}
        return exchange(method, url, within_s=30, timeout=PATIENCE_S, most=MOST_BYTES, headers=told, **sent)
    except UNANSWERED as error:
        raise ValidationError.at("/base_url", f"{url} can't be read: {why(error)}.") from error


def _software(base: str, models: Sequence[Json], answer: Answer) -> str:
    """The software, as far as its answer tells: it decides what a 500 proves, and whether answers hold to a schema."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    made = {one.get("created") for one in models}
    if any(name.startswith("x-litellm-") for name in headers) or made == {_LITELLM_CREATED}:
        return "litellm"
    if "llama.cpp" in headers.get("server", "").lower():
        return "llama.cpp"
    at = urlsplit(base).hostname or ""
    if at.endswith("openrouter.ai") or any("supported_parameters" in one for one in models):
        return "openrouter"
    owners = {str(one.get("owned_by")) for one in models}
    return _BY_OWNER.get(owners.pop(), "") if len(owners) == 1 else ""


def _with_capabilities(models: Sequence[Json], answer: Json) -> list[Json]:
    """The models with what llama.cpp's second list says of them."""
    beside = answer.get("models")
    beside = beside if isinstance(beside, list) else []
    told = {one.get("model") or one.get("name"): one.get("capabilities") for one in beside if isinstance(one, dict)}
    return [{**one, "capabilities": told.get(one["id"]) or one.get("capabilities") or []} for one in models]


def _chosen(listing: Listing, wishes: Wishes) -> tuple[list[Json], list[LeftOut]]:
    """The models to add, in the server's order, and those that are not and why."""
    models, left_out = dict[str, Json](), list[LeftOut]()
    for one in _candidates(listing, wishes):
        fault = _fault(one, wishes)
        if fault is not None:
            left_out.append(LeftOut(one["id"], fault))
        elif one["id"] not in models:
            models[one["id"]] = _model(one, wishes)
    known = {one["id"] for one in listing.models}
    patterns = any("*" in name for name in known)
    if listing.readable and not patterns:
        left_out += [LeftOut(name, "the server does not list it") for name in wishes.named if name not in known]
    return list(models.values()), left_out


def _candidates(listing: Listing, wishes: Wishes) -> Iterator[Json]:
    """Yield the listed models, those named alone where some are, and named ones that a list can't have."""
    only = {*wishes.models, *wishes.image, *wishes.speech} if wishes.models else None
    known = {one["id"] for one in listing.models}
    yield from (one for one in listing.models if only is None or one["id"] in only)
    if not listing.readable or any("*" in name for name in known):
        yield from ({"id": name} for name in wishes.named if name not in known)


def _fault(one: Json, wishes: Wishes) -> str | None:
    """Return the reason why a model can't be offered; None where it can."""
    name = one["id"]
    if "*" in name:
        return "it is a pattern, no model; name models of it by --models"
    if not MODEL_ID.fullmatch(name):
        return "its id must be 1 to 200 characters without blanks"
    if name in wishes.named:
        return None
    if one.get("mode") is not None and one["mode"] not in _BY_MODE:
        return f"it makes no text, picture or speech ({one['mode']})"
    if _outputs(one) and not {"text", "image"} & set(_outputs(one)):
        return f"it makes no text, picture or speech ({', '.join(map(str, _outputs(one)))})"
    if one.get("mode") is None and _EMBEDS.search(name):
        return "its name says that it makes no texts; name it by --models to have it"
    return None


def _model(one: Json, wishes: Wishes) -> Json:
    name = one["id"]
    type = "image" if name in wishes.image else "speech" if name in wishes.speech else _type(one)
    model = {"id": name, "type": type}
    if type == "text" and (name in wishes.vision or _sees(one)):
        model["vision"] = True
    if isinstance(one.get("name"), str) and 0 < len(one["name"]) <= 100:
        model["name"] = one["name"]
    return model


def _type(one: Json) -> str:
    if one.get("mode") in _BY_MODE:
        return _BY_MODE[one["mode"]]
    return "image" if _outputs(one) == ["image"] else "text"


def _outputs(one: Json) -> list[Any]:
    return _modalities(one, "output_modalities")


def _modalities(one: Json, which: str) -> list[Any]:
    told = one.get("architecture")
    listed = told.get(which) if isinstance(told, dict) else None
    return listed if isinstance(listed, list) else []


def _sees(one: Json) -> bool:
    """Tell whether the server says that the model reads pictures."""
    capabilities = one.get("capabilities")
    told = set(map(str, capabilities)) if isinstance(capabilities, list) else set()
    return bool({"vision", "multimodal"} & told) or "image" in _modalities(one, "input_modalities")


def _with_sight(models: Iterable[Json], base_url: str, headers: Mapping[str, str]) -> list[Json]:
    """Ollama's models with what each says of itself; silence says nothing."""
    root, seen = base_url.removesuffix("/v1"), []
    for number, model in enumerate(models):
        shown: Any = None
        if model["type"] == "text" and number < MOST_ASKED:
            try:
                shown = _asked("POST", f"{root}/api/show", headers, json={"model": model["id"]}).data
            except ValidationError:
                shown = None
        sees = isinstance(shown, dict) and "vision" in (shown.get("capabilities") or ())
        seen.append({**model, "vision": True} if sees else model)
    return seen
