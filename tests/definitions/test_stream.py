"""An answer that may stream: how a definition says it, and what every face is told of it."""

from collections.abc import Callable
from typing import Any

import pytest

from service.definitions import DefinitionError
from service.describe import openapi
from service.operations import handlers
from service.operations.handlers import HandlerMissing
from tests.definitions.conftest import Shop
from tests.support.definitions import built_in

NOTE = "node_definitions/shop/notes.write.json"
STREAM = {"field": "live", "event_schema": {"$ref": "shop/page.json"}, "end": "[DONE]"}


def streaming(shop: Shop, **members: Any) -> Shop:
    """The shop with notes that are streamed where `live` is true."""
    shop.definition["kind"] = "generate"
    shop.definition["http"]["stream"] = {**STREAM, **members}
    shop.definition["ui"]["order"].append("live")
    shop.schema("note.request")["properties"]["live"] = {"type": ["boolean", "null"], "description": "Piece by piece."}
    return shop


def test_a_definition_says_how_its_answer_streams(shop: Shop) -> None:
    stream = streaming(shop).load().action("shop.notes.write").stream
    assert stream is not None
    assert (stream.field, stream.end) == ("live", "[DONE]")
    assert stream.event_schema["required"] == ["url"]


def test_a_definition_without_it_does_not_stream(shop: Shop) -> None:
    assert shop.load().action("shop.notes.write").stream is None


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda s: streaming(s, field="text"), "/http/stream/field"),
        (lambda s: streaming(s, field="loud"), "/http/stream/field"),
        (lambda s: streaming(s).definition.update(kind="write"), "/http/stream"),
        (lambda s: streaming(s, event_schema={"$ref": "shop/none.json"}), "/http/stream/event_schema/$ref"),
        (lambda s: streaming(s, end=7), "/http/stream/end"),
        (lambda s: streaming(s, when="sse"), "/http/stream/when"),
    ],
)
def test_a_stream_that_can_not_be_is_refused_at_its_pointer(
    shop: Shop, change: Callable[[Shop], Any], pointer: str
) -> None:
    change(shop)
    with pytest.raises(DefinitionError) as refused:
        shop.load()
    assert (refused.value.file, refused.value.pointer) == (str(shop.folder / NOTE), pointer)


def test_a_stream_is_asked_for_by_a_choice_where_the_definition_names_one(shop: Shop) -> None:
    choosing = streaming(shop, when="sse", event="url")
    choosing.schema("note.request")["properties"]["live"] = {"enum": ["sse", "whole"], "description": "How."}
    stream = choosing.load().action("shop.notes.write").stream
    assert stream is not None
    assert stream.event == "url"
    assert [stream.asked({"live": value}) for value in ("sse", "whole", None, True)] == [True, False, False, False]


def test_a_stream_whose_events_nobody_makes_stops_the_start(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    definitions = streaming(shop).load()
    monkeypatch.setattr(handlers, "handler", lambda action: None)
    with pytest.raises(HandlerMissing, match="write_events"):
        handlers.check(definitions)


def test_the_shown_definition_has_the_events_schema_in_place(shop: Shop) -> None:
    shown = streaming(shop).load().action("shop.notes.write").document()
    assert shown["http"]["stream"]["event_schema"]["required"] == ["url"]
    assert shown["http"]["method"] == "POST"


def test_openapi_tells_of_both_ways_to_answer() -> None:
    document = openapi.build(built_in(), "http://genhook.example")
    content = document["paths"]["/api/v1/chat/completions"]["post"]["responses"]["200"]["content"]
    assert list(content) == ["application/json", "text/event-stream"]
    events = content["text/event-stream"]["schema"]
    assert events["type"] == "string"
    assert events["x-event-schema"]["properties"]["object"] == {"const": "chat.completion.chunk"}
    assert "[DONE]" in events["description"]
    answer = document["paths"]["/api/v1/generate"]["post"]["responses"]["200"]
    assert list(answer["content"]) == ["application/json"]
