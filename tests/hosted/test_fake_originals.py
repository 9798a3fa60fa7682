"""Hosted runs against the documents' literal examples, and against every trouble of the way there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from service.generation.engine import Place
from service.hosted.opening import Originals
from service.hosted.original import Original
from service.hosted.step import Hosted
from service.runs.claim import Claim
from service.runs.intents import IntentLog
from service.runs.recover import forget, take_over_orphans, time_out
from service.store.clock import now
from service.store.tables import intents, run_bodies, runs
from tests.fakes.hosted import (
    FLIXLY_POOR,
    FLOKAN_GENERATION,
    FLOKAN_SEARCH,
    GENEROR_ESTIMATE,
    GENEROR_JOKE,
    GENEROR_META,
    FakeHosted,
)
from tests.fakes.provider import KEY, Reply
from tests.generation.steps import Death, claimed, dying, ended
from tests.hosted.conftest import connect
from tests.support.house import Account, House

JOKE = {"slug": "joke", "prompt": "Tell me a joke about programming", "model_id": 37}
JOKES = "/api/v1/generators/joke/generate"
ESTIMATES = "/api/v1/generators/joke/estimate"
THUMBNAILS = "/api/v1/thumbnail-generator/generate"
THUMBNAIL = {
    "video_title": "10 Hidden Hiking Trails",
    "prompt": "Bold red text 'TOP 10' over surprised hiker, mountain backdrop",
    "image_model": "pro",
    "aspect_ratio": "16:9",
    "image_count": 2,
}
GENERATION = "f24a8c52-6f0d-7b39-8f62-0d5b9a3c7e11"


def submitted(account: Account, action: str, values: dict[str, Any], **members: Any) -> str:
    """The id of a run that is accepted for the hosted original."""
    answer = account.submit(action, values, connection=action.split(".")[0], wait=members.pop("wait", 0), **members)
    assert answer.status_code in (200, 202), answer.get_json()
    return str(answer.get_json()["id"])


@pytest.fixture
def run(faked: Account, fake: FakeHosted) -> Callable[..., dict[str, Any]]:
    """Runs an action on the fake to its end."""
    faked.house.work()

    def to_its_end(action: str, values: dict[str, Any], **members: Any) -> dict[str, Any]:
        return ended(faked, submitted(faked, action, values, wait=1, **members))

    return to_its_end


def late(account: Account, run_id: str) -> None:
    """The run's wake time has come."""
    context = account.house.context
    context.database.write(lambda db: db.execute(runs.update().where(runs.c.id == run_id).values(wake_at=now())))


def waking(account: Account, run_id: str) -> int:
    """Whole seconds until the run is looked at again."""
    with account.house.context.database.read() as db:
        row = db.execute(select(runs.c.wake_at, runs.c.slot).where(runs.c.id == run_id)).one()
    assert row.slot == "ready"
    return int((row.wake_at - now()) // 1000)


def parked(account: Account, run_id: str, seconds: int) -> None:
    """Wait until the run has been put back for about so long."""

    def is_parked() -> bool:
        with account.house.context.database.read() as db:
            row = db.execute(select(runs.c.wake_at, runs.c.slot, runs.c.step).where(runs.c.id == run_id)).one()
        return bool(row.slot == "ready" and row.step == 1 and row.wake_at - now() > (seconds - 5) * 1000)

    account.house.until(is_parked)


@pytest.mark.parametrize(
    ("action", "values", "output"),
    [
        ("flokan.thumbnails.generate", THUMBNAIL, FLOKAN_GENERATION),
        ("flokan.youtube.search", {"query": "hidden trails"}, FLOKAN_SEARCH),
        ("flokan.generations.delete", {"generation_id": GENERATION}, {"id": "...", "deleted": True}),
        ("generor.generators.generate", JOKE, GENEROR_JOKE),
        ("generor.generators.estimate", JOKE, GENEROR_ESTIMATE),
        ("generor.creations.list", {"page": 1}, {"data": [], "meta": GENEROR_META}),
    ],
)
def test_the_documents_own_examples_are_the_outputs(
    run: Callable[..., dict[str, Any]], action: str, values: dict[str, Any], output: Any
) -> None:
    done = run(action, values)
    assert (done["status"], done["output"]) == ("completed", output)


def test_fields_go_where_the_definition_places_them_and_the_key_by_its_api(
    run: Callable[..., dict[str, Any]], fake: FakeHosted
) -> None:
    run("generor.generators.generate", JOKE)
    (sent,) = fake.received("POST", JOKES)
    assert "slug" not in sent.json
    assert sent.json["prompt"] == JOKE["prompt"]
    assert sent.headers["Authorization"] == f"Bearer {KEY}"
    assert "Idempotency-Key" not in sent.headers, "none was given here"
    run("generor.creations.list", {"page": 1, "per_page": 7})
    (listed,) = fake.received("GET", "/api/v1/creations")
    assert {"page": "1", "per_page": "7"}.items() <= listed.query.items()
    assert listed.body == b""


def test_the_field_that_asks_for_a_stream_is_left_out(run: Callable[..., dict[str, Any]], fake: FakeHosted) -> None:
    chat = "/api/v1/chat/completions"
    fake.prepare("POST", chat, Reply(200, {"id": "chatcmpl-1", "choices": []}))
    done = run("flixly.chat.complete", {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True})
    assert done["output"] == {"id": "chatcmpl-1", "choices": []}
    (sent,) = fake.received("POST", chat)
    assert "stream" not in sent.json


def test_the_estimate_is_the_originals_own(run: Callable[..., dict[str, Any]], faked: Account) -> None:
    done = run("generor.generators.generate", JOKE, max_credits=15)
    assert done["estimate"] == {"credits": 15, "seconds": 50}
    refused = faked.submit("generor.generators.generate", JOKE, connection="generor", max_credits=14)
    assert refused.status_code == 402


def test_an_estimate_that_fails_falls_back_to_the_catalogue(
    run: Callable[..., dict[str, Any]], fake: FakeHosted
) -> None:
    fake.prepare("POST", ESTIMATES, Reply(500, body=b"away", content_type="text/plain"))
    assert run("generor.generators.generate", JOKE)["estimate"]["approximate"] is True


def test_what_nobody_can_price_runs_but_not_under_max_credits(faked: Account, fake: FakeHosted) -> None:
    unknown = {**JOKE, "slug": "only-there"}
    answer = faked.submit("generor.generators.generate", unknown, connection="generor")
    assert (answer.status_code, answer.get_json()["estimate"]) == (202, None)
    path = "/v1/actions/generor.generators.generate/estimate"
    assert faked.post(path, {"input": unknown, "connection": "generor"}).status_code == 422
    refused = faked.submit("generor.generators.generate", unknown, connection="generor", max_credits=5)
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == "/max_credits"


@pytest.mark.parametrize(
    ("reply", "code", "permanent", "provider"),
    [
        (Reply(402, FLIXLY_POOR), "provider_auth", True, "insufficient_credits"),
        (
            Reply(422, {"error": {"code": "validation_error", "status": 422, "message": "bad"}}),
            "validation",
            True,
            "validation_error",
        ),
        (
            Reply(500, {"error": {"code": "internal_error", "status": 500, "message": "Oh no"}}),
            "provider_error",
            False,
            "internal_error",
        ),
        (
            Reply(200, {"error": {"code": "internal_error", "status": 500, "message": "inside"}}),
            "provider_error",
            False,
            "internal_error",
        ),
        (Reply(500, body=b"<html>Bad gateway</html>", content_type="text/html"), "outcome_unknown", False, None),
        (Reply(200, body=b'{"id": "trunc'), "outcome_unknown", False, None),
        (Reply(drop=True), "outcome_unknown", False, None),
    ],
)
def test_a_paid_post_that_fails_is_sent_once_and_told_as_it_is(
    run: Callable[..., dict[str, Any]], fake: FakeHosted, reply: Reply, code: str, permanent: bool, provider: str | None
) -> None:
    fake.prepare("POST", "/api/v1/generate", reply)
    error = run("flixly.media.generate", {"model": "flux-dev", "prompt": "A cat"})["error"]
    assert (error["code"], error["permanent"]) == (code, permanent)
    assert (error["provider"]["name"], error["provider"]["code"]) == ("flixly", provider)
    assert len(fake.received("POST", "/api/v1/generate")) == 1


def test_flokans_errors_have_no_code_and_generors_have_one(
    run: Callable[..., dict[str, Any]], fake: FakeHosted
) -> None:
    fake.prepare("POST", THUMBNAILS, Reply(403, {"success": False, "error": "Missing scope"}))
    error = run("flokan.thumbnails.generate", THUMBNAIL)["error"]
    assert (error["code"], error["status"]) == ("provider_auth", 403)
    assert error["provider"] == {"name": "flokan", "code": None, "message": "Missing scope"}
    error = run("generor.creations.get", {"id": 6144})["error"]
    assert (error["code"], error["status"], error["permanent"]) == ("refused_by_provider", 404, True)
    assert error["provider"] == {"name": "generor", "code": "NOT_FOUND", "message": "Creation not found"}


def test_a_429_is_kept_to_and_the_post_sent_again(faked: Account, fake: FakeHosted) -> None:
    fake.prepare("POST", THUMBNAILS, Reply(429, {"success": False, "error": "slow"}, headers={"Retry-After": "40"}))
    run_id = submitted(faked, "flokan.thumbnails.generate", THUMBNAIL)
    faked.house.work()
    parked(faked, run_id, 40)
    assert 30 < waking(faked, run_id) <= 40
    assert len(fake.received("POST", THUMBNAILS)) == 1
    late(faked, run_id)
    assert ended(faked, run_id)["output"] == FLOKAN_GENERATION
    assert len(fake.received("POST", THUMBNAILS)) == 2


def test_a_429_that_outlasts_the_run_ends_it_with_the_hint(
    run: Callable[..., dict[str, Any]], fake: FakeHosted
) -> None:
    fake.prepare("POST", THUMBNAILS, Reply(429, {"success": False, "error": "slow"}, headers={"Retry-After": "86400"}))
    error = run("flokan.thumbnails.generate", THUMBNAIL)["error"]
    assert (error["code"], error["status"], error["retry_after"]) == ("provider_error", 429, 86400)
    assert error["permanent"] is False


def test_a_get_is_asked_again_through_drops_and_failures(run: Callable[..., dict[str, Any]], fake: FakeHosted) -> None:
    away = Reply(502, body=b"away", content_type="text/plain", headers={"Retry-After": "0"})
    fake.prepare("GET", "/api/v1/creations", Reply(drop=True), away, Reply(200, body=b'{"suc'))
    assert run("generor.creations.list", {})["output"]["meta"] == GENEROR_META
    assert len(fake.received("GET", "/api/v1/creations")) == 4


def test_a_connection_that_was_never_made_is_tried_again(faked: Account, fake: FakeHosted) -> None:
    connect(faked, "flokan", KEY, "http://127.0.0.1:9")
    run_id = submitted(faked, "flokan.thumbnails.generate", THUMBNAIL)
    faked.house.work()

    def tried() -> bool:
        with faked.house.context.database.read() as db:
            row = db.execute(select(runs.c.step, runs.c.slot).where(runs.c.id == run_id)).one()
            sent = db.execute(select(func.count()).select_from(intents)).scalar_one()
        return bool(row.step >= 1 and row.slot == "ready" and sent == 0)

    faked.house.until(tried)
    connect(faked, "flokan", KEY, fake.url)
    late(faked, run_id)
    assert ended(faked, run_id)["output"] == FLOKAN_GENERATION


def step(house: House, one: Claim, folder: Path) -> Any:
    """One step of a claimed hosted run, as a worker does it, and not a line more."""
    context = house.context
    book = IntentLog(context.database, one.run_id, one.fence)
    place = Place(one.run_id, one.account_id, one.fence, one.step, folder, book)
    originals = Originals(context.database, context.vault, lambda: context.definitions)
    return Hosted(originals, context.uploads, context.references).advance(one.order, place)


def _die(*_: Any, **__: Any) -> None:
    raise Death


def test_a_worker_that_dies_around_the_post_leaves_it_sent_once_at_most(
    faked: Account, fake: FakeHosted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = faked.house
    run_id = submitted(faked, "flokan.thumbnails.generate", THUMBNAIL)
    dying(monkeypatch, Original, "call", _die, lambda: step(house, claimed(house), tmp_path))
    take_over_orphans(house.context)
    house.work()
    assert ended(faked, run_id)["error"]["code"] == "outcome_unknown"
    assert fake.received("POST", THUMBNAILS) == []


def test_an_answer_that_was_recorded_is_not_lost_with_its_worker(
    faked: Account, fake: FakeHosted, tmp_path: Path
) -> None:
    house = faked.house
    run_id = submitted(faked, "flokan.thumbnails.generate", THUMBNAIL)
    step(house, claimed(house), tmp_path)
    take_over_orphans(house.context)
    house.work()
    assert ended(faked, run_id)["output"] == FLOKAN_GENERATION
    assert len(fake.received("POST", THUMBNAILS)) == 1


def test_a_run_that_was_sent_to_an_original_is_canceled_for_nothing(
    faked: Account, fake: FakeHosted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = faked.house
    run_id = submitted(faked, "flokan.thumbnails.generate", THUMBNAIL)
    dying(monkeypatch, Original, "call", _die, lambda: step(house, claimed(house), tmp_path))

    asked = faked.post(f"/v1/runs/{run_id}/cancel")
    house.work()

    run = ended(faked, run_id)
    assert (asked.status_code, asked.get_json()["status"]) == (202, "running")
    assert (run["status"], run["error"]["code"], run["credits_charged"]) == ("canceled", "canceled", 0)
    assert "flokan" in run["error"]["message"]
    assert fake.received("POST", THUMBNAILS) == []


def test_a_key_that_is_refused_or_gone_ends_the_run(faked: Account, fake: FakeHosted) -> None:
    connect(faked, "generor", "gnr_live_wrong", fake.url)
    faked.house.work()
    error = ended(faked, submitted(faked, "generor.creations.list", {}, wait=1))["error"]
    assert (error["code"], error["status"]) == ("provider_auth", 401)
    assert "gnr_live_wrong" not in str(error)


def test_what_is_kept_of_a_read_goes_after_a_day_and_a_run_that_hangs_after_its_time(
    faked: Account, fake: FakeHosted
) -> None:
    house = faked.house
    waiting = submitted(faked, "flokan.thumbnails.generate", THUMBNAIL)
    house.context.database.write(lambda db: db.execute(runs.update().values(deadline=now() - 1)))
    time_out(house.context)
    assert ended(faked, waiting)["error"]["code"] == "timed_out"
    house.work()
    deleted = submitted(faked, "flokan.generations.delete", {"generation_id": GENERATION}, wait=20)
    ended(faked, deleted)
    house.context.database.write(
        lambda db: db.execute(runs.update().where(runs.c.expires_at.is_not(None)).values(expires_at=now() - 1))
    )
    forget(house.context)
    with house.context.database.read() as db:
        left = set(db.execute(select(run_bodies.c.run_id)).scalars())
    assert left == {waiting}
