"""Media are fetched within bytes, seconds and hops, and from nowhere but where the guard has just looked."""

import gzip
import socket
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.errors import AddressRefused, ReferenceUnreachable
from service.net.client import FetchedMedia, MediaClient
from service.net.guard import Guard
from tests.net.media import PICTURE, Media, answer, certificate, redirect, serving
from tests.net.resolver import Names

Fetch = Callable[..., FetchedMedia]
LOOPBACK = Guard(["127.0.0.1"])


@pytest.fixture
def media() -> Iterator[Media]:
    """A server that has one picture."""
    with serving() as served:
        served.answers["/picture"] = answer()
        yield served


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    """Fetches as a worker does, from 127.0.0.1 alone."""

    def get(
        url: str, guard: Guard = LOOPBACK, limit: int = 10_000, seconds: float = 20, **options: bool
    ) -> FetchedMedia:
        place = tmp_path / "fetched"
        return MediaClient(guard).fetch_media(url, limit_bytes=limit, deadline_s=seconds, destination=place, **options)

    return get


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Media]:
    """The same over TLS, as 127.0.0.1 and media.example, trusted by the client."""
    tls, trusted = certificate(tmp_path, "127.0.0.1", "media.example")

    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with serving(tls=tls) as served:
        served.answers["/picture"] = answer()
        yield served


def test_media_are_copied_and_are_what_their_first_bytes_say(media: Media, fetch: Fetch) -> None:
    media.answers["/liar"] = answer(Content_Type="video/mp4")

    got = fetch(media.url("/liar"))

    assert (got.content_type, got.size, got.path.read_bytes()) == ("image/png", len(PICTURE), PICTURE)


@pytest.mark.parametrize(
    "told",
    [
        answer(body=b"<html>a page</html>"),
        answer(body=b""),
        answer("404 Not Found"),
        answer("500 Internal Server Error"),
        answer("304 Not Modified", b""),
        b"no HTTP at all\r\n\r\n",
        b"",
    ],
    ids=["page", "empty", "404", "500", "304", "noise", "silence"],
)
def test_what_is_no_media_is_an_unreachable_reference(media: Media, fetch: Fetch, told: bytes) -> None:
    media.answers["/it"] = told
    with pytest.raises(ReferenceUnreachable, match=r"127\.0\.0\.1"):
        fetch(media.url("/it"))


@pytest.mark.parametrize(
    "headers", [{}, {"Content_Length": "", "Transfer_Encoding": "chunked"}], ids=["length", "chunked"]
)
def test_media_that_break_off_half_way_are_not_taken_for_whole(
    media: Media, fetch: Fetch, headers: dict[str, str]
) -> None:
    body = PICTURE if not headers else b"400\r\n" + PICTURE[:700]
    media.answers["/half"] = answer(body=body, **headers)[: -400 if not headers else None]
    with pytest.raises(ReferenceUnreachable):
        fetch(media.url("/half"))


def test_a_server_that_is_not_there_is_an_unreachable_reference(fetch: Fetch, names: Names) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    names.tell("nowhere.example", [])
    for url in (f"http://127.0.0.1:{port}/", "http://nowhere.example/picture"):
        with pytest.raises(ReferenceUnreachable, match="can't be fetched"):
            fetch(url)


def test_the_next_address_of_a_name_is_tried_where_the_first_refuses(media: Media, fetch: Fetch, names: Names) -> None:
    names.tell("media.example", ["127.0.0.9", "127.0.0.1"])
    guard = Guard(["127.0.0.0/8"])
    assert fetch(media.url("/picture", "media.example"), guard).size == len(PICTURE)


# Redirects


def chain(media: Media, hops: int) -> str:
    """A URL that leads to the picture by so many redirects."""
    for left in range(1, hops + 1):
        media.answers[f"/{left}"] = redirect(f"/{left - 1}" if left > 1 else "/picture", "307 Temporary Redirect")
    return media.url(f"/{hops}")


def test_three_redirects_are_followed(media: Media, fetch: Fetch) -> None:
    assert fetch(chain(media, 3)).size == len(PICTURE)
    assert media.asked == ["/3", "/2", "/1", "/picture"]


def test_a_fourth_redirect_is_not_followed(media: Media, fetch: Fetch) -> None:
    with pytest.raises(ReferenceUnreachable, match="more than 3 times"):
        fetch(chain(media, 4))
    assert media.asked == ["/4", "/3", "/2", "/1"]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2:{port}/picture",
        "//127.0.0.2:{port}/picture",
        "http://127.2:{port}/picture",
        "http://[::ffff:127.0.0.2]:{port}/picture",
        "http://2130706434:{port}/picture",
        "http://inside.example:{port}/picture",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://user:pass@127.0.0.1:{port}/picture",
        "file:///etc/passwd",
        "ftp://127.0.0.1/picture",
        "http://[::1",
        "http://127.0.0.1:x/",
    ],
)
def test_a_redirect_to_where_the_rules_forbid_is_not_followed(fetch: Fetch, names: Names, target: str) -> None:
    names.tell("inside.example", ["127.0.0.2"])
    with serving("0.0.0.0") as everywhere:
        everywhere.answers = {"/go": redirect(target.format(port=everywhere.port)), "/picture": answer()}
        with pytest.raises((AddressRefused, ReferenceUnreachable)):
            fetch(everywhere.url("/go"))
        assert everywhere.asked == ["/go"]


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
def test_https_never_leads_to_http(media: Media, secure: Media, fetch: Fetch, scheme: str) -> None:
    secure.answers["/down"] = redirect(media.url("/picture"))
    with pytest.raises(ReferenceUnreachable, match="from https to http"):
        fetch(secure.url("/down", scheme=scheme))
    assert media.asked == []


def test_http_may_lead_to_https(media: Media, secure: Media, fetch: Fetch) -> None:
    media.answers["/up"] = redirect(secure.url("/picture", scheme="HTTPS"))
    assert fetch(media.url("/up")).size == len(PICTURE)


def test_what_must_be_https_is_not_asked_for_without(media: Media, secure: Media, fetch: Fetch) -> None:
    assert fetch(secure.url("/picture", scheme="https"), https_only=True).size == len(PICTURE)
    with pytest.raises(ReferenceUnreachable, match="must be an https URL"):
        fetch(media.url("/picture"), https_only=True)
    assert media.asked == []


# Names that change their mind


def test_a_name_that_turns_private_after_the_check_reaches_nothing(names: Names, media: Media, fetch: Fetch) -> None:
    names.tell("turning.example", ["93.184.215.14"], ["127.0.0.1"])
    Guard().check_url(media.url("/picture", "turning.example"))
    with pytest.raises(AddressRefused, match="is not a public address"):
        fetch(media.url("/picture", "turning.example"), Guard())
    assert media.asked == []


def test_the_connection_goes_to_the_address_that_was_checked_last(names: Names, fetch: Fetch) -> None:
    with serving("127.0.0.1") as checked, serving("127.0.0.2") as other:
        checked.answers["/picture"] = answer()
        names.tell("media.example", ["127.0.0.1"], ["127.0.0.2"])

        fetch(checked.url("/picture", "media.example"))

        assert checked.asked == ["/picture"]
        assert names.asked == ["media.example"], "what is connected to is what was checked"
        with pytest.raises(AddressRefused):
            fetch(other.url("/picture", "media.example"))
        assert other.asked == []


def test_each_hop_is_checked_anew(names: Names, media: Media, fetch: Fetch) -> None:
    names.tell("media.example", ["127.0.0.1"], ["127.0.0.2"])
    media.answers["/go"] = redirect("/picture")
    with pytest.raises(AddressRefused):
        fetch(media.url("/go", "media.example"))
    assert media.asked == ["/go"]


def test_a_pinned_connection_still_proves_its_name(names: Names, secure: Media, fetch: Fetch) -> None:
    names.tell("media.example", ["127.0.0.1"])
    names.tell("other.example", ["127.0.0.1"])
    assert fetch(secure.url("/picture", "media.example", "https")).size == len(PICTURE)
    with pytest.raises(ReferenceUnreachable, match="not trusted"):
        fetch(secure.url("/picture", "other.example", "https"))


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_a_proxy_named_in_the_environment_is_not_used(
    media: Media, fetch: Fetch, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch(media.url("/picture")).size == len(PICTURE)


# Bytes and seconds


@pytest.mark.parametrize("length", [str(len(PICTURE)), ""], ids=["announced", "unannounced"])
def test_media_end_at_the_limit_whatever_was_announced(media: Media, fetch: Fetch, length: str) -> None:
    media.answers["/picture"] = answer(Content_Length=length)
    assert fetch(media.url("/picture"), limit=len(PICTURE)).size == len(PICTURE)
    with pytest.raises(ReferenceUnreachable, match="larger than"):
        fetch(media.url("/picture"), limit=len(PICTURE) - 1)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(PICTURE)),
        ("x-gzip", gzip.compress(PICTURE)),
        ("deflate", zlib.compress(PICTURE)),
        ("gzip, gzip", gzip.compress(gzip.compress(PICTURE))),
        ("GZIP", gzip.compress(PICTURE)),
        ("gzip", PICTURE),
        ("identity", PICTURE),
    ],
    ids=["gzip", "x-gzip", "deflate", "twice", "upper case", "only said so", "identity"],
)
def test_what_a_server_packs_unasked_is_unpacked(media: Media, fetch: Fetch, coding: str, packed: bytes) -> None:
    media.answers["/picture"] = answer(body=packed, Content_Encoding=coding)
    got = fetch(media.url("/picture"))
    assert (got.content_type, got.path.read_bytes()) == ("image/png", PICTURE)


def test_a_small_answer_that_unpacks_to_a_large_one_ends_at_the_limit(media: Media, fetch: Fetch) -> None:
    media.answers["/picture"] = answer(body=gzip.compress(PICTURE + bytes(50_000_000)), Content_Encoding="gzip")
    with pytest.raises(ReferenceUnreachable, match="larger than"):
        fetch(media.url("/picture"), limit=1_000_000)


@pytest.mark.parametrize(
    ("coding", "body"), [("br", b"\x0b\x02"), ("gzip", gzip.compress(PICTURE)[:-20])], ids=["br", "half"]
)
def test_what_cannot_be_unpacked_says_so(media: Media, fetch: Fetch, coding: str, body: bytes) -> None:
    media.answers["/picture"] = answer(body=body, Content_Encoding=coding)
    with pytest.raises(ReferenceUnreachable, match="packed"):
        fetch(media.url("/picture"))


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("/a b.png", "/a%20b.png"),
        ("/ü.png", "/%C3%BC.png"),
        ("/写真.png", "/%E5%86%99%E7%9C%9F.png"),
        ("/[1].png?x=[2]", "/[1].png?x=[2]"),
        ("/100%.png", "/100%.png"),
        ("/a%20b|c.png?q=ü&s=a%2Fb+c", "/a%20b|c.png?q=%C3%BC&s=a%2Fb+c"),
        ("/picture#part", "/picture"),
        ("?only=query", "/?only=query"),
        ("/" + "s" * 8000, "/" + "s" * 8000),
    ],
)
def test_a_url_is_asked_for_as_browsers_do(media: Media, fetch: Fetch, written: str, asked: str) -> None:
    media.answers[asked] = answer()
    fetch(f"  {media.url(written)}\n")
    assert media.asked == [asked]


def test_a_redirect_is_read_as_browsers_do(media: Media, fetch: Fetch) -> None:
    media.answers |= {"/go": redirect("/a b.png"), "/a%20b.png": answer()}
    assert fetch(media.url("/go")).size == len(PICTURE)


def test_why_a_fetch_failed_tells_no_signature(media: Media, fetch: Fetch) -> None:
    with pytest.raises(ReferenceUnreachable) as failure:
        fetch(media.url(f"/{'long' * 500}?X-Amz-Signature=secret"))
    assert "secret" not in failure.value.message
    assert len(failure.value.message) < 300


def test_why_a_fetch_failed_tells_no_address(media: Media, fetch: Fetch, names: Names) -> None:
    names.tell("inside.example", ["127.0.0.3"])
    names.tell("hop.example", ["127.0.0.1"])
    media.answers["/go"] = redirect("http://inside.example/secret")
    for url, guard in (
        ("http://inside.example:1/", Guard(["127.0.0.0/8"])),
        (media.url("/go", "hop.example"), LOOPBACK),
    ):
        with pytest.raises((AddressRefused, ReferenceUnreachable)) as refused:
            fetch(url, guard)
        assert "127.0.0.3" not in str(refused.value)
        assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("drips", "length"),
    [(range(40), "1024"), (range(150, 190), str(len(PICTURE))), (range(150, 190), "")],
    ids=["headers", "body", "body of unknown length"],
)
def test_a_server_that_drips_is_left_at_the_deadline(media: Media, fetch: Fetch, drips: range, length: str) -> None:
    media.answers["/picture"] = answer(Content_Length=length)
    media.drips, media.drip_s = drips, 0.05
    with pytest.raises(ReferenceUnreachable, match="took too long"):
        fetch(media.url("/picture"), seconds=0.5)
    assert media.told == [], "it was not waited for"


@pytest.mark.parametrize("place", [0, 200], ids=["at once", "in the middle"])
def test_a_server_that_stalls_is_left_at_the_deadline(media: Media, fetch: Fetch, place: int) -> None:
    media.drips, media.drip_s = range(place, place + 1), 2.0
    with pytest.raises(ReferenceUnreachable, match="took too long"):
        fetch(media.url("/picture"), seconds=0.5)
    assert media.told == [], "it was not waited for"


def test_a_server_that_stalls_in_the_handshake_is_left_at_the_deadline(fetch: Fetch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(ReferenceUnreachable, match="took too long"):
        fetch(f"https://127.0.0.1:{mute.getsockname()[1]}/picture", seconds=0.3)
