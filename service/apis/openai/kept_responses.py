"""Responses that were made before, for those that follow them and for whoever reads them again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.apis.request import Request
from service.errors import NotFound, ValidationError
from service.runs.read import get_run

CREATE = "openai.responses.create"
RESPONSE, MESSAGE, CALL = "resp_", "msg_", "fc_"
RUN = "run_"
PREVIOUS = "/previous_response_id"
# As many items as a conversation has messages at most.
MOST_ITEMS = 1000
Json = dict[str, Any]


def response_id(run_id: str) -> str:
    """Return a run's id as OpenAI's clients expect one of a response."""
    return RESPONSE + run_id.removeprefix(RUN)


def kept(request: Request, wanted: str) -> Json:
    """Read the run of a response of this account. Raises NotFound."""
    absent = NotFound(f"There is no response {wanted}.")
    if not wanted.startswith(RESPONSE):
        raise absent
    try:
        run = get_run(request.context, request.db, request.caller.account_id, RUN + wanted.removeprefix(RESPONSE))
    except NotFound:
        raise absent from None
    if run["action"] != CREATE or run["input"].get("store") is False:
        raise absent
    return run


def conversation(request: Request, last: str | None) -> list[Json]:
    """Return the items of a response and of those that it followed, oldest first; none where there is none.

    Raises ValidationError where one of them is not kept, did not complete, or they are too many.
    """
    turns: list[list[Json]] = []
    while last:
        run = _completed(request, last, PREVIOUS)
        turns.append([*given_items(run["input"]["input"]), *run["output"]["output"]])
        if sum(map(len, turns)) > MOST_ITEMS:
            raise ValidationError.at(PREVIOUS, f"the conversation has over {MOST_ITEMS} items")
        last = run["input"].get("previous_response_id")
    found = [item for turn in reversed(turns) for item in turn]
    return [_named(request, PREVIOUS, item) for item in found]


def with_named_items(request: Request) -> Json:
    """Return the input with the items in place that it names by their ids. Raises ValidationError at one not kept."""
    values = dict(request.input)
    if not isinstance(values["input"], str):
        values["input"] = [_named(request, f"/input/{n}/id", item) for n, item in enumerate(values["input"])]
    return values


def given_items(given: str | Sequence[Json]) -> Iterator[Json]:
    """Yield the items of an input; a text is a user's message."""
    yield from ({"role": "user", "content": given},) if isinstance(given, str) else given


def _named(request: Request, at: str, item: Json) -> Json:
    """Return the item that a reference names; any other as it is."""
    if item.get("type") != "item_reference":
        return item
    name = str(item["id"])
    run = _completed(request, RESPONSE + name.partition("_")[2].partition("_")[0], at, name)
    found: Json | None = next((one for one in run["output"]["output"] if one["id"] == name), None)
    if found is None:
        raise ValidationError.at(at, f"there is no item {name}")
    return found


def _completed(request: Request, wanted: str, at: str, name: str = "") -> Mapping[str, Any]:
    """Read the completed run of a response. Raises ValidationError at `at`."""
    try:
        run = kept(request, wanted)
    except NotFound:
        raise ValidationError.at(at, f"there is no {name or wanted} that is kept") from None
    if run["status"] != "completed":
        raise ValidationError.at(at, f"{wanted} is {run['status']}, not completed")
    return run
