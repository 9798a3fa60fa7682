"""A small API of one operation in a temporary folder, to be broken in one place at a time."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.config import ROOT
from service.definitions import Definitions, load

Json = dict[str, Any]

DEFINITION: Json = {
    "format": 1,
    "id": "shop.notes.write",
    "title": "Write a note",
    "description": "Writes a note to a shelf of the shop.",
    "kind": "write",
    "http": {"method": "POST", "path": "/api/v1/shelves/{shelf}/notes"},
    "input_schema": {"$ref": "shop/note.request.json"},
    "output_schema": {"$ref": "shop/note.response.json"},
    "ui": {"order": ["shelf", "text", "tone", "copies"], "fields": {"text": {"label": "Text", "widget": "textarea"}}},
    "files": [{"at": "/pages/*/url", "media": "image"}],
    "summary": ["id"],
    "errors": ["NOT_FOUND"],
    "examples": [
        {
            "title": "A note",
            "input": {"shelf": "top", "text": "Milk"},
            "output": {"id": 1, "pages": [{"url": "https://example.com/1.png"}]},
        }
    ],
    "anti_examples": [{"reason": "a note says something", "pointer": "/text", "input": {"shelf": "top"}}],
}
INPUT: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["shelf", "text"],
    "properties": {
        "shelf": {"type": "string", "description": "Where it goes."},
        "text": {"type": "string", "minLength": 1, "maxLength": 40, "description": "What it says."},
        "tone": {"type": "string", "enum": ["kind", "stern"], "default": "kind", "description": "How it says it."},
        "copies": {"type": "integer", "minimum": 1, "maximum": 4, "default": 1, "description": "How many."},
    },
}
PAGE: Json = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}}
OUTPUT: Json = {
    "type": "object",
    "required": ["id", "pages"],
    "properties": {"id": {"type": "integer"}, "pages": {"type": "array", "items": {"$ref": "page.json"}}},
}


class Shop:
    """Definitions and schemas on disk, written when they are read."""

    def __init__(self, folder: Path) -> None:
        """Copies of everything, to be changed freely."""
        self.folder = folder
        self.files: dict[str, Json] = {
            "node_definitions/shop/notes.write.json": DEFINITION,
            "node_definitions/shop/api.json": {
                **json.loads((ROOT / "node_definitions/generor/api.json").read_text()),
                "api": "shop",
            },
            "schemas/shop/note.request.json": INPUT,
            "schemas/shop/note.response.json": OUTPUT,
            "schemas/shop/page.json": PAGE,
        }
        self.files = json.loads(json.dumps(self.files))

    @property
    def definition(self) -> Json:
        """The definition of shop.notes.write."""
        return self.files["node_definitions/shop/notes.write.json"]

    def schema(self, name: str) -> Json:
        """A schema of the shop."""
        return self.files[f"schemas/shop/{name}.json"]

    def load(self) -> Definitions:
        """Write and read them."""
        for name, body in self.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(body))
        for meta in ("node-definition.schema.json", "api.schema.json"):
            shutil.copy(ROOT / "schemas" / meta, self.folder / "schemas")
        return load(self.folder / "node_definitions", self.folder / "schemas")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop that is in order."""
    return Shop(tmp_path)


Change = Callable[[Shop], object]
