"""The models that the documents name, as the documents show them. Source: generor-api, 'Models'; flixly-api."""

import pytest

from service.catalog import TYPES, Catalog
from service.errors import NotFound

IMAGE_RATIOS = ["1:1", "3:4", "4:3", "16:9", "9:16", "match_input_image"]


def test_flux_1_1_pro_shows_as_in_the_document(catalog: Catalog) -> None:
    shown = catalog.model(10001).public()
    assert shown.pop("description").startswith("High-quality image generation")
    ratios = shown.pop("aspect_ratios")
    assert shown == {
        "id": 10001,
        "name": "Flux 1.1 Pro",
        "type": "image",
        "provider": "replicate",
        "credit_cost": 80,
        "supports_img2img": True,
        "supports_aspect_ratio": True,
    }
    assert [(ratio["id"], ratio["ratio"]) for ratio in ratios] == list(enumerate(IMAGE_RATIOS, 1))
    assert [ratio["label"] for ratio in ratios[:5]] == ["Square", "Vertical", "Horizontal", "Wide", "Tall"]


def test_dreamina_seedance_2_shows_the_documents_video_struct(catalog: Catalog) -> None:
    shown = catalog.model(20061).public()
    literal = {
        "id": 20061,
        "name": "Dreamina Seedance 2.0 (720p)",
        "type": "video",
        "provider": "byteplus",
        "credit_cost": 6,
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
        "supports_aspect_ratio": True,
        "aspect_ratios": [
            {"id": 1, "ratio": "16:9", "label": "Wide"},
            {"id": 2, "ratio": "9:16", "label": "Tall"},
        ],
    }
    assert {member: shown.get(member) for member in literal} == literal
    assert set(shown) - set(literal) == {"description", "supports_img2img"}


@pytest.mark.parametrize(
    ("model_id", "name", "type"),
    [
        (34, "Qwen VL Max", "text"),
        (37, "Gemini 3.5 Flash", "text"),
        (10003, "black-forest-labs/flux-schnell", "image"),
        (20050, "Happy Horse 1.0 R2V", "video"),
        (20051, "Happy Horse Video Edit", "video"),
        (20060, "Dreamina Seedance 2.0 (480p)", "video"),
        (20062, "Dreamina Seedance 2.0 (1080p)", "video"),
    ],
)
def test_models_that_the_document_names_have_its_ids(catalog: Catalog, model_id: int, name: str, type: str) -> None:
    model = catalog.model(model_id)
    assert (model.name, model.type) == (name, type)


@pytest.mark.parametrize("name", ["Veo 3.1", "Wan 2.6 I2V", "Seedance Pro Lite", "Kling v3"])
def test_models_that_the_document_names_for_end_frames_take_one(catalog: Catalog, name: str) -> None:
    (model,) = [model for model in catalog.models("video") if model.name == name]
    assert model.supports_end_frame


@pytest.mark.parametrize("name", ["Veo 3.1", "Seedance 1.5 Pro"])
def test_models_that_the_document_names_for_native_audio_have_it(catalog: Catalog, name: str) -> None:
    (model,) = [model for model in catalog.models("video") if model.name == name]
    assert model.supports_audio


def test_qwen_vl_max_reads_pictures(catalog: Catalog) -> None:
    assert catalog.model(34).vision


def test_every_model_has_a_flixly_key_and_flux_dev_is_one(catalog: Catalog) -> None:
    assert catalog.model_by_key("flux-dev").type == "image"
    assert all(catalog.model_by_key(model.key) is model for model in catalog.models())


def test_every_model_shows_the_documents_members(catalog: Catalog) -> None:
    base = {"id", "name", "type", "provider", "description", "credit_cost", "supports_img2img", "supports_aspect_ratio"}
    for model in catalog.models():
        shown = model.public()
        assert base <= set(shown)
        assert ("supported_durations" in shown) == (model.type == "video")
        assert bool(shown.get("aspect_ratios")) == model.supports_aspect_ratio


def test_what_is_shown_may_be_changed_without_changing_the_catalogue(catalog: Catalog) -> None:
    shown = catalog.model(20061).public()
    shown["qualities"].clear()
    shown["supported_durations"].clear()
    assert catalog.model(20061).public()["qualities"]
    assert catalog.model(20061).public()["supported_durations"]


def test_a_start_picture_calls_the_endpoint_that_takes_one(catalog: Catalog) -> None:
    veo = catalog.model_by_key("veo-3-1")
    assert veo.endpoint({"prompt": "rain"}) == "fal-ai/veo3.1"
    assert veo.endpoint({"image_url": "https://x/a.png"}) == "fal-ai/veo3.1/image-to-video"
    assert veo.endpoint({"image_url": "https://x/a.png", "ending_frame_url": "https://x/b.png"}).endswith(
        "/first-last-frame-to-video"
    )


def test_a_mode_renames_members_and_keeps_what_all_modes_share(catalog: Catalog) -> None:
    call = catalog.model_by_key("veo-3-1").call_for({"image_url": "a", "ending_frame_url": "b"})
    assert call.inputs["image_url"] == "first_frame_url"
    assert call.inputs["seconds"] == "duration={}s"
    assert call.fixed == {"resolution": "1080p"}


def test_an_empty_reference_does_not_change_the_endpoint(catalog: Catalog) -> None:
    veo = catalog.model_by_key("veo-3-1")
    assert veo.endpoint({"image_url": None, "reference_images": []}) == veo.provider_model


def test_models_of_one_type_come_by_id(catalog: Catalog) -> None:
    for type in TYPES:
        ids = [model.id for model in catalog.models(type)]
        assert ids
        assert ids == sorted(ids)


@pytest.mark.parametrize(
    "ask",
    [
        lambda catalog: catalog.model(99999),
        lambda catalog: catalog.model_by_key("flux-9"),
        lambda catalog: catalog.models("smell"),
        lambda catalog: catalog.generator("no-such"),
        lambda catalog: catalog.plan("platinum"),
        lambda catalog: catalog.thumbnail_model("pro", "replicate"),
    ],
)
def test_what_is_not_in_the_catalogue_is_not_found(catalog: Catalog, ask: object) -> None:
    with pytest.raises(NotFound):
        ask(catalog)  # type: ignore[operator]
