"""Every form can be filled in from its own lists: of each generator, and of each action that has dynamic ones."""

from contextlib import suppress
from typing import Any

import pytest

from service.accounts import authentication
from service.accounts.keys import Caller
from service.errors import NotFound
from service.web.fields import resolve
from tests.support.definitions import built_in
from tests.support.house import Account, House

DEFINITIONS = built_in()
FORMS = ("generor.generators.generate", "generor.generators.estimate")
DYNAMIC = [
    (action.id, field, values)
    for action in DEFINITIONS.actions.values()
    for field, settings in action.ui.get("fields", {}).items()
    if {"options", "schema_from"} & settings.keys()
    for values in ({}, *(example["input"] for example in action.examples))
]


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account()


@pytest.fixture
def caller(account: Account) -> Caller:
    context = account.house.context
    with context.database.read() as db:
        return authentication.authenticate(db, context.vault, account.key("generor"))


def asked(account: Account, caller: Caller, action: str, field: str, **values: Any) -> Any:
    """Return what a field of the action takes where these are filled in; past HTTP and its limits."""
    service = account.house.app.extensions["genhook"]
    body = {"field": field, "input": values}
    return resolve(service, service.context.definitions.action(action), body, caller)


def test_the_vision_generator_offers_the_models_that_read_pictures(account: Account) -> None:
    body = {"field": "model_id", "input": {"slug": "vision"}}
    answer = account.post("/v1/actions/generor.generators.generate/fields", body)
    assert answer.status_code == 200, answer.get_json()
    offered = [option["value"] for option in answer.get_json()["options"]]
    models = account.house.context.catalog.models_by_id
    assert 34 in offered
    assert all(models[one].vision for one in offered)


@pytest.mark.parametrize("action", FORMS)
def test_every_generators_form_can_be_filled_in_from_its_lists(account: Account, caller: Caller, action: str) -> None:
    catalog = account.house.context.catalog
    for generator in catalog.generators():
        filled: dict[str, Any] = {"slug": generator.slug}
        offered = asked(account, caller, action, "model_id", **filled)["options"]
        models = {option["value"] for option in offered}
        assert generator.default_model in models, generator.slug
        assert all(generator.takes(catalog.model(one)) for one in models), generator.slug
        assert all(option["label"] for option in offered), generator.slug
        filled["model_id"] = generator.default_model
        ratios = [option["value"] for option in asked(account, caller, action, "aspect_ratio", **filled)["options"]]
        assert ratios == [one.ratio for one in catalog.model(generator.default_model).aspect_ratios], generator.slug
        schema = asked(account, caller, action, "parameters", **filled)["schema"]
        assert set(schema["properties"]) == set(generator.by_id), generator.slug


def test_every_dynamic_field_answers_empty_and_filled_in(account: Account, caller: Caller) -> None:
    assert len(DYNAMIC) > 30
    for action, field, values in DYNAMIC:
        # What an example names (a team, a generation) is nobody's here.
        with suppress(NotFound):
            found = asked(account, caller, action, field, **values)
            assert found.keys() in ({"options", "next_cursor"}, {"schema"}), (action, field, values)


def test_an_unknown_generator_offers_nothing(account: Account, caller: Caller) -> None:
    assert asked(account, caller, FORMS[0], "model_id", slug="no-such")["options"] == []


def test_a_speech_models_own_voices_are_offered(account: Account, caller: Caller) -> None:
    speakers = account.house.context.catalog.models("speech")
    for model in speakers:
        offered = asked(account, caller, "flixly.media.generate", "voice", model=model.key)["options"]
        assert [option["value"] for option in offered] == list(model.voices), model.key
    assert sum(bool(model.voices) for model in speakers) > 5
    for values in ({}, {"model": "flux-dev"}, {"model": "no-such-model"}):
        assert asked(account, caller, "flixly.media.generate", "voice", **values)["options"] == []
