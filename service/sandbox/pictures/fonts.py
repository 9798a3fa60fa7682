"""Typefaces from installed font packages, and which of them can write a text.

A title is set in one face: the style's own where it has every character, else the first that has most. What that face
lacks is written in Latin letters ('ქართული' as KARTULI) or left out, never drawn as empty boxes. Arabic, Hebrew and
Indic scripts need Pillow's Raqm layout (with the system's FriBidi); without it those scripts count as not covered,
since unjoined letters in reverse would be worse.
"""

import importlib.util
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

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
        Face("japanese", CJK, "fonts/ofl/notosansjp/NotoSansJP[wght].ttf", (900,), shouts=False),
        Face("korean", CJK, "fonts/ofl/notosanskr/NotoSansKR[wght].ttf", (900,), shouts=False),
        Face("chinese", CJK, "fonts/ofl/notosanssc/NotoSansSC[wght].ttf", (900,), shouts=False),
        Face("chinese-traditional", CJK, "fonts/ofl/notosanstc/NotoSansTC[wght].ttf", (900,), shouts=False),
    )
}
FALLBACKS = (
    "condensed",
    "inter",
    "rubik",
    "thai",
    "devanagari",
    "tamil",
    "telugu",
    "khmer",
    "japanese",
    "korean",
    "chinese",
    "chinese-traditional",
)
NEEDS_RAQM = ("ARABIC", "HEBREW", "DEVANAGARI", "TAMIL", "TELUGU", "KHMER", "THAI")


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


@lru_cache(4096)
def has(face: Face, character: str) -> bool:
    """Return whether the face draws this character itself, and not its sign for a missing one."""
    if face.path is None or not _shapeable(character):
        return False
    if character.isspace() or unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return True
    probe = font(face, 40)
    mask, missing = probe.getmask(character), probe.getmask("\U0010fffd")
    return mask.getbbox() is not None and (mask.size, bytes(mask)) != (missing.size, bytes(missing))


def _shapeable(character: str) -> bool:
    return bool(features.check("raqm")) or not unicodedata.name(character, "").startswith(NEEDS_RAQM)


def face_for(text: str, preferred: str) -> tuple[Face, str]:
    """The face to set a text in, and the text as that face can write it (which may leave nothing)."""
    letters = [character for character in text if not character.isspace()]
    chain = [FACES[name] for name in (preferred, *FALLBACKS) if FACES[name].path is not None]
    if not chain:
        raise LookupError("No font package is installed.")
    best = max(chain, key=lambda face: sum(has(face, character) for character in letters))
    if sum(has(best, character) for character in letters) < len(letters) / 2:
        best = chain[0]
    return best, " ".join("".join(_writable(best, character) for character in text).split())


def _writable(face: Face, character: str) -> str:
    """The character, else its sound in Latin letters, else nothing."""
    if has(face, character):
        return character
    latin = anyascii(character)
    return latin if all(has(face, letter) for letter in latin) else ""
