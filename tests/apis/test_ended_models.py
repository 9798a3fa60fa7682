"""A model that its provider has ended, on every face: the list says so, and it is refused with its successor's name."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.apis.openai.catalog import find
from service.apis.request import Request
from service.store import clock
from tests.support.house import Account, House

OMNI = {"prompt": "rain", "type": "TEXT_TO_VIDEO", "model": "gemini-omni-1-1-flash"}
SUCCESSOR = "Gemini Omni 1.2 Flash (gemini-omni-1-2-flash, id 20097)"
GENEROR = {"model_id": 20096, "prompt": "rain"}
SPEECH = {"model": "gpt-4o-mini-tts", "input": "Hello.", "voice": "alloy"}


@pytest.fixture
def account(idle_house: House) -> Account:
    return idle_house.account()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day on which OpenAI's speech ends, a month after Omni 1.1."""
    moment = int(datetime(2027, 1, 6, tzinfo=UTC).timestamp() * 1000)
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.mark.parametrize(
    ("path", "body", "api", "status", "pointer"),
    [
        ("/api/v1/generate", OMNI, "flixly", 422, "/model"),
        ("/api/v1/generators/video/generate", GENEROR, "generor", 400, "/model_id"),
        ("/api/v1/generators/video/estimate", GENEROR, "generor", 400, "/model_id"),
        ("/v1/actions/flixly.media.generate", {"input": OMNI}, "flixly", 422, "/input/model"),
        ("/v1/actions/flixly.media.generate/estimate", {"input": OMNI}, "flixly", 422, "/input/model"),
        ("/openai/v1/audio/speech", SPEECH, "generor", 404, None),
    ],
)
@pytest.mark.usefixtures("later")
def test_an_ended_model_is_refused_with_its_successors_name(
    account: Account, path: str, body: dict[str, Any], api: str, status: int, pointer: str | None
) -> None:
    answer = account.post(path, body, api=api)
    assert answer.status_code == status
    told = answer.get_data(as_text=True)
    assert ("Gemini 3.8 Flash TTS (gemini-3-8-flash-tts, id 30002)" if "speech" in path else SUCCESSOR) in told
    assert pointer is None or path.startswith("/api") or pointer in told


@pytest.mark.parametrize("key", ["gpt-5-4-nano", "gpt-5.4-nano"])
def test_a_chat_with_an_ended_model_names_its_successor(
    account: Account, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    moment = int(datetime(2027, 4, 1, tzinfo=UTC).timestamp() * 1000)
    monkeypatch.setattr(clock, "now", lambda: moment)
    body = {"model": key, "messages": [{"role": "user", "content": "Hello"}]}
    for path, api, status in (
        ("/api/v1/chat/completions", "flixly", 422),
        ("/openai/v1/chat/completions", "flixly", 404),
    ):
        answer = account.post(path, body, api=api)
        assert answer.status_code == status
        assert "GPT-5.4 Mini (gpt-5-4-mini, id 21)" in answer.get_data(as_text=True)


@pytest.mark.usefixtures("later")
def test_a_narrator_that_has_ended_is_refused(account: Account) -> None:
    answer = account.post("/api/v1/generators/joke/generate", {"model_id": 37, "prompt": "cats", "model_speech": 30003})
    assert answer.status_code == 400
    assert "30002" in answer.get_data(as_text=True)


@pytest.mark.usefixtures("later")
def test_what_names_no_model_is_made_with_the_successor(account: Account) -> None:
    context = account.house.context
    action = context.definitions.actions["generor.models.list"]
    with context.database.read() as db:
        request = Request(action, {"input": "Hello."}, None, db, context)
        assert find(request, "speech").key == "gemini-3-8-flash-tts"


def test_the_day_before_a_model_is_there(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = int(datetime(2026, 12, 2, 23, 59, tzinfo=UTC).timestamp() * 1000)
    monkeypatch.setattr(clock, "now", lambda: moment)
    answer = account.post("/v1/actions/flixly.media.generate/estimate", {"input": OMNI}, api="flixly")
    assert answer.status_code == 200


def test_every_list_says_when_a_model_ends(account: Account) -> None:
    flixly = {one["id"]: one for one in account.get("/api/v1/generate/models", "flixly").get_json()["models"]}
    omni = flixly["gemini-omni-1-1-flash"]
    assert (omni["shutdown"], omni["successor"]) == ("2026-12-03", "gemini-omni-1-2-flash")
    assert (flixly["flux-dev"]["shutdown"], flixly["flux-dev"]["successor"]) == (None, None)
    generor = account.get("/api/v1/models/video/20096").get_json()["data"]
    assert "2026-12-03; use Gemini Omni 1.2 Flash" in generor["description"]
    assert account.get("/openai/v1/models/gemini-omni-1-1-flash").get_json()["shutdown_date"] == "2026-12-03"
    assert "shutdown_date" not in account.get("/openai/v1/models/flux-dev").get_json()
