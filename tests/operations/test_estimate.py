"""Estimates are the price of the order that a submit would make."""

import pytest

from service.accounts import authentication
from service.errors import ValidationError
from service.operations import handlers
from service.runs.submission import Submission
from tests.support.house import Account, House

BASE = "/api/v1/generators"


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account()


def test_the_documents_estimate_is_the_price_of_the_order(account: Account) -> None:
    body = {"model_id": 37, "prompt": "cats", "count": 5, "parameters": {"joke-length": "long"}}
    told = account.post(f"{BASE}/joke/estimate", body).get_json()["data"]
    run = account.submit("generor.generators.generate", {"slug": "joke", **body}).get_json()

    assert run["estimate"]["credits"] == told["credit_cost"]["total"] == account.balance()["held"]
    assert run["estimate"]["seconds"] == told["time_estimate"]["seconds"]


def test_what_lacks_its_prompt_has_a_price_and_is_refused_at_submit(account: Account) -> None:
    values = {"slug": "joke", "model_id": 37}
    estimated = account.post("/v1/actions/generor.generators.generate/estimate", {"input": values})
    refused = account.submit("generor.generators.generate", values)

    assert estimated.status_code == 200
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/input/prompt")


def test_an_order_names_every_member_that_it_lacks(account: Account) -> None:
    context = account.house.context
    action = context.definitions.action("flixly.media.generate")
    values = action.validate({"model": "flux-dev"}, unknown="refuse")
    with context.database.read() as db:
        caller = authentication.authenticate(db, context.vault, account.key("flixly"))
        order = handlers.order(context, Submission(action, caller, values), db)

    with pytest.raises(ValidationError) as refused:
        order.check_complete()

    assert [problem.pointer for problem in refused.value.errors] == ["/prompt"]
