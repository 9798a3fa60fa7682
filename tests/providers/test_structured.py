"""Texts from language models hold to their schema, after one repair at most."""

import json
from typing import Any

import pytest

from service.errors import OutcomeUnknown, ProviderError
from service.providers.base import NotNow, Task
from service.providers.conversation import Ask, Reply
from service.providers.structured import ask, awaited, written

SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "stars": {"type": "integer"}},
    "required": ["text", "stars"],
    "additionalProperties": False,
}
GOOD, OTHER = {"text": "A joke.", "stars": 4}, {"text": "Another.", "stars": 5}


class Model:
    """A language model that says what it is told to."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Ask] = []

    def __call__(self, asking: Ask) -> Reply:
        self.asked.append(asking)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Reply):
            return answer
        return Reply(answer if isinstance(answer, str) else json.dumps(answer))


def task(count: int = 1, **params: Any) -> Task:
    return Task("text", "gpt-5.4", "cats", count, params={"schema": SCHEMA, "instructions": "Joke: cats", **params})


def fields(model: Model, asked: Task) -> list[Any]:
    return [artifact.fields for artifact in written(asked, "openai", model).artifacts]


def test_an_answer_that_fits_is_one_call() -> None:
    model = Model({"items": [GOOD, OTHER]})
    assert fields(model, task(2)) == [GOOD, OTHER]
    assert model.asked[0].schema is not None
    assert "exactly 2 items" in model.asked[0].instructions
    assert model.asked[0].prompt == "Joke: cats"


def test_a_fence_around_the_answer_is_no_fault() -> None:
    model = Model("```json\n" + json.dumps({"items": [GOOD]}) + "\n```")
    assert fields(model, task()) == [GOOD]
    assert len(model.asked) == 1


@pytest.mark.parametrize("wrong", ["Sure! Here is a joke.", {"items": [{"text": "x"}]}, {"items": []}, "[1"])
def test_an_answer_that_does_not_fit_is_repaired_once(wrong: Any) -> None:
    model = Model(wrong, {"items": [GOOD]})
    assert fields(model, task()) == [GOOD]
    assert "can't be used" in model.asked[1].prompt
    assert [turn["role"] for turn in model.asked[1].turns] == ["user", "assistant"]


def test_a_second_answer_that_does_not_fit_is_an_error_and_no_third_call() -> None:
    model = Model("no", "still no", {"items": [GOOD]})
    with pytest.raises(ProviderError, match="no JSON") as failure:
        written(task(), "openai", model)
    assert len(model.asked) == 2
    assert failure.value.provider is not None
    assert failure.value.provider["name"] == "openai"


def test_what_fits_of_a_batch_is_kept_and_the_rest_lacks() -> None:
    model = Model({"items": [GOOD]}, {"items": [GOOD]})
    one, two = written(task(2), "openai", model).artifacts
    assert (one.fields, one.error) == (GOOD, None)
    assert two.error == "there are 1 items in place of 2"


def test_a_repair_that_is_not_taken_now_does_not_send_the_first_call_again() -> None:
    with pytest.raises(ProviderError) as failure:
        written(task(), "openai", Model("no", NotNow("later")))
    assert not isinstance(failure.value, NotNow)


def test_a_chat_is_asked_in_its_own_words() -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    params = {"instructions": "Be brief.", "messages": turns, "temperature": 0.2, "max_tokens": 50}
    asking = ask(Task("text", "gpt-5.4", "And now?", params=params))
    assert (asking.instructions, asking.prompt, asking.schema) == ("Be brief.", "And now?", None)
    assert list(asking.turns) == turns
    assert asking.settings == {"temperature": 0.2, "max_tokens": 50}


def test_free_text_that_fails_midway_keeps_what_is_there() -> None:
    made = written(Task("text", "m", "Hi", 3), "openai", Model("one", ProviderError("away"))).artifacts
    assert [artifact.fields for artifact in made] == [{"text": "one"}, None, None]
    assert [artifact.error for artifact in made] == [None, "away", "away"]


def test_what_a_text_continues_and_its_language_are_told() -> None:
    asking = ask(task(character={"prompt": "a brave cat"}, language="de"))
    assert "a brave cat" in asking.prompt
    assert "language: de" in asking.prompt


def test_a_text_that_never_comes_is_an_unknown_outcome_and_not_sent_again() -> None:
    def away() -> str | None:
        raise NotNow("away")

    with pytest.raises(OutcomeUnknown):
        awaited("fal", away, limit_s=0.05)
