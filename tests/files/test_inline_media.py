"""Media inside a request, as a data: URL, becomes a file before the run is stored, on every face that takes media."""

import base64
import io
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from service.errors import ReferenceUnreachable
from service.files import data_urls
from service.store.clock import now
from service.store.tables import accounts, events, files, run_bodies
from tests.support.house import Account, House


@cache
def png(seed: int = 1, side: int = 64) -> bytes:
    """A picture that no packing makes small."""
    kept = io.BytesIO()
    Image.frombytes("RGB", (side, side), Random(seed).randbytes(side * side * 3)).save(kept, "PNG")
    return kept.getvalue()


def data_url(media: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(media).decode()}"


URL = data_url(png())
HOOK = "http://127.0.0.1:9/hook"
IMAGE = {"prompt": "the same at night", "model": "flux-dev"}
GENERATES: dict[str, tuple[str, str, str, dict[str, Any], str]] = {
    "a Flixly picture": (
        "flixly.media.generate",
        "flixly",
        "/api/v1/generate",
        {**IMAGE, "image_url": URL},
        "/image_url",
    ),
    "Flixly's list": (
        "flixly.media.generate",
        "flixly",
        "/api/v1/generate",
        {**IMAGE, "model": "flux-2-pro", "image_url": URL, "reference_images": [URL]},
        "/reference_images/0",
    ),
    "a Generor picture": (
        "generor.generators.generate",
        "generor",
        "/api/v1/generators/image/generate",
        {"slug": "image", "prompt": "x", "model_id": 10003, "image_url": URL},
        "/image_url",
    ),
    "Flokan's references": (
        "flokan.thumbnails.generate",
        "flokan",
        "/api/v1/thumbnail-generator/generate",
        {
            "video_title": "x",
            "prompt": "x",
            "image_model": "standard",
            "aspect_ratio": "16:9",
            "image_count": 1,
            "youtube_references": [URL],
        },
        "/youtube_references/0",
    ),
    "a chat": (
        "flixly.chat.complete",
        "flixly",
        "/api/v1/chat/completions",
        {
            "model": "gpt-5-4",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What is this?"},
                        {"type": "image_url", "image_url": {"url": URL}},
                    ],
                }
            ],
        },
        "/messages/0/content/1/image_url/url",
    ),
}


def at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        value = value[int(part) if isinstance(value, list) else part]
    return value


def stored(house: House) -> list[str]:
    """Everything that is stored of runs."""
    with house.context.database.read() as db:
        rows = db.execute(select(run_bodies)).all()
        bodies = [bytes(body).decode() for body in db.execute(select(events.c.body)).scalars()]
    return bodies + [str(member) for row in rows for member in row if member is not None]


@pytest.fixture
def me(idle_house: House) -> Account:
    return idle_house.account()


@pytest.mark.parametrize("case", GENERATES.values(), ids=GENERATES)
def test_media_inside_a_request_is_stored_as_a_private_file(
    house: House, case: tuple[str, str, str, dict[str, Any], str]
) -> None:
    action, api, path, values, pointer = case
    account = house.account()
    accepted = account.submit(action, values, callback_url=HOOK, wait=20).get_json()
    body = {name: value for name, value in values.items() if name != "slug"}
    rest = account.post(path, body, api=api)

    run = account.ended(accepted["id"])
    assert (run["status"], rest.status_code < 300) == ("completed", True), (run["error"], rest.get_json())
    url = at(run["input"], pointer)
    assert url.startswith(f"{house.settings.public_url}/files/data_")
    local = url.removeprefix(house.settings.public_url)
    assert [account.get(local).data, house.client.get(local).status_code] == [png(), 404]
    assert [text for text in stored(house) if URL[30:] in text] == []


def test_every_picture_of_a_chat_is_a_file_wherever_it_stands_and_however_often(me: Account) -> None:
    shown: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": URL}},
        {"type": "image_url", "image_url": URL},
        {"type": "file", "file": {"filename": "a.png", "file_data": URL}},
    ]
    messages = [
        {"role": "user", "content": [{"type": "text", "text": URL}, *shown]},
        {"role": "assistant", "content": "A red square."},
        {"role": "user", "content": [{"type": "text", "text": "And now?"}, *shown[:1]]},
    ]

    run = me.submit("flixly.chat.complete", {"model": "gpt-5-4", "messages": messages}).get_json()

    said, *kept = run["input"]["messages"][0]["content"]
    assert said["text"] == URL, "what is written stays as it is written"
    places = [
        at(part, pointer)
        for part, pointer in zip(kept, ("/image_url/url", "/image_url", "/file/file_data"), strict=True)
    ]
    places.append(run["input"]["messages"][2]["content"][1]["image_url"]["url"])
    assert {url.partition("/data_")[0] for url in places} == {f"{me.house.settings.public_url}/files"}


@pytest.mark.parametrize(
    ("api", "path", "values"),
    [
        ("flixly", "/api/v1/generate", IMAGE),
        ("generor", "/v1/actions/flixly.media.generate", {"input": IMAGE}),
    ],
)
def test_a_photograph_of_some_megabytes_is_taken(house: House, api: str, path: str, values: dict[str, Any]) -> None:
    account, url = house.account(), data_url(png(side=1100))
    asked = {**values, "image_url": url} if api == "flixly" else {"input": {**IMAGE, "image_url": url}}

    answer = account.post(path, asked, api=api)

    assert len(url) > 4_000_000
    assert answer.status_code in (200, 202), answer.get_json()


def test_the_same_media_is_one_file_however_often_it_is_sent(me: Account) -> None:
    for prompt in ("one", "two", "three"):
        assert me.submit("flixly.media.generate", {**IMAGE, "prompt": prompt, "image_url": URL}).status_code == 202

    with me.house.context.database.read() as db:
        assert db.execute(select(files.c.size).where(files.c.account_id == me.id)).scalars().all() == [len(png())]
        assert db.execute(select(accounts.c.storage_used).where(accounts.c.id == me.id)).scalar_one() == len(png())


def test_media_sent_again_after_its_day_is_kept_anew(me: Account) -> None:
    values = {**IMAGE, "image_url": URL}
    me.submit("flixly.media.generate", values)
    me.house.context.database.write(lambda db: db.execute(update(files).values(expires_at=now() - 1)))

    run = me.submit("flixly.media.generate", values).get_json()

    assert me.get(run["input"]["image_url"].removeprefix(me.house.settings.public_url)).data == png()
    with me.house.context.database.read() as db:
        assert db.execute(select(accounts.c.storage_used).where(accounts.c.id == me.id)).scalar_one() == len(png())


def test_two_accounts_share_no_file(me: Account) -> None:
    other = me.house.account()
    urls = [
        one.submit("flixly.media.generate", {**IMAGE, "image_url": URL}).get_json()["input"]["image_url"]
        for one in (me, other)
    ]

    assert urls[0] != urls[1]
    assert other.get(urls[0].removeprefix(me.house.settings.public_url)).status_code == 404


def test_an_idempotency_key_stands_for_the_media_as_it_was_sent(me: Account) -> None:
    key, values = {"Idempotency-Key": "k"}, {**IMAGE, "image_url": URL}
    first = me.submit("flixly.media.generate", values, headers=key)
    again = me.submit("flixly.media.generate", values, headers=key)
    another = me.submit("flixly.media.generate", {**values, "image_url": data_url(png(2))}, headers=key)

    assert (first.status_code, again.status_code, another.status_code) == (202, 200, 422)
    assert first.get_json()["id"] == again.get_json()["id"]


def test_a_prompt_that_equals_the_media_stays_as_written(me: Account) -> None:
    small = data_url(png(side=8))

    run = me.submit("flixly.media.generate", {**IMAGE, "prompt": small, "image_url": small}).get_json()

    assert run["input"]["prompt"] == small
    assert run["input"]["image_url"].startswith(f"{me.house.settings.public_url}/files/data_")


@pytest.mark.parametrize(
    ("api", "path", "values"),
    [
        ("flixly", "/api/v1/generate", {**IMAGE, "image_url": URL}),
        ("generor", "/api/v1/generators/image/generate", {"prompt": "x", "model_id": 10003, "image_url": URL}),
        ("generor", "/v1/actions/flixly.media.generate", {"input": {**IMAGE, "image_url": URL}}),
    ],
)
def test_media_that_no_longer_fits_is_402_in_the_apis_envelope(
    me: Account, api: str, path: str, values: dict[str, Any]
) -> None:
    change = update(accounts).where(accounts.c.id == me.id).values(storage_limit=len(png()) - 1)
    me.house.context.database.write(lambda db: db.execute(change))

    answer = me.post(path, values, api=api)

    assert answer.status_code == 402, answer.get_json()
    assert "storage" in answer.get_data(as_text=True).lower()
    with me.house.context.database.read() as db:
        assert db.execute(select(func.count()).select_from(run_bodies)).scalar_one() == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("data:image/png;base64,!!!!", "base64"),
        ("data:image/png;base64,", "no media"),
        ("data:image/png;base64", "no media"),
        ("data:text/plain,hello", "known format"),
        (data_url(b"%PDF-1.4 and so on", "image/png"), "not image"),
    ],
)
def test_what_is_no_picture_is_refused_where_it_stands(me: Account, url: str, said: str) -> None:
    answer = me.submit("flixly.media.generate", {**IMAGE, "image_url": url})

    assert answer.status_code == 422
    (fault,) = answer.get_json()["errors"]
    assert fault["pointer"] == "/input/image_url"
    assert said in fault["message"]
    assert len(fault["message"]) < 300


PLAIN = base64.b64encode(png()).decode()
SPELLINGS = {
    "wrapped": "data:image/png;base64," + "\r\n".join(PLAIN[n : n + 76] for n in range(0, len(PLAIN), 76)),
    "unpadded": f"data:image/png;base64,{PLAIN.rstrip('=')}",
    "URL-safe": f"data:image/png;base64,{base64.urlsafe_b64encode(png()).decode()}",
    "URL-safe, unpadded": f"data:;base64,{base64.urlsafe_b64encode(png()).decode().rstrip('=')}",
    "percent-encoded": "data:image/png;base64," + quote(PLAIN, safe=""),
    "not base64": "data:image/png," + quote(png(), safe=""),
    "loud": f"DATA:Image/PNG;BASE64,{PLAIN}",
    "with parameters": f"data:image/png;name=a.png;charset=utf-8;base64,{PLAIN}",
    "spaced": f"data:image/png; base64, {PLAIN} ",
}


@pytest.mark.parametrize("url", SPELLINGS.values(), ids=SPELLINGS)
def test_base64_is_read_as_encoders_write_it(url: str) -> None:
    assert data_urls.content(url) == png()


def test_media_that_is_too_large_names_the_limit_and_where_uploads_go() -> None:
    with pytest.raises(ReferenceUnreachable, match=r"1,000 bytes.*POST /v1/files"):
        data_urls.content(data_url(b"x" * 1001), 1000)
    with pytest.raises(ReferenceUnreachable, match=r"POST /v1/files"):
        data_urls.content(data_url(b"x" * 100_000), 1000)
