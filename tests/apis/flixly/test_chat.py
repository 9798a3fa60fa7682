"""POST /api/v1/chat/completions. See OpenAI's chat completions reference."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from service.catalog import load
from service.errors import ValidationError
from service.generation.order import loads
from service.store.tables import run_bodies
from tests.apis.flixly.conftest import Call, refused, upload
from tests.support.definitions import built_in
from tests.support.house import Account

ACTION = "flixly.chat.complete"
DEFINITION = built_in().action(ACTION)
HELLO = {"role": "user", "content": "Tell me about harbours"}
ASKED = {"model": "gpt-5-4", "messages": [HELLO]}
BLIND = next(model for model in load().models("text") if not model.vision)


def said(content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}]}


def shown(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def by(schema: dict[str, Any]) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "ship", "schema": schema}}}


SHIP = {
    "type": "object",
    "required": ["name", "masts"],
    "additionalProperties": False,
    "properties": {"name": {"type": "string"}, "masts": {"type": "integer", "minimum": 1, "maximum": 5}},
}
LIMITS = [
    ("model", "m" * 200, "m" * 201),
    ("model", "m", ""),
    ("messages", [HELLO], []),
    ("messages", [HELLO] * 1000, [HELLO] * 1001),
    ("temperature", 0, -0.1),
    ("temperature", 2, 2.1),
    ("top_p", 0, -0.1),
    ("top_p", 1, 1.1),
    ("presence_penalty", -2, -2.1),
    ("presence_penalty", 2, 2.1),
    ("frequency_penalty", -2, -2.1),
    ("frequency_penalty", 2, 2.1),
    ("max_tokens", 1, 0),
    ("max_tokens", 1_000_000, 1_000_001),
    ("max_completion_tokens", 1, 0),
    ("max_completion_tokens", 1_000_000, 1_000_001),
    ("n", 1, 0),
    ("n", 10, 11),
    ("stop", "s", ""),
    ("stop", ["s"] * 4, ["s"] * 5),
    ("stream", True, "yes"),
    ("stream_options", {"include_usage": True}, True),
    ("seed", 0, -1),
    ("seed", 2**53 - 1, 2**53),
]
CONTENTS = [
    ("c" * 200_000, "c" * 200_001),
    ([{"type": "text", "text": "t"}] * 100, [{"type": "text", "text": "t"}] * 101),
]


@pytest.fixture
def chat(account: Account) -> Call:
    def call(**body: Any) -> Any:
        return account.post("/api/v1/chat/completions", ASKED | body, api="flixly")

    return call


@pytest.mark.parametrize(("field", "good", "bad"), LIMITS)
def test_every_limit_holds_at_its_end_and_past_it(field: str, good: Any, bad: Any) -> None:
    assert DEFINITION.validate({**ASKED, field: good})[field] == good
    with pytest.raises(ValidationError) as refusal:
        DEFINITION.validate({**ASKED, field: bad})
    assert [fault.pointer for fault in refusal.value.errors] == [f"/{field}"]


@pytest.mark.parametrize(("good", "bad"), CONTENTS)
def test_a_message_holds_so_much_and_no_more(good: Any, bad: Any) -> None:
    assert DEFINITION.validate(ASKED | said(good))
    with pytest.raises(ValidationError) as refusal:
        DEFINITION.validate(ASKED | said(bad))
    assert [fault.pointer for fault in refusal.value.errors] == ["/messages/0/content"]


def test_what_a_client_sends_as_null_is_left_out(chat: Call) -> None:
    optional = [name for name in DEFINITION.input_schema["properties"] if name not in ASKED]
    answer = chat(**dict.fromkeys(optional))
    assert answer.status_code == 200
    assert answer.is_json


def test_an_answer_has_openais_shape_and_the_account_pays_for_it(account: Account, chat: Call) -> None:
    answer = chat(messages=[{"role": "system", "content": "Be brief."}, HELLO]).get_json()
    (choice,) = answer["choices"]
    run_id = answer["id"].replace("chatcmpl-", "run_")
    assert list(answer)[:7] == ["id", "object", "created", "model", "choices", "usage", "system_fingerprint"]
    assert (answer["object"], answer["model"]) == ("chat.completion", "gpt-5-4")
    assert choice == {
        "index": 0,
        "message": {"role": "assistant", "content": choice["message"]["content"], "refusal": None},
        "logprobs": None,
        "finish_reason": "stop",
    }
    assert "harbour" in choice["message"]["content"].lower()
    usage = answer["usage"]
    assert usage["prompt_tokens"] == 3 + 6
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert (answer["credits_used"], answer["credits_remaining"]) == (2, 9998)
    assert (answer["provider_used"], answer["sandbox"]) == ("local", True)
    assert account.charges(run_id) == [2]


def test_n_answers_differ_and_each_is_paid_for(chat: Call) -> None:
    answer = chat(n=3).get_json()
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert len({choice["message"]["content"] for choice in answer["choices"]}) == 3
    assert answer["credits_used"] == 6


def test_the_estimate_is_the_charge(account: Account, chat: Call) -> None:
    estimate = account.post(f"/v1/actions/{ACTION}/estimate", {"input": {**ASKED, "n": 4}}).get_json()
    assert estimate["credits"] == chat(n=4).get_json()["credits_used"] == 8


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_an_answer_is_cut_at_the_tokens_asked_for(chat: Call, name: str) -> None:
    answer = chat(**{name: 5}).get_json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 5


def test_the_newer_name_of_the_limit_wins(chat: Call) -> None:
    assert chat(max_tokens=5, max_completion_tokens=7).get_json()["usage"]["completion_tokens"] == 7


@pytest.mark.parametrize("several", [False, True])
def test_an_answer_ends_before_a_stop_text(chat: Call, several: bool) -> None:
    whole = chat(seed=7).get_json()["choices"][0]["message"]["content"]
    stop = whole.split()[3]
    cut = chat(seed=7, stop=["never said", stop] if several else stop).get_json()["choices"][0]
    assert (cut["message"]["content"], cut["finish_reason"]) == (whole[: whole.index(stop)], "stop")


def test_an_answer_holds_to_the_schema_asked_for(chat: Call) -> None:
    content = chat(**by(SHIP)).get_json()["choices"][0]["message"]["content"]
    Draft202012Validator(SHIP).validate(json.loads(content))


def test_a_seed_repeats_and_another_does_not(chat: Call) -> None:
    texts = [chat(seed=seed).get_json()["choices"][0]["message"]["content"] for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_a_model_may_be_called_by_its_providers_own_id(chat: Call) -> None:
    model = load().model_by_key("gpt-5-4")
    assert model.provider_model != model.key
    answer = chat(model=model.provider_model).get_json()
    assert (answer["model"], answer["credits_used"]) == (model.provider_model, model.credit_cost)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": "flux-dev"}, "There is no chat model flux-dev"),
        ({"messages": [{"role": "assistant", "content": None}]}, "messages must hold"),
        (said(""), "messages must hold"),
        ({"messages": [{"role": "narrator", "content": "Hi"}]}, "role must be one of"),
        ({"messages": [{"role": "user"}]}, "content is required"),
        (said([{"type": "image_url"}]), "image_url is required"),
        (said([{"type": "sound"}]), "type must be one of"),
        (by({"type": "array"}), "a schema must be of an object"),
        (by({"type": "objekt"}), "is no JSON Schema"),
        ({"response_format": {"type": "yaml"}}, "type must be one of text, json_object, json_schema"),
        (by(SHIP) | said([shown("https://a.example/cat.png")]), "not to pictures"),
        ({"model": BLIND.key, **said([shown("https://a.example/cat.png")])}, "reads no pictures"),
        (said([shown("https://a.example/cat.png")] * 11), "10 pictures at most"),
        (said([shown("http://10.1.2.3/cat.png")]), "10.1.2.3"),
        (said([shown("data:image/png;base64,!!")]), "not valid base64"),
        (said([shown("data:image/png;base64,")]), "holds no media"),
        (said([shown("data:image/png,cat")]), "not a picture"),
        (said([shown("data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEA")]), "not image"),
    ],
)
def test_what_does_not_fit_is_422_in_flixlys_envelope(account: Account, chat: Call, body: Any, words: str) -> None:
    refused(chat(**body), 422, "validation_error", words)
    assert account.balance() == {"total": 10_000, "held": 0}


def test_the_engine_is_given_the_whole_conversation(idle: Account) -> None:
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is a quay?"},
        {"role": "assistant", "content": "A place to moor."},
        {"role": "developer", "content": "Rhyme."},
        {"role": "user", "content": [{"type": "text", "text": "And a"}, {"type": "text", "text": "pier?"}]},
    ]
    task = order(idle, {"model": "gpt-5-4", "messages": turns, "temperature": 0.5, "max_tokens": 9, "stop": "x"}).task
    assert (task.media, task.prompt, task.params) == (
        "text",
        "And a\npier?",
        {
            "instructions": "Be brief.\n\nRhyme.",
            "messages": [
                {"role": "user", "content": "What is a quay?"},
                {"role": "assistant", "content": "A place to moor."},
            ],
            "temperature": 0.5,
            "max_tokens": 9,
            "stop": ["x"],
            "chat": {},
        },
    )


def test_pictures_of_the_conversation_are_looked_at_in_their_order(idle: Account, inline_picture: str) -> None:
    uploaded = upload(idle)
    asked = said([shown(uploaded), {"type": "text", "text": "What is this?"}, shown(inline_picture)])
    accepted = order(idle, {"model": "gpt-5-4", **asked})
    assert (accepted.task.media, accepted.facts["type"]) == ("vision", "IMAGE_TO_TEXT")
    first, second = (reference.url for reference in accepted.task.references)
    assert (first, second.partition("/data_")[0]) == (uploaded, f"{idle.house.settings.public_url}/files")


def test_a_question_about_a_picture_is_answered(account: Account, chat: Call, inline_picture: str) -> None:
    answer = chat(**said([{"type": "text", "text": "What colour is this?"}, shown(inline_picture)])).get_json()
    assert "#b43c28" in answer["choices"][0]["message"]["content"].lower()
    task = account.get(f"/api/v1/generate/{answer['id']}", api="flixly").get_json()
    assert task["type"] == "IMAGE_TO_TEXT"


def order(account: Account, values: dict[str, Any]) -> Any:
    """The order that an accepted chat became."""
    answer = account.submit(ACTION, values)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    query = select(run_bodies.c.order, run_bodies.c.input).where(run_bodies.c.run_id == answer.get_json()["id"])
    with account.house.context.database.read() as db:
        row = db.execute(query).one()
    return loads(row.order, json.loads(row.input))
