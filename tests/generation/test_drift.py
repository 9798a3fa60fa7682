"""What providers report of their cost stands beside the price, and is not charged."""

import pytest
from click.testing import CliRunner

from service.cli import main
from service.generation import cost_drift
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
