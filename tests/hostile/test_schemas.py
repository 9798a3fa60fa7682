"""Schemas that callers send for structured answers keep nobody waiting, and reach nothing."""

from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from tests.hostile.conftest import Attack
from tests.support.installation import Client, Installation

ROUNDS = 8
MANY = {"type": "array", "minItems": 1e308}
SLOW = "^(([a-zA-Z ]+)+)+[0-9]$"


def chain(links: int, **link: Any) -> dict[str, Any]:
    """Definitions that each refer to the next."""
    parts = {f"d{n}": {**link, "items": {"$ref": f"#/const/d{n + 1}"}} for n in reversed(range(links))}
    return {"type": "object", "properties": {"a": {"$ref": "#/const/d0"}}, "const": {**parts, f"d{links}": {}}}


def patterned(pattern: str) -> dict[str, Any]:
    """An object with a text that the pattern holds for."""
    return {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": pattern}}}


REFUSED: Mapping[str, dict[str, Any]] = {
    "hidden definitions": chain(900, type="array", minItems=1),
    "references in a row": {
        "$ref": "#/$defs/d0",
        "$defs": {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(490)},
    },
    "references that multiply": {
        "$ref": "#/$defs/d0",
        "$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 8} for n in range(40)} | {"d40": {}},
    },
    "a pattern that looks around": patterned("(?=a)(a+)+$"),
    "a pattern that counts": patterned("(\\w{900}){900}"),
    "numbers beyond all floats": {
        "type": "object",
        "required": ["a", "b"],
        "properties": {
            "a": {"type": "array", "minItems": 1e308, "items": {"minItems": 1e308, "type": "array"}},
            "b": False,
        },
    },
}
TAKEN: Mapping[str, dict[str, Any]] = {
    "a pattern that backtracks elsewhere": patterned(SLOW),
    "itself": {"type": "object", "properties": {"a": {"$ref": "#"}, "b": {"type": "array", "items": {"$ref": "#"}}}},
}  # fmt: skip


def ask(client: Client, schema: Mapping[str, Any], timeout: float = 60) -> Any:
    """A chat whose answer is to hold to the schema."""
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    said = [{"role": "user", "content": "a" * 400}]
    body = {"model": "gemini-3-5-flash", "messages": said, "response_format": wanted}
    return client.call("POST", "/v1/actions/flixly.chat.complete?wait=30", json={"input": body}, timeout=timeout)


def test_hostile_schemas_keep_nobody_waiting(attack: Attack, attacker: Client) -> None:
    with attack("schemas that take long to read"):
        refused = [ask(attacker, schema).status_code for _ in range(ROUNDS) for schema in REFUSED.values()]
        taken = [ask(attacker, schema).status_code for _ in range(2) for schema in TAKEN.values()]
    assert set(refused) == {422}
    # An embedded answer may not be found for every pattern; its run says so.
    assert set(taken) == {200}


def test_a_schema_reaches_no_address_and_no_file(attacker: Client, installation: Installation) -> None:
    seen: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Listener)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    references = [f"{address}/x.json", f"{address}/y#/a", "file:///etc/passwd", f"//127.0.0.1:{server.server_port}/z"]
    references += ["/etc/passwd#", "urn:x", "../x.json", "#/../x", "data:application/json,{}"]
    keywords = ["$ref", "$dynamicRef", "$recursiveRef", "$id", "$schema"]
    answers = [
        ask(attacker, {"type": "object", "properties": {"a": {keyword: reference}}})
        for keyword in keywords
        for reference in references
    ]
    server.shutdown()
    assert {answer.status_code for answer in answers} == {422}
    assert not any("root:" in answer.text for answer in answers)
    assert not seen
