"""What every test of Flokan's API asks for."""

from typing import Any

import pytest

from tests.support.house import Account

BASE = "/api/v1/thumbnail-generator"
ASKED: dict[str, Any] = {
    "video_title": "10 Hidden Hiking Trails",
    "prompt": "Bold red text 'TOP 10' over surprised hiker, mountain backdrop",
    "image_model": "standard",
    "aspect_ratio": "16:9",
    "image_count": 1,
}


@pytest.fixture
def waiting(idle_house: Any) -> Account:
    """An account in a Genhook in which nobody works."""
    account: Account = idle_house.account()
    return account


def queued(account: Account, **members: Any) -> dict[str, Any]:
    """A generation that was accepted and not begun, as a run; its `generation` is the generation's id."""
    run = account.submit("flokan.thumbnails.generate", {**ASKED, **members}).get_json()
    digits = run["id"].removeprefix("run_")
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return {**run, "generation": "-".join(parts)}
