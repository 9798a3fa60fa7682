"""Names that callers send are kept in any script, mislead nobody, and stand in headers as RFC 6266 has them."""

from time import process_time

import pytest
from werkzeug.http import parse_options_header

from service.files.naming import NAME_LENGTH, disposition, file_name


@pytest.mark.parametrize(
    "name",
    [
        "写真.png",
        "фото на море.jpg",
        "صورة.png",
        "תמונה.webp",
        "चित्र.png",
        "φωτογραφία.png",
        "รูปภาพ.png",
        "می\u200cخواهم.png",
    ],
)
def test_names_are_kept_in_every_script(name: str) -> None:
    assert file_name(name) == name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\photo.png", "photo.png"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x.png"),
        ("a\0b.png", "ab.png"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("e\u0301.png", "\u00e9.png"),
        ("..", "upload"),
        (" . ", "upload"),
        ("", "upload"),
        ("folder/", "upload"),
        ("\ud800.png", "png"),
    ],
)
def test_what_misleads_is_left_out(sent: str, kept: str) -> None:
    assert file_name(sent) == kept


def test_a_long_name_keeps_its_extension() -> None:
    kept = file_name("写" * 300 + ".png")
    assert (len(kept), kept[-5:]) == (NAME_LENGTH, "写.png")


@pytest.mark.parametrize(
    "name", ["写真.png", 'a"b\\c;d.png', "100%.png", "naïve résumé.pdf", "photo.png", "a b.png", "x"]
)
def test_a_disposition_is_read_back_as_the_name(name: str) -> None:
    header = disposition(f"files/file_1/{name}", download=True)

    assert header.isascii()
    kind, options = parse_options_header(header)
    assert (kind, options["filename"]) == ("attachment", name)


def test_a_disposition_has_an_ascii_name_for_old_clients() -> None:
    assert disposition("files/1/写真.png", download=False) == (
        "inline; filename=file.png; filename*=UTF-8''%E5%86%99%E7%9C%9F.png"
    )


def test_a_name_of_thousands_of_accents_is_read_at_once() -> None:
    began = process_time()
    assert file_name("a" + "\u0301" * 80_000 + "\u0316" * 80_000 + ".png").endswith(".png")
    assert process_time() - began < 1
