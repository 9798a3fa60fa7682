"""Models as the document lists them. Source: generor-api, 'Models'."""

from typing import Any

import pytest

from tests.support.house import House

BASE = "/api/v1/models"
RANGES = {
    "text": (1, 9999),
    "image": (10001, 19999),
    "video": (20001, 29999),
    "speech": (30001, 39999),
    "music": (40001, 49999),
    "soundeffect": (50001, 59999),
    "upscale": (60001, 69999),
    "vector": (70001, 79999),
    "backgroundremoval": (80001, 89999),
}
EVERY = {
    "id",
    "name",
    "type",
    "provider",
    "description",
    "credit_cost",
    "supports_img2img",
    "supports_aspect_ratio",
}
VIDEO = {
    "supported_durations",
    "default_duration",
    "supports_audio",
    "audio_cost_multiplier",
    "supports_end_frame",
    "quality",
    "default_quality",
    "qualities",
    "group_slug",
    "group_name",
    "aspect_ratios",
}


def data(house: House, path: str) -> Any:
    answer = house.client.get(path)
    assert answer.status_code == 200
    return answer.get_json()["data"]


def test_all_models_are_grouped_by_type_and_need_no_key(idle_house: House) -> None:
    listed = data(idle_house, BASE)

    assert list(listed) == list(RANGES)
    for kind, models in listed.items():
        low, high = RANGES[kind]
        assert models
        assert all(low <= model["id"] <= high and model["type"] == kind for model in models)


@pytest.mark.parametrize("kind", RANGES)
def test_the_models_of_a_type_are_those_of_the_list_and_one_is_as_it_is_listed(idle_house: House, kind: str) -> None:
    listed = data(idle_house, f"{BASE}/{kind}")

    assert listed == data(idle_house, BASE)[kind]
    assert data(idle_house, f"{BASE}/{kind}/{listed[0]['id']}") == listed[0]
    for model in listed:
        assert model.keys() >= EVERY | (VIDEO if kind == "video" else set())


def test_the_documents_own_models_are_there(idle_house: House) -> None:
    flux = data(idle_house, f"{BASE}/image/10001")
    assert (flux["name"], flux["provider"], flux["credit_cost"]) == ("Flux 1.1 Pro", "replicate", 80)
    assert [ratio["id"] for ratio in flux["aspect_ratios"]] == [1, 2, 3, 4, 5, 6]
    dreamina = data(idle_house, f"{BASE}/video/20061")
    assert {name: dreamina[name] for name in VIDEO} == {
        "supported_durations": [5, 6, 7, 8, 10, 12, 15],
        "default_duration": 8,
        "supports_audio": True,
        "audio_cost_multiplier": 1,
        "supports_end_frame": True,
        "quality": "720p",
        "default_quality": "720p",
        "qualities": {"480p": 20060, "720p": 20061, "1080p": 20062},
        "group_slug": "dreamina-seedance-2-direct",
        "group_name": "Dreamina Seedance 2.0",
        "aspect_ratios": [
            {"id": 1, "ratio": "16:9", "label": "Wide"},
            {"id": 2, "ratio": "9:16", "label": "Tall"},
        ],
    }
    assert (dreamina["name"], dreamina["provider"], dreamina["credit_cost"]) == (
        "Dreamina Seedance 2.0 (720p)",
        "byteplus",
        6,
    )


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("image/37", 404, "NOT_FOUND"),
        ("image/19999", 404, "NOT_FOUND"),
        ("smell", 400, "VALIDATION_ERROR"),
        ("smell/10001", 400, "VALIDATION_ERROR"),
        ("image/flux", 400, "VALIDATION_ERROR"),
        ("image/0", 400, "VALIDATION_ERROR"),
        ("image/10001/price", 404, "NOT_FOUND"),
    ],
)
def test_what_is_no_model_is_told_in_the_documents_envelope(
    idle_house: House, path: str, status: int, code: str
) -> None:
    answer = idle_house.client.get(f"{BASE}/{path}")

    assert answer.status_code == status
    assert answer.get_json().keys() == {"success", "error"}
    assert (answer.get_json()["error"]["code"], answer.get_json()["error"]["status"]) == (code, status)


def test_models_are_read_only(idle_house: House) -> None:
    for method in ("POST", "PATCH", "DELETE"):
        answer = idle_house.client.open(f"{BASE}/image", method=method)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")


def test_a_form_is_offered_the_models_of_the_type_chosen(idle_house: House) -> None:
    account = idle_house.account()

    answer = account.post("/v1/actions/generor.models.get/fields", {"field": "id", "input": {"type": "music"}})

    assert {option["value"] for option in answer.get_json()["options"]} == {
        model["id"] for model in data(idle_house, f"{BASE}/music")
    }
