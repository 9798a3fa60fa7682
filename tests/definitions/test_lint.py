"""A broken definition stops the start, and says in which file and where."""

import pytest

from service.definitions import DefinitionError
from tests.definitions.conftest import Change, Shop

NOTE = "node_definitions/shop/notes.write.json"
API = "node_definitions/shop/api.json"


def fields(shop: Shop) -> dict[str, object]:
    return shop.definition["ui"]["fields"]


def inputs(shop: Shop) -> dict[str, object]:
    return shop.schema("note.request")["properties"]


def add_twin(shop: Shop) -> None:
    twin = {**shop.definition, "id": "shop.notes.again"}
    shop.files["node_definitions/shop/notes.again.json"] = {
        **twin,
        "http": {"method": "POST", "path": "/api/v1/shelves/{shelf}/notes"},
    }


def list_from(member: str, pointer: object, **source: object) -> Change:
    def change(shop: Shop) -> None:
        place = {"action": "shop.notes.write", "at": "/pages", "value": "/url", "label": "/url", **source}
        fields(shop)["shelf"] = {"options": {**place, member: pointer}}

    return change


# What is done to the shop, the file that is named, the pointer into it.
BROKEN: dict[str, tuple[Change, str, str]] = {
    "an unknown member": (lambda s: s.definition.update(colour="red"), NOTE, ""),
    "a member of another type": (lambda s: s.definition.update(kind="dance"), NOTE, "/kind"),
    "an unknown member deep inside": (
        lambda s: s.definition["http"].update(verb="GET"),
        NOTE,
        "/http",
    ),
    "an id that is not its file's": (lambda s: s.definition.update(id="shop.notes.read"), NOTE, "/id"),
    "a reference to nothing": (
        lambda s: s.definition.update(input_schema={"$ref": "shop/lost.json"}),
        NOTE,
        "/input_schema/$ref",
    ),
    "a reference inside a schema to nothing": (
        lambda s: s.schema("note.response")["properties"].update(id={"$ref": "lost.json"}),
        NOTE,
        "/output_schema/$ref",
    ),
    "a schema that contains itself": (
        lambda s: s.schema("page").update(properties={"url": {"type": "string"}, "next": {"$ref": "page.json"}}),
        NOTE,
        "/output_schema/$ref",
    ),
    "options of records whose members nothing has": (
        list_from("where", {"/size": "$text"}),
        NOTE,
        "/ui/fields/shelf/options/where/~1size",
    ),
    "options of records kept by a field that is not there": (
        list_from("where", {"/url": "$colour"}),
        NOTE,
        "/ui/fields/shelf/options/where/~1url",
    ),
    "options that lie in no record": (
        list_from("each", "/sizes"),
        NOTE,
        "/ui/fields/shelf/options/value",
    ),
    "a path that names no field": (
        lambda s: s.definition["http"].update(path="/api/v1/rooms/{room}/notes"),
        NOTE,
        "/http/path",
    ),
    "an output without a type": (
        lambda s: s.schema("note.response")["properties"].update(id={"description": "Its number."}),
        NOTE,
        "/output_schema/properties/id",
    ),
    "an output object without members": (
        lambda s: s.schema("page").update(properties={"url": {"type": "string"}, "size": {"type": "object"}}),
        NOTE,
        "/output_schema/properties/pages/items/properties/size",
    ),
    "an output object whose members may be anything": (
        lambda s: s.schema("page").update(
            properties={"url": {"type": "string"}, "size": {"type": ["object", "null"], "additionalProperties": True}}
        ),
        NOTE,
        "/output_schema/properties/pages/items/properties/size",
    ),
    "an output object with no member": (
        lambda s: s.schema("page").update(
            properties={"url": {"type": "string"}, "size": {"type": "object", "properties": {}}}
        ),
        NOTE,
        "/output_schema/properties/pages/items/properties/size",
    ),
    "an output map of values without a type": (
        lambda s: s.schema("page").update(
            properties={
                "url": {"type": "string"},
                "size": {"type": "object", "additionalProperties": {"title": "A size"}},
            }
        ),
        NOTE,
        "/output_schema/properties/pages/items/properties/size/additionalProperties",
    ),
    "an output with members that is no object": (
        lambda s: s.schema("page").pop("type"),
        NOTE,
        "/output_schema/properties/pages/items",
    ),
    "an output array without items": (
        lambda s: s.schema("note.response")["properties"].update(pages={"type": "array"}),
        NOTE,
        "/output_schema/properties/pages",
    ),
    "an untyped branch": (
        lambda s: s.schema("note.response")["properties"].update(id={"oneOf": [{"type": "integer"}, {"minimum": 1}]}),
        NOTE,
        "/output_schema/properties/id/oneOf/1",
    ),
    "an untyped map": (
        lambda s: s.schema("page")["properties"].update(tags={"type": "object", "additionalProperties": {}}),
        NOTE,
        "/output_schema/properties/pages/items/properties/tags/additionalProperties",
    ),
    "an input without a description": (
        lambda s: inputs(s).update(tone={"type": "string"}),
        NOTE,
        "/input_schema/properties/tone",
    ),
    "an input that no form can show": (
        lambda s: inputs(s).update(tone={"type": ["string", "integer"], "description": "How it says it."}),
        NOTE,
        "/input_schema/properties/tone",
    ),
    "an array of deep objects": (
        lambda s: inputs(s).update(
            tone={
                "type": "array",
                "items": {"type": "object", "properties": {"deep": {"type": "object"}}},
                "description": "How it says it.",
            }
        ),
        NOTE,
        "/input_schema/properties/tone",
    ),
    "an order of unknown fields": (
        lambda s: s.definition["ui"].update(order=["shelf", "text", "tone", "copies", "colour"]),
        NOTE,
        "/ui/order/4",
    ),
    "an order that leaves a field out": (
        lambda s: s.definition["ui"].update(order=["shelf", "text", "tone"]),
        NOTE,
        "/ui/order",
    ),
    "settings of an unknown field": (lambda s: fields(s).update(colour={"label": "Colour"}), NOTE, "/ui/fields/colour"),
    "a label too short for Zapier": (lambda s: fields(s).update(text={"label": "T"}), NOTE, "/ui/fields/text/label"),
    "a hidden field that is required": (
        lambda s: fields(s).update(text={"show_when": {"field": "tone", "in": ["kind"]}}),
        NOTE,
        "/ui/fields/text/show_when",
    ),
    "a condition on an unknown field": (
        lambda s: fields(s).update(copies={"show_when": {"field": "colour", "in": ["red"]}}),
        NOTE,
        "/ui/fields/copies/show_when/field",
    ),
    "a condition on an impossible value": (
        lambda s: fields(s).update(copies={"show_when": {"field": "tone", "in": ["kind", "loud"]}}),
        NOTE,
        "/ui/fields/copies/show_when/in/1",
    ),
    "no example": (lambda s: s.definition.update(examples=[]), NOTE, "/examples"),
    "an example that is refused": (
        lambda s: s.definition["examples"][0]["input"].update(copies=9),
        NOTE,
        "/examples/0/input/copies",
    ),
    "an example whose output does not fit": (
        lambda s: s.definition["examples"][0]["output"].update(id="one"),
        NOTE,
        "/examples/0/output/id",
    ),
    "an anti-example that is accepted": (
        lambda s: s.definition["anti_examples"][0]["input"].update(text="Milk"),
        NOTE,
        "/anti_examples/0/input",
    ),
    "an anti-example that fails elsewhere": (
        lambda s: s.definition["anti_examples"][0].update(pointer="/shelf"),
        NOTE,
        "/anti_examples/0/pointer",
    ),
    "a file that is not there": (
        lambda s: s.definition.update(files=[{"at": "/pages/*/link", "media": "image"}]),
        NOTE,
        "/files/0/at",
    ),
    "a summary of what is not there": (lambda s: s.definition.update(summary=["id", "colour"]), NOTE, "/summary/1"),
    "a page of nothing": (
        lambda s: s.definition.update(page={"style": "page", "items": "/notes"}),
        NOTE,
        "/page/items",
    ),
    "a token that no field takes": (
        lambda s: s.definition.update(page={"style": "token", "items": "/pages"}),
        NOTE,
        "/page/token",
    ),
    "a code that the API lacks": (lambda s: s.definition.update(errors=["NOT_FOUND", "OOPS"]), NOTE, "/errors/1"),
    "an estimate that is not there": (
        lambda s: s.definition.update(run={"estimate": "shop.notes.price"}),
        NOTE,
        "/run/estimate",
    ),
    "an estimate without such credits": (
        lambda s: s.definition.update(
            run={"estimate": "shop.notes.write", "estimate_at": {"credits": "/price", "seconds": "/id"}}
        ),
        NOTE,
        "/run/estimate_at/credits",
    ),
    "a list from an action that is not there": (
        list_from("action", "shop.shelves.list"),
        NOTE,
        "/ui/fields/shelf/options/action",
    ),
    "a list without such values": (list_from("value", "/number"), NOTE, "/ui/fields/shelf/options/value"),
    "a list without such labels": (list_from("label", "/name"), NOTE, "/ui/fields/shelf/options/label"),
    "a list that asks with an unknown field": (
        list_from("value", "/url", input={"colour": "red"}),
        NOTE,
        "/ui/fields/shelf/options/input/colour",
    ),
    "a list that hangs on an unknown field": (
        list_from("value", "/url", input={"text": "$colour"}),
        NOTE,
        "/ui/fields/shelf/options/input/text",
    ),
    "a list that hangs on an unknown attribute": (
        list_from("value", "/url", input={"text": "$tone/weight"}),
        NOTE,
        "/ui/fields/shelf/options/input/text",
    ),
    "fields from where there are none": (
        lambda s: fields(s).update(copies={"schema_from": {"action": "shop.notes.write", "at": "/parameters"}}),
        NOTE,
        "/ui/fields/copies/schema_from/at",
    ),
    "a route that is taken": (add_twin, NOTE, "/http/path"),
    "an API in another's folder": (lambda s: s.files[API].update(api="store"), API, "/api"),
    "an API with an unknown member": (lambda s: s.files[API].update(colour="red"), API, ""),
    "an API without its words for a status": (lambda s: s.files[API]["status"].pop("failed"), API, "/status"),
    "a schema that is none": (
        lambda s: s.schema("page").update(type="thing"),
        "schemas/shop/page.json",
        "/type",
    ),
}


def test_a_shop_in_order_opens(shop: Shop) -> None:
    assert list(shop.load().actions) == ["shop.notes.write"]


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_one_is_refused_with_its_file_and_pointer(shop: Shop, case: str) -> None:
    change, file, pointer = BROKEN[case]
    change(shop)
    with pytest.raises(DefinitionError) as refused:
        shop.load()
    assert (refused.value.file, refused.value.pointer) == (str(shop.folder / file), pointer)
    assert str(shop.folder / file) in str(refused.value)


def test_a_file_that_is_no_json_is_refused_by_name(shop: Shop) -> None:
    shop.load()
    broken = shop.folder / "node_definitions/shop/notes.read.json"
    broken.write_text("{")
    from service.definitions import load

    with pytest.raises(DefinitionError) as refused:
        load(shop.folder / "node_definitions", shop.folder / "schemas")
    assert refused.value.file == str(broken)


def test_a_name_too_long_for_mcp_is_refused(shop: Shop) -> None:
    operation = "write_a_note_that_is_longer_than_anybody_would_like_it_to_be_called"
    shop.files[f"node_definitions/shop/notes.{operation}.json"] = {**shop.definition, "id": f"shop.notes.{operation}"}
    with pytest.raises(DefinitionError) as refused:
        shop.load()
    assert refused.value.pointer == "/id"


def test_a_word_of_python_names_no_operation(shop: Shop) -> None:
    shop.files["node_definitions/shop/notes.import.json"] = {**shop.definition, "id": "shop.notes.import"}
    with pytest.raises(DefinitionError) as refused:
        shop.load()
    assert refused.value.pointer == "/id"


def test_a_union_is_shown_as_the_face_it_names(shop: Shop) -> None:
    inputs(shop)["tone"] = {"type": ["string", "integer"], "description": "How it says it."}
    fields(shop)["tone"] = {"as": "string"}
    assert shop.load().action("shop.notes.write").ui["fields"]["tone"] == {"as": "string"}
