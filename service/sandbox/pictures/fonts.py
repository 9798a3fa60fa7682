"""Typefaces from installed font packages, and which of them can write a text.

A title is set in one face, which has everything in it: the style's own, else the first that can. Where none can, the
whole title is written in Latin letters ('ქართული' as KARTULI): never empty boxes, never two scripts in a word.
HarfBuzz says what a face can write. Scripts that join or stack their letters need Pillow's Raqm layout (with the
system's FriBidi); without it they count as not covered, since unjoined letters in reverse would be worse.
"""

import importlib.util
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import uharfbuzz as harfbuzz
from anyascii import anyascii
from PIL import ImageFont, features


@dataclass(frozen=True, slots=True)
class Face:
    """One typeface: the package and file that hold it, and its place on the variable axes."""

    name: str
    package: str
    file: str
    axes: tuple[float, ...] = ()
    shouts: bool = True
    """Whether capitals suit it."""

    @property
    def path(self) -> Path | None:
        """The font file, None where its package is not installed."""
        return _installed(self.package, self.file)


@lru_cache(64)
def _installed(package: str, file: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / file
    return path if path.is_file() else None


CJK = "justmytype_intl_cjk"
SOUTH_ASIA, SOUTH_EAST_ASIA = "justmytype_intl_south_asia", "justmytype_intl_sea"
AFRICA, RIGHT_TO_LEFT = "justmytype_intl_africa", "justmytype_intl_rtl"
BLACK = (900, 100)
FACES = {
    face.name: face
    for face in (
        Face("anton", "fontpkg_anton", "files/Anton-Regular.ttf"),
        Face("inter", "fontpkg_inter", "files/Inter[opsz,wght].ttf", (32, 900)),
        Face("inter-italic", "fontpkg_inter", "files/Inter-Italic[opsz,wght].ttf", (32, 900)),
        Face("inter-bold", "fontpkg_inter", "files/Inter[opsz,wght].ttf", (32, 700)),
        Face("comic", "fontpkg_luckiest_guy", "files/LuckiestGuy-Regular.ttf"),
        Face("serif", "fontpkg_playfair_display", "files/PlayfairDisplay[wght].ttf", (900,), shouts=False),
        Face("condensed", "fontpkg_roboto_condensed", "files/RobotoCondensed[wght].ttf", (900,)),
        Face("rubik", "fontpkg_rubik", "files/Rubik[wght].ttf", (900,)),
        Face("thai", "fontpkg_noto_sans_thai", "files/NotoSansThai[wdth,wght].ttf", (900, 100), shouts=False),
        Face(
            "devanagari",
            "fontpkg_noto_sans_devanagari",
            "files/NotoSansDevanagari[wdth,wght].ttf",
            (900, 100),
            shouts=False,
        ),
        Face("tamil", "fontpkg_noto_sans_tamil", "files/NotoSansTamil[wdth,wght].ttf", (900, 100), shouts=False),
        Face("telugu", "fontpkg_noto_sans_telugu", "files/NotoSansTelugu[wdth,wght].ttf", (900, 100), shouts=False),
        Face("khmer", "fontpkg_noto_sans_khmer", "files/NotoSansKhmer[wdth,wght].ttf", (900, 100), shouts=False),
        Face("noto", "fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf", BLACK),
        Face("arabic", RIGHT_TO_LEFT, "fonts/ofl/notosansarabic/NotoSansArabic[wdth,wght].ttf", BLACK, shouts=False),
        Face("hebrew", RIGHT_TO_LEFT, "fonts/ofl/notosanshebrew/NotoSansHebrew[wdth,wght].ttf", BLACK, shouts=False),
        Face("bengali", SOUTH_ASIA, "fonts/ofl/notosansbengali/NotoSansBengali[wdth,wght].ttf", BLACK, shouts=False),
        Face(
            "burmese", SOUTH_EAST_ASIA, "fonts/ofl/notosansmyanmar/NotoSansMyanmar[wdth,wght].ttf", BLACK, shouts=False
        ),
        Face("lao", SOUTH_EAST_ASIA, "fonts/ofl/notosanslao/NotoSansLao[wdth,wght].ttf", BLACK, shouts=False),
        Face("ethiopic", AFRICA, "fonts/ofl/notosansethiopic/NotoSansEthiopic[wdth,wght].ttf", BLACK, shouts=False),
        Face("japanese", CJK, "fonts/ofl/notosansjp/NotoSansJP[wght].ttf", (900,), shouts=False),
        Face("korean", CJK, "fonts/ofl/notosanskr/NotoSansKR[wght].ttf", (900,), shouts=False),
        Face("chinese", CJK, "fonts/ofl/notosanssc/NotoSansSC[wght].ttf", (900,), shouts=False),
        Face("chinese-traditional", CJK, "fonts/ofl/notosanstc/NotoSansTC[wght].ttf", (900,), shouts=False),
    )
}
FALLBACKS = (
    *("condensed", "inter", "rubik", "arabic", "hebrew", "thai", "devanagari", "bengali", "tamil", "telugu", "noto"),
    *("khmer", "lao", "burmese", "ethiopic", "japanese", "korean", "chinese", "chinese-traditional"),
)
NEEDS_RAQM = (
    *("ARABIC", "HEBREW", "DEVANAGARI", "BENGALI", "TAMIL", "TELUGU", "KHMER", "THAI", "LAO", "MYANMAR", "COMBINING"),
)
# The blocks of Indic scripts lie alike: where their consonants, and the signs that follow one, are in each of them.
INDIC, INDIC_BLOCK = range(0x0900, 0x0D80), 0x80
CONSONANTS, SIGNS, NUKTA = range(0x15, 0x3A), range(0x3E, 0x4E), 0x3C
MOST_MARKS = 3
ORNAMENTS = frozenset({"So", "Sk", "Cc", "Cf", "Co", "Cn", "Cs"})


@lru_cache(128)
def font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    """The face at a size in pixels. Raises LookupError where its package is not installed."""
    path = face.path
    if path is None:
        raise LookupError(f"The font package {face.package} is not installed.")
    made = ImageFont.truetype(str(path), size)
    if face.axes:
        made.set_variation_by_axes(list(face.axes))
    return made


@lru_cache(64)
def _shaper(face: Face) -> Any:
    return harfbuzz.Font(harfbuzz.Face(harfbuzz.Blob.from_file_path(str(face.path))))


@lru_cache(1024)
def covers(face: Face, text: str) -> bool:
    """Tell whether the face has a sign for everything in the text, as it is shaped."""
    if face.path is None or not _shapeable(text):
        return False
    buffer = harfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    harfbuzz.shape(_shaper(face), buffer)
    return all(sign.codepoint for sign in buffer.glyph_infos)


def _shapeable(text: str) -> bool:
    return bool(features.check("raqm")) or not any(
        unicodedata.name(character, "").startswith(NEEDS_RAQM) for character in text
    )


def face_for(text: str, preferred: str) -> tuple[Face, str]:
    """Return the face to set a text in, and the text as that face can write it (which may leave nothing)."""
    chain = [FACES[name] for name in (preferred, *FALLBACKS) if FACES[name].path is not None]
    if not chain:
        raise LookupError("No font package is installed.")
    text = _with_few_marks(text)
    plain = _without_ornaments(text)
    for written in dict.fromkeys((text, plain)):
        for face in chain:
            if covers(face, written):
                return face, written
    latin = "".join(character for character in in_latin(plain) if covers(chain[0], character))
    return chain[0], " ".join(latin.split())


def in_latin(text: str) -> str:
    """Write the text in Latin letters, by sound; Indic consonants with the vowel that they have of themselves."""
    written: list[str] = []
    for place, character in enumerate(text):
        written.append(anyascii(character))
        if _is_indic(character, CONSONANTS):
            follows = text[place + 1 : place + 3]
            if follows[:1] and _is_indic(follows[0], range(NUKTA, NUKTA + 1)):
                follows = follows[1:]
            if follows[:1].isspace() or not follows or not _is_indic(follows[0], SIGNS):
                written.append("a")
    return "".join(written)


def _is_indic(character: str, places: range) -> bool:
    return ord(character) in INDIC and ord(character) % INDIC_BLOCK in places


def _without_ornaments(text: str) -> str:
    """Return the text without signs that are no letters, and what is written nowhere."""
    kept = (character for character in text if unicodedata.category(character) not in ORNAMENTS)
    return " ".join("".join(kept).split())


def _with_few_marks(text: str) -> str:
    """Return the text with no more marks on a letter than a line has room for."""
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) == "Mn" and unicodedata.combining(character) else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)
