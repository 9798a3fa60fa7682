"""The app in zapier-platform-core against a live Genhook."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from standardwebhooks import Webhook

from service.packs.zapier import build
from service.packs.zapier.steps import key
from tests.fakes.receiver import Post, Receiver
from tests.support.definitions import built_in
from tests.support.installation import Client, Installation
from tests.zapier.core import CALLBACK, Core, Refused, Zap
from tests.zapier.listener import Listener
from tests.zapier.records import THUMBNAIL, Records

DEFINITIONS = built_in()
FILES = {name: body for name, body in build(DEFINITIONS).items() if name.endswith(".json")}
GENERATES = [action for action in DEFINITIONS.actions.values() if action.kind == "generate"]
WRITES = [action for action in DEFINITIONS.actions.values() if action.kind == "write"]
SEARCHES = [action for action in DEFINITIONS.actions.values() if action.kind in ("read", "search", "estimate")]
OPTIONS = sorted(json.loads(FILES["generated/genhook.json"])["options"])
JOKE = {"slug": "joke", "prompt": "Tell me a joke about programming", "model_id": "37"}
PICTURE = {"slug": "image", "prompt": "A sunset", "model_id": 10003}
THUMBNAILS = "creates.flokan_thumbnails_generate.operation"
GENERATE = "creates.generor_generators_generate.operation"


def sample(folder: str, name: str) -> Any:
    return json.loads(FILES[f"generated/{folder}/{name}.json"])["operation"]["sample"]


def png() -> bytes:
    """A small picture."""
    made = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(made, "PNG")
    return made.getvalue()


def as_zapier_posts(post: Post) -> dict[str, Any]:
    """A delivered callback as performResume gets it."""
    headers = {f"Http-{name.title()}": text for name, text in post.headers.items()}
    request = {"method": "POST", "headers": headers, "content": post.event}
    return {"cleanedRequest": request, "rawRequest": {**request, "content": post.body.decode()}}


def test_the_structural_validator_finds_nothing(core: Core) -> None:
    assert core.ask(command="validate").results == []


def test_a_connection_is_tested_and_labelled(zap: Zap, client: Client) -> None:
    told = zap.run("authentication.test").results
    assert told == {"host": urlsplit(client.installation.url).netloc, "key": client.keys["generor"][:13] + "…"}
    wrong = Zap(zap.core, {**zap.auth, "api_key": "gnr_live_" + "0" * 40})
    with pytest.raises(Refused) as caught:
        wrong.run("authentication.test")
    assert caught.value.kind == "ExpiredAuthError"


def test_an_address_without_its_scheme_is_taken_for_https_and_one_of_another_site_is_refused(zap: Zap) -> None:
    bare = Zap(zap.core, {**zap.auth, "base_url": urlsplit(zap.auth["base_url"]).netloc + "/"})
    with pytest.raises(Refused, match=r"https://127\.0\.0\.1"):
        bare.run("authentication.test")
    with Listener() as elsewhere, pytest.raises(Refused, match="No Genhook answers at"):
        Zap(zap.core, {**zap.auth, "base_url": elsewhere.url}).run("authentication.test")


def test_a_generate_pauses_and_goes_on_with_the_delivered_run(zap: Zap, client: Client, receiver: Receiver) -> None:
    started = zap.run(f"{GENERATE}.perform", JOKE, callback_url=receiver.url)
    assert started.status == CALLBACK
    (post,) = receiver.of(started.results["id"])
    Webhook(client.secret).verify(post.body, post.headers)
    ended = zap.run(f"{GENERATE}.performResume", JOKE, outputData=started.results, **as_zapier_posts(post)).results
    assert (ended["id"], ended["status"]) == (started.results["id"], "completed")
    assert ended["output"]["creations"][0]["text"]
    assert client.charges(ended["id"]) == [1]
    assert ended.keys() == sample("creates", "generor_generators_generate").keys()
    assert ended["output"].keys() == sample("creates", "generor_generators_generate")["output"].keys()


def test_the_bare_body_resumes_as_well(zap: Zap, receiver: Receiver) -> None:
    started = zap.run(f"{GENERATE}.perform", JOKE, callback_url=receiver.url).results
    (post,) = receiver.of(started["id"])
    ended = zap.run(f"{GENERATE}.performResume", JOKE, outputData=started, cleanedRequest=post.event).results
    assert ended["status"] == "completed"


@pytest.fixture
def failed(client: Client, receiver: Receiver) -> Post:
    """The delivered end of a run whose reference was not there when the worker fetched it."""
    missing = {**THUMBNAIL, "reference_image_url": f"{receiver.url}/nothing.png"}
    run = client.submit("flokan.thumbnails.generate", missing, callback_url=receiver.url)
    (post,) = receiver.of(run["id"], 60)
    assert post.run["status"] == "failed"
    return post


def test_a_failed_run_fails_the_step_in_the_runs_words(zap: Zap, failed: Post) -> None:
    with pytest.raises(Refused) as caught:
        zap.run(f"{THUMBNAILS}.performResume", outputData={"id": failed.run["id"]}, **as_zapier_posts(failed))
    error = failed.run["error"]
    assert error["permanent"]
    assert (caught.value.kind, caught.value.told) == ("HaltedError", {"message": error["message"]})


def test_a_forged_callback_resumes_nothing(zap: Zap, failed: Post) -> None:
    """Return what counts is what the service says of the run, whatever the post claims."""
    run_id = failed.run["id"]
    claimed = {"type": "run.completed", "data": {**failed.run, "status": "completed", "output": {"image_urls": []}}}
    with pytest.raises(Refused) as caught:
        zap.run(f"{THUMBNAILS}.performResume", outputData={"id": run_id}, cleanedRequest=claimed)
    assert caught.value.told["message"] == failed.run["error"]["message"]
    other = {"type": "run.completed", "data": {"id": "run_" + "0" * 32, "status": "completed"}}
    with pytest.raises(Refused, match="another run"):
        zap.run(f"{THUMBNAILS}.performResume", outputData={"id": run_id}, cleanedRequest=other)


def test_a_step_goes_on_at_its_runs_end_alone_and_halts_where_it_was_canceled(zap: Zap, client: Client) -> None:
    with Listener(held=True) as listener:
        held = {**THUMBNAIL, "reference_image_url": f"{listener.url}/slow.png"}
        run = client.submit("flokan.thumbnails.generate", held)
        resume = {"outputData": {"id": run["id"]}, "cleanedRequest": {"type": "run.completed", "data": run}}
        with pytest.raises(Refused) as early:
            zap.run(f"{THUMBNAILS}.performResume", **resume)
        assert early.value.told["code"] == "not_ended"
        assert client.call("POST", f"/v1/runs/{run['id']}/cancel").status_code == 200
        with pytest.raises(Refused) as canceled:
            zap.run(f"{THUMBNAILS}.performResume", **resume)
        assert canceled.value.kind == "HaltedError"


def test_a_retried_step_is_one_run_and_tomorrows_identical_step_another(
    zap: Zap, client: Client, receiver: Receiver
) -> None:
    first, retried = (zap.run(f"{GENERATE}.perform", JOKE, callback_url=receiver.url + "/a").results for _ in range(2))
    tomorrow = zap.run(f"{GENERATE}.perform", JOKE, callback_url=receiver.url + "/b").results
    assert first["id"] == retried["id"] != tomorrow["id"]
    keyed = {**JOKE, "run_deduplication_key": "Wöche 12"}
    one, same = (zap.run(f"{GENERATE}.perform", keyed, callback_url=receiver.url + end).results for end in ("/c", "/d"))
    assert one["id"] == same["id"] not in (first["id"], tomorrow["id"])
    receiver.wait(lambda post: post.path.endswith("/d") and post.run["id"] == one["id"])


def test_a_run_that_would_cost_too_much_is_refused_in_the_services_words(zap: Zap, client: Client) -> None:
    with pytest.raises(Refused) as caught:
        zap.run(f"{GENERATE}.perform", {**JOKE, "run_max_credits": "0"})
    assert caught.value.kind == "HaltedError"
    with pytest.raises(Refused, match="/input/count") as invalid:
        zap.run(f"{GENERATE}.perform", {**JOKE, "count": "11"})
    assert invalid.value.kind == "HaltedError"
    client.check_books()


def test_what_trying_again_may_change_is_an_error_and_no_halt(zap: Zap, installation: Installation) -> None:
    """Zapier tries an error again, and tells the Zap's owner of it."""
    poor = installation.account("poor", plan="enterprise", credits=0)
    with pytest.raises(Refused) as caught:
        Zap(zap.core, {**zap.auth, "api_key": poor.keys["generor"]}).run(f"{GENERATE}.perform", JOKE)
    assert (caught.value.kind, caught.value.told["status"]) == ("AppError", 402)
    assert caught.value.told["code"] == "insufficient-credits"


def test_a_step_over_the_rate_limit_waits_as_long_as_the_service_says(zap: Zap, installation: Installation) -> None:
    free = installation.account("free", plan="free")
    limited = Zap(zap.core, {**zap.auth, "api_key": free.keys["generor"]})
    waits = None
    # The count must not start anew before the step asks.
    while waits is None or int(waits) < 5:
        waits = free.call("GET", "/v1/runs").headers.get("Retry-After")
    with pytest.raises(Refused) as caught:
        limited.run("searches.generor_credits_balance.operation.perform")
    assert caught.value.kind == "ThrottledError"
    assert 1 <= caught.value.told["delay"] <= int(waits)


def test_a_search_for_what_is_not_there_finds_nothing(zap: Zap) -> None:
    for name, values in (
        ("generor_creations_get", {"id": "2147483647"}),
        ("generor_users_get", {"username": "nobody-at-all"}),
    ):
        assert zap.run(f"searches.{name}.operation.perform", values).results == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("flixly_media_generate_estimate", {"model": "flux-dev", "prompt": "Tea"}),
        ("flixly_chat_complete_estimate", {"model": "gpt-5.4", "messages": [{"role": "user", "content": "Tea?"}]}),
        ("flokan_thumbnails_generate_estimate", THUMBNAIL),
    ],
)
def test_what_a_generate_would_take_is_found_out_and_nothing_started(
    zap: Zap, client: Client, name: str, values: dict[str, Any]
) -> None:
    before = client.installation.rows("SELECT count(*) AS runs FROM runs")
    (found,) = zap.run(f"searches.{name}.operation.perform", values).results
    assert found.keys() == sample("searches", name).keys()
    assert found["credits"] > 0
    assert client.installation.rows("SELECT count(*) AS runs FROM runs") == before


def test_a_connection_to_a_hosted_original_is_asked_for_and_refused_without_its_key(zap: Zap) -> None:
    perform = "creates.flixly_media_generate.operation.perform"
    for method in (perform, "searches.flixly_media_generate_estimate.operation.perform"):
        with pytest.raises(Refused, match="no key for flixly"):
            zap.run(method, {"model": "flux-dev", "prompt": "Tea", "run_connection": "flixly"})
    here = {"model": "flux-dev", "prompt": "Tea", "run_connection": "local"}
    assert zap.run(perform, here).status == CALLBACK


def test_a_file_that_zapier_holds_is_uploaded_once_and_used(zap: Zap, client: Client, receiver: Receiver) -> None:
    with Listener(content=png()) as zapier:
        values = {
            "model": "seedvr2-upscale",
            "type": "UPSCALE",
            "image_url": f"{zapier.url}/engine/hydrate/1/.eJw:signature/",
            "run_deduplication_key": "upscaled",
        }
        started = [
            zap.run("creates.flixly_media_generate.operation.perform", values, callback_url=receiver.url).results["id"]
            for _ in range(2)
        ]
        assert len(set(started)) == 1
        assert len(zapier.heard) == 2
        run = client.ended(started[0])
    assert run["input"]["image_url"].startswith(f"{client.installation.url}/files/")
    assert (run["status"], len(client.charges(run["id"]))) == ("completed", 1)


@pytest.mark.parametrize("action", GENERATES + WRITES, ids=lambda action: action.id)
def test_loading_a_sample_answers_with_it_and_starts_nothing(zap: Zap, client: Client, action: Any) -> None:
    before = client.installation.rows("SELECT count(*) AS runs FROM runs")
    answer = zap.run(f"creates.{key(action)}.operation.perform", {}, meta={"isLoadingSample": True})
    assert (answer.status, answer.results) == ("SUCCESS", sample("creates", key(action)))
    assert client.installation.rows("SELECT count(*) AS runs FROM runs") == before


@pytest.mark.parametrize("action", GENERATES, ids=lambda action: action.id)
def test_every_generate_runs_its_first_example_from_perform_to_resume(
    core: Core, client: Client, receiver: Receiver, action: Any
) -> None:
    api = "flokan" if action.api.name == "flokan" else "generor"
    zap = Zap(core, {"base_url": client.installation.url, "api_key": client.keys[api]})
    values = {name: value for name, value in action.examples[0]["input"].items() if name not in UNREACHABLE}
    started = zap.run(f"creates.{key(action)}.operation.perform", values, callback_url=receiver.url)
    assert started.status == CALLBACK
    (post,) = receiver.of(started.results["id"], 60)
    ended = zap.run(
        f"creates.{key(action)}.operation.performResume", values, outputData=started.results, **as_zapier_posts(post)
    ).results
    assert ended["status"] == "completed"
    assert ended.keys() == sample("creates", key(action)).keys()
    assert [file.keys() for file in ended["files"]] == [{"media", "url", "file"}] * len(ended["files"])
    assert all(file["file"].startswith("hydrate|||") for file in ended["files"])
    for file in ended["files"]:
        assert zap.hydrate(file["url"])["size"] > 1000
    assert bool(ended["files"]) == bool(sample("creates", key(action))["files"])


# Examples name these on hosts that are not there, or records of other accounts.
UNREACHABLE = {"reference_image_url", "youtube_references", "style_id", "card_id"}


@pytest.mark.parametrize("action", [*SEARCHES, *WRITES], ids=lambda action: action.id)
def test_every_other_step_answers_its_first_example_in_the_shape_of_its_schema(
    core: Core, client: Client, records: Records, action: Any
) -> None:
    api = "flokan" if action.api.name == "flokan" else "generor"
    zap = Zap(core, {"base_url": client.installation.url, "api_key": client.keys[api]})
    folder = "creates" if action.kind == "write" else "searches"
    values = {name: str(value) if type(value) is int else value for name, value in records.input(action).items()}
    found = zap.run(f"{folder}.{key(action)}.operation.perform", values).results
    for one in [found] if action.kind == "write" else found:
        assert _required(action) <= one.keys() <= _known(action) | {"files"}
        assert ("files" in one) == ("files" in sample(folder, key(action)))


def _item_schema(action: Any) -> Any:
    schema = action.output_schema
    if schema.get("type") == "array":
        return schema["items"]
    if action.page is None:
        return schema
    for part in action.page["items"].split("/")[1:]:
        schema = schema["properties"][part]
    return schema["items"]


def _required(action: Any) -> set[str]:
    return set(_item_schema(action).get("required", ()))


def _known(action: Any) -> set[str]:
    return set(_item_schema(action).get("properties", ()))


@pytest.mark.parametrize("name", OPTIONS)
def test_every_dropdown_lists_options_with_ids_and_labels(core: Core, client: Client, name: str) -> None:
    api = "flokan" if name.startswith("options_flokan") else "generor"
    zap = Zap(core, {"base_url": client.installation.url, "api_key": client.keys[api]})
    listed = zap.run(f"triggers.{name}.operation.perform", {"slug": "joke", "type": "text"}).results
    assert all(option.keys() == {"id", "label"} for option in listed)
    if name == "options_generor_generators_generate_model_id":
        assert {"id": 37, "label": "Gemini 3.5 Flash"} in listed


def test_a_generators_own_parameters_become_fields_and_are_sent(zap: Zap, client: Client, receiver: Receiver) -> None:
    chosen = {"slug": "horoscope", "prompt": "My week", "model_id": "37"}
    fields = zap.run(f"{GENERATE}.inputFields", chosen).results
    by_key = {field["key"]: field for field in fields}
    assert by_key["slug"]["altersDynamicFields"]
    sign = by_key["parameters__zodiac-sign"]["choices"][0]["value"]
    filled = {**chosen, "parameters__zodiac-sign": sign, "parameters__horoscope-length": "long"}
    started = zap.run(f"{GENERATE}.perform", filled, callback_url=receiver.url).results
    run = client.ended(started["id"])
    assert run["input"]["parameters"] == {"zodiac-sign": sign, "horoscope-length": "long"}
    assert run["credits_charged"] == 3


def test_a_field_is_shown_only_where_it_applies(zap: Zap) -> None:
    def shown(kind: str) -> set[str]:
        fields = zap.run("creates.flixly_media_generate.operation.inputFields", {"type": kind}).results
        return {field["key"] for field in fields}

    assert "voice" in shown("TEXT_TO_SPEECH") - shown("TEXT_TO_IMAGE")
    assert "image_url" in shown("UPSCALE") - shown("TEXT_TO_SPEECH")


def test_the_trigger_hears_of_completed_runs_until_it_is_turned_off(
    zap: Zap, client: Client, receiver: Receiver
) -> None:
    trigger, chosen = "triggers.run_completed.operation", {"actions": ["generor.generators.generate"]}
    hook = zap.run(f"{trigger}.performSubscribe", chosen, targetUrl=receiver.url).results
    assert (hook["events"], hook["actions"]) == (["run.completed"], chosen["actions"])
    run = client.submit("generor.generators.generate", {**JOKE, "model_id": 37})
    (post,) = receiver.of(run["id"])
    (heard,) = zap.run(f"{trigger}.perform", chosen, cleanedRequest=post.event).results
    listed = zap.run(f"{trigger}.performList", chosen).results[0]
    assert heard["id"] == listed["id"] == run["id"]
    assert heard.keys() == listed.keys() == sample("triggers", "run_completed").keys()
    zap.run(f"{trigger}.performUnsubscribe", chosen, subscribeData=hook)
    assert client.call("GET", "/v1/subscriptions").json()["data"] == []


def test_the_trigger_of_failed_runs_hears_of_those_alone(zap: Zap, client: Client, failed: Post) -> None:
    trigger = "triggers.run_failed.operation"
    (heard,) = zap.run(f"{trigger}.perform", cleanedRequest=failed.event).results
    assert heard["id"] == zap.run(f"{trigger}.performList").results[0]["id"] == failed.run["id"]
    assert heard.keys() == sample("triggers", "run_failed").keys()
    assert heard["error"].keys() == sample("triggers", "run_failed")["error"].keys()
    completed = client.ended(client.submit("generor.generators.generate", {**JOKE, "model_id": 37})["id"])
    claimed = {"type": "run.failed", "data": {**completed, "status": "failed"}}
    assert zap.run(f"{trigger}.perform", cleanedRequest=claimed).results == []


def test_the_key_goes_to_its_own_genhook_and_to_no_other_host(zap: Zap, client: Client) -> None:
    creation = client.ended(client.submit("generor.generators.generate", PICTURE)["id"])["output"]["creations"][0]
    assert zap.hydrate(creation["image_url"])["type"].startswith("image/")
    with Listener() as listener:
        zap.hydrate(f"{listener.url}/picture.png")
        assert [headers.get("authorization") for headers in listener.heard] == [None]
