"""Each row of Generor's tables at and just past its ends, and by its effect. Source: generor-api, request body."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import func, insert, select
from werkzeug.test import TestResponse

from service.accounts import ledger
from service.catalog import Catalog, load
from service.store.clock import now
from service.store.tables import creations, run_bodies, runs, samples
from tests.apis.generor.test_creations import enter
from tests.support.house import Account, House

BASE = "/api/v1"
IMAGE = "https://93.184.216.34/a.jpg"
CLIP = "https://93.184.216.34/a.mp4"
SOUND = "https://93.184.216.34/a.mp3"
JOKE: dict[str, Any] = {"slug": "joke", "prompt": "Tell me a joke about programming", "model_id": 37}
PICTURE: dict[str, Any] = {"slug": "image", "prompt": "A sunset over mountains", "model_id": 10003}
FILM: dict[str, Any] = {"slug": "video", "prompt": "A boat at dawn", "model_id": 20061}
VEO, SEEDANCE, R2V = FILM | {"model_id": 20001}, FILM | {"model_id": 20020}, FILM | {"model_id": 20050}
EDIT = FILM | {"model_id": 20051, "video_url": CLIP}
RANGES = {
    "text": (1, 9_999),
    "image": (10_001, 19_999),
    "video": (20_001, 29_999),
    "speech": (30_001, 39_999),
    "music": (40_001, 49_999),
    "soundeffect": (50_001, 59_999),
    "upscale": (60_001, 69_999),
    "vector": (70_001, 79_999),
    "backgroundremoval": (80_001, 89_999),
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def post(account: Account, operation: str, asked: dict[str, Any], **members: Any) -> TestResponse:
    body = {**asked, **members}
    return account.post(f"{BASE}/generators/{body.pop('slug')}/{operation}", body)


def estimate(account: Account, asked: dict[str, Any], **members: Any) -> Any:
    return post(account, "estimate", asked, **members).get_json()["data"]


def accepted(account: Account, asked: dict[str, Any], **members: Any) -> Any:
    """What the engine is asked, of a generate that was accepted."""
    run = account.submit("generor.generators.generate", {**asked, **members})
    assert run.status_code == 202, run.get_json()
    query = select(run_bodies.c.order).where(run_bodies.c.run_id == run.get_json()["id"])
    with account.house.context.database.read() as db:
        return orjson.loads(db.execute(query).scalar_one())


@pytest.mark.parametrize(
    ("asked", "member", "at", "past"),
    [
        (JOKE, "prompt", "x", ""),
        (JOKE, "prompt", "x" * 10_000, "x" * 10_001),
        (JOKE, "model_id", 37, 0),
        (JOKE, "model_id", 37, 10_000),
        (PICTURE, "model_id", 10_001, 20_000),
        (FILM, "model_id", 20_001, 30_000),
        (JOKE, "privacy_mode", 0, -1),
        (JOKE, "privacy_mode", 1, 2),
        (JOKE, "count", 1, 0),
        (JOKE, "count", 10, 11),
        (JOKE, "language", "en-US", 5),
        (JOKE, "temperature", 0.0, -0.01),
        (JOKE, "temperature", 2.0, 2.01),
        (JOKE, "preference", "story", ["story"]),
        (JOKE, "preference_two", 1, {"kids": 1}),
        (PICTURE, "aspect_ratio", 1, 0),
        (PICTURE, "aspect_ratio", 5, 7),
        (FILM, "aspect_ratio", 1, 0),
        (FILM, "aspect_ratio", 2, 3),
        (PICTURE, "image_url", IMAGE, "a.jpg"),
        (FILM, "seconds", 1, 0),
        (FILM, "seconds", 15, 1.5),
        (VEO, "generate_audio", True, "yes"),
        (VEO | {"image_url": IMAGE}, "ending_frame_url", IMAGE, "a.jpg"),
        (VEO, "reference_images", [IMAGE] * 3, [IMAGE] * 4),
        (SEEDANCE, "reference_images", [IMAGE] * 9, [IMAGE] * 10),
        (R2V, "reference_images", [IMAGE] * 9, [IMAGE] * 10),
        (EDIT, "reference_images", [IMAGE] * 5, [IMAGE] * 6),
        (SEEDANCE, "reference_videos", [CLIP] * 3, [CLIP] * 4),
        (FILM, "reference_videos", [CLIP] * 3, [CLIP] * 4),
        (FILM, "reference_audio", SOUND, [SOUND]),
        (FILM, "video_url", CLIP, "a.mp4"),
        (EDIT, "video_url", CLIP, None),
        (JOKE, "parameters", {}, []),
        (JOKE, "user_text", "", 5),
        (JOKE, "user_text_two", "", 5),
        (JOKE, "avoid_duplicates", True, "true"),
        (JOKE, "thinking_mode", "off", "low"),
        (JOKE, "thinking_mode", "on", "ON"),
        (JOKE, "thinking_mode", "high", "highest"),
        (JOKE, "story_context", "", 5),
        (JOKE, "character_context", "", 5),
        (JOKE, "character_name", "", 5),
        (JOKE, "mode", "", 5),
        (JOKE, "model_speech", 30_001, 30_000),
        (JOKE, "item_index", 0, -1),
        (JOKE, "total_count", 1, 0),
        (JOKE, "source_language", "en", 5),
        (JOKE, "support_for", None, 0),
        (JOKE, "translation_of", None, 0),
        (JOKE, "character_id", None, 0),
        (JOKE, "team_id", None, 0),
    ],
)
def test_a_row_ends_where_the_document_says(
    me: Account, asked: dict[str, Any], member: str, at: Any, past: Any
) -> None:
    given = {} if at is None else {member: at}
    lacking = {name: value for name, value in {**asked, member: past}.items() if value is not None}

    taken = me.post("/v1/actions/generor.generators.generate/estimate", {"input": {**asked, **given}})
    refused = post(me, "generate", lacking)

    assert taken.status_code == 200, taken.get_json()
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert member in refused.get_json()["error"]["message"]


@pytest.mark.parametrize("member", ["prompt", "model_id"])
def test_what_is_required_is(me: Account, member: str) -> None:
    refused = post(me, "generate", {name: value for name, value in JOKE.items() if name != member})

    assert refused.status_code == 400
    assert member in refused.get_json()["error"]["message"]


def test_what_is_left_out_has_the_documents_default(me: Account) -> None:
    order = accepted(me, JOKE)

    assert (order["private"], order["task"]["count"], order["task"]["params"]["language"]) == (False, 1, "auto")
    assert estimate(me, JOKE)["credit_cost"]["count"] == 1
    assert accepted(me, JOKE, privacy_mode=1)["private"] is True


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


@pytest.mark.parametrize(
    ("asked", "forms", "ratio"),
    [
        (PICTURE, (1, "1:1", "square"), (1, 1)),
        (PICTURE, (2, "3:4", "vertical"), (3, 4)),
        (PICTURE, (3, "4:3", "horizontal"), (4, 3)),
        (PICTURE, (4, "16:9", "wide"), (16, 9)),
        (PICTURE, (5, "9:16", "tall"), (9, 16)),
        (FILM, (1, "16:9", "wide"), (16, 9)),
        (FILM, (2, "9:16", "tall"), (9, 16)),
    ],
)
def test_a_ratio_goes_by_number_ratio_and_name(
    me: Account, asked: dict[str, Any], forms: tuple[Any, ...], ratio: tuple[int, int]
) -> None:
    for form in forms:
        params = accepted(me, asked, aspect_ratio=form)["task"]["params"]
        assert params["aspect_ratio"] == f"{ratio[0]}:{ratio[1]}"
        assert abs(params["width"] / params["height"] - ratio[0] / ratio[1]) < 0.02


def test_the_sixth_picture_ratio_is_the_inputs_own(me: Account) -> None:
    flux = PICTURE | {"model_id": 10001}
    (sixth,) = [r for r in load().model(10001).ratios.values() if r.id == 6][:1]

    by_number, by_name = (
        accepted(me, flux, aspect_ratio=form, image_url=IMAGE)["task"]["params"] for form in (6, sixth.name)
    )
    without = post(me, "generate", flux, aspect_ratio=6)

    assert by_number["aspect_ratio"] == by_name["aspect_ratio"] == sixth.ratio == "match_input_image"
    assert without.status_code == 400
    assert "image_url" in without.get_json()["error"]["message"]


@pytest.mark.parametrize("model_id", [20001, 20010])
def test_native_audio_is_a_choice_where_the_document_says(me: Account, model_id: int) -> None:
    asked = FILM | {"model_id": model_id}

    costs = [estimate(me, asked, generate_audio=audio)["credit_cost"]["per_item"] for audio in (False, True)]
    orders = [accepted(me, asked, generate_audio=audio)["task"]["params"] for audio in (False, True)]

    assert costs[1] == 2 * costs[0]
    assert [params["generate_audio"] for params in orders] == [False, True]


def test_native_audio_is_ignored_by_every_other_film_model(me: Account, catalog: Catalog) -> None:
    silent = [model for model in catalog.models("video") if not model.supports_audio]
    assert len(silent) > 15

    for model in silent:
        asked = FILM | {"model_id": model.id}
        assert estimate(me, asked, generate_audio=True) == estimate(me, asked)
    tasks = [accepted(me, R2V, **audio)["task"] for audio in ({}, {"generate_audio": True})]
    assert tasks[0] == tasks[1]


@pytest.mark.parametrize("name", ["Veo 3.1", "Wan 2.6 I2V", "Seedance Pro Lite", "Kling v3"])
def test_an_end_frame_reaches_the_models_that_the_document_names(me: Account, catalog: Catalog, name: str) -> None:
    (model,) = [model for model in catalog.models("video") if model.name == name]

    task = accepted(me, FILM | {"model_id": model.id}, image_url=IMAGE, ending_frame_url=IMAGE)["task"]

    assert {reference["role"] for reference in task["references"]} == {"image", "end_frame"}


def test_an_end_frame_is_refused_by_models_that_take_none(me: Account, catalog: Catalog) -> None:
    unable = [model for model in catalog.models("video") if not model.supports_end_frame]
    assert unable

    for model in unable:
        answer = post(me, "estimate", FILM | {"model_id": model.id}, image_url=IMAGE, ending_frame_url=IMAGE)
        assert answer.status_code == 400
        assert "ending_frame_url" in answer.get_json()["error"]["message"]


def test_references_keep_their_order(me: Account) -> None:
    pictures = [f"https://93.184.216.34/{n}.jpg" for n in (3, 1, 2)]

    task = accepted(me, R2V, reference_images=pictures, prompt="[Image1] meets [Image3]")["task"]

    assert [reference["url"] for reference in task["references"]] == pictures
    assert "[Image1] meets [Image3]" in task["prompt"]


@pytest.mark.parametrize("model_id", [20060, 20061, 20062])
def test_dreamina_takes_a_sound_and_a_clip(me: Account, model_id: int) -> None:
    asked = FILM | {"model_id": model_id}

    task = accepted(me, asked, reference_audio=SOUND, video_url=CLIP, reference_videos=[CLIP] * 3)["task"]

    roles = sorted(reference["role"] for reference in task["references"])
    assert roles == ["reference_audio", "reference_video", "reference_video", "reference_video", "video"]


def test_seconds_snap_to_the_nearest_and_ties_to_the_lower_for_every_film_model(
    shared: House, catalog: Catalog, addresses: Iterator[dict[str, str]]
) -> None:
    for model in catalog.models("video"):
        supported = list(model.supported_durations)
        for asked in {1, *supported, *(second + 1 for second in supported), 3_600}:
            body = {"model_id": model.id, "seconds": asked}
            answer = shared.client.post(f"{BASE}/generators/video/estimate", json=body, environ_base=next(addresses))
            data = answer.get_json()["data"]
            used = min(supported, key=lambda one: (abs(one - asked), one))
            assert data["time_estimate"]["source"] == "fallback"
            assert data["credit_cost"]["per_item"] == model.credit_cost * used, (model.name, asked)
            if asked in supported:
                assert "adjustments" not in data
            else:
                told = data["adjustments"]["seconds"]
                assert (told["requested"], told["used"], told["supported"]) == (asked, used, supported)


def test_seconds_mean_nothing_to_a_picture(me: Account) -> None:
    assert estimate(me, PICTURE, seconds=3) == estimate(me, PICTURE)


def test_every_ratio_that_a_model_lists_is_taken_in_both_forms(
    shared: House, catalog: Catalog, addresses: Iterator[dict[str, str]]
) -> None:
    for slug, kind in (("image", "image"), ("video", "video")):
        path = f"{BASE}/generators/{slug}/estimate"
        for model in catalog.models(kind):
            for listed in model.aspect_ratios:
                body: dict[str, Any] = {"model_id": model.id}
                # The sixth is for models that change a picture: it is that picture's own.
                sixth = listed.ratio == "match_input_image"
                body |= {"image_url": IMAGE} if sixth else {}
                for form in (listed.id, listed.ratio):
                    asked = body | {"aspect_ratio": form}
                    answer = shared.client.post(path, json=asked, environ_base=next(addresses))
                    possible = model.supports_img2img or not sixth
                    assert answer.status_code == (200 if possible else 400), (model.name, form, answer.get_json())


def test_qualities_name_sibling_models_that_name_them_back(me: Account) -> None:
    listed = {model["id"]: model for model in me.get(f"{BASE}/models/video").get_json()["data"]}
    several = [model for model in listed.values() if len(model["qualities"] or {}) > 1]
    assert several

    for model in several:
        assert model["qualities"][model["quality"]] == model["id"]
        for quality, sibling in model["qualities"].items():
            assert (listed[sibling]["quality"], listed[sibling]["group_slug"]) == (quality, model["group_slug"])


@pytest.mark.parametrize("kind", RANGES)
def test_each_type_of_models_has_its_range_of_ids(me: Account, kind: str) -> None:
    low, high = RANGES[kind]

    models = me.get(f"{BASE}/models/{kind}").get_json()["data"]

    assert models
    assert all(low <= model["id"] <= high and model["type"] == kind for model in models)


def test_picture_models_with_ratios_list_six(me: Account) -> None:
    flux = me.get(f"{BASE}/models/image/10001").get_json()["data"]

    assert [(ratio["id"], ratio["ratio"]) for ratio in flux["aspect_ratios"]] == [
        *((1, "1:1"), (2, "3:4"), (3, "4:3"), (4, "16:9"), (5, "9:16"), (6, "match_input_image")),
    ]


def test_unknown_parameters_are_dropped_and_the_known_ones_kept(me: Account) -> None:
    sent = {"joke-type": "knock-knock", "joke-type-two": "x", "colour": "red", "joke-audience": "martians"}

    data = estimate(me, JOKE, parameters=sent)

    assert data["applied_parameters"] == {"joke-type": "knock-knock", "model-text": "3", "joke-count": "1"}
    assert data["credit_cost"] == estimate(me, JOKE)["credit_cost"]


def test_time_is_told_from_three_recent_generations_on_and_from_ten_at_most(idle_house: House) -> None:
    me = idle_house.account()

    def told(seconds: list[float]) -> tuple[Any, ...]:
        rows = [{"generator": "joke", "model_id": 37, "seconds": s, "created_at": now()} for s in seconds]
        me.house.context.database.write(lambda db: db.execute(insert(samples), rows))
        time = estimate(me, JOKE)["time_estimate"]
        return time["source"], time["has_historical"], time["sample_count"], time["min_seconds"], time["max_seconds"]

    assert told([40.0, 20.0])[:3] == ("fallback", False, 2)
    assert told([30.0]) == ("historical", True, 3, 20, 40)
    assert told([7.0] * 10) == ("historical", True, 10, 7, 7)


def test_the_discount_is_the_count_in_per_cent_and_ten_at_most(me: Account) -> None:
    picture = PICTURE | {"model_id": 10001}

    costs = [estimate(me, picture, count=count)["credit_cost"] for count in range(1, 11)]

    assert [cost["discount_percent"] for cost in costs] == list(range(1, 11))
    for count, cost in enumerate(costs, start=1):
        assert cost["discount"] == 80 * count * count // 100
        assert cost["total"] == 80 * count - cost["discount"]


@pytest.mark.parametrize(
    "member", ["story_context", "character_context", "character_name", "user_text", "user_text_two", "mode"]
)
@pytest.mark.parametrize("slug", ["story", "story-part", "storyboard"])
def test_text_fields_reach_the_story_generators(me: Account, slug: str, member: str) -> None:
    params = accepted(me, JOKE | {"slug": slug}, **{member: "a shy owl called Otto"})["task"]["params"]

    assert params[member] == "a shy owl called Otto"
    if member in ("story_context", "character_context", "character_name"):
        assert "a shy owl called Otto" in params["instructions"]


def test_a_sequence_says_which_item_of_how_many(me: Account) -> None:
    params = accepted(me, JOKE | {"slug": "solution"}, item_index=2, total_count=5)["task"]["params"]

    assert (params["item_index"], params["total_count"]) == (2, 5)
    assert "step 2 of 5" in params["instructions"]


def test_a_creation_links_to_its_parent_its_original_and_its_character(me: Account) -> None:
    parent = enter(me, "Otto, a shy owl", generator="joke", type="text")

    order = accepted(me, JOKE, support_for=parent, translation_of=parent, character_id=parent, source_language="en")

    assert (order["creation"]["parent_id"], order["creation"]["translation_of"]) == (parent, parent)
    assert {"original", "character"} <= order["task"]["params"].keys()
    assert order["task"]["params"]["source_language"] == "en"


def test_the_time_taken_and_the_two_costs_are_told(account: Account) -> None:
    told = estimate(account, JOKE, count=2)["credit_cost"]["total"]
    before = account.balance()["total"]

    data = post(account, "generate", JOKE, count=2).get_json()["data"]

    assert data["credit_cost"] == before - account.balance()["total"] == told == data["credit_cost_estimated"]
    assert data["credits_remaining"] == account.balance()["total"]
    assert data["time_taken_seconds"] >= 0


def test_a_deleted_creation_is_kept_but_nowhere_shown(idle_house: House) -> None:
    me = idle_house.account()
    creation = enter(me, "sunset")

    me.call("DELETE", f"{BASE}/creations/{creation}")

    with me.house.context.database.read() as db:
        row = db.execute(select(creations.c.deleted_at).where(creations.c.id == creation)).scalar_one()
    assert row is not None
    for path in ("creations", "creations/public", "creations/search?q=sunset", f"users/{me.name}/creations"):
        assert me.get(f"{BASE}/{path}").get_json()["data"] == []


def test_credits_are_paid_free_and_earned_and_the_total_is_their_sum(shared: House) -> None:
    account = shared.account(credits=1000)
    write = shared.context.database.write
    write(lambda db: ledger.grant(db, account.id, "daily_bonus", 200, "A bonus", "free"))
    write(lambda db: ledger.grant(db, account.id, "gift_received", 50, "A gift", "earned"))

    for shown in (
        account.get(f"{BASE}/credits/balance").get_json()["data"],
        account.get(f"{BASE}/users/me").get_json()["data"]["credits"],
    ):
        assert shown == {"total": 1250, "paid": 1000, "free": 200, "earned": 50, "max": 250, "held": 0}


def test_an_estimate_writes_nothing_and_costs_nothing(idle_house: House) -> None:
    account = idle_house.account()

    assert estimate(account, JOKE, count=10)["credit_cost"]["total"] == 9
    assert post(account, "estimate", {"slug": "joke"}).status_code == 200

    with idle_house.context.database.read() as db:
        written = [db.execute(select(func.count()).select_from(table)).scalar_one() for table in (creations, runs)]
    assert written == [0, 0]
    assert account.balance() == {"total": 10_000, "held": 0}


def test_temperature_is_for_text_models_alone(me: Account) -> None:
    text = accepted(me, JOKE, temperature=0.7)["task"]["params"]
    pictures = [accepted(me, PICTURE, **given)["task"] for given in ({}, {"temperature": 0.7})]

    assert text["temperature"] == 0.7
    assert pictures[0] == pictures[1]


def test_preferences_choose_among_the_generators_own_and_may_be_numbers(me: Account) -> None:
    applied = estimate(me, JOKE, preference="story", preference_two="kids")["applied_parameters"]

    assert (applied["joke-type"], applied["joke-audience"]) == ("story", "kids")
    for number in (1, 999):
        assert estimate(me, JOKE, preference=number, preference_two=number)["generator"] == "joke"


def test_more_than_a_hundred_generators_are_offered(me: Account) -> None:
    assert len(me.get(f"{BASE}/generators").get_json()["data"]) >= 100


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
