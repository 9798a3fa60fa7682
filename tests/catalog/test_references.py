"""Each model takes the references its row of the document says. Source: generor-api, request body of …/generate."""

from typing import Any

import pytest

from service.catalog import Catalog
from service.catalog.references import check_references, lacking_references
from service.errors import ValidationError


def _pointers(catalog: Catalog, key: str, body: dict[str, Any], *, complete: bool = True) -> list[str]:
    model = catalog.model_by_key(key)
    lacking = [problem.pointer for problem in lacking_references(model, body)] if complete else []
    try:
        check_references(model, body)
    except ValidationError as refused:
        return [problem.pointer for problem in refused.errors] + lacking
    return lacking


def _urls(number: int) -> list[str]:
    return [f"https://example.com/{n}.png" for n in range(number)]


SOURCE = {"video_url": "https://example.com/source.mp4"}


@pytest.mark.parametrize(
    ("key", "most", "body"),
    [
        ("veo-3-1", 3, {}),
        ("seedance-2", 9, {}),
        ("happy-horse-r2v", 9, {}),
        ("happy-horse-video-edit", 5, SOURCE),
    ],
)
def test_reference_images_up_to_the_models_cap(catalog: Catalog, key: str, most: int, body: dict[str, Any]) -> None:
    assert _pointers(catalog, key, {**body, "reference_images": _urls(most)}) == []
    assert _pointers(catalog, key, {**body, "reference_images": _urls(most + 1)}) == ["/reference_images"]


@pytest.mark.parametrize("key", ["seedance-2", "dreamina-seedance-2-720p"])
def test_reference_videos_up_to_three(catalog: Catalog, key: str) -> None:
    assert _pointers(catalog, key, {"reference_videos": _urls(3)}) == []
    assert _pointers(catalog, key, {"reference_videos": _urls(4)}) == ["/reference_videos"]


@pytest.mark.parametrize("model_id", [20060, 20061, 20062])
def test_dreamina_takes_a_sound_and_a_clip_to_edit(catalog: Catalog, model_id: int) -> None:
    body = {**SOURCE, "reference_audio": "https://example.com/voice.mp3"}
    assert _pointers(catalog, catalog.model(model_id).key, body) == []


def test_video_edit_requires_its_clip_but_an_estimate_may_come_without(catalog: Catalog) -> None:
    assert _pointers(catalog, "happy-horse-video-edit", {"prompt": "storm"}) == ["/video_url"]
    assert _pointers(catalog, "happy-horse-video-edit", {"prompt": "storm"}, complete=False) == []


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("kling-v3", {"reference_images": _urls(1)}),
        ("veo-3-1", {"reference_videos": _urls(1)}),
        ("veo-3-1", {"reference_audio": "https://example.com/voice.mp3"}),
        ("kling-v3", SOURCE),
        ("pixverse-v6", {"ending_frame_url": "https://example.com/end.png"}),
        ("gpt-oss-120b", {"image_url": "https://example.com/a.png"}),
        ("kokoro", {"image_url": "https://example.com/a.png"}),
        ("recraft-v4-1", {"image_url": "https://example.com/a.png"}),
    ],
)
def test_a_reference_that_the_model_has_no_use_for_is_refused(catalog: Catalog, key: str, body: dict[str, Any]) -> None:
    assert _pointers(catalog, key, body, complete=False) == [f"/{next(iter(body))}"]


@pytest.mark.parametrize("key", ["qwen-vl-max", "flux-schnell", "flux-1-1-pro", "veo-3-1", "birefnet-v2"])
def test_a_picture_is_taken_by_models_that_read_change_or_begin_with_one(catalog: Catalog, key: str) -> None:
    assert _pointers(catalog, key, {"image_url": "https://example.com/a.png"}) == []


def test_an_end_frame_goes_with_a_start_frame(catalog: Catalog) -> None:
    end = {"ending_frame_url": "https://example.com/end.png"}
    assert _pointers(catalog, "veo-3-1", end) == ["/image_url"]
    assert _pointers(catalog, "veo-3-1", {**end, "image_url": "https://example.com/a.png"}) == []


def test_matching_the_input_needs_an_input(catalog: Catalog) -> None:
    assert _pointers(catalog, "flux-1-1-pro", {"aspect_ratio": 6}) == ["/image_url"]
    assert _pointers(catalog, "flux-1-1-pro", {"aspect_ratio": 6, "image_url": "https://example.com/a.png"}) == []
    assert _pointers(catalog, "flux-1-1-pro", {"aspect_ratio": 1}) == []


def test_every_fault_is_named_at_once(catalog: Catalog) -> None:
    body = {"reference_images": _urls(6), "reference_videos": _urls(1)}
    assert _pointers(catalog, "happy-horse-video-edit", body) == [
        "/reference_images",
        "/reference_videos",
        "/video_url",
    ]


def test_empty_members_are_as_good_as_none(catalog: Catalog) -> None:
    assert _pointers(catalog, "kokoro", {"image_url": None, "reference_images": [], "video_url": ""}) == []


@pytest.mark.parametrize(
    ("key", "most"), [("qwen-image-2", 3), ("flux-2-klein-9b", 4), ("nano-banana-pro-kie", 8), ("veo-3-1", 3)]
)
def test_a_start_picture_counts_among_the_references_where_it_is_sent_with_them(
    catalog: Catalog, key: str, most: int
) -> None:
    start = {"image_url": "https://example.com/a.png"}
    assert _pointers(catalog, key, {**start, "reference_images": _urls(most - 1)}) == []
    assert _pointers(catalog, key, {**start, "reference_images": _urls(most)}) == ["/reference_images"]
