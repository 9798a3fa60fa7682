"""Tasks, models and credits: what stands beside generate."""

from typing import Any

from sqlalchemy import update

from service.runs.cancel import NOTHING_SENT
from service.store.tables import files
from tests.apis.flixly.conftest import refused, upload
from tests.support.house import Account, House
from tests.support.orders import reword_order

TEXT = {"model": "gpt-5-4", "prompt": "Hello"}
CHAT = {"model": "gpt-5-4", "messages": [{"role": "user", "content": "Hello"}], "n": 2}
PENDING = {"outputs": [], "text": None, "credits_used": 0, "credits_remaining": None, "completed_at": None}


def task(account: Account, task_id: str) -> dict[str, Any]:
    answer = account.get(f"/api/v1/generate/{task_id}", api="flixly")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return dict(answer.get_json())


def test_a_completed_task_is_what_generate_answered(account: Account) -> None:
    made = account.post("/api/v1/generate", {"model": "flux-dev", "prompt": "A cat"}, api="flixly").get_json()
    assert task(account, made["id"]) == made


def test_a_task_that_waits_is_queued_and_says_how_far_it_is(idle: Account) -> None:
    run = idle.submit("flixly.media.generate", TEXT).get_json()
    shown = task(idle, run["id"])
    assert shown | PENDING == shown
    assert (shown["status"], shown["progress"], shown["model"]) == ("queued", 0.0, "gpt-5-4")
    assert "error" not in shown


def test_a_task_that_a_newer_version_was_asked_for_is_shown_as_far_as_it_is_known(idle: Account) -> None:
    run = idle.submit("flixly.media.generate", TEXT).get_json()
    known = task(idle, run["id"])

    def newer(order: dict[str, Any]) -> dict[str, Any]:
        return order | {"version": 2, "mood": "calm", "task": order["task"] | {"mood": "calm"}}

    reword_order(idle.house, run["id"], newer)

    assert task(idle, run["id"]) == known


def test_a_failed_task_says_why_in_the_apis_own_words(idle: Account) -> None:
    picture = upload(idle)
    run = idle.submit("flixly.media.generate", {"model": "flux-dev", "prompt": "Rain", "image_url": picture})
    idle.house.context.database.write(lambda db: db.execute(update(files).values(expires_at=1)))
    idle.house.work()
    idle.ended(run.get_json()["id"])
    shown = task(idle, run.get_json()["id"])
    assert shown["status"] == "failed"
    assert shown | PENDING == shown
    assert shown["error"] == {
        "code": "validation_error",
        "status": 422,
        "message": f"The file {picture.partition('?')[0]} is gone.",
    }


def test_a_canceled_task_is_failed_here(idle: Account) -> None:
    run = idle.submit("flixly.media.generate", TEXT).get_json()
    idle.post(f"/v1/runs/{run['id']}/cancel")
    shown = task(idle, run["id"])
    assert (shown["status"], shown["error"]) == (
        "failed",
        {"code": "canceled", "status": 409, "message": NOTHING_SENT},
    )


def test_a_chat_is_a_task_under_either_id(account: Account) -> None:
    answer = account.post("/api/v1/chat/completions", CHAT, api="flixly").get_json()
    shown = task(account, answer["id"])
    assert shown == task(account, str(shown["id"]))
    texts = [choice["message"]["content"] for choice in answer["choices"]]
    assert (shown["type"], shown["text"]) == ("TEXT_TO_TEXT", "\n\n".join(texts))
    assert (shown["credits_used"], shown["status"]) == (answer["credits_used"], "completed")


def test_another_accounts_task_is_not_there(house: House) -> None:
    owner, stranger = house.account(), house.account()
    for path, body in (("/api/v1/generate", TEXT), ("/api/v1/chat/completions", CHAT)):
        task_id = owner.post(path, body, api="flixly").get_json()["id"]
        assert task(owner, task_id)["status"] == "completed"
        refused(stranger.get(f"/api/v1/generate/{task_id}", api="flixly"), 404, "not_found", task_id)


def test_what_is_no_generation_of_flixly_is_no_task(account: Account) -> None:
    joke = {"slug": "joke", "prompt": "cats", "model_id": 37}
    other = account.submit("generor.generators.generate", joke, wait=20).get_json()
    read = account.submit("flixly.credits.get", {}).get_json()
    for run in (other, read):
        assert run["status"] == "completed"
        refused(account.get(f"/api/v1/generate/{run['id']}", api="flixly"), 404, "not_found", "There is no task")


def test_models_are_listed_by_type_with_what_they_take(idle: Account) -> None:
    def listed(query: str = "") -> dict[str, dict[str, Any]]:
        answer = idle.get(f"/api/v1/generate/models{query}", api="flixly")
        return {model["id"]: model for model in answer.get_json()["models"]}

    every = listed()
    assert len(every) >= 90
    assert every["flux-dev"] == {
        "id": "flux-dev",
        "name": "Flux Dev",
        "description": every["flux-dev"]["description"],
        "types": ["TEXT_TO_IMAGE", "IMAGE_TO_IMAGE"],
        "provider": "fal",
        "credits": 50,
        "unit": "item",
        "aspect_ratios": every["flux-dev"]["aspect_ratios"],
        "durations": [],
        "seconds_range": None,
        "voices": [],
        "shutdown": None,
        "successor": None,
        "references": {"image_url": 1, "video_url": 0, "audio_url": 0, "reference_images": 0},
        "required": [],
    }
    assert every["veo-3-1"]["durations"] == [4, 6, 8]
    assert every["veo-3-1"]["unit"] == "second"
    types = {name for model in every.values() for name in model["types"]}
    assert len(types) == 12
    for name in types:
        assert listed(f"?type={name}") == {key: model for key, model in every.items() if name in model["types"]}


def test_a_type_that_is_not_there_is_refused(idle: Account) -> None:
    refused(idle.get("/api/v1/generate/models?type=TEXT_TO_SMELL", api="flixly"), 422, "validation_error", "type")


def test_the_models_are_the_choices_of_generate_and_chat(idle: Account) -> None:
    def options(action: str) -> list[Any]:
        answer = idle.post(f"/v1/actions/{action}/fields", {"field": "model", "input": {}, "search": "gpt-5.4"})
        return [option["value"] for option in answer.get_json()["options"]]

    assert "gpt-5-4" in options("flixly.media.generate")
    assert "gpt-5-4" in options("flixly.chat.complete")
    answer = idle.post("/v1/actions/flixly.chat.complete/fields", {"field": "model", "input": {}, "search": "flux"})
    assert answer.get_json()["options"] == []


def test_credits_are_the_ledgers_sum_with_the_holds_beside_it(idle_house: House) -> None:
    account = idle_house.account("basic", credits=500)
    account.submit("flixly.media.generate", {"model": "flux-dev", "prompt": "A cat", "count": 2})
    shown = account.get("/api/v1/generate/credits", api="flixly").get_json()
    assert shown == {
        "credits_remaining": 500,
        "held": 100,
        "paid": 500,
        "free": 0,
        "earned": 0,
        "plan": "basic",
        "requests_per_minute": 60,
        "parallel_tasks": 3,
        "tasks_running": 1,
    }
    idle_house.work()
    assert idle_house.until(lambda: account.balance()["held"] == 0)
    shown = account.get("/api/v1/generate/credits", api="flixly").get_json()
    assert (shown["credits_remaining"], shown["held"], shown["tasks_running"]) == (400, 0, 0)
