"""Generators: their list, their prices, and generate row by row of its tables. Source: generor-api, 'Generators'."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select

from service.store.clock import now
from service.store.tables import creations, provider_keys, run_bodies, samples, team_members
from tests.support.house import Account, House

BASE = "/api/v1/generators"
JOKE: dict[str, Any] = {"slug": "joke", "prompt": "Tell me a joke about programming", "model_id": 37}
PICTURE: dict[str, Any] = {"slug": "image", "prompt": "A sunset over mountains", "model_id": 10003}
VIDEO: dict[str, Any] = {"slug": "video", "prompt": "A boat at dawn", "model_id": 20061}
IMAGE = "https://93.184.216.34/a.jpg"
CLIP = "https://93.184.216.34/a.mp4"


@pytest.fixture
def me(idle_house: House) -> Account:
    """An account in a Genhook in which nobody works."""
    return idle_house.account()


def post(account: Account, operation: str, asked: dict[str, Any], **members: Any) -> Any:
    body = {name: value for name, value in {**asked, **members}.items() if value is not None}
    return account.post(f"{BASE}/{body.pop('slug')}/{operation}", body)


def generate(account: Account, asked: dict[str, Any], **members: Any) -> Any:
    return post(account, "generate", asked, **members)


def estimate(account: Account, asked: dict[str, Any], **members: Any) -> Any:
    return post(account, "estimate", asked, **members)


def accepted(account: Account, asked: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The order of a generate that was accepted: what the engine is asked."""
    run = account.submit("generor.generators.generate", {**asked, **members})
    assert run.status_code == 202, run.get_json()
    with account.house.context.database.read() as db:
        query = select(run_bodies.c.order).where(run_bodies.c.run_id == run.get_json()["id"])
        order: dict[str, Any] = orjson.loads(db.execute(query).scalar_one())
    return order


def creation_of(account: Account, made: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = account.get(f"/api/v1/creations/{made['creation_id']}").get_json()["data"]
    return shown


def test_generators_are_listed_by_status_without_a_key(idle_house: House) -> None:
    def slugs(query: str) -> set[str]:
        answer = idle_house.client.get(BASE + query)
        assert answer.status_code == 200
        for generator in answer.get_json()["data"]:
            assert generator.keys() >= {"slug", "title", "description", "icon", "similar"}
        return {generator["slug"] for generator in answer.get_json()["data"]}

    active, development = slugs("?status=active"), slugs("?status=development")

    assert slugs("") == active
    assert slugs("?status=all") == active | development
    assert not active & development
    assert len(active) >= 93
    assert idle_house.client.get(f"{BASE}?status=retired").status_code == 400


def test_a_generator_shows_its_parameters(idle_house: House) -> None:
    data = idle_house.client.get(f"{BASE}/horoscope").get_json()["data"]

    kinds = {parameter["id"]: parameter["type"] for parameter in data["parameters"]}
    assert (kinds["zodiac-sign"], kinds["horoscope-count"], kinds["model-text"]) == ("enum", "number", "model")
    for parameter in data["parameters"]:
        assert parameter.keys() >= {"id", "type", "default", "cost_multipliers"}
        assert "options" in parameter or {"min", "max"} <= parameter.keys()
    missing = idle_house.client.get(f"{BASE}/no-such-one")
    assert (missing.status_code, missing.get_json()["error"]["code"]) == (404, "NOT_FOUND")


def test_the_documents_estimate_to_the_letter(idle_house: House) -> None:
    rows = [
        {"generator": "horoscope", "model_id": 37, "seconds": s, "created_at": now()} for s in [8.4, 13.6, *[9.75] * 8]
    ]
    idle_house.context.database.write(lambda db: db.execute(insert(samples), rows))
    body = {"model_id": 37, "count": 5, "parameters": {"zodiac-sign": "aries", "horoscope-length": "long"}}

    answer = idle_house.client.post(f"{BASE}/horoscope/estimate", json=body)

    assert answer.status_code == 200
    assert answer.get_json() == {
        "success": True,
        "data": {
            "generator": "horoscope",
            "model_id": 37,
            "model_type": "text",
            "model_name": "Gemini 3.5 Flash",
            "credit_cost": {"total": 15, "per_item": 3, "count": 5, "discount": 0, "discount_percent": 5},
            "time_estimate": {
                "seconds": 50,
                "per_item": 10,
                "min_seconds": 8,
                "max_seconds": 14,
                "sample_count": 10,
                "has_historical": True,
                "source": "historical",
            },
            "applied_parameters": {
                "zodiac-sign": "aries",
                "horoscope-length": "long",
                "model-text": "3",
                "horoscope-count": "5",
            },
        },
    }


def test_an_estimate_is_what_generate_charges(account: Account) -> None:
    for asked in ({**JOKE, "count": 3}, {**PICTURE, "count": 2}):
        told = estimate(account, asked).get_json()["data"]["credit_cost"]["total"]
        made = generate(account, asked).get_json()["data"]
        assert (made["credit_cost"], made["credit_cost_estimated"]) == (told, told)
        assert made["credits_remaining"] == account.balance()["total"]


def test_an_estimate_with_the_callers_own_provider_key_is_nothing(me: Account) -> None:
    asked = {**PICTURE, "model_id": 10004, "count": 2}
    before = estimate(me, asked).get_json()["data"]["credit_cost"]["total"]
    row = {"account_id": me.id, "provider": "fal", "key": "x", "enabled": True, "created_at": now()}
    me.house.context.database.write(lambda db: db.execute(insert(provider_keys).values(**row)))

    told = estimate(me, asked).get_json()["data"]["credit_cost"]

    run_estimate = me.post("/v1/actions/generor.generators.generate/estimate", {"input": asked}).get_json()
    assert before > 0
    assert (told["total"], told["per_item"], told["discount"], told["count"]) == (0, 0, 0, 2)
    assert run_estimate["credits"] == 0


def test_a_text_answer_has_the_documents_members(account: Account) -> None:
    answer = generate(account, JOKE, count=2)

    assert answer.status_code == 201
    data = answer.get_json()["data"]
    assert data.keys() == {
        "generator",
        "model_id",
        "model_type",
        "model_name",
        "creations",
        "credit_cost",
        "credit_cost_estimated",
        "credits_remaining",
        "time_taken_seconds",
        "sandbox",
        "engine",
    }
    assert (data["generator"], data["model_id"], data["model_type"]) == ("joke", 37, "text")
    assert data["model_name"] == "Gemini 3.5 Flash"
    first, second = data["creations"]
    assert first.keys() == second.keys() == {"creation_id", "text", "illustration_desc"}
    assert second["creation_id"] == first["creation_id"] + 1
    assert first["text"] != second["text"]


def test_a_picture_is_absolute_on_generate_and_relative_on_get(account: Account) -> None:
    data = generate(account, PICTURE, aspect_ratio=1).get_json()["data"]

    assert data["model_name"] == "black-forest-labs/flux-schnell"
    (made,) = data["creations"]
    assert made.keys() == {"creation_id", "image_url"}
    path = f"/users/{account.user_id}/img/image-{made['creation_id']}"
    assert made["image_url"].startswith(f"http://genhook.test{path}.")
    (image,) = creation_of(account, made)["images"]
    assert image["url"].startswith(f"{path}.")
    assert image["width"] == image["height"]


@pytest.mark.parametrize(
    ("asked", "member", "wrong"),
    [
        (JOKE, "prompt", None),
        (JOKE, "prompt", "x" * 10_001),
        (JOKE, "prompt", 5),
        (JOKE, "model_id", None),
        (JOKE, "model_id", 9_999),
        (JOKE, "model_id", 10_003),
        (PICTURE, "model_id", 37),
        (JOKE, "privacy_mode", 2),
        (JOKE, "team_id", "mine"),
        (JOKE, "count", 0),
        (JOKE, "count", 11),
        (JOKE, "temperature", -0.1),
        (JOKE, "temperature", 2.1),
        (JOKE, "thinking_mode", "medium"),
        ({**JOKE, "model_id": 11}, "thinking_mode", "off"),
        (JOKE, "avoid_duplicates", "yes"),
        (JOKE, "item_index", -1),
        (JOKE, "total_count", 0),
        (JOKE, "image_url", "picture.png"),
        (PICTURE, "aspect_ratio", 7),
        (PICTURE, "aspect_ratio", "2:1"),
        (PICTURE, "reference_images", [IMAGE]),
        (VIDEO, "aspect_ratio", 3),
        (VIDEO, "seconds", 0),
        (VIDEO, "seconds", 5.5),
        (VIDEO, "reference_images", [IMAGE] * 10),
        (VIDEO, "reference_videos", [CLIP] * 4),
        (VIDEO, "reference_videos", CLIP),
        (VIDEO, "parameters", ["x"]),
        ({**VIDEO, "model_id": 20001}, "reference_images", [IMAGE] * 4),
        ({**VIDEO, "model_id": 20001}, "reference_videos", [CLIP]),
        ({**VIDEO, "model_id": 20050}, "ending_frame_url", IMAGE),
        ({**VIDEO, "model_id": 20051}, "video_url", None),
        ({**VIDEO, "model_id": 20051, "video_url": CLIP}, "reference_images", [IMAGE] * 6),
        ({**VIDEO, "model_id": 20001}, "reference_audio", "https://93.184.216.34/a.mp3"),
    ],
)
def test_a_row_refuses_what_is_past_its_ends(me: Account, asked: dict[str, Any], member: str, wrong: Any) -> None:
    answer = generate(me, asked, **{member: wrong})

    assert answer.status_code == 400, answer.get_json()
    assert answer.get_json()["error"]["code"] == "VALIDATION_ERROR"
    assert member in answer.get_json()["error"]["message"]
    assert me.balance() == {"total": 10_000, "held": 0}


@pytest.mark.parametrize(
    ("asked", "members"),
    [
        (JOKE, {"prompt": "x" * 10_000, "count": 10, "temperature": 2, "thinking_mode": "high", "item_index": 0}),
        (JOKE, {"temperature": 0, "privacy_mode": 1, "language": "nb-NO", "thinking_mode": "off"}),
        ({**VIDEO, "model_id": 20062}, {"reference_images": [IMAGE] * 9, "reference_videos": [CLIP] * 3}),
        ({**VIDEO, "model_id": 20060}, {"reference_audio": "https://93.184.216.34/a.mp3", "video_url": CLIP}),
        ({**VIDEO, "model_id": 20001}, {"image_url": IMAGE, "ending_frame_url": IMAGE}),
        ({**VIDEO, "model_id": 20001}, {"reference_images": [IMAGE] * 3}),
        ({**VIDEO, "model_id": 20051}, {"video_url": CLIP, "reference_images": [IMAGE] * 5}),
        ({**VIDEO, "model_id": 20050}, {"reference_images": [IMAGE] * 9, "seconds": 6}),
    ],
)
def test_a_row_takes_what_is_at_its_ends(me: Account, asked: dict[str, Any], members: dict[str, Any]) -> None:
    answer = estimate(me, asked, **members)

    assert answer.status_code == 200, answer.get_json()
    run = me.post("/v1/actions/generor.generators.generate/estimate", {"input": {**asked, **members}})
    assert run.get_json()["credits"] == answer.get_json()["data"]["credit_cost"]["total"]


def test_vision_needs_no_prompt_and_no_estimate_does(me: Account) -> None:
    vision = {"slug": "vision", "model_id": 34, "image_url": IMAGE, "preference": "detailed"}

    assert accepted(me, vision)["task"]["media"] == "vision"
    assert estimate(me, JOKE, prompt=None).status_code == 200


def test_references_keep_their_order_and_their_part(me: Account) -> None:
    pictures = [f"https://93.184.216.34/{n}.jpg" for n in range(9)]

    task = accepted(
        me, VIDEO, image_url=IMAGE, ending_frame_url=IMAGE, reference_images=pictures, reference_videos=[CLIP]
    )
    roles = [(reference["role"], reference["url"]) for reference in task["task"]["references"]]

    assert [url for role, url in roles if role == "reference_image"] == pictures
    assert {("image", IMAGE), ("end_frame", IMAGE), ("reference_video", CLIP)} < set(roles)


@pytest.mark.parametrize(("asked", "used"), [(3, 5), (9, 8), (11, 10), (13, 12), (600, 15), (80_000, 15)])
def test_seconds_snap_and_the_answer_says_so(me: Account, asked: int, used: int) -> None:
    data = estimate(me, VIDEO, seconds=asked).get_json()["data"]

    assert data["adjustments"] == {
        "seconds": {
            "requested": asked,
            "used": used,
            "supported": [5, 6, 7, 8, 10, 12, 15],
            "reason": "snapped to nearest provider-supported duration",
        }
    }
    assert data["credit_cost"]["total"] == 6 * used
    order = accepted(me, VIDEO, seconds=asked)
    assert (order["adjustments"], order["task"]["params"]["seconds"]) == (data["adjustments"], used)
    assert "adjustments" not in estimate(me, VIDEO, seconds=used).get_json()["data"]


@pytest.mark.parametrize("ratio", [4, "16:9", "wide"])
def test_a_ratio_goes_by_number_ratio_and_name(me: Account, ratio: Any) -> None:
    params = accepted(me, PICTURE, aspect_ratio=ratio)["task"]["params"]

    assert (params["aspect_ratio"], params["width"], params["height"]) == ("16:9", 1280, 720)


def test_parameters_that_are_unknown_or_wrong_are_dropped(me: Account) -> None:
    sent = {"joke-type": "knock-knock", "joke-audience": "martians", "colour": "red"}

    applied = estimate(me, JOKE, parameters=sent).get_json()["data"]["applied_parameters"]

    assert applied == {"joke-type": "knock-knock", "model-text": "3", "joke-count": "1"}
    assert accepted(me, JOKE, parameters=sent)["task"]["params"]["parameters"]["joke-type"] == "knock-knock"
    preferred = estimate(me, JOKE, preference="story").get_json()["data"]["applied_parameters"]
    assert preferred["joke-type"] == "story"


@pytest.mark.parametrize(("model_id", "mode", "sent"), [(11, "on", "on"), (50, "high", None), (60, "on", None)])
def test_a_model_without_a_choice_of_thinking_is_asked_for_none(
    me: Account, model_id: int, mode: str, sent: str | None
) -> None:
    params = accepted(me, {**JOKE, "model_id": model_id}, thinking_mode=mode)["task"]["params"]
    assert params.get("thinking_mode") == sent


def test_text_fields_reach_the_engine(me: Account) -> None:
    fields = {
        "language": "nb-NO",
        "temperature": 0.7,
        "thinking_mode": "high",
        "user_text": "the source",
        "user_text_two": "the other source",
        "story_context": "so far",
        "character_context": "a shy owl",
        "character_name": "Otto",
        "mode": "final",
        "item_index": 2,
        "total_count": 5,
        "source_language": "de",
        "preference": "story",
        "preference_two": "kids",
    }

    params = accepted(me, JOKE, **fields)["task"]["params"]

    assert {name: params[name] for name in fields} == fields
    step = accepted(me, {**JOKE, "slug": "solution"}, item_index=2, total_count=5)
    assert "step 2 of 5" in step["task"]["params"]["instructions"]
    alone = accepted(me, {**JOKE, "slug": "solution"})["task"]["params"]["instructions"]
    assert "Write step" not in alone


def test_avoid_duplicates_asks_for_novel_items_and_gives_them(account: Account) -> None:
    plain = [generate(account, JOKE).get_json()["data"]["creations"][0]["text"] for _ in range(2)]
    novel = [generate(account, JOKE, avoid_duplicates=True, count=5).get_json()["data"]["creations"] for _ in range(2)]

    assert plain[0] == plain[1]
    assert all(len({item["text"] for item in batch}) == 5 for batch in novel)
    assert [item["text"] for item in novel[0]] != [item["text"] for item in novel[1]]
    told = [
        accepted(account, JOKE, avoid_duplicates=asked)["task"]["params"]["instructions"] for asked in (True, False)
    ]
    assert told[0].startswith(told[1])
    assert len(told[0]) > len(told[1])


def test_a_creation_supports_its_parent_and_translates_its_original(account: Account) -> None:
    parent = generate(account, JOKE).get_json()["data"]["creations"][0]

    child = generate(account, JOKE, support_for=parent["creation_id"]).get_json()["data"]["creations"][0]
    german = generate(account, JOKE, translation_of=parent["creation_id"], language="de", source_language="en")

    assert creation_of(account, child)["support_for"] == parent["creation_id"]
    assert "support_for" not in creation_of(account, parent)
    translated = german.get_json()["data"]["creations"][0]
    assert creation_of(account, translated)["translation_of"] == parent["creation_id"]
    assert translated["text"] == parent["text"]
    params = accepted(account, JOKE, translation_of=parent["creation_id"], character_id=parent["creation_id"])["task"]
    assert params["params"]["original"]["text"] == params["params"]["character"]["text"] == parent["text"]


@pytest.mark.parametrize("member", ["support_for", "translation_of", "character_id"])
def test_a_companion_that_is_private_to_somebody_else_is_not_found(account: Account, member: str) -> None:
    other = account.house.account()
    private = generate(other, JOKE, privacy_mode=1).get_json()["data"]["creations"][0]["creation_id"]
    public = generate(other, JOKE).get_json()["data"]["creations"][0]["creation_id"]

    assert generate(account, JOKE, **{member: public}).status_code == 201
    for absent in (private, public + 1_000):
        answer = generate(account, JOKE, **{member: absent})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "NOT_FOUND")
    assert generate(other, JOKE, **{member: private}).status_code == 201


def test_a_team_has_what_its_members_create_under_it(account: Account) -> None:
    row = {"team_id": 7, "user_id": account.user_id, "joined_at": now()}
    account.house.context.database.write(lambda db: db.execute(insert(team_members).values(**row)))

    made = generate(account, JOKE, team_id=7).get_json()["data"]["creations"][0]

    assert creation_of(account, made)["team_id"] == 7
    stranger = generate(account.house.account(), JOKE, team_id=7)
    assert (stranger.status_code, stranger.get_json()["error"]["code"]) == (404, "NOT_FOUND")


def test_a_speech_model_reads_each_text_aloud_at_its_own_price(account: Account) -> None:
    asked = {**JOKE, "model_speech": 30001, "count": 2}
    told = estimate(account, asked).get_json()["data"]["credit_cost"]
    assert (told["per_item"], told["total"]) == (19, 38)

    data = generate(account, asked).get_json()["data"]

    assert data["credit_cost"] == 38
    assert data["sandbox"] is True
    for made in data["creations"]:
        path = f"/users/{account.user_id}/audio/joke-{made['creation_id']}.wav"
        assert made["audio_url"] == f"http://genhook.test{path}"
        file = account.house.client.get(path)
        assert (file.status_code, file.content_type) == (200, "audio/wav")
        assert len(file.data) > 24_000
        shown = creation_of(account, made)
        assert shown["generator_data"]["text"] == made["text"]
        assert [image["url"] for image in shown["images"]] == [path]


@pytest.mark.parametrize("wrong", [30_000, 37, 39_999, "voice"])
def test_a_narrator_is_a_speech_model(me: Account, wrong: Any) -> None:
    for operation in (generate, estimate):
        answer = operation(me, JOKE, model_speech=wrong)
        assert answer.status_code == 400
        assert "model_speech" in answer.get_json()["error"]["message"]


def test_generate_needs_the_scope_and_the_credits(idle_house: House, me: Account) -> None:
    poor = idle_house.account(credits=0)
    body = {"prompt": "x", "model_id": 37}

    keyless = idle_house.client.post(f"{BASE}/joke/generate", json=body)
    reader = me.post(f"{BASE}/joke/generate", body, scopes=("read", "write"))
    unknown = me.post(f"{BASE}/no-such-one/generate", body)
    unpaid = generate(poor, JOKE)

    answers = [
        (answer.status_code, answer.get_json()["error"]["code"]) for answer in (keyless, reader, unknown, unpaid)
    ]
    assert answers == [
        (401, "UNAUTHORIZED"),
        (403, "FORBIDDEN"),
        (404, "NOT_FOUND"),
        (402, "INSUFFICIENT_CREDITS"),
    ]
    with idle_house.context.database.read() as db:
        assert db.execute(select(creations.c.id)).all() == []


def test_every_generator_is_estimated_with_its_own_defaults(houses: Callable[..., House]) -> None:
    house = houses()
    account = house.account(plan="enterprise")

    for generator in house.client.get(f"{BASE}?status=all").get_json()["data"]:
        data = estimate(account, {"slug": generator["slug"]}).get_json()["data"]
        assert data["credit_cost"]["total"] >= 1
        assert data["time_estimate"]["seconds"] >= 1
