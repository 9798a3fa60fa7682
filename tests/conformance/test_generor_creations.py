"""What was made is seen, listed and linked as Generor's rows say. Source: generor-api, 'Creations'."""

import pytest
from sqlalchemy import select

from service.store.tables import creations
from tests.apis.generor.test_creations import enter
from tests.conformance.generating import BASE, JOKE, accepted, post
from tests.support.house import Account, House


def test_privacy_mode_decides_who_sees_it(account: Account) -> None:
    public, private = (
        post(account, "generate", JOKE, privacy_mode=mode).get_json()["data"]["creations"][0]["creation_id"]
        for mode in (0, 1)
    )

    seen = [account.house.client.get(f"{BASE}/creations/{creation}").status_code for creation in (public, private)]
    listed = account.house.client.get(f"{BASE}/creations/public").get_json()["data"]

    assert seen == [200, 404]
    assert [creation["creation_id"] for creation in listed] == [public]
    assert account.get(f"{BASE}/creations/{private}").get_json()["data"]["privacy_mode"] == 1


def test_a_creation_made_under_a_team_is_in_that_teams_list(account: Account) -> None:
    team = account.post(f"{BASE}/teams", {"name": "My Creative Team"}).get_json()["data"]["team_id"]

    made = post(account, "generate", JOKE, team_id=team).get_json()["data"]["creations"][0]["creation_id"]
    post(account, "generate", JOKE)

    listed = account.get(f"{BASE}/teams/{team}/creations").get_json()["data"]
    assert [creation["creation_id"] for creation in listed] == [made]


def test_a_creation_links_to_its_parent_its_original_and_its_character(me: Account) -> None:
    parent = enter(me, "Otto, a shy owl", generator="joke", type="text")

    order = accepted(me, JOKE, support_for=parent, translation_of=parent, character_id=parent, source_language="en")

    assert (order["creation"]["parent_id"], order["creation"]["translation_of"]) == (parent, parent)
    assert {"original", "character"} <= order["task"]["params"].keys()
    assert order["task"]["params"]["source_language"] == "en"


def test_a_deleted_creation_is_kept_but_nowhere_shown(idle_house: House) -> None:
    me = idle_house.account()
    creation = enter(me, "sunset")

    me.call("DELETE", f"{BASE}/creations/{creation}")

    with me.house.context.database.read() as db:
        row = db.execute(select(creations.c.deleted_at).where(creations.c.id == creation)).scalar_one()
    assert row is not None
    for path in ("creations", "creations/public", "creations/search?q=sunset", f"users/{me.name}/creations"):
        assert me.get(f"{BASE}/{path}").get_json()["data"] == []


def test_a_recipe_has_a_dish_and_its_ingredients(account: Account) -> None:
    asked = {"slug": "recipe", "prompt": "Something warm with leeks", "model_id": 37}

    made = post(account, "generate", asked).get_json()["data"]["creations"][0]

    assert made["dish_name"]
    assert made["ingredients"]
    shown = account.get(f"{BASE}/creations/{made['creation_id']}").get_json()["data"]["generator_data"]
    assert (shown["dish_name"], shown["ingredients"]) == (made["dish_name"], made["ingredients"])


@pytest.mark.parametrize(("at", "past"), [(1, 0), (5, 6)])
def test_a_score_ends_where_the_document_says(me: Account, at: int, past: int) -> None:
    path = f"{BASE}/creations/{enter(me, 'A sunset over mountains')}/rating"

    assert me.post(path, {"score": past}).get_json()["error"]["code"] == "VALIDATION_ERROR"
    assert me.post(path, {"score": at}).get_json()["data"]["average"] == at
