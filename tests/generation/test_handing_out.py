"""Films and sounds as providers get them, sent or fetched by themselves: without where and by whom they were taken."""

import base64
import io
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from service.config import ProviderSettings
from tests.fakes.byteplus import FakeBytePlus
from tests.fakes.fal import FakeFal
from tests.fakes.provider import KEY, FakeProvider
from tests.fakes.replicate import FakeReplicate
from tests.net.media import answer, serving
from tests.support.house import Account, House
from tests.support.odd_sounds import container

pytestmark = pytest.mark.engines

MARK = "SecretPhone"
NOTES = {"title": MARK, "location": MARK, "comment": MARK}
# A model of each provider that is shown a film; BytePlus is given an address.
MODELS: dict[str, tuple[type[FakeProvider], int, str]] = {
    "fal": (FakeFal, 20051, "video_url"),
    "replicate": (FakeReplicate, 20020, "reference_videos"),
    "byteplus": (FakeBytePlus, 20060, "reference_videos"),
}
FETCHING = 20060
# Where providers reach this service, as far as it knows: fakes are on this machine.
REACHED = "http://127.0.0.1:9"


def film() -> bytes:
    return container("mp4", "aac", "libx264", notes=NOTES)


def sound() -> bytes:
    return container("wav", "pcm_s16le", notes=NOTES)


@pytest.fixture
def fakes() -> Iterator[dict[str, FakeProvider]]:
    opened = {name: kind() for name, (kind, _, _) in MODELS.items()}
    for fake in opened.values():
        fake.makes = "video"
    yield opened
    for fake in opened.values():
        fake.close()


@pytest.fixture
def paying(houses: Callable[..., House], fakes: dict[str, FakeProvider]) -> Account:
    house = houses(
        providers={name: ProviderSettings(KEY, fake.base_url) for name, fake in fakes.items()}, public_url=REACHED
    )
    house.work()
    return house.account("enterprise")


def filmed(account: Account, model: int, **members: Any) -> dict[str, Any]:
    """The run of a film that refers to others, once it has ended."""
    values = {"slug": "video", "prompt": "It rains", "model_id": model, **members}
    begun = account.submit("generor.generators.generate", values)
    assert begun.status_code == 202, begun.get_json()
    return account.ended(begun.get_json()["id"], seconds=60)


def uploaded(account: Account, media: bytes, name: str) -> str:
    sent = account.call("POST", "/v1/files", data={"file": (io.BytesIO(media), name)})
    return str(sent.get_json()["url"])


def sent_to(fake: FakeProvider) -> bytes:
    """All that the provider was sent, what is in base64 decoded too."""
    bodies = b"".join(request.body for request in fake.requests)
    return bodies + b"".join(base64.b64decode(one) for one in re.findall(rb"[A-Za-z0-9+/]{200,}={0,2}", bodies))


def linked(account: Account, fake: FakeProvider, kind: str) -> bytes:
    """What the provider finds at the address of a film or sound that it was given."""
    (url,) = [part[kind]["url"] for part in fake.requests[0].json["content"] if part["type"] == kind]
    assert url.startswith(REACHED)
    found = account.house.client.get(urlsplit(url)._replace(scheme="", netloc="").geturl())
    assert found.status_code == 200
    return found.get_data()


@pytest.mark.parametrize("provider", ["fal", "replicate"])
def test_a_film_is_sent_without_its_notes(provider: str, paying: Account, fakes: dict[str, FakeProvider]) -> None:
    _, model, member = MODELS[provider]
    url = uploaded(paying, film(), "clip.mp4")
    run = filmed(paying, model, **{member: url if member == "video_url" else [url]})
    assert run["status"] == "completed", run["error"]
    sent = sent_to(fakes[provider])
    assert b"ftyp" in sent
    assert MARK.encode() not in sent


def test_a_provider_that_fetches_is_given_a_link_to_what_has_no_notes(
    paying: Account, fakes: dict[str, FakeProvider]
) -> None:
    clip, voice = uploaded(paying, film(), "clip.mp4"), uploaded(paying, sound(), "voice.wav")
    run = filmed(paying, FETCHING, reference_videos=[clip], reference_audio=voice)
    assert run["status"] == "completed", run["error"]
    for kind, mark in (("video_url", b"ftyp"), ("audio_url", b"WAVE")):
        found = linked(paying, fakes["byteplus"], kind)
        assert mark in found
        assert MARK.encode() not in found


def test_it_is_so_for_a_film_that_lies_elsewhere(paying: Account, fakes: dict[str, FakeProvider]) -> None:
    with serving() as elsewhere:
        elsewhere.answers["/clip.mp4"] = answer(body=film())
        run = filmed(paying, FETCHING, reference_videos=[elsewhere.url("/clip.mp4")])
    assert run["status"] == "completed", run["error"]
    assert MARK.encode() not in linked(paying, fakes["byteplus"], "video_url")


def test_a_provider_that_cant_reach_this_service_is_given_the_callers_own_address(
    houses: Callable[..., House], fakes: dict[str, FakeProvider]
) -> None:
    fake = fakes["byteplus"]
    house = houses(providers={"byteplus": ProviderSettings(KEY, fake.base_url)})
    house.work()
    with serving() as elsewhere:
        elsewhere.answers["/clip.mp4"] = answer(body=film())
        url = elsewhere.url("/clip.mp4")
        run = filmed(house.account("enterprise"), FETCHING, reference_videos=[url])
    assert run["status"] == "completed", run["error"]
    assert url.encode() in sent_to(fake)


def test_a_film_that_cant_be_read_is_refused_before_it_is_paid_for(
    paying: Account, fakes: dict[str, FakeProvider]
) -> None:
    broken = b"\0\0\0\x18ftypmp42" + bytes(12) + b"\xff" * 500
    run = filmed(paying, 20051, video_url=uploaded(paying, broken, "clip.mp4"))
    assert (run["status"], run["error"]["code"]) == ("failed", "reference_unreachable")
    assert paying.charges(run["id"]) == []
    assert fakes["fal"].requests == []
