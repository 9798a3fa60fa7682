"""Media inside the request. See RFC 2397."""

import pytest

from service.errors import ReferenceUnreachable
from service.files import data_urls


@pytest.mark.parametrize(
    ("url", "media"),
    [
        ("data:image/png;base64,AAEC", b"\x00\x01\x02"),
        ("DATA:image/png;name=cat.png;BASE64,AAEC", b"\x00\x01\x02"),
        ("data:image/png;base64,AAE%43", b"\x00\x01\x02"),
        ("data:,%00cat", b"\x00cat"),
        (" \n data:image/png;base64,AAEC \n", b"\x00\x01\x02"),
    ],
)
def test_the_media_of_a_data_url_is_read(url: str, media: bytes) -> None:
    assert data_urls.is_inline(url)
    assert data_urls.content(url) == media


@pytest.mark.parametrize("url", ["data:image/png;base64,A", "data:image/png;base64,é", "data:image/png", "data:,"])
def test_a_data_url_without_media_is_refused(url: str) -> None:
    with pytest.raises(ReferenceUnreachable):
        data_urls.content(url)


def test_a_url_is_no_media_and_named_whole() -> None:
    url = "https://a.example/" + "p" * 100
    assert not data_urls.is_inline(url)
    assert data_urls.named(url) == url
    assert len(data_urls.named("data:," + url)) < 50
