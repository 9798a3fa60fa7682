"""What Flixly's tests share: a caller on its paths, and pictures it may point at."""

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from tests.support.house import Account, House

Call = Callable[..., TestResponse]


def png() -> bytes:
    """A small picture."""
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), (180, 60, 40)).save(kept, "PNG")
    return kept.getvalue()


def upload(account: Account) -> str:
    """A picture's URL that this account may use."""
    answer = account.call("POST", "/v1/files", data={"file": (io.BytesIO(png()), "cat.png")})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return str(answer.get_json()["url"])


@pytest.fixture
def generate(account: Account) -> Call:
    """POST /api/v1/generate with these members."""

    def call(headers: dict[str, str] | None = None, **body: Any) -> TestResponse:
        return account.post("/api/v1/generate", body, api="flixly", headers=headers or {})

    return call


@pytest.fixture
def idle(idle_house: House) -> Account:
    """An account of a Genhook in which nobody works, with a high rate limit."""
    return idle_house.account("enterprise")


@pytest.fixture
def inline_picture() -> str:
    """A picture as a data: URL."""
    return "data:image/png;base64," + base64.b64encode(png()).decode()


def refused(answer: TestResponse, status: int, code: str, said: str) -> None:
    """The document's error shape, to the letter."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    body = answer.get_json()
    assert body == {"error": {"code": code, "status": status, "message": body["error"]["message"]}}
    assert said in body["error"]["message"], body
