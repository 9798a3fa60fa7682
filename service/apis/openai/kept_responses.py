"""Responses that were made before, for those that follow them and for whoever reads them again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

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


def given_items(given: str | Sequence[Json]) -> Iterator[Json]:
    """Yield the items of an input; a text is a user's message."""
    yield from ({"role": "user", "content": given},) if isinstance(given, str) else given


class KeptResponses:
    """The earlier responses that one request names, each read once, and together no larger than a request may be."""

    def __init__(self, request: Request) -> None:
        """`request` is whose they are, and how large a request may be."""
        self._request = request
        self._read: dict[str, Json] = {}
        self._bytes = 0

    def conversation(self, last: str | None) -> list[Json]:
        """Return the items of a response and of those that it followed, oldest first; none where there is none.

        Raises ValidationError where one of them is not kept, did not complete, or they are too many or too large.
        """
        turns: list[list[Json]] = []
        while last:
            run = self._completed(last, PREVIOUS, last)
            turns.append([*given_items(run["input"]["input"]), *run["output"]["output"]])
            if sum(map(len, turns)) > MOST_ITEMS:
                raise ValidationError.at(PREVIOUS, f"the conversation has over {MOST_ITEMS} items")
            last = run["input"].get("previous_response_id")
        return [self._named(PREVIOUS, item) for turn in reversed(turns) for item in turn]

    def with_named_items(self, values: Mapping[str, Any]) -> Json:
        """Return the input with the items in place that it names by their ids. Raises ValidationError at those."""
        read = dict(values)
        if not isinstance(read["input"], str):
            read["input"] = [self._named(f"/input/{n}/id", item) for n, item in enumerate(read["input"])]
        return read

    def _named(self, at: str, item: Json) -> Json:
        """Return the item that a reference names; any other as it is."""
        if item.get("type") != "item_reference":
            return item
        name = str(item["id"])
        run = self._completed(RESPONSE + name.partition("_")[2].partition("_")[0], at, name)
        found: Json | None = next((one for one in run["output"]["output"] if one["id"] == name), None)
        if found is None:
            raise ValidationError.at(at, f"there is no item {name}")
        return found

    def _completed(self, wanted: str, at: str, name: str) -> Json:
        """Read the completed run of a response, which the caller knows as `name`. Raises ValidationError at `at`."""
        if wanted not in self._read:
            try:
                run = kept(self._request, wanted)
            except NotFound:
                raise ValidationError.at(at, f"there is no {name} that is kept") from None
            if run["status"] != "completed":
                raise ValidationError.at(at, f"{wanted} is {run['status']}, not completed")
            self._bytes += len(orjson.dumps([run["input"], run["output"]]))
            most = self._request.action.max_body_bytes
            if self._bytes > most:
                raise ValidationError.at(at, f"the conversation has over {most} bytes, the most that a request has")
            self._read[wanted] = run
        return self._read[wanted]
