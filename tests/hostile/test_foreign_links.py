"""No text that somebody wrote becomes a link: a file is signed for its own account only, found by its row."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from service.store.tables import events
from tests.fakes.hosted import GENEROR_JOKE, FakeHosted
from tests.fakes.provider import KEY, Reply
from tests.files.kept import PICTURE, kept_file
from tests.hosted.conftest import connect
from tests.support.house import Account, House

HOOK = "http://127.0.0.1:9/hook"
JOKE = {"slug": "joke", "model_id": 37}
# The URL of a private file, in every form that was ever shown or stored.
FORMS = (
    "{base}/{path}?private=1",
    "{base}/{path}",
    "/{path}?private=1",
    "/{path}",
    "{base}/{path}?expires=1&signature=0",
)


@pytest.fixture
def victim(house: House) -> Account:
    """Somebody with a private picture."""
    return house.account()


@pytest.fixture
def texts(victim: Account, account: Account) -> list[str]:
    """Return what the caller writes: URLs of another's private picture, and of an own one."""
    paths, base = (kept_file(victim), kept_file(account)), victim.house.settings.public_url
    return [form.format(base=base, path=path) for path in paths for form in FORMS]


@pytest.fixture
def answers(house: House) -> Callable[[Account, str], list[bytes]]:
    """Every way in which the account reads a run: once, in lists, as events, through MCP, in callback bodies."""

    def read(account: Account, run_id: str) -> list[bytes]:
        paths = (f"/v1/runs/{run_id}", "/v1/runs", "/v1/runs?include=input,output", f"/v1/runs/{run_id}/events")
        asked = {"name": "runs_get", "arguments": {"run_id": run_id}}
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked}
        bodies = [account.get(path).data for path in paths] + [account.post("/mcp", call).data]
        with house.context.database.read() as db:
            bodies += [bytes(body) for body in db.execute(select(events.c.body)).scalars()]
        return bodies

    return read


def signed(bodies: list[bytes]) -> list[bytes]:
    """Those that hold a signature other than the one that was written."""
    return [body for body in bodies if b"signature=" in body.replace(b"signature=0", b"")]


WRITES: dict[str, Callable[[str], tuple[str, dict[str, Any]]]] = {
    "a bio": lambda text: ("generor.users.update", {"bio": text}),
    "a team's name": lambda text: ("generor.teams.create", {"name": text}),
    "a prompt": lambda text: ("generor.generators.generate", {**JOKE, "prompt": text}),
    "a chat": lambda text: (
        "flixly.chat.complete",
        {"model": "gpt-5-4", "messages": [{"role": "user", "content": text}]},
    ),
    "a title": lambda text: (
        "flokan.thumbnails.generate",
        {"video_title": text, "prompt": text, "image_model": "standard", "aspect_ratio": "16:9", "image_count": 1},
    ),
}


def test_what_a_caller_writes_comes_back_as_written_and_opens_nothing(
    account: Account, texts: list[str], answers: Callable[[Account, str], list[bytes]]
) -> None:
    for name, write in WRITES.items():
        for text in (texts[0], texts[len(FORMS)]):
            action, values = write(text)
            members = {"metadata": {"note": text, text: [text]}, "group": text, "callback_url": HOOK}
            accepted = account.submit(action, values, wait=20, **members)
            run = account.ended(accepted.get_json()["id"])

            assert signed([accepted.data, *answers(account, run["id"])]) == [], name
            assert run["input"] | values == run["input"], name
            assert (run["metadata"], run["group"]) == (members["metadata"], text), name

    for path in ("/api/v1/users/me", "/api/v1/teams", "/api/v1/creations"):
        assert signed([account.get(path).data]) == []


def test_a_profile_is_read_as_written_by_everybody_and_every_door(
    victim: Account, account: Account, texts: list[str]
) -> None:
    for text in texts:
        assert account.submit("generor.users.update", {"bio": text}).get_json()["output"]["bio"] == text
        for reader in (account, victim):
            read = reader.submit("generor.users.get", {"username": account.name}).get_json()
            again = reader.get(f"/v1/runs/{read['id']}").get_json()
            rest = reader.get(f"/api/v1/users/{account.name}").get_json()["data"]
            assert [read["output"]["bio"], again["output"]["bio"], rest["bio"]] == [text] * 3


def test_comments_are_read_as_written(victim: Account, account: Account, texts: list[str]) -> None:
    public = account.submit("generor.generators.generate", {**JOKE, "prompt": "x"}, wait=20).get_json()
    creation = public["output"]["creations"][0]["creation_id"]
    for text in texts:
        said = account.submit("generor.comments.create", {"id": creation, "text": text}).get_json()
        assert said["output"]["text"] == text

    for reader in (account, victim):
        listed = reader.submit("generor.comments.list", {"id": creation}).get_json()
        again = reader.get(f"/v1/runs/{listed['id']}").get_json()
        for run in (listed, again):
            assert sorted(comment["text"] for comment in run["output"]["data"]) == sorted(texts)


def test_a_hosted_originals_answer_is_kept_as_it_came(
    house: House, account: Account, texts: list[str], answers: Callable[[Account, str], list[bytes]]
) -> None:
    house.app.test_client_class = FlaskClient
    fake = FakeHosted()
    connect(account, "generor", KEY, fake.base_url)
    try:
        for text in texts:
            creations = [
                {"creation_id": 1, "text": text, "image_url": text, "audio_url": text, "images": [{"url": text}]}
            ]
            data = {**GENEROR_JOKE, "creations": creations}
            fake.prepare("POST", "/api/v1/generators/joke/generate", Reply(201, {"success": True, "data": data}))
            values = {**JOKE, "prompt": "x"}
            options = {"connection": "generor", "callback_url": HOOK}
            run = account.ended(account.submit("generor.generators.generate", values, **options).get_json()["id"])

            assert run["output"]["creations"] == creations
            assert signed(answers(account, run["id"])) == []
    finally:
        fake.close()


def test_nothing_that_is_answered_opens_anothers_picture(victim: Account, account: Account) -> None:
    path, base = kept_file(victim), victim.house.settings.public_url
    account.submit("generor.users.update", {"bio": f"{base}/{path}?private=1"})
    bio = account.get("/api/v1/users/me").get_json()["data"]["bio"]

    anonymous = victim.house.client
    tried = [f"/{path}", f"/{path}?private=1", bio.removeprefix(base), f"/{path}?expires=99999999999&signature=0"]
    assert [anonymous.get(url).status_code for url in tried] == [404] * 4
    assert account.get(f"/{path}").status_code == 404
    assert victim.get(f"/{path}").data == PICTURE


def test_a_signature_of_one_file_opens_no_other(victim: Account, account: Account) -> None:
    mine, another = kept_file(account), kept_file(victim)
    with account.house.context.database.read() as db:
        link = account.house.context.links.of(db, account.id, [mine])[mine]
        assert "signature=" not in account.house.context.links.of(db, account.id, [another])[another]
        assert "signature=" not in account.house.context.links.of(db, None, [mine])[mine]

    assert account.house.client.get(f"/{mine}?{link.partition('?')[2]}").status_code == 200
    assert account.house.client.get(f"/{another}?{link.partition('?')[2]}").status_code == 404


def test_a_public_file_of_anothers_is_told_as_it_is(victim: Account, account: Account) -> None:
    path = kept_file(victim, private=False)
    with account.house.context.database.read() as db:
        link = account.house.context.links.of(db, account.id, [path])[path]

    assert link == f"{account.house.settings.public_url}/{path}"
    assert account.house.client.get(f"/{path}").data == PICTURE


def test_event_bodies_are_json_of_the_run(account: Account, texts: list[str]) -> None:
    run = account.submit(
        "generor.generators.generate", {**JOKE, "prompt": texts[0]}, wait=20, callback_url=HOOK
    ).get_json()
    with account.house.context.database.read() as db:
        (body,) = db.execute(select(events.c.body).where(events.c.run_id == run["id"])).scalars()

    assert orjson.loads(body)["data"]["input"]["prompt"] == texts[0]
