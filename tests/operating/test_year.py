"""A year of days with a retention of thirty: what is kept for a time stays as large as it was after two months."""

import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.accounts import usage
from service.files.removal import delete_objects
from service.maintenance import retention
from service.runs.recover import forget
from service.store import batches, clock
from service.store.tables import deliveries, metadata
from tests.fakes.provider import media_bytes
from tests.support.house import Account, House

DAYS, KEPT, SETTLED = 365, 30, 60
DAY_NS = 24 * 3600 * 10**9
JOKE = {"slug": "joke", "model_id": 37}
TASK = {"type": "TEXT_TO_IMAGE", "model": "flux-schnell"}
# What stays for ever: the books, and sums by day.
STAY = {"ledger", "usage_days", "usage_labels", "usage_blocks", "creations"}
RECEIVER = "http://127.0.0.1:9/hook"
EVERY, PICTURES_EVERY = 3, 21
PNG = media_bytes("image")[1]

pytestmark = pytest.mark.timeout(900)


class Calendar:
    """The wall clock of this process's Genhook, which a test moves."""

    def __init__(self) -> None:
        self.ahead = 0

    def time_ns(self) -> int:
        return time.time_ns() + self.ahead


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    made = Calendar()
    monkeypatch.setattr(clock, "time", made)
    return made


def test_tables_and_files_stay_bounded_over_a_year(
    houses: Callable[..., House], calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = houses()
    house.work()
    accounts = [house.account(plan="enterprise", credits=1_000_000) for _ in range(12)]
    held: list[float] = []
    timed(monkeypatch, retention, "_delete", held)
    timed(monkeypatch, batches, "_counted", held)
    settled: dict[str, int] = {}
    for day in range(DAYS):
        if day % EVERY == 0:
            use(house, accounts[day // EVERY % len(accounts)], day)
        calendar.ahead += DAY_NS
        tidy(house)
        if day == SETTLED:
            settled = sizes(house)
    final = sizes(house)
    grown = {name: (settled[name], size) for name, size in final.items() if name not in STAY and size > settled[name]}
    assert not {name: sizes for name, sizes in grown.items() if sizes[1] > sizes[0] * 1.2 + 5}, grown
    assert 0 < settled["runs"] <= KEPT // EVERY * 2 + 5
    for account in accounts:
        account.balance()
    print(f"{len(held)} batches, the longest {max(held) * 1000:.1f} ms; rows and files: {final}")
    assert sorted(held)[len(held) * 99 // 100] < 0.05


def use(house: House, account: Account, day: int) -> None:
    """Some work: what is called back, what leaves files, what is kept for a day alone."""
    made = [submitted(account, "generor.generators.generate", {**JOKE, "prompt": f"A joke of day {day}"}, day)]
    if day % PICTURES_EVERY == 0:
        made.append(submitted(account, "flixly.media.generate", {**TASK, "prompt": f"A picture of day {day}"}, day))
    assert account.submit("generor.generators.list", {}).status_code == 200
    uploaded = account.call("POST", "/v1/files", data={"file": (io.BytesIO(PNG), "a.png")})
    assert uploaded.status_code == 201, uploaded.text
    for run_id in made:
        assert account.ended(run_id)["status"] == "completed"
    # Nobody delivers here, and no delivery is open for a month.
    house.context.database.write(lambda db: db.execute(update(deliveries).values(status="failed")))


def submitted(account: Account, action: str, values: dict[str, Any], day: int) -> str:
    headers = {"Idempotency-Key": f"{action} of day {day}"}
    return str(account.submit(action, values, headers=headers, callback_url=RECEIVER).get_json()["id"])


def tidy(house: House) -> None:
    """What the sweeper does in a day."""
    forget(house.context)
    while house.context.database.write(usage.roll_up) == usage.BATCH:
        pass
    retention.run(house.context, KEPT)
    delete_objects(house.context.database, house.context.objects)


def sizes(house: House) -> dict[str, int]:
    """Rows of every table, and files in the storage."""
    with house.context.database.read() as db:
        told = {
            name: int(db.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in metadata.tables.items()
        }
    return told | {"objects": sum(path.is_file() for path in (house.settings.data_dir / "storage").rglob("*"))}


def timed(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, held: list[float]) -> None:
    """Have it noted how long each call holds the writer."""
    real = getattr(module, name)

    def call(*words: Any, **options: Any) -> Any:
        began = time.monotonic()
        try:
            return real(*words, **options)
        finally:
            held.append(time.monotonic() - began)

    monkeypatch.setattr(module, name, call)
