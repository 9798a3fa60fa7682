"""Files that actions of added APIs send: given by their URLs, fetched here, and sent as the document says."""

import base64
import io
from typing import Any

import pytest

from tests.extensions.openapi.conftest import Added
from tests.fakes.openapi import Answer, OpenApiServer
from tests.fakes.provider import media_bytes
from tests.support.house import Account
from tests.support.odd_pictures import saved, scene

on = pytest.mark.parametrize
# One process adds the documents once for all.
pytestmark = pytest.mark.xdist_group("openapi")
SOUND, PICTURE, TABLE = media_bytes("speech")[1], saved(scene(), "PNG"), b"name,age\r\nAda,36\r\n"
TRANSCRIBE = "scans.audio.create_transcription"


def uploaded(account: Account, content: bytes, name: str) -> str:
    return str(account.call("POST", "/v1/files", data={"file": (io.BytesIO(content), name)}).get_json()["url"])


def test_a_file_is_sent_in_parts_with_the_members_beside_it(scans: Added) -> None:
    account = scans.connected("a session;1")
    values = {
        "file": uploaded(account, SOUND, "Größe 1.wav"),
        "model": "tiny",
        "temperature": 0.5,
        "timestamp_granularities": ["word", "segment"],
        "chunking": {"kind": "fixed", "size": 3},
        "region": "eu, 1",
    }
    run = account.submit(TRANSCRIBE, values).get_json()
    assert run["status"] == "completed", run
    (seen,) = scans.server.seen
    assert seen.headers["cookie"] == "region=eu%2C%201; session=a%20session%3B1"
    assert seen.parts == [
        ("model", None, "", b"tiny"),
        ("temperature", None, "", b"0.5"),
        ("timestamp_granularities[]", None, "", b"word"),
        ("timestamp_granularities[]", None, "", b"segment"),
        ("chunking", None, "application/json", b'{"kind":"fixed","size":3}'),
        ("file", "Größe 1.wav", "audio/x-wav", SOUND),
    ]


def test_callers_name_no_header_and_no_cookie(scans: Added) -> None:
    labels = {"X-Forwarded-User": "admin", "a; session": "mine", "session": "mine"}
    values = {"note": "a note", "X_Labels": labels, "prefs": labels, "sizes": {"h": 3, "w": 2}}
    run = scans.connected("theirs").submit("scans.scans.add_scans", values).get_json()
    assert run["status"] == "completed", run
    (seen,) = scans.server.seen
    assert seen.headers["x-labels"] == "X-Forwarded-User,admin,a; session,mine,session,mine"
    assert "x-forwarded-user" not in seen.headers
    assert (
        seen.headers["cookie"]
        == "prefs=X-Forwarded-User%2Cadmin%2Ca%3B%20session%2Cmine%2Csession%2Cmine; session=theirs"
    )
    assert ("sizes", "h,3,w,2") in seen.query


def test_several_files_from_another_server_and_inside_the_request(scans: Added) -> None:
    shelf = OpenApiServer({"paths": {}})
    shelf.fail(Answer(200, PICTURE, {"Content-Type": "text/html"}))
    inline = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
    values = {"pages": [f"{shelf.url}/a/first.png?size=2", inline], "note": "a note"}
    run = scans.connected().submit("scans.scans.add_scans", values).get_json()
    shelf.close()
    assert run["status"] == "completed", run
    (asked,), (seen,) = shelf.seen, scans.server.seen
    assert {"authorization", "cookie"}.isdisjoint(asked.headers)
    note, first, second = seen.parts
    assert first == ("pages", "first.png", "image/png", PICTURE)
    assert (second[0], second[2:], note) == ("pages", ("image/png", PICTURE), ("note", None, "", b"a note"))
    assert run["input"]["pages"][1].startswith(scans.house.context.settings.url)


def test_of_what_is_left_out_nothing_is_sent(scans: Added) -> None:
    assert scans.connected().submit("scans.scans.add_scans", {"note": "alone"}).get_json()["status"] == "completed"
    assert scans.server.seen[0].parts == [("note", None, "", b"alone")]


@on(
    ("action", "values", "content", "name", "kind"),
    [
        ("put_picture", {"id": "a"}, PICTURE, "a.bin", "image/png"),
        ("import_table", {}, TABLE, "people.txt", "text/csv"),
    ],
)
def test_a_body_that_is_a_file_is_its_bytes(
    scans: Added, action: str, values: dict[str, str], content: bytes, name: str, kind: str
) -> None:
    account = scans.connected()
    run = account.submit(f"scans.scans.{action}", {**values, "file": uploaded(account, content, name)}).get_json()
    assert run["status"] == "completed", run
    (seen,) = scans.server.seen
    assert (seen.headers["content-type"], seen.body) == (kind, content)


def test_where_json_will_do_it_is_taken_and_what_cant_be_sent_is_said(scans: Added) -> None:
    assert ("importMixed", "its body is multipart/mixed; JSON, forms, parts, texts and files are sent") in [
        (one["what"], one["why"]) for one in scans.told["left_out"]
    ]
    values = {"source_url": "https://example.com/a.csv"}
    assert scans.connected().submit("scans.scans.import_by_url", values).get_json()["status"] == "completed"
    assert scans.server.seen[0].json == values


@on(
    "url",
    ["http://169.254.169.254/latest", "http://10.0.0.1/a.wav", "file:///etc/passwd", "ftp://a.test/x", "data:,", "x"],
)
def test_an_address_that_may_not_be_reached_is_refused_where_it_stands(scans: Added, url: str) -> None:
    refused = scans.connected().submit(TRANSCRIBE, {"file": url, "model": "tiny"})
    assert refused.status_code == 422, refused.get_json()
    assert refused.get_json()["errors"][0]["pointer"] == "/input/file"
    assert scans.server.seen == []


def test_another_accounts_upload_is_not_there(scans: Added) -> None:
    other = uploaded(scans.house.account(), SOUND, "a.wav")
    refused = scans.connected().submit(TRANSCRIBE, {"file": other, "model": "tiny"})
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/input/file")


def test_a_file_that_cant_be_had_ends_the_run_before_anything_is_sent(scans: Added) -> None:
    shelf = OpenApiServer({"paths": {}})
    shelf.fail(Answer(404, "gone"))
    pages = [f"{shelf.url}/gone.png"]
    run = scans.connected().submit("scans.scans.add_scans", {"pages": pages}).get_json()
    shelf.close()
    assert (run["status"], run["error"]["code"]) == ("failed", "reference_unreachable")
    assert run["error"]["errors"][0]["pointer"] == "/input/pages/0"
    assert scans.server.seen == []


def test_what_may_have_been_received_is_sent_again_with_its_file(scans: Added) -> None:
    scans.server.fail(Answer(drop=True), Answer(503))
    account = scans.connected()
    values = {"file": uploaded(account, SOUND, "a.wav"), "model": "tiny"}
    run = account.submit(TRANSCRIBE, values, wait=20).get_json()
    assert run["status"] == "completed", run
    assert [(seen.headers["idempotency-key"], seen.parts[-1][3]) for seen in scans.server.seen] == [
        (run["id"], SOUND)
    ] * 3


def test_forms_take_an_upload_where_a_file_is_sent(scans: Added) -> None:
    listed: Any = scans.house.account().get("/v1/actions").get_json()
    described = next(one for one in listed["data"] if one["id"] == TRANSCRIBE)
    assert described["added"] is True
    schema = scans.house.account().get(f"/v1/actions/{TRANSCRIBE}").get_json()["input_schema"]
    assert schema["properties"]["file"]["format"] == "uri"
    assert "file itself is sent" in schema["properties"]["file"]["description"]
