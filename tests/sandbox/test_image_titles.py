"""Titles on thumbnails: in the frame, large, whole, readable, in whatever script."""

from pathlib import Path
from random import Random

import pytest
from PIL import Image

from service.sandbox import image
from service.sandbox.job import Job
from service.sandbox.pictures import fonts
from service.sandbox.pictures.color import contrast
from service.sandbox.pictures.design import design
from service.sandbox.pictures.inks import inks
from service.sandbox.pictures.layout import Layout, duration_box
from service.sandbox.pictures.styles import STYLES, Style
from service.sandbox.pictures.wording import headline
from tests.support.titles import TITLES as EVERY_SCRIPT

TITLES = (
    "Why",
    "I Trained Like an Astronaut for 30 Days",
    "The 7 Habits That Quietly Changed How I Work, Sleep, Train and Think Over the Last Twelve Months",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "x" * 100,
    "🔥 I Built a $1,000,000 App in 24 Hours 🚀😱",
    "Как я выучил японский за полгода",
    "東京で一番美味しいラーメンを探す旅に出たら人生が変わった話",
    "كيف تتعلم البرمجة في 30 يوما",
    "ქართული ენა სამ დღეში",
    "👍",
)
CHARACTERS = ("bold-punch", "comic-pop", "breaking-news")
"""Styles that set their titles in unlike ways: level, stacked and turned, each line on a strip."""

SIZES = ((1280, 720), (1280, 960), (1080, 1080))


def layouts(title: str, style: str) -> list[Layout]:
    job = Job("image", "any", f"{title} «new»", 4, 7, {"title": title, "quality": "pro", "style": style})
    return [design(job, index, *size).layout for size in SIZES for index in range(4)]


@pytest.mark.parametrize("style", CHARACTERS)
@pytest.mark.parametrize("title", TITLES)
def test_a_title_stands_inside_the_frame_and_clear_of_everything(title: str, style: str) -> None:
    for layout in layouts(title, style):
        assert layout.safe.holds(layout.title) or not layout.block.lines
        boxes = [layout.title, *layout.elements.values()]
        for place, one in enumerate(boxes):
            assert not any(one.meets(other) for other in boxes[place + 1 :]), (layout.plan, boxes)
        assert layout.elements["duration"] == duration_box(layout.width, layout.height)


@pytest.mark.parametrize("style", CHARACTERS)
@pytest.mark.parametrize(("title", "share"), [("Why", 0.2), (TITLES[1], 0.07), (TITLES[2], 0.048), (TITLES[3], 0.055)])
def test_letters_stay_large_however_long_the_title(title: str, share: float, style: str) -> None:
    assert min(layout.block.size / layout.height for layout in layouts(title, style)) > share


@pytest.mark.parametrize("title", TITLES[:4])
def test_no_word_of_a_title_is_lost(title: str) -> None:
    for layout in layouts(title, "bold-punch"):
        set_text = "".join(line.text for line in layout.block.lines).replace("-", "").replace(" ", "")
        assert set_text == title.upper().replace(" ", "")


def test_a_title_too_long_for_any_thumbnail_is_cut_at_a_word() -> None:
    told = headline("alpha " * 40, "", "anton")
    text = " ".join(token.text for token in told.tokens)
    assert len(text) <= 96
    assert text.endswith("ALPHA…")


@pytest.mark.parametrize(
    "title", ["3 Days 2 Nights in Oslo", "Top 5 Budget Laptops", "An App in 24 Hours", "Switzerland Is Unreal"]
)
def test_no_figure_or_scrap_of_a_word_stands_on_a_line_of_its_own(title: str) -> None:
    for style in CHARACTERS:
        for layout in layouts(title, style):
            assert not any(line.text.isdecimal() or len(line.text) < 3 for line in layout.block.lines)


@pytest.mark.parametrize(
    ("title", "face"),
    [
        ("Как я выучил", "condensed"),
        ("東京で一番", "japanese"),
        ("서울에서 가장", "korean"),
        ("เที่ยวเชียงใหม่", "thai"),
        ("वजन कम करने", "devanagari"),
        ("كيف تتعلم", "rubik"),
        ("தமிழ் கற்க", "tamil"),
    ],
)
def test_a_script_is_set_in_a_face_that_has_it(title: str, face: str) -> None:
    chosen, text = fonts.face_for(title, "anton")
    assert (chosen.name, text) == (face, title)


def test_a_script_no_face_has_is_written_in_latin_letters() -> None:
    chosen, text = fonts.face_for("ქართული ენა", "anton")
    assert (chosen.name, text) == ("anton", "kartuli ena")


def test_without_the_font_packages_a_title_is_still_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FALLBACKS", ("inter",))
    chosen, text = fonts.face_for("東京", "anton")
    assert text.isascii()
    assert text.isalpha()
    assert fonts.covers(chosen, text)


@pytest.mark.parametrize("title", TITLES)
def test_nothing_is_set_that_would_be_an_empty_box(title: str) -> None:
    for style in STYLES:
        told = headline(title, "", style.face, shout=style.shout)
        assert all(fonts.covers(told.face, token.text) for token in told.tokens)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.key)
def test_letters_contrast_with_what_lies_behind_them(style: Style) -> None:
    job = Job("image", "any", "", 4, 7, {"title": TITLES[1], "style": style.key})
    source = Random(1)
    for index in range(4):
        plan = design(job, index, 1280, 720)
        for line in plan.layout.block.lines:
            ground = (source.randrange(40), source.randrange(40), source.randrange(40))
            drawn = inks(style.treatment, line, plan.palette, ground)
            assert contrast(drawn.letters, drawn.backing or ground) >= 4.5


def test_an_emoji_alone_is_drawn_large_in_the_middle() -> None:
    for layout in layouts("🔥", "bold-punch"):
        assert layout.sticker is not None
        assert layout.sticker.middle == (layout.width / 2, layout.height / 2)
        assert layout.sticker.height > layout.height / 2


def test_the_title_is_drawn(tmp_path: Path) -> None:
    def drawn(title: str) -> Image.Image:
        job = Job("image", "any", "", 1, 3, {"title": title, "style": "clean-light", "width": 640, "height": 360})
        (artifact,) = image.make(job, tmp_path)
        assert artifact.path is not None
        with Image.open(artifact.path) as opened:
            return opened.convert("RGB")

    job = Job("image", "any", "", 1, 3, {"title": "Blue Tea", "style": "clean-light"})
    box = design(job, 0, 640, 360).layout.title
    place = (round(box.left), round(box.top), round(box.right), round(box.bottom))
    dark = [sum(drawn(title).crop(place).convert("L").histogram()[:90]) for title in ("Blue Tea", "👍")]
    assert dark[0] > 4 * max(dark[1], 1)
    assert dark[0] > 0.1 * box.width * box.height


@pytest.mark.parametrize("title", EVERY_SCRIPT)
@pytest.mark.parametrize("preferred", ["anton", "inter", "comic", "serif"])
def test_a_title_in_any_script_has_no_boxes(title: str, preferred: str) -> None:
    words = headline(title, "", preferred)
    text = " ".join(token.text for token in words.tokens)
    assert fonts.covers(words.face, text)
    assert text or title == "👍"


@pytest.mark.parametrize("title", ["ಕನ್ನಡ ಕಲಿಯಿರಿ", "മലയാളം", "ਪੰਜਾਬੀ ਸਿੱਖੋ", "ქართული و كلمة", "ᐃᓄᒃᑎᑐᑦ हिन्दी"])
def test_a_title_that_no_face_can_write_is_wholly_in_latin_letters(title: str) -> None:
    words = headline(title, "", "anton")
    assert words.tokens
    assert all(token.text.isascii() for token in words.tokens)


@pytest.mark.parametrize(
    ("title", "script"),
    [("বাংলা ভাষা", "bengali"), ("မြန်မာ", "burmese"), ("ພາສາລາວ", "lao"), ("አማርኛ", "ethiopic"), ("پښتو ژبه ښه", "arabic")],
)
def test_a_script_is_shaped_in_its_own_face(title: str, script: str) -> None:
    words = headline(title, "", "anton")
    assert (words.face.name, " ".join(token.text for token in words.tokens)) == (script, title)


@pytest.mark.parametrize(
    ("title", "drawn"),
    [
        ("bilgi yarışması", "BİLGİ YARIŞMASI"),
        ("bilgi", "BİLGİ"),
        ("is it big", "IS IT BIG"),
        ("Tom &amp; Jerry &#39;Live&#39;", "TOM & JERRY 'LIVE'"),
        ("AT&T; R&D", "AT&T; R&D"),
        ("/ˌɪntəˈnæʃənəl/", "/ˌɪntəˈnæʃənəl/"),
        ("Straße", "STRASSE"),
    ],
)
def test_capitals_are_those_of_the_language(title: str, drawn: str) -> None:
    assert " ".join(token.text for token in headline(title, "", "anton").tokens) == drawn
