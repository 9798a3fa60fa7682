"""POST /api/v1/generate: every type, member, default and limit. Source: flixly-api."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from service.accounts import keyring
from service.apis.flixly.types import KINDS, needs, types_of
from service.catalog import load
from service.errors import ValidationError
from tests.apis.flixly.conftest import Call, refused, upload
from tests.support.definitions import built_in
from tests.support.house import Account, House

ACTION = "flixly.media.generate"
DEFINITION = built_in().action(ACTION)
CAT = {"model": "flux-dev", "prompt": "A cat wearing a top hat, oil painting"}
MODEL_OF = {
    "TEXT_TO_IMAGE": "flux-dev",
    "IMAGE_TO_IMAGE": "flux-dev",
    "TEXT_TO_VIDEO": "veo-3-1",
    "IMAGE_TO_VIDEO": "veo-3-1",
    "TEXT_TO_SPEECH": "tts-1-hd",
    "TEXT_TO_MUSIC": "elevenlabs-music",
    "TEXT_TO_SOUND": "elevenlabs-sfx-2",
    "TEXT_TO_TEXT": "gpt-5-4",
    "IMAGE_TO_TEXT": "gpt-5-4",
    "UPSCALE": "topaz-image-upscale",
    "REMOVE_BACKGROUND": "birefnet-v2",
    "VECTORIZE": "recraft-vectorize",
}
SAID = {"prompt": "A cat wearing a top hat", "image_url": "https://pictures.example/cat.png"}
LIMITS = [
    ("model", "m" * 100, "m" * 101),
    ("prompt", "p" * 10_000, "p" * 10_001),
    ("count", 1, 0),
    ("count", 10, 11),
    ("duration", 1, 0),
    ("duration", 600, 601),
    ("seed", 0, -1),
    ("seed", 2**53 - 1, 2**53),
    ("voice", "v" * 100, "v" * 101),
    ("aspect_ratio", "1:1", "1" * 21),
    ("image_url", "https://a.example/cat.png", "cat.png"),
    ("reference_images", ["https://a.example/cat.png"] * 9, ["https://a.example/cat.png"] * 10),
]


def estimate(account: Account, values: Mapping[str, Any]) -> Any:
    return account.post(f"/v1/actions/{ACTION}/estimate", {"input": dict(values)})


def test_the_quick_start_of_the_document_makes_a_picture(account: Account, generate: Call) -> None:
    answer = generate(**CAT, type="TEXT_TO_IMAGE")
    assert answer.status_code == 200
    task = answer.get_json()
    (picture,) = task["outputs"]
    assert list(task) == [
        *("id", "status", "type", "model", "outputs", "text", "credits_used", "credits_remaining"),
        *("provider_used", "sandbox", "created_at", "completed_at"),
    ]
    assert list(picture) == ["url", "content_type", "width", "height", "duration"]
    assert (task["status"], task["type"], task["model"]) == ("completed", "TEXT_TO_IMAGE", "flux-dev")
    assert (task["text"], task["provider_used"], task["sandbox"]) == (None, "local", True)
    assert (task["credits_used"], task["credits_remaining"]) == (50, 9950)
    assert account.charges(task["id"]) == [50]
    assert picture["content_type"].startswith("image/")
    assert picture["duration"] is None
    file = account.house.client.get(picture["url"].removeprefix(account.house.settings.url))
    assert file.status_code == 200
    assert file.content_type == picture["content_type"]


def test_a_text_is_answered_as_text_without_outputs(generate: Call) -> None:
    task = generate(model="gpt-5-4", prompt="Say something about cats", type="TEXT_TO_TEXT", count=2).get_json()
    assert task["outputs"] == []
    assert len(task["text"]) > 20
    assert task["credits_used"] == 2 * load().model_by_key("gpt-5-4").credit_cost


def test_a_picture_is_made_of_a_picture(account: Account, generate: Call) -> None:
    task = generate(**CAT, image_url=upload(account)).get_json()
    assert task["type"] == "IMAGE_TO_IMAGE"
    assert len(task["outputs"]) == 1


@pytest.mark.parametrize("type", KINDS)
def test_every_type_is_priced_by_its_model(idle: Account, type: str) -> None:
    model = load().model_by_key(MODEL_OF[type])
    values = {"model": model.key, "type": type, "count": 2, **{name: SAID[name] for name in needs(KINDS[type], model)}}
    seconds = (model.default_duration or 1) if model.unit == "second" else 1
    answer = estimate(idle, values)
    assert answer.get_json()["credits"] == 2 * seconds * model.credit_cost
    assert answer.get_json()["seconds"] == 2 * model.seconds


@pytest.mark.parametrize("type", KINDS)
def test_every_type_is_accepted(idle: Account, type: str) -> None:
    model = load().model_by_key(MODEL_OF[type])
    said = SAID | {"image_url": upload(idle)}
    values = {"model": model.key, "type": type, **{name: said[name] for name in needs(KINDS[type], model)}}
    answer = idle.submit(ACTION, values)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    task = idle.get(f"/api/v1/generate/{answer.get_json()['id']}", api="flixly").get_json()
    assert (task["type"], task["model"], task["status"]) == (type, model.key, "queued")


@pytest.mark.parametrize("type", KINDS)
def test_every_type_names_what_it_needs(idle: Account, type: str) -> None:
    model = load().model_by_key(MODEL_OF[type])
    wanted = needs(KINDS[type], model)
    answer = idle.submit(ACTION, {"model": model.key, "type": type})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.get_json()["errors"]] == [f"/input/{name}" for name in wanted]


@pytest.mark.parametrize("type", KINDS)
def test_every_type_is_refused_with_a_model_that_does_not_do_it(idle: Account, type: str) -> None:
    stranger = next(model for model in load().models() if type not in types_of(model))
    answer = idle.post("/api/v1/generate", {"model": stranger.key, "type": type, **SAID}, api="flixly")
    refused(answer, 422, "validation_error", f"{stranger.key} does not do {type}")


def test_every_model_does_at_least_one_type() -> None:
    assert [model.key for model in load().models() if not types_of(model)] == []
    assert len(load().models()) >= 50


def test_the_type_is_the_models_own_where_it_is_left_out(idle: Account) -> None:
    picture = upload(idle)
    for values, type in (
        (CAT, "TEXT_TO_IMAGE"),
        ({**CAT, "image_url": picture}, "IMAGE_TO_IMAGE"),
        ({"model": "gpt-5-4", "prompt": "Hello"}, "TEXT_TO_TEXT"),
        ({"model": "gpt-5-4", "image_url": picture}, "IMAGE_TO_TEXT"),
        ({"model": "topaz-image-upscale", "image_url": picture}, "UPSCALE"),
        ({"model": "recraft-v4-1-vector", "prompt": "A fox"}, "VECTORIZE"),
    ):
        run = idle.submit(ACTION, values).get_json()
        assert idle.get(f"/api/v1/generate/{run['id']}", api="flixly").get_json()["type"] == type


@pytest.mark.parametrize(("field", "good", "bad"), LIMITS)
def test_every_limit_holds_at_its_end_and_past_it(field: str, good: Any, bad: Any) -> None:
    assert DEFINITION.validate({**CAT, field: good})[field] == good
    with pytest.raises(ValidationError) as refusal:
        DEFINITION.validate({**CAT, field: bad})
    assert [fault.pointer for fault in refusal.value.errors] == [f"/{field}"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"prompt": "A cat"}, "model is required"),
        ({**CAT, "model": "flux-never"}, "There is no model flux-never"),
        ({**CAT, "type": "TEXT_TO_SMELL"}, "type must be one of TEXT_TO_IMAGE"),
        ({**CAT, "count": "two"}, "count must be a whole number"),
        ({**CAT, "aspect_ratio": "5:1"}, "aspect_ratio must be one of"),
        ({**CAT, "video_url": "https://a.example/clip.mp4"}, "takes no video_url"),
        ({**CAT, "audio_url": "https://a.example/song.mp3"}, "takes no audio_url"),
        (
            {"model": "veo-3-1", "prompt": "Rain", "reference_images": ["https://a.example/1.png"] * 4},
            "takes at most 3",
        ),
        ({"model": "happy-horse-video-edit", "prompt": "Make it rain"}, "requires video_url"),
        ({**CAT, "image_url": "http://10.1.2.3/cat.png"}, "10.1.2.3"),
        ({**CAT, "image_url": "ftp://a.example/cat.png"}, "ftp://a.example/cat.png: must be an http or https URL"),
    ],
)
def test_what_does_not_fit_is_422_and_named(account: Account, generate: Call, values: Any, said: str) -> None:
    refused(generate(**values), 422, "validation_error", said)
    assert account.balance() == {"total": 10_000, "held": 0}


def test_a_body_that_is_no_json_object_is_422(account: Account) -> None:
    for body in ("{", "[]", '"cat"'):
        answer = account.call("POST", "/api/v1/generate", api="flixly", data=body, content_type="application/json")
        refused(answer, 422, "validation_error", "body")


def test_members_it_does_not_know_are_ignored_on_rest_and_refused_on_v1(account: Account, generate: Call) -> None:
    assert generate(model="gpt-5-4", prompt="Hello", smell="roses").status_code == 200
    answer = account.submit(ACTION, {"model": "gpt-5-4", "prompt": "Hello", "smell": "roses"})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/input/smell"


def test_a_duration_is_snapped_to_what_the_model_makes(idle: Account) -> None:
    def credits(seconds: int) -> int:
        values = {"model": "veo-3-1", "prompt": "Rain", "type": "TEXT_TO_VIDEO", "duration": seconds}
        return int(estimate(idle, values).get_json()["credits"])

    assert [credits(seconds) for seconds in (1, 4, 5, 6, 7, 8, 600)] == [32, 32, 32, 48, 48, 64, 64]


def test_the_aspect_ratio_and_the_count_decide_the_pictures(generate: Call) -> None:
    outputs = generate(**CAT, aspect_ratio="16:9", count=2).get_json()["outputs"]
    assert [(output["width"], output["height"]) for output in outputs] == [(1280, 720)] * 2
    assert outputs[0]["url"] != outputs[1]["url"]


def test_a_seed_repeats_and_another_does_not(generate: Call) -> None:
    def text(seed: int) -> str:
        return str(generate(model="gpt-5-4", prompt="Tell me about harbours", seed=seed).get_json()["text"])

    assert text(1) == text(1) != text(2)


def test_there_is_no_bulk_discount(idle: Account) -> None:
    assert estimate(idle, {**CAT, "count": 10}).get_json()["credits"] == 500


def test_an_idempotency_key_gives_the_same_task(account: Account, generate: Call) -> None:
    first = generate(model="gpt-5-4", prompt="Hello", headers={"Idempotency-Key": "a"})
    again = generate(model="gpt-5-4", prompt="Hello", headers={"Idempotency-Key": "a"})
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert account.charges(first.get_json()["id"]) == [2]
    refused(
        generate(model="gpt-5-4", prompt="Bye", headers={"Idempotency-Key": "a"}),
        422,
        "validation_error",
        "Idempotency",
    )


@pytest.mark.parametrize(("plan", "own"), [("free", False), ("lite", False), ("basic", True), ("enterprise", True)])
def test_an_own_provider_key_is_used_where_the_plan_has_it_and_costs_nothing(
    idle_house: House, plan: str, own: bool
) -> None:
    account, context = idle_house.account(plan), idle_house.context
    context.database.write(
        lambda db: keyring.set_provider(db, context.vault, account.id, "fal", "sk-own", base_url=None, enabled=True)
    )
    assert estimate(account, CAT).get_json()["credits"] == (0 if own else 50)
    run = account.submit(ACTION, CAT).get_json()
    task = account.get(f"/api/v1/generate/{run['id']}", api="flixly").get_json()
    assert (task["provider_used"], task["sandbox"]) == (("fal", False) if own else ("local", True))
    assert account.balance()["held"] == (0 if own else 50)


def test_a_generate_whose_run_is_canceled_meanwhile_is_409(idle: Account) -> None:
    def cancel() -> None:
        run = idle.house.until(lambda: idle.get("/v1/runs?status=queued").get_json()["data"] or None)[0]
        idle.post(f"/v1/runs/{run['id']}/cancel")

    canceling = threading.Thread(target=cancel)
    canceling.start()
    refused(idle.post("/api/v1/generate", CAT, api="flixly"), 409, "canceled", "canceled")
    canceling.join()
    assert idle.balance() == {"total": 10_000, "held": 0}


def test_a_reference_that_is_not_the_media_asked_for_is_422_and_costs_nothing(account: Account, generate: Call) -> None:
    answer = generate(model="happy-horse-video-edit", prompt="Rain", video_url=upload(account))
    refused(answer, 422, "validation_error", "is image/png, not video")
    assert account.balance() == {"total": 10_000, "held": 0}
