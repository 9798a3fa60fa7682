"""A sheet of titles in every script, to be looked at: `make titles` draws it into var/titles.png."""

import sys
import tempfile
from pathlib import Path

from PIL import Image

from service.sandbox import image
from service.sandbox.job import Job

TITLES = (
    *("How I Learned to Cook", "Tom &amp; Jerry &#39;Live&#39;", "bilgi yarışması", "bilgi", "İstanbul'da iyi bir gün"),
    *("Straßenfest in Köln", "Žluťoučký kůň úpěl", "Ngôn ngữ tiếng Việt", "Łódź w nocy", "Árvíztűrő tükörfúrógép"),
    *("Как я выучил японский", "Українська їжа", "Ελληνικά νησιά το καλοκαίρι", "Қазақ тілі", "Монгол хэл"),
    *("كيف تتعلم البرمجة", "یادگیری زبان فارسی", "اردو سیکھیں ٹھیک", "پښتو ژبه ښه", "עברית למתחילים"),
    *("हिन्दी सीखें क्षत्रिय", "मराठी पाककृती", "বাংলা ভাষা শিখুন", "অসমীয়া গান", "தமிழ் கற்போம்"),
    *("తెలుగు నేర్చుకోండి", "ಕನ್ನಡ ಕಲಿಯಿರಿ", "മലയാളം പഠിക്കാം", "ਪੰਜਾਬੀ ਸਿੱਖੋ", "ગુજરાતી શીખો"),
    *("සිංහල ඉගෙන ගමු", "မြန်မာဘာသာစကား", "ภาษาไทยน้ำใจ", "ພາສາລາວ ນ້ຳໃຈ", "ភាសាខ្មែរ ស្រស់"),
    *("བོད་སྐད་སློབ།", "አማርኛ ተማር", "ქართული ენა", "Հայերեն լեզու", "ᐃᓄᒃᑎᑐᑦ"),
    *("東京で一番のラーメン", "한국어 배우기", "学习中文的方法", "學習中文的方法", "ไทย กับ English mix"),
    *("/ˌɪntəˈnæʃənəl/ IPA", "ẹ̀kọ́ Yorùbá", "Z̸̢͓͝a̷̛l̵͝g̶͂ọ̷̈ text", "q̃ and m̄ stacked ẫ̂", "naïve café"),
    *("🔥 Only Fire 🚀", "5 × 3 = 15 ± 2 ≈ √7", "C++ vs C# in 2026", "«Цитата» und „Zitat“", "مرحبا Hello שלום"),
    *("عربي مع كلمة Python هنا", "ꦗꦮ ꦧꦱ", "ⴰⵎⴰⵣⵉⵖ", "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "Latin и кириллица"),
)
STYLES = ("bold-punch", "clean-light", "comic-pop")
CELL, COLUMNS = (480, 270), 5


def sheet(path: Path) -> None:
    """Draw every title, each in one of three styles, one after the other."""
    rows = -(-len(TITLES) // COLUMNS)
    whole = Image.new("RGB", (CELL[0] * COLUMNS, CELL[1] * rows))
    with tempfile.TemporaryDirectory() as folder:
        for number, title in enumerate(TITLES):
            params = {"title": title, "style": STYLES[number % len(STYLES)]}
            (made,) = image.make(Job("image", "any", "", 1, number, params), Path(folder))
            assert made.path is not None
            with Image.open(made.path) as picture:
                place = number % COLUMNS * CELL[0], number // COLUMNS * CELL[1]
                whole.paste(picture.convert("RGB").resize(CELL), place)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole.save(path)


if __name__ == "__main__":
    sheet(Path(sys.argv[1]))
