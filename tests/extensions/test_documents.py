"""Documents of others: read as JSON's types, within bounds, with references inside them only."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from service.extensions import documents, openapi
from service.extensions.documents import DocumentRefused, parse
from service.extensions.references import DocumentReferences
from tests.fakes.openapi import Answer, OpenApiServer

on = pytest.mark.parametrize


def test_yaml_is_read_as_jsons_types_and_nothing_else() -> None:
    read = parse(b"a: no\nb: 2020-01-01\n200: x\nc: 1.5\nd: '1'\ne: [true, null, ~]\nf: {g: 0x10}\nh: !!int '3'")
    wanted = {"a": "no", "b": "2020-01-01", "200": "x", "c": 1.5, "d": "1", "e": [True, None, None], "f": {"g": "0x10"}}
    assert read == {**wanted, "h": "3"}


LAUGHS = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@on(
    ("content", "why"),
    [
        (LAUGHS, "aliases and anchors"),
        (b"a: &a {b: *a}", "aliases and anchors"),
        (b'{"a": &x 1}', "aliases and anchors"),
        (b"a: " + b"[" * 5000 + b"]" * 5000, "nesting depth"),
        (b"a:\n" + b"".join(b" " * n + b"- \n" for n in range(1, 200)) + b"x", "deep|YAML"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "levels deep"),
        (b"{" * 20_000, "not valid JSON"),
        (b'{"a": "' + b"x" * (5 * 1024 * 1024) + b'"}', "larger than 5 MB"),
        (b"a: b: c", "not valid YAML"),
        (b'{"a": }}', "not valid JSON"),
        (b"\xff\xfe\x00\x01", "must be an object|YAML"),
        (b"", "one document"),
        (b"- a", "must be an object"),
        (b"--- {a: 1}\n--- {b: 2}", "one document"),
        (b"? [a, b]\n: c", "must be a text"),
    ],
)
def test_a_hostile_document_is_refused_and_says_why(content: bytes, why: str) -> None:
    with pytest.raises(DocumentRefused, match=why):
        parse(content)


def test_a_file_that_is_not_there_and_an_address_that_does_not_answer_say_so(tmp_path: Path) -> None:
    for source in (str(tmp_path / "none.json"), str(tmp_path)):
        with pytest.raises(DocumentRefused, match="can't be read"):
            documents.read(source)
    server = OpenApiServer({"paths": {}})
    server.fail(Answer(302, None, {"Location": "/elsewhere"}), Answer(200, {"a": 1}))
    with pytest.raises(DocumentRefused, match="HTTP status 302"):
        documents.read(f"{server.url}/openapi.json")
    assert documents.read(f"{server.url}/openapi.json") == {"a": 1}
    server.close()
    with pytest.raises(DocumentRefused, match="can't be fetched"):
        documents.read(f"{server.url}/openapi.json")


@on(
    "named",
    ["other.yaml#/a", "http://169.254.169.254/x", "file:///etc/passwd", "/etc/passwd", "//host/x", "#/none", "#/a"],
)
def test_a_reference_out_of_the_document_to_nothing_or_to_itself_is_refused(named: str) -> None:
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}, "c": {"$ref": named}}
    with pytest.raises(DocumentRefused):
        DocumentReferences(document).resolved(document["c"])


def operation(schema: Any, **members: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    body = {"operationId": "doIt", "requestBody": {"content": content}, "responses": {"200": {"description": "ok"}}}
    return {"openapi": "3.1.0", "info": {"title": "t"}, "paths": {"/do": {"post": {**body, **members}}}}


def made(document: Any, **wanted: Any) -> openapi.ApiFamily:
    return openapi.make(document, openapi.Wanted("acme", ["*"], base_url="https://acme.test", **wanted))


def test_what_contains_itself_is_cut_and_said_by_name() -> None:
    node = {"type": "object", "properties": {"name": {"type": "string"}, "child": {"$ref": "#/$defs/Node"}}}
    document = operation({"$ref": "#/$defs/Node"}) | {"$defs": {"Node": node}}
    family = made(document)
    assert family.left_out == [("acme.do.do_it", "child is Node within itself: it is cut there and taken as JSON")]


def test_schemas_that_double_at_each_level_are_refused_in_seconds() -> None:
    parts: dict[str, Any] = {f"s{n}": {"allOf": [{"$ref": f"#/$defs/s{n + 1}"}] * 3} for n in range(30)}
    with pytest.raises(DocumentRefused, match="more parts than can be read"):
        made(operation({"$ref": "#/$defs/s0"}) | {"$defs": {**parts, "s30": {"type": "string"}}})


@on("path", ["/a/../b", "/a?b=c", "//evil.test/x", "/a#b", "no-slash", "/a\\b", "/%2e%2e/a", "/a b"])
def test_a_path_that_leaves_the_base_url_is_left_out(path: str) -> None:
    document = operation({"type": "object"})
    document["paths"][path] = document["paths"]["/do"] | {}
    assert "doIt" in dict(made(document).left_out)


@on("version", ["2.0", "3.2.0", "4", 3, None])
def test_another_version_is_refused(version: Any) -> None:
    with pytest.raises(DocumentRefused, match=r"OpenAPI 3\.0 and 3\.1 are read"):
        made(operation({}) | {"openapi": version})


def test_a_document_without_operations_says_so() -> None:
    for paths in ({}, [], 7, None):
        with pytest.raises(DocumentRefused, match="has no operations"):
            made(operation({}) | {"paths": paths})


@on(
    "members",
    [
        {"security": 7},
        {"security": [7, {"k": []}]},
        {"parameters": [{"name": {"a": 1}, "in": "query"}, {"name": "x", "in": ["query"]}, 7]},
        {"operationId": "x", "summary": "y"},
        {"tags": [{"a": 1}], "summary": ["x"], "description": {}, "responses": []},
        {"requestBody": {"content": {"application/json": 7}}},
    ],
)
def test_odd_members_of_an_operation_are_passed_over(members: dict[str, Any]) -> None:
    from service.extensions.book import Extension
    from service.extensions.kinds import api

    document = operation({"type": "object", "properties": {"value": {"type": "string", "format": {"a": 1}}}}, **members)
    if "requestBody" in members:
        with pytest.raises(DocumentRefused, match="its body is application/json"):
            made(document)
        return
    family = made(document)
    (action,) = api.parts(Extension("acme", "api", family.spec), lambda type, key: 0).actions
    assert len(action.title) >= 2


@on("named", ["X\r\nA: b", "a b", "ü", "", "X[1]", 7, None])
@on("place", ["header", "cookie"])
def test_a_key_whose_name_cant_be_sent_is_told_as_a_bearer_token(place: str, named: Any) -> None:
    schemes = {"k": {"type": "apiKey", "in": place, "name": named}}
    family = made(operation({}, security=[{"k": []}]) | {"components": {"securitySchemes": schemes}})
    assert "key" not in family.spec["api"]
    assert dict(family.left_out)["key"] == "the scheme k can't be used: the key is told as a Bearer token"


def test_names_that_every_object_has_in_javascript_are_no_fields() -> None:
    names = ("__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype")
    family = made(operation({"type": "object", "properties": {name: {"type": "string"} for name in names}}))
    (action,) = family.spec["actions"]
    fields = ["proto", *(f"body_{name}" for name in names[1:])]
    assert list(family.spec["schemas"]["acme.do.do_it.request.json"]["properties"]) == fields
    assert action["http"]["names"] == dict(zip(fields, names, strict=True))


def test_texts_are_texts_of_2000_characters_at_most() -> None:
    family = made(operation({"type": "object"}, summary="<i>x</i>\x00\u202e" + "y" * 90, description="z" * 9000))
    (action,) = family.spec["actions"]
    assert action["title"].startswith("<i>x</i>yy")
    assert len(action["title"]) == 64
    assert len(action["description"]) == 2000
    assert action["description"].endswith("…")


@on(
    "odd",
    [
        {"type": "object", "properties": []},
        {"type": 7},
        {"type": ["string", 4, None]},
        {"enum": [[1], {"a": 2}]},
        {"type": "integer", "minimum": "x", "maximum": True, "multipleOf": 0},
        {"type": "string", "minLength": 5, "maxLength": 1, "pattern": "(a+)+$"},
        {"type": "array"},
        {"type": "array", "items": False},
        {"anyOf": "x", "allOf": {}, "oneOf": None},
        {"type": "object", "required": "all", "properties": {"": {}, "a.b": True, "__proto__": {}, "x" * 300: {}}},
        {"type": "number", "minimum": 1e400, "exclusiveMaximum": True},
        True,
        "text",
        None,
    ],
)
def test_odd_schemas_become_a_field_that_can_be_used_or_are_left_out(odd: Any) -> None:
    from service.extensions.book import Extension
    from service.extensions.kinds import api

    document = operation({"type": "object", "required": ["value"], "properties": {"value": odd}})
    document["paths"]["/do"]["post"]["responses"]["200"]["content"] = {"application/json": {"schema": odd}}
    family = made(document)
    (action,) = api.parts(Extension("acme", "api", family.spec), lambda type, key: 0).actions
    assert action.id == "acme.do.do_it"


def test_a_document_of_stripes_size_takes_seconds() -> None:
    import time

    text = {"type": "string", "description": "Some words about it, quite a few of them, as documents have."}
    body = {"type": "object", "properties": {f"p{n}": text for n in range(20)}}
    paths = {f"/v1/things{n}/{{id}}": operation(body, operationId=f"PostThing{n}")["paths"]["/do"] for n in range(1400)}
    content = orjson.dumps(operation({}) | {"paths": paths})
    assert 2_000_000 < len(content) < documents.MOST_BYTES
    began = time.monotonic()
    openapi.make(parse(content), openapi.Wanted("big", [f"PostThing{n}" for n in range(20)], base_url="https://b.test"))
    assert time.monotonic() - began < 30
