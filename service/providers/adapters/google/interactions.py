"""Interactions: films in the background, music while the call waits."""

from pathlib import Path
from typing import Any

from service.errors import ServiceError
from service.providers.adapters.google.faults import withheld
from service.providers.base import Artifact, Progress, Reference, Stop, Task, Ticket
from service.providers.encoding import encoded, kept
from service.providers.faults import Fault, error_of, is_moderation, unknown, unusable
from service.providers.http import Http
from service.providers.inputs import members, wording
from service.providers.prices import dollars
from service.providers.results import Results

PATH = "v1beta/interactions"
READ_S = 300.0
OPEN = ("queued", "in_progress")
# The turn is the user's, who has none to take here: `idle` is the newer word for it.
AWAITING = ("idle", "requires_action")
ENDED_BADLY = ("failed", "incomplete", "budget_exceeded", "cancelled", "requires_continuation", *AWAITING)
MADE = {"video": "video", "music": "audio"}


def created(http: Http, task: Task) -> dict[str, Any]:
    """The interaction as it was accepted: one paid call. Raises OutcomeUnknown where no receipt came."""
    body = _film(task) if task.media == "video" else _song(task)
    answer = http.post_once(http.address("api", PATH), json=body, read_s=READ_S)
    if not isinstance(answer.data, dict) or not answer.data.get("id"):
        if isinstance(answer.data, dict) and answer.data.get("error"):
            raise http.failure(answer)
        raise unknown(http.name, answer.text())
    return answer.data


def asked(http: Http, ticket: Ticket) -> dict[str, Any]:
    """The interaction as it stands."""
    data = http.get(http.address("api", f"{PATH}/{ticket.data['id']}")).data
    if not isinstance(data, dict):
        raise unusable(http.name, "something that is no interaction")
    return data


def is_open(answer: dict[str, Any]) -> bool:
    """Return whether it is still being made."""
    return answer.get("status") in OPEN


def progress(http: Http, answer: dict[str, Any]) -> Progress:
    """Return how far it is. Raises what it failed with."""
    status = _status(answer)
    if status in ENDED_BADLY:
        raise _failure(http, answer)
    if status not in (*OPEN, "completed"):
        raise unusable(http.name, f"a status that is none, {status}")
    return Progress(status == "completed", 0.05 if status == "queued" else 0.5)


def canceled(http: Http, ticket: Ticket) -> Stop:
    """Stop it; what is done, or unknown, is refused. Only what still waited in the queue is certain to cost nothing."""
    waited = asked(http, ticket).get("status") == "queued"
    url = http.address("api", f"{PATH}/{ticket.data['id']}/cancel")
    answer = http.ask("POST", url, refused=(400, 404, 409), json={})
    if not answer.ok or not isinstance(answer.data, dict) or answer.data.get("status") != "cancelled":
        return Stop.GOES_ON
    return Stop.UNBILLED if waited else Stop.STOPPED


def artifact(http: Http, results: Results, answer: dict[str, Any], model: str, media: str, workdir: Path) -> Artifact:
    """The file that was made, at an address or inline. Words alone say why there is none."""
    progress(http, answer)
    contents = _contents(answer)
    made = next((part for part in contents if part.get("type") == MADE[media]), None)
    if made is None:
        text = " ".join(str(part["text"]) for part in contents if part.get("text"))
        raise withheld(http.name, text, "completed") if text else unusable(http.name, "its result holds no file")
    path = workdir / "made-0"
    if made.get("uri"):
        fetched = results.download(str(made["uri"]), path, media, keyed=http.own(str(made["uri"])))
    else:
        fetched = kept(http.name, results, made.get("data"), path, media)
    cost = dollars(http.name, model, _tokens(answer))
    return fetched.artifact(0, f"{http.name}/{model}", cost=cost)


def _status(answer: dict[str, Any]) -> str:
    """The status; one that awaits the user's next turn is done where it made something."""
    status = str(answer.get("status"))
    made = any(part.get("type") in MADE.values() for part in _contents(answer))
    return "completed" if status in AWAITING and made else status


def _contents(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Every part that the model put out."""
    return [
        part
        for step in answer.get("steps") or []
        if isinstance(step, dict) and step.get("type") == "model_output"
        for part in step.get("content") or []
        if isinstance(part, dict)
    ]


def _film(task: Task) -> dict[str, Any]:
    """The catalogue's members describe the film; its pictures are the input, beside the words."""
    wanted = members(task, lambda reference: reference.url, lambda width, height: None)
    for name in ("prompt", "image_url"):
        wanted.pop(name, None)
    shown = [_picture(reference) for reference in task.references]
    body = {
        "model": task.model,
        "background": True,
        "store": True,
        "input": [*shown, {"type": "text", "text": wording(task)}],
        "response_format": {"type": "video", "delivery": "uri", **wanted},
    }
    return body | {"generation_config": {"video_config": {"task": _task(task)}}}


def _task(task: Task) -> str:
    if not task.references:
        return "text_to_video"
    return "image_to_video" if [one.role for one in task.references] == ["image"] else "reference_to_video"


def _song(task: Task) -> dict[str, Any]:
    """The length of a song is asked for in words; it has no format to choose."""
    seconds = task.params.get("seconds")
    length = f"\nLength: about {seconds:g} seconds." if seconds else ""
    return {"model": task.model, "input": f"{wording(task)}{length}"}


def _picture(reference: Reference) -> dict[str, Any]:
    content_type, data = encoded(reference)
    return {"type": "image", "data": data, "mime_type": content_type}


def _tokens(answer: dict[str, Any]) -> dict[str, int]:
    details = (answer.get("usage") or {}).get("output_tokens_by_modality") or []
    video = sum(one.get("tokens", 0) for one in details if one.get("modality") == "video")
    return {"video_output": video} if video else {}


def _failure(http: Http, answer: dict[str, Any]) -> ServiceError:
    """`errors` are the provider's words; there may be none."""
    errors = answer.get("errors") or [answer.get("error") or {}]
    told = errors[0] if isinstance(errors[0], dict) else {}
    message = str(told.get("message") or f"the interaction ended as {answer['status']}")
    code = str(told.get("code") or answer["status"])
    return error_of(http.name, Fault("moderation" if is_moderation(f"{message} {code}") else "failed", message, code))
