"""GET /styles. Source: docs/decisions/README.md."""

import builtins
from typing import Any

from service.apis.request import Request
from service.sandbox.pictures.styles import STYLES


def list(request: Request) -> dict[str, Any]:
    """The presets of `style_id`: `{"styles": [{"id", "key", "name", "description"}, …]}`."""
    shown = ("id", "key", "name", "description")
    return {"styles": builtins.list({member: getattr(style, member) for member in shown} for style in STYLES)}
