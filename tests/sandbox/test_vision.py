"""Telling what a picture shows: true of the picture, silent on what was not seen. Source: flixly-api, IMAGE_TO_TEXT."""

from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from service.errors import EngineMissing, ReferenceUnreachable, ValidationError
from service.sandbox import stills, vision
from service.sandbox.sight import reading
from tests.support.stills import halves, lettered, product, reference, task


def told(tmp_path: Path, picture: Image.Image, question: str = "", **parameters: str) -> str:
    given = reference(tmp_path / "given", picture)
    (artifact,) = vision.make(task("vision", given, prompt=question, parameters=parameters), tmp_path)
    assert set(artifact.fields) == {"text"}
    return artifact.fields["text"]


@pytest.fixture
def without_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the extra."""

    def missing(package: str, what: str) -> None:
        raise EngineMissing(f"{what} {package}")

    monkeypatch.setattr(stills, "engine", missing)
    reading._reader.cache_clear()
    yield
    reading._reader.cache_clear()


def test_colours_are_named_with_their_shares(tmp_path: Path) -> None:
    text = told(tmp_path, halves(), "Which colours are in it?")
    assert "blue (#2864DC, 50%)" in text
    assert "green (#32963C, 50%)" in text
    assert "pixels" not in text, "nothing but the answer"


def test_size_and_shape_answer_a_question_of_size(tmp_path: Path) -> None:
    assert told(tmp_path, halves(300, 900), "What size is it?") == (
        "It is 300 by 900 pixels (0.3 megapixels), in portrait format."
    )


def test_a_blurred_picture_is_called_soft_and_a_clear_one_is_not(tmp_path: Path) -> None:
    clear = lettered("SHARP")
    assert "soft" not in told(tmp_path, clear, "Is it sharp?")
    assert "soft" in told(tmp_path, clear.filter(ImageFilter.GaussianBlur(9)), "Is it sharp?")


def test_a_description_says_where_what_stands_out_stands(tmp_path: Path) -> None:
    picture = Image.new("RGB", (400, 300), (240, 240, 235))
    picture.paste(product(160, 160).crop((40, 40, 120, 120)), (20, 110))
    text = told(tmp_path, picture, "Describe this picture.")
    assert "red shape on the left" in text
    assert "was not recognised" in text


def test_letters_are_read_where_a_reader_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("rapidocr")
    assert told(tmp_path, lettered("OPEN DAILY"), **{"vision-preference": "text"}) == "OPEN DAILY"
    assert told(tmp_path, halves(), "Read the text") == "No text can be read in this picture."


@pytest.mark.usefixtures("without_reader")
def test_without_a_reader_nothing_is_claimed_about_letters(tmp_path: Path) -> None:
    assert "OPEN" not in told(tmp_path, lettered("OPEN"), "Describe it")
    assert "were not looked for" in told(tmp_path, lettered("OPEN"), "What text is in it?")


@pytest.mark.usefixtures("without_reader")
@pytest.mark.parametrize("form", ["detailed", "brief", "alt-text", "tags", "prompt", "story"])
def test_every_form_says_something_of_its_own(tmp_path: Path, form: str) -> None:
    text = told(tmp_path, halves(), **{"vision-preference": form})
    assert text
    assert "blue" in text
    if form == "alt-text":
        assert len(text) <= 125
    if form == "tags":
        assert 5 <= len(text.split(", ")) <= 15


@pytest.mark.usefixtures("without_reader")
def test_stories_differ_by_item_and_come_again(tmp_path: Path) -> None:
    given = reference(tmp_path / "given", product())
    order = task("vision", given, count=4, parameters={"vision-preference": "story"})
    stories = [artifact.fields["text"] for artifact in vision.make(order, tmp_path)]
    assert len(set(stories)) > 1
    assert [artifact.fields["text"] for artifact in vision.make(order, tmp_path)] == stories


@pytest.mark.usefixtures("without_reader")
@pytest.mark.parametrize("size", [(1, 1), (2, 500), (7, 7)])
def test_a_tiny_picture_is_told_of(tmp_path: Path, size: tuple[int, int]) -> None:
    assert f"{size[0]} by {size[1]} pixels" in told(tmp_path, Image.new("RGB", size, (9, 9, 9)))


def test_what_is_no_picture_is_refused_and_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReferenceUnreachable):
        list(vision.make(task("vision", reference(tmp_path / "given", b"RIFF")), tmp_path))
    with pytest.raises(ValidationError, match="image_url is required"):
        list(vision.make(task("vision"), tmp_path))
