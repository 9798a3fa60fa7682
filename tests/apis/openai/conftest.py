"""OpenAI's own client against Genhook's WSGI application, without a socket."""

import io
from collections.abc import Callable

import httpx
import pytest
from openai import OpenAI
from PIL import Image

from tests.support.house import Account

Client = Callable[..., OpenAI]


def open_client(account: Account, api: str = "generor", scopes: tuple[str, ...] = ()) -> OpenAI:
    """The unmodified client with one of the account's keys."""
    transport = httpx.WSGITransport(app=account.house.app, raise_app_exceptions=True)
    return OpenAI(
        api_key=account.key(api, scopes),
        base_url="http://genhook.test/openai/v1",
        http_client=httpx.Client(transport=transport),
        max_retries=0,
    )


@pytest.fixture
def client(account: Account) -> OpenAI:
    return open_client(account)


@pytest.fixture
def picture() -> io.BytesIO:
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), (180, 60, 40)).save(kept, "PNG")
    kept.seek(0)
    kept.name = "cat.png"
    return kept
