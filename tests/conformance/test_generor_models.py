"""What each of Generor's models takes, and how it is listed. Source: generor-api, 'Models' and the request body."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.catalog import Catalog, load
from tests.conformance.generating import (
    BASE,
    CLIP,
    FILM,
    IMAGE,
    PICTURE,
    R2V,
    SOUND,
    accepted,
    estimate,
    post,
)
from tests.support.house import Account, House

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


def test_more_than_a_hundred_generators_are_offered(me: Account) -> None:
    assert len(me.get(f"{BASE}/generators").get_json()["data"]) >= 100
