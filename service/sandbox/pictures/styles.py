"""Style presets of thumbnails: their typography, ground, compositions and colours, as data."""

import json
from dataclasses import dataclass
from pathlib import Path

from service.sandbox.pictures.color import Rgb, rgb


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one variation: the panel and its deep end, the title, and two accents."""

    panel: Rgb
    deep: Rgb
    title: Rgb
    accent: Rgb
    second: Rgb


@dataclass(frozen=True, slots=True)
class Style:
    """One preset. `plans` and `palettes` are in the order in which variations take them."""

    id: str
    key: str
    name: str
    description: str
    face: str
    shout: bool
    treatment: str
    backdrop: str
    stacked: bool
    tilt: float
    grade: str
    plans: tuple[str, ...]
    palettes: tuple[Palette, ...]


def load() -> tuple[Style, ...]:
    """The presets of `styles.json`."""
    rows = json.loads(Path(__file__).with_name("styles.json").read_text("utf-8"))
    return tuple(
        Style(
            **{
                **row,
                "plans": tuple(row["plans"]),
                "palettes": tuple(
                    Palette(**{name: rgb(code) for name, code in palette.items()}) for palette in row["palettes"]
                ),
            }
        )
        for row in rows
    )


STYLES = load()
PRESETS = {name.casefold(): style for style in STYLES for name in (style.id, style.key, style.name)}
BY_QUALITY = {"pro": "bold-punch", "standard": "bold-punch", "creative": "comic-pop"}


def style_for(wanted: str | None, quality: str | None) -> Style:
    """The preset of that id, key or name; without one, what suits the quality."""
    return PRESETS.get((wanted or "").casefold()) or PRESETS[BY_QUALITY.get(quality or "pro", "bold-punch")]
