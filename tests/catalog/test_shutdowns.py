"""Models that their providers end."""

import warnings
from datetime import UTC, date, datetime, timedelta

import pytest

from service.catalog import Catalog
from service.catalog.shutdowns import ending, has_ended, notice, successor
from service.store import clock

END = date(2026, 12, 3)


class ModelEnds(UserWarning):
    """A model that the catalogue should soon do without."""


def test_a_model_ends_on_its_day(catalog: Catalog) -> None:
    omni = catalog.model_by_key("gemini-omni-1-1-flash")
    assert omni.shutdown == END
    assert [has_ended(omni, END + timedelta(days)) for days in (-1, 0, 1)] == [False, True, True]
    assert "ends it on 2026-12-03; use Gemini Omni 1.2" in notice(catalog, omni, END - timedelta(1))
    assert "ended it on 2026-12-03; use Gemini Omni 1.2" in notice(catalog, omni, END)


def test_a_warning_comes_thirty_days_before(catalog: Catalog) -> None:
    assert [model.key for model in ending(catalog, END - timedelta(31))] == []
    assert [model.key for model in ending(catalog, END - timedelta(30))] == ["gemini-omni-1-1-flash"]


def test_whatever_ends_has_a_successor_of_its_type_that_outlives_it(catalog: Catalog) -> None:
    for model in catalog.models():
        if model.shutdown is not None:
            following = successor(catalog, model, model.shutdown)
            assert following is not None, model.key
            assert following.type == model.type
        assert (model.successor is None) == (model.shutdown is None)


def test_the_days_to_come_are_warned_of_and_fail_nothing(catalog: Catalog) -> None:
    for model in ending(catalog, datetime.fromtimestamp(clock.now() / 1000, UTC).date()):
        warnings.warn(f"{model.name} ends on {model.shutdown}: take it out of the catalogue", ModelEnds, stacklevel=1)


@pytest.mark.parametrize("days", [30, 0])
def test_the_warning_names_what_ends(catalog: Catalog, days: int) -> None:
    assert ending(catalog, END - timedelta(days))[0].successor == "gemini-omni-1-2-flash"
