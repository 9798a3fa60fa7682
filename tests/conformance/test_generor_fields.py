"""Each row of Generor's request body at and just past its ends, and by its effect. Source: generor-api."""

from typing import Any

import pytest

from tests.conformance.generating import (
    CLIP,
    EDIT,
    FILM,
    IMAGE,
    JOKE,
    PICTURE,
    R2V,
    SEEDANCE,
    SOUND,
    VEO,
    accepted,
    estimate,
    post,
)
from tests.support.house import Account


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
        (JOKE, "avoid_duplicates", True, "yes"),
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


def test_unknown_parameters_are_dropped_and_the_known_ones_kept(me: Account) -> None:
    sent = {"joke-type": "knock-knock", "joke-type-two": "x", "colour": "red", "joke-audience": "martians"}

    data = estimate(me, JOKE, parameters=sent)

    assert data["applied_parameters"] == {"joke-type": "knock-knock", "model-text": "3", "joke-count": "1"}
    assert data["credit_cost"] == estimate(me, JOKE)["credit_cost"]


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
