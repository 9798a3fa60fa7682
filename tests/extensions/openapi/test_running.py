"""Actions of added APIs, run as a caller runs them, against servers made from the documents."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import text

from tests.extensions.openapi.conftest import Add, Added
from tests.fakes.openapi import Answer
from tests.support.odd_pictures import saved, scene

on = pytest.mark.parametrize
# One process adds the documents once for all.
pytestmark = pytest.mark.xdist_group("openapi")


def test_a_read_goes_to_the_server_with_the_key_that_the_account_stored(pets: Added) -> None:
    run = pets.connected("shop-key").submit("pets.pet.get_pet_by_id", {"petId": "37"}).get_json()
    assert (run["status"], run["connection"], run["output"]["name"]) == ("completed", "pets", "doggie")
    (seen,) = pets.server.seen
    assert (seen.method, seen.path, seen.headers["x-api-key"]) == ("GET", "/base/pet/37", "shop-key")
    assert "authorization" not in seen.headers
    assert run["credits_charged"] == 0


def test_lists_in_a_query_are_written_as_the_document_says(pets: Added) -> None:
    values = {"status": "sold", "tags": ["a b", "c&d"], "ids": [1, 2]}
    assert pets.connected().submit("pets.pet.find_pets_by_status", values).get_json()["status"] == "completed"
    wanted = [("ids", "1,2"), ("status", "sold"), ("tags", "a b"), ("tags", "c&d")]
    assert sorted(pets.server.seen[0].query) == wanted


def test_a_body_is_sent_under_the_documents_names_and_what_is_json_goes_through(pets: Added) -> None:
    values = {"name": "Rex", "photoUrls": ["x"], "mother": {"name": "Ada", "mother": {"name": "Eve"}}, "owner": None}
    assert pets.connected().submit("pets.pet.add_pet", values).get_json()["status"] == "completed"
    assert pets.server.seen[0].json == values


def test_an_answer_without_json_is_told_with_its_status(pets: Added) -> None:
    account = pets.connected()
    assert account.submit("pets.pet.delete_pet", {"petId": 1}).get_json()["output"] == {"status": 204}
    note = account.submit("pets.store.get_note", {"name": "a", "note": "b"}).get_json()["output"]
    assert note == {"status": 200, "content_type": "text/plain", "text": "plain words"}


PICTURE, DOCUMENT = saved(scene(), "PNG"), b"%PDF-1.7\nA certificate"


@on(
    ("action", "content", "kind"),
    [
        ("get_picture", PICTURE, "image/png"),
        ("print_certificate", DOCUMENT, "application/pdf"),
        # Not known by its first bytes, and JSON by chance.
        ("get_picture", b"7", "application/x-odd"),
    ],
)
def test_an_answer_that_is_a_file_is_kept_for_the_account(pets: Added, action: str, content: bytes, kind: str) -> None:
    pets.server.fail(Answer(200, content, {"Content-Type": kind}))
    account = pets.connected()
    run = account.submit(f"pets.pet.{action}", {"petId": 1}).get_json()
    output = run["output"]
    told = {"status": 200, "content_type": kind, "bytes": len(content), "url": output["url"]}
    assert (run["status"], output) == ("completed", told)
    assert pets.server.seen[0].headers["accept"] == "*/*"
    path = urlsplit(output["url"])
    answer = pets.house.client.get(f"{path.path}?{path.query}")
    assert (answer.status_code, answer.data, answer.content_type.partition(";")[0]) == (200, content, kind)
    assert pets.house.client.get(path.path).status_code == 404
    assert pets.house.account().get(f"/v1/runs/{run['id']}").status_code == 404


def test_a_file_that_there_is_no_room_for_is_not_asked_for(pets: Added) -> None:
    account = pets.connected()
    with pets.house.context.database.engine.begin() as db:
        db.execute(text("UPDATE accounts SET storage_used = 1000000000000000 WHERE id = :id"), {"id": account.id})
    refused = account.submit("pets.pet.print_certificate", {"petId": 1})
    assert (refused.status_code, refused.get_json()["type"]) == (402, "/problems/storage-limit-exceeded")
    assert pets.server.seen == []


@on("answer", [Answer(200, {"state": "later"}), Answer(200, "words", {"Content-Type": "text/plain"}), Answer(204)])
def test_an_operation_of_files_that_answers_something_else_tells_it(pets: Added, answer: Answer) -> None:
    pets.server.fail(answer)
    run = pets.connected().submit("pets.pet.get_picture", {"petId": 1}).get_json()
    wanted = {"status": 200, "content_type": "text/plain", "text": "words"} if answer.headers else {"status": 204}
    assert run["output"] == (answer.body if isinstance(answer.body, dict) else wanted)


@on("name", ["a/b", "../x", "%2e%2e", "ü?#", ";a"])
def test_path_values_are_encoded_whole(pets: Added, name: str) -> None:
    pets.connected().submit("pets.store.get_note", {"name": name, "note": "n"})
    assert [seen.path for seen in pets.server.seen] == [f"/base/store/{quote(name, safe='')}/notes/n"]


@on("name", [".", ".."])
def test_path_values_that_would_leave_the_path_are_422(pets: Added, name: str) -> None:
    refused = pets.connected().submit("pets.store.get_note", {"name": name, "note": "n"})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == "/input/name"
    assert pets.server.seen == []


def test_without_a_connection_it_is_422_connection_missing_unless_public(added: Add) -> None:
    pets, films = added("pets"), added("films", "--public", name="open-films")
    refused = pets.house.account().submit("pets.pet.get_pet_by_id", {"petId": 1})
    assert (refused.status_code, refused.get_json()["type"]) == (422, "/problems/connection-missing")
    run = films.house.account().submit("open-films.film_jobs.films_list", {"team_id": "a"}).get_json()
    assert run["status"] == "completed"
    assert "authorization" not in films.server.seen[0].headers


@on("connection", ["local", "generor", "nobody"])
def test_it_runs_on_its_own_server_alone(pets: Added, connection: str) -> None:
    refused = pets.connected().submit("pets.pet.get_pet_by_id", {"petId": 1}, connection=connection)
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == "/connection"


def test_a_form_is_written_as_the_document_says_and_the_key_as_basic(pay: Added) -> None:
    values = {
        "amount": 2000,
        "currency": "usd",
        "capture": False,
        "expand": ["customer"],
        "metadata": {"order": "6735"},
        "shipping": {"name": "Ada", "address": {"city": "Oslo"}},
    }
    run = pay.connected("sk_test").submit("pay.v1.post_charges", values).get_json()
    assert run["status"] == "completed", run
    (seen,) = pay.server.seen
    assert sorted(seen.form) == [
        ("amount", "2000"),
        ("capture", "false"),
        ("currency", "usd"),
        ("expand[0]", "customer"),
        ("metadata[order]", "6735"),
        ("shipping[address][city]", "Oslo"),
        ("shipping[name]", "Ada"),
    ]
    assert seen.headers["authorization"] == "Basic c2tfdGVzdDo="
    assert seen.headers["idempotency-key"] == run["id"]


def test_what_may_have_been_received_is_sent_again_under_the_same_key(pay: Added) -> None:
    pay.server.fail(Answer(drop=True), Answer(500, {"error": {"message": "try again"}}))
    account = pay.connected()
    run = account.submit("pay.v1.post_charges", {"amount": 1, "currency": "usd"}, wait=20).get_json()
    assert run["status"] == "completed", run
    assert [seen.headers["idempotency-key"] for seen in pay.server.seen] == [run["id"]] * 3


@on("answer", [Answer(drop=True), Answer(500, {"message": "x"}), Answer(302, None, {"Location": "http://a.test/"})])
def test_what_may_have_been_received_and_has_no_key_is_sent_once(pets: Added, answer: Answer) -> None:
    pets.server.fail(answer)
    run = pets.connected().submit("pets.pet.delete_pet", {"petId": 1}).get_json()
    assert (run["status"], run["error"]["code"]) == ("failed", "outcome_unknown")
    assert len(pets.server.seen) == 1


def test_a_read_is_repeated_and_a_429_heeded(pets: Added) -> None:
    pets.server.fail(Answer(503), Answer(429, {"message": "slow down"}, {"Retry-After": "1"}))
    run = pets.connected().submit("pets.pet.get_pet_by_id", {"petId": 1}, wait=20).get_json()
    assert run["status"] == "completed"
    assert len(pets.server.seen) == 3


def test_a_write_that_is_refused_by_429_is_sent_again(pets: Added) -> None:
    pets.server.fail(Answer(429, {"message": "slow down"}, {"Retry-After": "1"}))
    run = pets.connected().submit("pets.pet.delete_pet", {"petId": 1}, wait=20).get_json()
    assert run["status"] == "completed"
    assert len(pets.server.seen) == 2


@on(
    ("status", "body", "code", "message"),
    [
        (401, {"message": "bad key"}, "provider_auth", "bad key"),
        (403, {"error": {"message": "not yours"}}, "provider_auth", "not yours"),
        (404, {"detail": "no such pet"}, "refused_by_provider", "no such pet"),
        (409, {"errors": [{"message": "there is one"}]}, "refused_by_provider", "there is one"),
        (422, {"error": "name is <b>bad</b>"}, "refused_by_provider", "name is <b>bad</b>"),
        (402, "pay first", "refused_by_provider", "pay first"),
    ],
)
def test_a_refusal_is_told_with_the_servers_status_and_words(
    pets: Added, status: int, body: Any, code: str, message: str
) -> None:
    pets.server.fail(Answer(status, body))
    error = pets.connected().submit("pets.pet.delete_pet", {"petId": 1}).get_json()["error"]
    assert (error["code"], error["status"], error["permanent"]) == (code, status, True)
    assert message in error["message"]
    assert error["provider"]["name"] == "pets"


def test_a_redirect_of_a_read_is_not_followed(pets: Added) -> None:
    pets.server.fail(Answer(307, None, {"Location": f"{pets.server.url}/pet/2"}))
    run = pets.connected().submit("pets.pet.get_pet_by_id", {"petId": 1}).get_json()
    assert (run["status"], len(pets.server.seen)) == ("failed", 1)
    assert "not followed" in run["error"]["message"]


def test_names_headers_and_json_parameters_go_where_the_document_says(films: Added) -> None:
    account = films.connected()
    values = {"team_id": "a team", "page_size": 5, "q": "cats", "filter": {"state": "done"}}
    assert account.submit("films.film_jobs.films_list", values).get_json()["status"] == "completed"
    (seen,) = films.server.seen
    assert seen.path == "/base/teams/a%20team/films"
    wanted = [("filter", chr(123) + '"state":"done"}'), ("page[size]", "5"), ("q", "cats")]
    assert sorted(seen.query) == wanted
    assert seen.headers["authorization"] == "Bearer secret:word"


def test_a_generate_is_queued_estimated_and_called_with_its_own_key(films: Added) -> None:
    account = films.connected()
    values = {"team_id": "a", "prompt": "A cat", "X_Priority": "high", "body_connection": "mine"}
    taken = account.submit("films.film_jobs.films_create_film", values)
    assert taken.status_code == 202
    run = account.ended(taken.get_json()["id"])
    assert run["status"] == "completed"
    assert run["output"]["state"] == "queued"
    sent = films.server.seen[-1]
    assert sent.json == {"prompt": "A cat", "connection": "mine"}
    assert (sent.headers["x-priority"], sent.headers["idempotency-key"]) == ("high", run["id"])


def test_a_body_that_is_a_list_is_one_field(films: Added) -> None:
    run = films.connected().submit("films.render.post_render", {"body": [[1, 2.5], [3, 4]]}).get_json()
    assert run["output"] == {"status": 202}
    assert films.server.seen[0].json == [[1, 2.5], [3, 4]]


def test_what_was_accepted_goes_on_after_the_api_was_removed(added: Add, tell: Callable[..., Any]) -> None:
    pets = added("pets", name="old-pets")
    account = pets.connected()
    pets.server.fail(Answer(429, {"message": "slow down"}, {"Retry-After": "1"}))
    run = account.post("/v1/actions/old-pets.pet.delete_pet?wait=0", {"input": {"petId": 1}}).get_json()
    tell("extensions", "remove", "old-pets")
    assert account.get("/v1/actions/old-pets.pet.delete_pet").status_code == 404
    assert account.ended(run["id"])["status"] == "completed"
