"""Texts and names from documents of others, made fit to be shown and to name things here."""

import hashlib
import re
import unicodedata
from collections.abc import Container
from typing import Any

from anyascii import anyascii

LONGEST = 2000
LONGEST_HELP = 1000
LONGEST_TITLE = 64
LONGEST_FIELD = 64
# Names that every object has in JavaScript: forms there would take a field of that name for filled in. In lower case.
OF_EVERY_OBJECT = frozenset(
    {"constructor", "hasownproperty", "isprototypeof", "propertyisenumerable", "prototype", "tolocalestring"}
)
OF_EVERY_OBJECT |= {"tostring", "valueof"}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPACES = re.compile(r"[ \t]+")
_LINES = re.compile(r"\s*\n\s*\n\s*")


def plain(value: Any, longest: int = LONGEST) -> str:
    """The text as text: no control or direction characters, cut to `longest`; "" for what is none."""
    if not isinstance(value, str):
        return ""
    # Cut before it is worked on, with room for the blanks that go.
    kept = "".join(character for character in value[: 4 * longest] if _is_shown(character))
    kept = _LINES.sub("\n\n", _SPACES.sub(" ", kept)).strip()
    return kept if len(kept) <= longest else kept[: longest - 1].rstrip() + "…"


def one_line(value: Any, longest: int = LONGEST) -> str:
    """The text on one line."""
    return plain(" ".join(value[: 4 * longest].split()), longest) if isinstance(value, str) else ""


def snake(text: str) -> str:
    """The words of a name in lower case with `_` between: `listPets`, `List pets` and `list-pets` are `list_pets`.

    Letters of other scripts are written in Latin ones; a name that begins with a digit has `op_` before it; one of no
    letter at all is `other`.
    """
    words = re.split(r"[^A-Za-z0-9]+", _CAMEL.sub(" ", anyascii(text[:200])))
    name = "_".join(word for word in words if word).lower()
    if not name:
        return "other"
    return name if name[0].isalpha() else f"op_{name}"


def field_name(text: str, taken: Container[str], beside: str = "field") -> str:
    """A name for an input: letters, digits and `_`, as it is where it can be; unlike those `taken`."""
    name = re.sub(r"\W+", "_", anyascii(text[:200])).strip("_")[:LONGEST_FIELD] or beside
    if name[0].isdigit() or name.lower() in OF_EVERY_OBJECT:
        name = f"{beside}_{name}"[:LONGEST_FIELD]
    if name in taken:
        name = f"{beside}_{name}"[:LONGEST_FIELD]
    number = 2
    while name in taken:
        name = f"{name.rstrip('0123456789_')[: LONGEST_FIELD - 4]}_{number}"
        number += 1
    return name


def shortened(name: str, longest: int) -> str:
    """The name, or its beginning and a few digits of its digest, which tell it from others that begin alike."""
    if len(name) <= longest:
        return name
    return f"{name[: longest - 7].rstrip('_')}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _is_shown(character: str) -> bool:
    return character in "\n\t" or unicodedata.category(character)[0] != "C"
