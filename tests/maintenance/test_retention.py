"""Ended runs go after their days, with what only they hold; what somebody holds stays, and the books still add up."""

import time
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from service.files.removal import delete_objects
from service.maintenance import retention
from service.store.batches import SIZES
from service.store.clock import now
from service.store.kept import read
from service.store.migrate import MADE_BY
from service.store.tables import attempts, deliveries, events, files, ledger, meta, run_bodies, runs, usage, usage_days
from tests.support.house import Account, House

JOKE = {"slug": "joke", "model_id": 37, "prompt": "Tell me a joke about the past"}
PICTURE = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}
TASK = {"type": "TEXT_TO_IMAGE", "prompt": "A lighthouse", "model": "flux-schnell"}
THUMBNAIL = {"video_title": "T", "prompt": "A hiker", "image_model": "pro", "aspect_ratio": "16:9", "image_count": 1}
DAY_MS = 24 * 3600 * 1000
RECEIVER = "http://127.0.0.1:9/hook"


def made(account: Account, action: str, values: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A run that ended."""
    run = account.submit(action, values, **members).get_json()
    return account.ended(run["id"], 60)


def age(house: House, days: int) -> None:
    """Let every run have ended that long ago, with all its deliveries over."""
    old = now() - days * DAY_MS
    house.context.database.write(lambda db: db.execute(update(runs).values(finished_at=old)))
    house.context.database.write(lambda db: db.execute(update(deliveries).values(status="failed")))


def count(house: House, table: Any) -> int:
    with house.context.database.read() as db:
        return int(db.execute(select(func.count()).select_from(table)).scalar_one())


def test_an_old_run_is_deleted_with_everything_of_its_own(house: House) -> None:
    account = house.account()
    run = made(account, "generor.generators.generate", JOKE, callback_url=RECEIVER)
    balance = account.balance()
    age(house, 91)
    told = retention.run(house.context, 90)
    assert (told.runs, told.files) == (1, 0)
    assert account.get(f"/v1/runs/{run['id']}").status_code == 404
    assert account.get("/v1/runs").get_json()["data"] == []
    assert [count(house, table) for table in (runs, run_bodies, events, deliveries, attempts)] == [0] * 5
    assert (account.balance(), count(house, ledger)) == (balance, 2)
    assert (count(house, usage), count(house, usage_days)) == (0, 1)


def test_a_younger_run_stays(house: House) -> None:
    account = house.account()
    run = made(account, "generor.generators.generate", JOKE)
    age(house, 89)
    assert retention.run(house.context, 90).runs == 0
    assert account.get(f"/v1/runs/{run['id']}").status_code == 200


def test_a_run_that_is_open_or_has_an_open_delivery_stays(house: House, idle_house: House) -> None:
    account = house.account()
    run = made(account, "generor.generators.generate", JOKE, callback_url=RECEIVER)
    house.context.database.write(lambda db: db.execute(update(runs).values(finished_at=1)))
    assert retention.run(house.context, 1).runs == 0
    assert account.get(f"/v1/runs/{run['id']}").status_code == 200
    waiting = idle_house.account().submit("generor.generators.generate", JOKE).get_json()
    idle_house.context.database.write(lambda db: db.execute(update(runs).values(created_at=1)))
    assert retention.run(idle_house.context, 1).runs == 0
    assert waiting["status"] == "queued"


def test_a_creation_outlives_its_run_with_its_file(house: House) -> None:
    account = house.account()
    made(account, "generor.generators.generate", PICTURE)
    (creation,) = account.get("/api/v1/creations").get_json()["data"]
    age(house, 91)
    told = retention.run(house.context, 90)
    delete_objects(house.context.database, house.context.objects)
    assert (told.runs, told.files) == (1, 0)
    shown = account.get(f"/api/v1/creations/{creation['creation_id']}").get_json()["data"]
    assert shown["creation_id"] == creation["creation_id"]
    assert (
        account.get(f"/api/v1/creations/{creation['creation_id']}/status").get_json()["data"]["status"] == "completed"
    )
    assert house.client.get(shown["images"][0]["url"].removeprefix("http://genhook.test")).status_code == 200


def test_a_flokan_generation_outlives_its_run(house: House) -> None:
    account = house.account()
    run = made(account, "flokan.thumbnails.generate", THUMBNAIL)
    path = "/api/v1/thumbnail-generator/generations"
    before = account.get(path, "flokan").get_json()["data"]
    age(house, 91)
    assert retention.run(house.context, 90).runs == 1
    assert account.get(path, "flokan").get_json()["data"] == before
    assert account.get(f"/v1/runs/{run['id']}").status_code == 404
    assert account.get("/v1/runs").get_json()["data"] == []
    assert retention.run(house.context, 90).runs == 0
    account.call("DELETE", f"{path}/{before[0]['id']}", "flokan")
    assert retention.run(house.context, 90).runs == 1
    assert count(house, runs) == 0


def test_files_that_nobody_holds_go_with_their_run(house: House) -> None:
    account = house.account()
    run = made(account, "flixly.media.generate", TASK)
    url = run["output"]["outputs"][0]["url"].removeprefix("http://genhook.test")
    assert house.client.get(url).status_code == 200
    age(house, 91)
    told = retention.run(house.context, 90)
    assert (told.runs, told.files, count(house, files)) == (1, 1, 0)
    assert house.client.get(url).status_code == 404
    delete_objects(house.context.database, house.context.objects)
    assert [path for path in (house.settings.data_dir / "storage/objects").rglob("*") if path.is_file()] == []


def test_no_batch_holds_the_writer_for_long(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account = house.account(plan="enterprise")
    for number in range(40):
        account.submit("generor.generators.generate", {**JOKE, "prompt": f"A joke about {number}"})
    house.until(lambda: count(house, runs) == 40 and _all_ended(house), 60)
    age(house, 91)
    sizes: list[int] = []
    real = retention._delete

    def slow(db: Any, batch: Any) -> int:
        sizes.append(len(batch))
        time.sleep(0.03)
        return real(db, batch)

    monkeypatch.setattr(retention, "_delete", slow)
    assert retention.run(house.context, 90).runs == 40
    assert sizes == [SIZES[0]] * 10, "a batch that takes long is not followed by a larger one"


def _all_ended(house: House) -> bool:
    with house.context.database.read() as db:
        return db.execute(select(runs.c.id).where(runs.c.slot != "ended").limit(1)).first() is None


@pytest.mark.parametrize(("setting", "kept"), [(None, 90), (0, 0), (7, 7)])
def test_a_new_database_keeps_runs_for_90_days_unless_set(idle_house: House, setting: int | None, kept: int) -> None:
    settings = _with_days(idle_house, setting)
    assert retention.days_kept(settings, idle_house.context.database) == kept


@pytest.mark.parametrize(("setting", "kept"), [(None, 0), (0, 0), (7, 7)])
def test_an_older_database_keeps_runs_for_ever_unless_set(idle_house: House, setting: int | None, kept: int) -> None:
    database = idle_house.context.database
    database.write(lambda db: db.execute(delete(meta).where(meta.c.name == MADE_BY)))
    with database.read() as db:
        assert read(db, MADE_BY) is None
    assert retention.days_kept(_with_days(idle_house, setting), database) == kept


def test_for_ever_deletes_nothing(house: House) -> None:
    made(house.account(), "generor.generators.generate", JOKE)
    age(house, 5000)
    assert retention.run(house.context, 0).runs == 0
    assert count(house, runs) == 1


def _with_days(house: House, days: int | None) -> Any:
    from dataclasses import replace

    return replace(house.settings, retention_days=days)
