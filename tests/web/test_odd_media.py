"""Every door that takes media × every odd file that people have: the right picture arrives, or it is refused by name.

What arrives is told by what the provider behind the door was sent. Each door is one test with a table of all its files.
"""

import base64
import gzip
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.config import ProviderSettings
from service.net.media_types import type_of
from service.store.tables import ledger
from tests.fakes.byteplus import FakeBytePlus
from tests.fakes.fal import FakeFal
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY, FakeProvider
from tests.generation.steps import ended
from tests.net.media import Media, answer, redirect, serving
from tests.support.house import Account, House
from tests.support.odd_pictures import BLUE, COLOURED, GREY, RED, REFUSED, SHAPED, saved, scene, turned

pytest.importorskip("av")
from tests.support.odd_sounds import FILMS, SOUNDS

pytestmark = pytest.mark.slow
AT_ONCE = 12
LARGE = ("WebP of 16 megapixels", "49 megapixels")
PICTURES: Mapping[str, tuple[Callable[[], bytes], str]] = {
    **{kind: (make, "red and blue") for kind, make in COLOURED.items() if kind not in LARGE},
    **{kind: (make, "dark and light") for kind, make in GREY.items()},
    **{kind: (make, "red") for kind, make in SHAPED.items() if kind not in LARGE},
    "400 x 8000": (SHAPED["400 x 8000"], "red and blue"),
    **{kind: (make, "refused") for kind, make in REFUSED.items() if kind not in ("nothing", "HEIC")},
    "nothing": (REFUSED["nothing"], "refused"),
    "HEIC": (REFUSED["HEIC"], "refused as HEIC"),
    "a sound": (SOUNDS["mp3"], "refused"),
    "a film": (FILMS["mov"], "refused"),
}
NAMES = (
    "写真.png",
    "снимок.png",
    "صورة.png",
    "תמונה.png",
    "चित्र.png",
    "사진 1.png",
    "a b.png",
    "ü.png",
    "[1].png",
    "100%.png",
)


@dataclass
class Bench:
    """A Genhook whose providers are fakes, a server of media, and what was sent to each."""

    house: House
    fakes: Mapping[str, FakeProvider]
    media: Media

    def url(self, media: bytes, name: str = "", **headers: str) -> str:
        """Return an address at which the media lie."""
        path = f"/{len(self.media.answers)}/{name}"
        self.media.answers[quote(path, safe="/[]%")] = answer(body=media, **headers)
        return self.media.url(path)

    def arrived(self, provider: str, tag: str) -> list[bytes]:
        """List the media in the request that holds `tag`: inline, in a form, or uploaded before it was made."""
        fake, found = self.fakes[provider], []
        for sent in [one for one in fake.requests if f"{tag}.".encode() in one.body]:
            if b"form-data; name=" in sent.body:
                found += [media for _, _, media in sent.form[1]]
            inside = re.findall(rb"data:[\w/.+-]+;base64,([A-Za-z0-9+/]+={0,2})", sent.body)
            found += [base64.b64decode(one) for one in inside]
            found += [fake.files[name.decode()][1] for name in re.findall(rb"/files/(upload-\d+)", sent.body)]
        return found


@pytest.fixture
def bench(houses: Callable[..., House]) -> Iterator[Bench]:
    fakes: dict[str, FakeProvider] = {"openai": FakeOpenAI(), "fal": FakeFal(), "byteplus": FakeBytePlus()}
    house = houses(providers={name: ProviderSettings(KEY, fake.base_url) for name, fake in fakes.items()})
    house.work()
    with serving() as media:
        yield Bench(house, fakes, media)
    for fake in fakes.values():
        fake.close()


def inline(media: bytes, head: str = "data:image/png;base64,") -> str:
    return head + base64.b64encode(media).decode()


def uploaded(account: Account, media: bytes, name: str = "photo.png") -> str | None:
    """Return the address of an upload; None where it is refused."""
    answered = account.call("POST", "/v1/files", data={"file": (io.BytesIO(media), name)})
    return str(answered.get_json()["url"]) if answered.status_code == 201 else None


def flixly(account: Account, **values: Any) -> TestResponse:
    return account.post("/api/v1/generate", values, api="flixly")


def drawn(account: Account, tag: str, slug: str = "image", **values: Any) -> TestResponse:
    return account.post(f"/api/v1/generators/{slug}/generate", {"model_id": 10020, "prompt": f"{tag}.", **values})


def chat(account: Account, path: str, tag: str, shown: Any) -> TestResponse:
    said = [{"type": "text", "text": f"What is {tag}.?"}, {"type": "image_url", "image_url": shown}]
    return account.post(path, {"model": "gpt-6-sol", "messages": [{"role": "user", "content": said}]}, api="flixly")


def edit(account: Account, tag: str, media: bytes, name: str = "photo.png") -> TestResponse:
    form = {"model": "gpt-image-2", "prompt": f"{tag}.", "image": (io.BytesIO(media), name)}
    return account.call("POST", "/openai/v1/images/edits", data=form)


def thumbnail(account: Account, tag: str, **values: Any) -> TestResponse:
    kind = {"video_title": "Hi", "image_model": "standard", "aspect_ratio": "16:9", "image_count": 1}
    return account.post("/api/v1/thumbnail-generator/generate", {**kind, "prompt": f"{tag}.", **values}, api="flokan")


def filmed(account: Account, tag: str, media: bytes) -> TestResponse:
    form = {"model": "veo-3-1-fast", "prompt": f"{tag}.", "input_reference": (io.BytesIO(media), "frame.png")}
    return account.call("POST", "/openai/v1/videos", data=form)


Send = Callable[[Bench, Account, str, bytes], TestResponse | None]
# The provider behind each door, and how a picture goes in.
DOORS: dict[str, tuple[str, Send]] = {
    "Flokan reference_image_url": (
        "fal",
        lambda at, me, tag, media: thumbnail(me, tag, reference_image_url=at.url(media)),
    ),
    "Flixly image_url": (
        "openai",
        lambda at, me, tag, media: flixly(me, model="gpt-image-2", prompt=f"{tag}.", image_url=at.url(media)),
    ),
    "Flixly reference_images, inline": (
        "openai",
        lambda at, me, tag, media: flixly(me, model="gpt-image-2", prompt=f"{tag}.", reference_images=[inline(media)]),
    ),
    "Generor image_url": (
        "openai",
        lambda at, me, tag, media: drawn(me, tag, image_url=at.url(media)),
    ),
    "Generor reference_images, uploaded": (
        "openai",
        lambda at, me, tag, media: (url := uploaded(me, media)) and drawn(me, tag, reference_images=[url]),
    ),
    "Generor vision, inline": (
        "openai",
        lambda at, me, tag, media: drawn(me, tag, "vision", model_id=14, image_url=inline(media)),
    ),
    "Flixly chat, inline": (
        "openai",
        lambda at, me, tag, media: chat(me, "/api/v1/chat/completions", tag, {"url": inline(media)}),
    ),
    "OpenAI chat": ("openai", lambda at, me, tag, media: chat(me, "/openai/v1/chat/completions", tag, at.url(media))),
    "OpenAI images/edits": ("openai", lambda at, me, tag, media: edit(me, tag, media)),
    "OpenAI videos": ("fal", lambda at, me, tag, media: filmed(me, tag, media)),
}


def seen(media: bytes) -> str:
    """Say what a picture shows to whoever heeds none of its notes."""
    pixels = np.asarray(Image.open(io.BytesIO(media)).convert("RGB").resize((96, 64), Image.Resampling.NEAREST), int)
    left, right = pixels[16:24, 16:32].mean(axis=(0, 1)), pixels[16:24, 64:80].mean(axis=(0, 1))
    shown = [name for name, colour in (("red", RED), ("blue", BLUE)) if np.abs(left - colour).max() < 45]
    shown += [name for name, colour in (("red", RED), ("blue", BLUE)) if np.abs(right - colour).max() < 45]
    if shown:
        return " and ".join(dict.fromkeys(shown))
    return "dark and light" if left.mean() + 100 < right.mean() else f"{left} and {right}"


def outcome(bench: Bench, account: Account, door: str, tag: str, media: bytes) -> str:
    """Send one file through a door, and say what came of it."""
    provider, send = DOORS[door]
    answered = send(bench, account, tag, media)
    if answered is None:
        return "refused"
    told = answered.text
    if answered.status_code < 300 and door == "OpenAI videos":
        run = ended(account, answered.get_json()["id"].replace("video_", "run_"))
        told = json.dumps(run["error"]) if run["status"] == "failed" else told
        answered.status_code = 400 if run["status"] == "failed" else 200
    if answered.status_code < 300:
        return " | ".join(map(seen, bench.arrived(provider, tag)))
    if answered.status_code not in (400, 422):
        return f"{answered.status_code} {told}"
    return "refused as HEIC" if "HEIC" in told else "refused"


def charged(account: Account) -> int:
    """Count the runs that cost something."""
    query = select(func.count()).where(ledger.c.account_id == account.id, ledger.c.type == "spend")
    with account.house.context.database.read() as db:
        return int(db.execute(query).scalar_one())


def together(cells: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """Try all at once, as far as that is quicker; what came of each."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = {kind: pool.submit(cell) for kind, cell in cells.items()}
        return {kind: one.result() for kind, one in begun.items()}


@pytest.mark.parametrize("door", DOORS)
def test_every_odd_picture_arrives_as_it_looks_or_is_refused_by_name(bench: Bench, door: str) -> None:
    account = bench.house.account("enterprise", credits=100_000)
    bench.fakes["fal"].makes = "video" if door == "OpenAI videos" else "image"
    told = together(
        {
            kind: partial(outcome, bench, account, door, f"cell-{number}", make())
            for number, (kind, (make, _)) in enumerate(PICTURES.items())
        }
    )
    assert told == {kind: expected for kind, (_, expected) in PICTURES.items()}
    assert charged(account) == sum(not one.startswith("refused") for one in told.values())
    assert account.balance()["held"] == 0


# How the same picture is handed out: packed, of no type or a wrong one, behind redirects, at a signed address.
HEADERS: dict[str, dict[str, str]] = {
    "of no type": {"Content_Type": ""},
    "of a wrong type": {"Content_Type": "text/html; charset=utf-8"},
    "as a download": {
        "Content_Type": "application/octet-stream",
        "Content_Disposition": 'attachment; filename="x.exe"',
    },
    "without a length": {"Content_Length": ""},
    "packed": {"Content_Encoding": "gzip", "Content_Type": "image/jpeg"},
    "not packed, though it says so": {"Content_Encoding": "gzip"},
}
# How an address goes in.
ADDRESS_DOORS: dict[str, tuple[str, Callable[[Account, str, str], TestResponse]]] = {
    "Flokan": ("fal", lambda me, tag, url: thumbnail(me, tag, reference_image_url=url)),
    "Flixly": ("openai", lambda me, tag, url: flixly(me, model="gpt-image-2", prompt=f"{tag}.", image_url=url)),
    "Generor": ("openai", lambda me, tag, url: drawn(me, tag, image_url=url)),
    "chat": ("openai", lambda me, tag, url: chat(me, "/openai/v1/chat/completions", tag, {"url": url})),
}


def by_address(bench: Bench, account: Account, door: str, tag: str, url: str) -> str:
    """Send one address through a door, and say what came of it."""
    provider, send = ADDRESS_DOORS[door]
    answered = send(account, tag, url)
    return " | ".join(map(seen, bench.arrived(provider, tag))) or answered.text


@pytest.mark.parametrize("door", ADDRESS_DOORS)
def test_a_picture_arrives_however_its_server_hands_it_out(bench: Bench, door: str) -> None:
    account, plain = bench.house.account("enterprise", credits=100_000), turned(6)
    ways = {
        way: bench.url(gzip.compress(plain) if way == "packed" else plain, **headers)
        for way, headers in HEADERS.items()
    }
    ways |= {name: bench.url(plain, name) for name in NAMES}
    ways["at a signed address"] = bench.url(plain, "s" * 8000)
    ways["behind three redirects"] = redirected(bench, bench.url(plain), 3)
    told = together(
        {way: partial(by_address, bench, account, door, f"way-{n}", url) for n, (way, url) in enumerate(ways.items())}
    )
    assert told == dict.fromkeys(ways, "red and blue")


def redirected(bench: Bench, url: str, times: int) -> str:
    """Return an address that leads to `url` by so many redirects."""
    for hop in range(times):
        bench.media.answers[f"/hop-{hop}"] = redirect(url)
        url = bench.media.url(f"/hop-{hop}")
    return url


def wrapped(media: bytes, line: str) -> str:
    return "data:image/jpeg;base64," + base64.encodebytes(media).decode().replace("\n", line)


SPELLINGS: dict[str, Callable[[bytes], str]] = {
    "of no type": lambda media: inline(media, "data:;base64,"),
    "of a wrong type": lambda media: inline(media, "data:text/plain;charset=utf-8;base64,"),
    "in capitals": lambda media: inline(media, "DATA:IMAGE/JPEG;BASE64,"),
    "wrapped": lambda media: wrapped(media, "\n"),
    "wrapped as mail is": lambda media: wrapped(media, "\r\n"),
    "unpadded": lambda media: inline(media + b"\0" * ((1 - len(media)) % 3)).rstrip("="),
    "URL-safe": lambda media: "data:image/jpeg;base64," + base64.urlsafe_b64encode(media).decode(),
    "percent-encoded base64": lambda media: "data:image/jpeg;base64," + quote(base64.b64encode(media), safe=""),
    "percent-encoded": lambda media: "data:image/jpeg," + quote(media),
    "with blanks around": lambda media: f"  {inline(media)}\n",
}


@pytest.mark.parametrize("door", ADDRESS_DOORS)
def test_a_data_url_is_read_however_it_is_spelled(bench: Bench, door: str) -> None:
    account = bench.house.account("enterprise", credits=100_000)
    told = together(
        {
            spelling: partial(by_address, bench, account, door, f"spelled-{number}", write(turned(8)))
            for number, (spelling, write) in enumerate(SPELLINGS.items())
        }
    )
    assert told == dict.fromkeys(SPELLINGS, "red and blue")


@pytest.mark.parametrize("door", ["/v1/files", "/openai/v1/images/edits"])
def test_an_upload_is_what_is_inside_whatever_it_is_called(bench: Bench, door: str) -> None:
    account = bench.house.account("enterprise", credits=100_000)

    def named(name: str, tag: str) -> str:
        if door == "/v1/files":
            return by_address(bench, account, "Flixly", tag, str(uploaded(account, turned(3), name)))
        answered = edit(account, tag, turned(3), name)
        return " | ".join(map(seen, bench.arrived("openai", tag))) or answered.text

    names = (*NAMES, "photo", "photo.txt", "../../etc/passwd", "a" * 300 + ".png")
    told = together({name: partial(named, name, f"name-{number}") for number, name in enumerate(names)})
    assert told == dict.fromkeys(names, "red and blue")


MOVING = {
    **{kind: (make, "audio_url") for kind, make in SOUNDS.items()},
    **{kind: (make, "video_url") for kind, make in FILMS.items()},
}
# A model of each that takes it, and what goes with it.
TAKES: dict[str, dict[str, Any]] = {
    "audio_url": {"model": "dreamina-seedance-2-480p", "reference_images": [inline(saved(scene(), "PNG"))]},
    "video_url": {"model": "happy-horse-video-edit"},
}


@pytest.mark.parametrize("way", ["upload", "data"])
@pytest.mark.parametrize("member", TAKES)
def test_a_sound_in_a_films_container_is_a_sound_before_anything_is_paid_for(
    idle_house: House, way: str, member: str
) -> None:
    account = idle_house.account("enterprise", credits=1_000_000)

    def taken(media: bytes) -> str:
        head = "data:application/octet-stream;base64,"
        url = inline(media, head) if way == "data" else uploaded(account, media, "clip.bin")
        answered = account.submit("flixly.media.generate", {"prompt": "go", **TAKES[member], member: url})
        return "taken" if answered.status_code == 202 else str(answered.get_json()["errors"][0]["pointer"])

    told = {kind: taken(make()) for kind, (make, _) in MOVING.items()}
    assert told == {kind: "taken" if is_a == member else f"/input/{member}" for kind, (_, is_a) in MOVING.items()}


@pytest.mark.parametrize("member", TAKES)
def test_a_sound_in_a_films_container_is_a_sound_at_its_server_too(bench: Bench, member: str) -> None:
    account = bench.house.account("enterprise", credits=1_000_000)
    bench.fakes["byteplus"].makes = bench.fakes["fal"].makes = "video"

    def came(media: bytes) -> str:
        values = {"prompt": "go", **TAKES[member], member: bench.url(media, Content_Type="video/mp4")}
        run = ended(account, account.submit("flixly.media.generate", values).get_json()["id"])
        return "made" if run["status"] == "completed" else str(run["error"]["code"])

    told = together({kind: partial(came, make()) for kind, (make, _) in MOVING.items()})
    assert told == {kind: "made" if is_a == member else "reference_unreachable" for kind, (_, is_a) in MOVING.items()}
    assert charged(account) == list(told.values()).count("made")


def test_a_provider_that_fetches_for_itself_is_given_a_link_that_opens(bench: Bench) -> None:
    account, sound = bench.house.account("enterprise", credits=100_000), SOUNDS["mp3"]()
    bench.fakes["byteplus"].makes = "video"
    values = {"prompt": "go", **TAKES["audio_url"], "audio_url": inline(sound, "data:audio/mpeg;base64,")}
    run_id = account.submit("flixly.media.generate", values).get_json()["id"]
    assert ended(account, run_id)["status"] == "completed"
    (sent,) = [one.json for one in bench.fakes["byteplus"].requests if one.method == "POST"]
    (url,) = [part["audio_url"]["url"] for part in sent["content"] if part["type"] == "audio_url"]
    opened = bench.house.client.get(url.removeprefix("http://genhook.test"))
    assert (opened.status_code, type_of(opened.data)) == (200, "audio/mpeg")
    assert len(opened.data) > len(sound) / 2
    assert "signature" not in account.get(f"/v1/runs/{run_id}").text
