"""Pictures in, media out, through the APIs: uploaded, ordered, made, downloaded. Source: flixly-api; generor-api."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tests.support.house import Account
from tests.support.stills import product

pytest.importorskip("av")
pytest.importorskip("cv2")
pytest.importorskip("vtracer")


@pytest.fixture
def picture(account: Account) -> str:
    """The URL of an uploaded picture."""
    buffer = io.BytesIO()
    product(160, 120).save(buffer, "PNG")
    buffer.seek(0)
    answer = account.call("POST", "/v1/files", data={"file": (buffer, "disc.png")})
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["url"])


@pytest.fixture
def flixly(account: Account) -> Callable[..., dict[str, Any]]:
    """Generates with Flixly and gives the completed task."""

    def generate(model: str, **members: Any) -> dict[str, Any]:
        run = account.submit("flixly.media.generate", {"model": model, **members}, wait=25).get_json()
        run = account.ended(run["id"], 60)
        assert run["status"] == "completed", run
        return dict(run["output"])

    return generate


def downloaded(account: Account, url: str) -> bytes:
    answer = account.get(url.removeprefix("http://genhook.test"))
    assert answer.status_code == 200, url
    return bytes(answer.data)


def test_text_to_video(account: Account, flixly: Callable[..., dict[str, Any]]) -> None:
    task = flixly("veo-3-1", type="TEXT_TO_VIDEO", prompt="a lake at dusk", duration=4)
    (output,) = task["outputs"]
    assert (output["content_type"], output["width"], output["height"], output["duration"]) == (
        "video/mp4",
        1280,
        720,
        4.0,
    )
    assert task["sandbox"] is True
    assert b"ftyp" in downloaded(account, output["url"])[:16]


def test_image_to_video(account: Account, flixly: Callable[..., dict[str, Any]], picture: str) -> None:
    task = flixly(
        "veo-3-1", type="IMAGE_TO_VIDEO", prompt="push in", image_url=picture, duration=4, aspect_ratio="9:16"
    )
    (output,) = task["outputs"]
    assert (output["width"], output["height"]) == (720, 1280)


def test_upscale(account: Account, flixly: Callable[..., dict[str, Any]], picture: str) -> None:
    task = flixly("seedvr2-upscale", type="UPSCALE", image_url=picture)
    (output,) = task["outputs"]
    with Image.open(io.BytesIO(downloaded(account, output["url"]))) as large:
        assert large.size == (320, 240) == (output["width"], output["height"])


def test_remove_background(account: Account, flixly: Callable[..., dict[str, Any]], picture: str) -> None:
    task = flixly("birefnet-v2", type="REMOVE_BACKGROUND", image_url=picture)
    (output,) = task["outputs"]
    with Image.open(io.BytesIO(downloaded(account, output["url"]))) as cut:
        alpha = cut.getchannel("A")
        assert (alpha.getpixel((80, 60)), alpha.getpixel((5, 5))) == (255, 0)


def test_vectorize(account: Account, flixly: Callable[..., dict[str, Any]], picture: str) -> None:
    task = flixly("recraft-vectorize", type="VECTORIZE", image_url=picture)
    (output,) = task["outputs"]
    assert output["content_type"] == "image/svg+xml"
    assert b"<svg " in downloaded(account, output["url"])


def test_image_to_text(account: Account, flixly: Callable[..., dict[str, Any]], picture: str) -> None:
    models = account.house.context.catalog.models("text")
    seeing = next(model.key for model in models if model.vision)
    task = flixly(seeing, type="IMAGE_TO_TEXT", image_url=picture, prompt="Which colours are in it?")
    assert "red" in task["text"]
    assert task["outputs"] == []


@pytest.mark.parametrize(
    ("slug", "model_id", "ends"),
    [
        ("video", 20001, ".mp4"),
        ("upscale", 60001, ".png"),
        ("vector", 70001, ".svg"),
        ("background-remover", 80001, ".png"),
    ],
)
def test_generors_generators_of_media(account: Account, picture: str, slug: str, model_id: int, ends: str) -> None:
    members = {"seconds": 4, "generate_audio": True} if slug == "video" else {}
    values = {"slug": slug, "model_id": model_id, "prompt": "the disc", "image_url": picture, **members}
    run = account.submit("generor.generators.generate", values, wait=25).get_json()
    run = account.ended(run["id"], 60)
    assert run["status"] == "completed", run
    assert ends in str(run["output"])


def test_generors_vision(account: Account, picture: str) -> None:
    values = {"slug": "vision", "model_id": 34, "image_url": picture, "parameters": {"vision-preference": "brief"}}
    run = account.submit("generor.generators.generate", values, wait=25).get_json()
    run = account.ended(run["id"], 30)
    assert run["status"] == "completed", run
    assert "red shape" in str(run["output"])


def test_a_reference_that_is_no_picture_costs_nothing(account: Account) -> None:
    answer = account.call("POST", "/v1/files", data={"file": (io.BytesIO(b"\x89PNG\r\n\x1a\n and no more"), "x.png")})
    url = answer.get_json()["url"]
    before = account.balance()
    run = account.submit("flixly.media.generate", {"model": "birefnet-v2", "image_url": url}, wait=20).get_json()
    ended = account.ended(run["id"], 30)
    assert ended["status"] == "failed"
    assert ended["error"]["code"] == "reference_unreachable"
    assert account.balance() == before
