"""The embedded engine through the suite that holds for every provider."""

from typing import ClassVar

from service.catalog import load
from service.providers.base import Reference, Task
from tests.fakes.provider import FakeProvider
from tests.providers.conformance import Conformance

PICTURE = Reference("image", "https://example.com/a.png")
SAID = "the embedded engine makes everything in one step: there is nothing to poll, to find again or to cancel there"
JOKE = load().generator("joke")


class NoWire(FakeProvider):
    """Nothing is sent anywhere, so nothing can go wrong on the way."""

    name: ClassVar[str] = "local"
    lacks: ClassVar[dict[str, str]] = dict.fromkeys(
        (
            "one_submission_makes_one_job",
            "slow_work_is_asked_for_until_it_is_done",
            "a_question_that_fails_is_asked_again",
            "a_provider_that_is_away_is_asked_later",
            "refused_content_is_told_as_such",
            "work_that_failed_is_told_as_such",
            "an_error_inside_a_200_is_an_error",
            "a_bad_key_is_told_at_once",
            "a_key_can_be_tested_for_nothing",
            "an_account_that_cannot_pay_is_told_so",
            "an_unknown_model_is_told_as_such",
            "a_429_with_a_hint_is_offered_again_then",
            "a_429_without_a_hint_is_offered_again",
            "a_refused_connection_is_offered_again",
            "what_was_perhaps_received_is_never_sent_again",
            "a_dead_link_is_an_error",
            "text_in_place_of_media_is_an_error",
            "a_result_at_a_private_address_is_not_fetched",
            "only_the_provider_sees_the_key",
            "work_can_be_stopped",
            "stopping_what_is_done_is_no_error",
            "work_that_was_begun_is_perhaps_billed",
        ),
        SAID,
    )


class TestLocal(Conformance):
    fake_class = NoWire
    tasks: ClassVar[dict[str, Task]] = {
        "text": Task(
            "text",
            "gpt-5.4",
            "cats",
            params={"generator": "joke", "parameters": JOKE.defaults, "schema": JOKE.data_schema, "language": "en"},
        ),
        "image": Task("image", "flux", "a red fox", params={"width": 256, "height": 256}),
        "video": Task("video", "veo", "rain", params={"width": 320, "height": 180, "seconds": 1}),
        "speech": Task("speech", "tts", "Hello."),
        "music": Task("music", "suno", "a slow waltz", params={"seconds": 3}),
        "soundeffect": Task("soundeffect", "sfx", "a door", params={"seconds": 1}),
        "upscale": Task("upscale", "esrgan", "", params={"factor": 2}, references=(PICTURE,)),
        "vector": Task("vector", "trace", "", references=(PICTURE,)),
        "backgroundremoval": Task("backgroundremoval", "rembg", "", references=(PICTURE,)),
        "vision": Task("vision", "qwen", "What is it?", references=(PICTURE,)),
    }
