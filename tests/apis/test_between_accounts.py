"""What belongs to one account can't be read, changed or used by another, whichever operation names it.

One test for every place where an operation names a thing that belongs to somebody, found in the definitions: another
account tries, is told that there is no such thing, and the thing is as it was; then its owner does the same and may.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.catalog import load as load_catalog
from service.catalog.references import MEMBERS, allowed
from service.definitions import Action
from service.describe import openapi_paths
from tests.apis.belongings import JOKE, MARK, THINGS, data, public_creation, team
from tests.support.definitions import built_in
from tests.support.house import Account, House, opened
from tests.support.valkey import Valkey

DEFINITIONS = built_in()
CATALOG = load_catalog()
ABSENT = frozenset({404})
# What a media URL points at is a matter of validation: 400 or 422, as the face has it.
UNREADABLE = frozenset({400, 422})
# A search for videos, which are YouTube's.
OUTSIDE = {"flokan.youtube.search"}
Json = dict[str, Any]
Given = Callable[[Account], Mapping[str, Any]]
# How the names end that name things, beside those of the fields that a definition gives a medium.
NAMING = ("_id", "_ids", "_url", "_urls", "_for", "_of", "_code", "_references")
# Fields called so that name nothing which belongs to somebody, and why.
NOBODYS = {
    "model_id": "the catalogue's",
    "style_id": "a preset, the same for all",
    "generor.models.get id": "the catalogue's",
    "generor.teams.join invite_code": "whoever has the code may come in",
    "generor.teams.remove_member user_id": "users are public; it is the team that is somebody's",
    "generor.generators.estimate": "it is for everybody, and reads nothing that it names",
}
# Keys need the scope `admin` to be changed: tests/web/test_keys.py has a stranger with it.
NOBODYS_ON_V1 = {"action_id", "name", "prefix"}


def naming(action: Action) -> Iterator[str]:
    """The fields of an action that may name things which belong to somebody."""
    if action.id in NOBODYS:
        return
    for field in action.input_schema["properties"]:
        media = "media" in action.ui.get("fields", {}).get(field, {})
        named = field == "id" or field.endswith(NAMING) or media or field in MEMBERS
        if named and field not in NOBODYS and f"{action.id} {field}" not in NOBODYS:
            yield field


@dataclass(frozen=True)
class Recipe:
    """What `field` of an action names, the rest of the input, and what a stranger is told.

    `value` is what stands in the field for a thing's name.
    """

    action: str
    field: str
    thing: str
    rest: Given = lambda account: {}
    told: frozenset[int] = ABSENT
    value: Callable[[Any], Any] = lambda name: name

    def input(self, account: Account, name: Any) -> Json:
        return {**self.rest(account), self.field: self.value(name)}


def member(account: Account) -> Json:
    return {"username": account.house.account().name}


def someone_in_it(account: Account) -> Json:
    """A member of the account's team; where it has none, somebody who is in no team."""
    somebody = account.house.account()
    for found in data(account.get("/api/v1/teams")):
        data(account.post(f"/api/v1/teams/{found['team_id']}/members", {"username": somebody.name}))
    return {"user_id": somebody.user_id}


def on_own_creation(account: Account) -> Json:
    """A creation of the account's own, the newest there is."""
    listed = data(account.get("/api/v1/creations"))
    return {"id": listed[0]["creation_id"] if listed else public_creation(account), "text": MARK}


def url(path: str) -> str:
    return f"http://genhook.test{path}"


def media_of(name: str) -> str:
    """The thing that a reference by this name wants."""
    return "clip" if "video" in name else "sound" if "audio" in name else "file"


def generor_media(name: str, value: Callable[[Any], Any] = url) -> Recipe:
    """A generate with this reference, by the first model that takes it."""
    model = next(model for model in CATALOG.models() if model.type in ("image", "video") and allowed(model, name))
    base = {"slug": model.type, "model_id": model.id, "prompt": MARK}

    def rest(account: Account) -> Json:
        start = {"image_url": url(THINGS["file"].make(account))} if name == "ending_frame_url" else {}
        return {**base, **start}

    return Recipe("generor.generators.generate", name, media_of(name), rest, UNREADABLE, value)


def flixly_media(name: str, model: str, value: Callable[[Any], Any] = url) -> Recipe:
    base = {"model": model, "prompt": MARK}
    return Recipe("flixly.media.generate", name, media_of(name), lambda _: base, UNREADABLE, value)


def flokan(name: str, thing: str, told: frozenset[int] = ABSENT, value: Callable[[Any], Any] = str) -> Recipe:
    base = {"video_title": MARK, "prompt": MARK, "image_model": "standard", "aspect_ratio": "16:9", "image_count": 1}
    return Recipe("flokan.thumbnails.generate", name, thing, lambda _: base, told, value)


def listed(path: str) -> list[str]:
    return [url(path)]


def shown_in_chat(path: str) -> list[Json]:
    picture = {"type": "image_url", "image_url": {"url": url(path)}}
    return [{"role": "user", "content": [{"type": "text", "text": MARK}, picture]}]


RECIPES = (
    Recipe("flixly.chat.complete", "messages", "file", lambda _: {"model": "gpt-5-4"}, UNREADABLE, shown_in_chat),
    Recipe("flixly.media.get", "id", "task"),
    flixly_media("image_url", "flux-dev"),
    flixly_media("video_url", "happy-horse-video-edit"),
    flixly_media("audio_url", "dreamina-seedance-2-480p"),
    flixly_media("reference_images", "flux-2-pro", listed),
    Recipe("flokan.generations.delete", "generation_id", "generation"),
    Recipe("flokan.generations.get", "generation_id", "generation"),
    Recipe("flokan.generations.list", "card_id", "card"),
    flokan("card_id", "card"),
    flokan("reference_image_url", "file", UNREADABLE, url),
    flokan("youtube_references", "file", UNREADABLE, listed),
    Recipe("generor.api_keys.revoke", "id", "key"),
    Recipe("generor.comments.create", "id", "private creation", lambda _: {"text": MARK}),
    Recipe("generor.comments.create", "parent_id", "private comment", on_own_creation),
    Recipe("generor.comments.delete", "id", "comment"),
    Recipe("generor.comments.list", "id", "private creation"),
    Recipe("generor.comments.vote", "id", "private comment", lambda _: {"vote": "up"}),
    Recipe("generor.creations.delete", "id", "private creation"),
    Recipe("generor.creations.delete", "id", "public creation"),
    Recipe("generor.creations.get", "id", "private creation"),
    Recipe("generor.creations.status", "id", "private creation"),
    Recipe("generor.creations.update", "id", "private creation", lambda _: {"privacy_mode": 0}),
    Recipe("generor.creations.update", "id", "public creation", lambda _: {"privacy_mode": 1}),
    generor_media("image_url"),
    generor_media("ending_frame_url"),
    generor_media("video_url"),
    generor_media("reference_audio"),
    generor_media("reference_images", listed),
    generor_media("reference_videos", listed),
    Recipe("generor.generators.generate", "character_id", "private creation", lambda _: JOKE),
    Recipe("generor.generators.generate", "support_for", "private creation", lambda _: JOKE),
    Recipe("generor.generators.generate", "team_id", "team", lambda _: JOKE),
    Recipe("generor.generators.generate", "translation_of", "private creation", lambda _: JOKE),
    Recipe("generor.ratings.get", "id", "private creation"),
    Recipe("generor.ratings.rate", "id", "private creation", lambda _: {"score": 1}),
    Recipe("generor.teams.add_member", "id", "team", member),
    Recipe("generor.teams.creations", "id", "team"),
    Recipe("generor.teams.get", "id", "team"),
    Recipe("generor.teams.invite", "id", "team"),
    Recipe("generor.teams.leave", "id", "team"),
    Recipe("generor.teams.remove_member", "id", "team", someone_in_it),
)
# Under /v1, beside the actions: the method, the path, what stands in its braces.
V1_RECIPES = {
    ("GET", "/v1/runs/{run_id}"): "run",
    ("GET", "/v1/runs/{run_id}/events"): "run",
    ("POST", "/v1/runs/{run_id}/cancel"): "run",
    ("GET", "/v1/runs/{run_id}/deliveries"): "run",
    ("GET", "/v1/runs/{run_id}/timeline"): "run",
    ("GET", "/v1/deliveries/{delivery_id}"): "delivery",
    ("POST", "/v1/deliveries/{delivery_id}/replay"): "delivery",
    ("DELETE", "/v1/subscriptions/{subscription_id}"): "subscription",
    ("GET", "/files/{path}"): "file",
}


def ask(account: Account, recipe: Recipe, name: Any) -> TestResponse:
    """The action on that thing, as a run."""
    return account.submit(recipe.action, recipe.input(account, name))


def ask_in_rest(account: Account, recipe: Recipe, name: Any) -> TestResponse:
    """The same on its API's own path."""
    action = DEFINITIONS.action(recipe.action)
    placed: dict[str, Json] = {"path": {}, "query": {}, "body": {}}
    for field, value in recipe.input(account, name).items():
        placed[action.placement[field]][field] = value
    path, body = action.path.format_map(placed["path"]), placed["body"] or None
    return account.call(action.method, path, action.api.name, query_string=placed["query"], json=body)


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory, valkey: Valkey) -> Iterator[House]:
    """A Genhook of many accounts, in which nobody works: what is accepted stays as it is."""
    with opened(tmp_path_factory.mktemp("shared"), valkey.url) as house:
        yield house


@pytest.fixture
def owner(idle: House) -> Account:
    """Whose things they are."""
    return idle.account("enterprise")


@pytest.fixture
def stranger(owner: Account) -> Account:
    """Somebody else in the same Genhook, who may do everything that the owner may."""
    return owner.house.account("enterprise")


@pytest.mark.parametrize("door", [ask, ask_in_rest])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.action}-{recipe.field}-{recipe.thing}")
def test_a_things_owner_may_and_a_stranger_finds_nothing(
    owner: Account, stranger: Account, recipe: Recipe, door: Any
) -> None:
    thing = THINGS[recipe.thing]
    name = thing.make(owner)
    before = thing.seen(owner, name)

    refused = door(stranger, recipe, name)
    assert refused.status_code in recipe.told, refused.get_json()
    assert thing.seen(owner, name) == before

    # On REST a generate is held until somebody made it, and nobody works here: the run's answer is the same.
    allowed = (ask if DEFINITIONS.action(recipe.action).kind == "generate" else door)(owner, recipe, name)
    assert allowed.status_code < 300, allowed.get_json()


@pytest.mark.parametrize(("method", "path"), V1_RECIPES)
def test_what_stands_under_v1_is_its_owners_too(owner: Account, stranger: Account, method: str, path: str) -> None:
    thing = THINGS[V1_RECIPES[method, path]]
    name = thing.make(owner)
    place = name if thing is THINGS["file"] else re.sub(r"\{\w+\}", name, path)
    before = thing.seen(owner, name)

    assert stranger.call(method, place).status_code == 404
    assert thing.seen(owner, name) == before

    assert owner.call(method, place).status_code < 300


def test_a_teams_owner_alone_invites_and_puts_out(owner: Account, stranger: Account) -> None:
    made, third = team(owner), owner.house.account()
    for account in (stranger, third):
        owner.post(f"/api/v1/teams/{made}/members", {"username": account.name})
    before = THINGS["team"].seen(owner, made)

    assert stranger.post(f"/api/v1/teams/{made}/invite").status_code == 403
    assert stranger.call("DELETE", f"/api/v1/teams/{made}/members/{third.user_id}").status_code == 403
    assert THINGS["team"].seen(owner, made) == before


def test_no_list_and_no_search_shows_what_is_anothers(idle_house: House) -> None:
    owner, stranger = idle_house.account(), idle_house.account("enterprise")
    for name in ("private creation", "private comment", "key", "team", "run", "task", "generation"):
        THINGS[name].make(owner)
    assert {"flokan.generations.list", "generor.creations.list", "generor.teams.list"} <= showing_mark(owner, owner)
    assert showing_mark(owner, stranger) == set()


def showing_mark(owner: Account, reader: Account) -> set[str]:
    """The lists and searches that show `reader` what is marked, asked about `owner` where they are about somebody."""
    meant, showing = {"username": owner.name, "q": MARK}, set()
    for action in DEFINITIONS.actions.values():
        about = set(naming(action)) & set(action.input_schema.get("required", ()))
        if action.kind not in ("read", "search") or action.id in OUTSIDE or about:
            continue
        for example in action.examples:
            values = {field: meant.get(field, value) for field, value in example["input"].items() if field != "card_id"}
            answer = reader.submit(action.id, values)
            assert answer.status_code in (200, 404), answer.get_json()
            if MARK in str(answer.get_json().get("output")):
                showing.add(action.id)
    return showing


def test_every_place_that_names_a_thing_has_its_recipe() -> None:
    known = {(recipe.action, recipe.field) for recipe in RECIPES}
    for action in DEFINITIONS.actions.values():
        for field in naming(action):
            assert (action.id, field) in known, (
                f"{action.id} takes {field}, which may name a thing of somebody's: add a Recipe for it to RECIPES "
                f"(and the kind of thing to THINGS in belongings.py), or say in NOBODYS why it is nobody's."
            )
    for path, operations in openapi_paths.build(DEFINITIONS).items():
        for method, operation in operations.items():
            names = {part["name"] for part in operation["parameters"] if part["in"] == "path"} - NOBODYS_ON_V1
            assert not names or (method.upper(), path) in V1_RECIPES, (
                f"{method.upper()} {path} takes {', '.join(names)}: add what it names to V1_RECIPES."
            )
