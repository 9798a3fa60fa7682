"""What providers report of their cost stands beside the price, and is not charged."""

from typing import Any

import pytest
from click.testing import CliRunner

from service.accounts import accounts
from service.cli import main
from service.generation import cost_drift
from service.store.tables import drift
from tests.fakes.fal import FakeFal
from tests.generation.steps import ended
from tests.generation.test_paid import buyer, fake, paying, queued  # noqa: F401 — fixtures
from tests.support.house import Account, House


def test_a_runs_reported_cost_is_kept_beside_its_price(
    paying: House,  # noqa: F811
    buyer: Account,  # noqa: F811
    fake: FakeFal,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paying.work()
    run = ended(buyer, queued(buyer))
    assert buyer.charges(run["id"]) == [50]
    with paying.context.database.read() as db:
        (row,) = cost_drift.by_model(db)
    # One billable unit at the fake's $0.025.
    assert (row.runs, row.estimated, row.actual, row.ratio) == (1, 50, pytest.approx(50), pytest.approx(1))

    monkeypatch.setenv("DATABASE_URL", paying.settings.database)
    monkeypatch.setenv("GENHOOK_DATA_DIR", str(paying.settings.data_dir))
    monkeypatch.setenv("GENHOOK_SECRET_KEY", "test-secret-key-of-32-characters")
    shown = CliRunner().invoke(main, ["catalog", "drift"])
    assert shown.output == "flux-dev: 1.0 of its price over 1 runs (50.0 credits taken, 50.0 sold)\n"

    told = operators(buyer, "/v1/operator")["drift"]
    shown_as = {"model": "flux-dev", "runs": 1, "credits_per_run": 50, "provider_cost_usd_per_run": 0.025}
    assert told == [shown_as]
    assert operators(buyer, "/v1/account")["credits_per_dollar"] == 2000


def test_what_costs_and_is_sold_for_nothing_comes_first(idle_house: House) -> None:
    database = idle_house.context.database
    rows = [
        {"run_id": f"run_{model}", "model_id": model, "estimated": sold, "actual": 50, "created_at": 1}
        for model, sold in ((37, 25), (10003, 0), (10031, 100))
    ]
    database.write(lambda db: db.execute(drift.insert(), rows))
    with database.read() as db:
        assert [(one.model_id, one.ratio) for one in cost_drift.by_model(db)] == [(10003, None), (37, 2), (10031, 0.5)]


def operators(account: Account, path: str) -> Any:
    account.house.context.database.write(lambda db: accounts.change(db, account.id, operator=True))
    return account.call("GET", path, scopes=("read", "operator")).get_json()
