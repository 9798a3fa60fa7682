"""References that take their time hold up the run that named them, and nobody else's work."""

import io
import threading
from collections.abc import Iterator

import pytest
from PIL import Image
from sqlalchemy import select

from service.runs import claim
from service.store.tables import deletions, run_bodies
from tests.net.media import Media, answer, serving
from tests.support.house import Account, House

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about waiting"}
TITLE = {"video_title": "A title", "image_count": 1, "image_model": "standard", "aspect_ratio": "16:9"}


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (320, 180), "teal").save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def quick() -> Iterator[Media]:
    with serving() as served:
        served.answers["/picture"] = answer(body=picture())
        yield served


@pytest.fixture
def slow(quick: Media) -> Iterator[Media]:
    """A server that answers once its gate is opened."""
    with serving() as served:
        served.answers["/picture"] = answer(body=picture())
        served.gate = threading.Event()
        yield served
        served.gate.set()


def thumbnail(account: Account, media: Media) -> str:
    values = {**TITLE, "reference_image_url": media.url("/picture")}
    answer = account.submit("flokan.thumbnails.generate", values)
    assert answer.status_code == 202, answer.text
    return str(answer.get_json()["id"])


@pytest.mark.slow
def test_twelve_runs_whose_pictures_take_long_delay_nobody(house: House, slow: Media, quick: Media) -> None:
    flooding, other = house.account(), house.account()
    waiting = [thumbnail(flooding, slow) for _ in range(12)]
    house.until(lambda: len(slow.asked) >= claim.FETCHES_PER_ACCOUNT)
    for _ in range(3):
        assert other.submit("generor.generators.generate", JOKE, wait=30).get_json()["status"] == "completed"
    assert other.ended(thumbnail(other, quick))["status"] == "completed"
    assert slow.told == [], "neither its texts nor its own picture waited for them"
    assert len(slow.asked) == claim.FETCHES_PER_ACCOUNT, "one account has so many places and no more"
    assert slow.gate is not None
    slow.gate.set()
    assert {flooding.ended(run_id, 90)["status"] for run_id in waiting} == {"completed"}


def test_what_was_fetched_is_kept_until_the_run_ends_and_then_deleted(house: House, quick: Media) -> None:
    account = house.account()
    run = account.ended(thumbnail(account, quick))
    assert run["status"] == "completed"
    assert quick.asked == ["/picture"]
    with house.context.database.read() as db:
        order = db.execute(select(run_bodies.c.order).where(run_bodies.c.run_id == run["id"])).scalar_one()
        doomed = set(db.execute(select(deletions.c.object)).scalars())
    assert any(key in order for key in doomed)
    assert len(run["output"]["image_urls"]) == 1


def test_a_reference_that_cannot_be_fetched_ends_the_run_and_costs_nothing(house: House, quick: Media) -> None:
    account = house.account()
    values = {**TITLE, "reference_image_url": quick.url("/nothing")}
    run = account.ended(account.submit("flokan.thumbnails.generate", values).get_json()["id"])
    assert (run["status"], run["error"]["code"]) == ("failed", "reference_unreachable")
    assert account.balance() == {"total": 10_000, "held": 0}
