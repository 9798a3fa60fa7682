"""Figures: what scenes and stickers draw the same way every time, one JSON file each in `figures/`.

The format is told in `figures/README.md` and held by `figure.schema.json`. Figures speak in units of their own; a pen
puts them anywhere, at any size and turn. Chance and perspective stay in the code of the scenes.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.sandbox.pictures import color
from service.sandbox.pictures.canvas import Fill, Pen
from service.sandbox.pictures.color import Rgb
from service.sandbox.pictures.light import Light

FOLDER = Path(__file__).with_name("figures")
BLENDS: Mapping[str, Callable[..., Any]] = {
    "mix": color.mix,
    "lighter": color.lighter,
    "darker": color.darker,
    "veil": color.veil,
}

Part = Mapping[str, Any]
Inks = Mapping[str, Fill]


@dataclass(frozen=True, slots=True)
class Figure:
    """One file: its parts in the order in which they are drawn, its inks with their defaults, and when it is called."""

    inks: Mapping[str, Any]
    parts: tuple[Part, ...]
    called: frozenset[str]
    hat: tuple[float, float, float] | None


@lru_cache(256)
def figure(name: str) -> Figure:
    """Read a figure by its path below `figures/`, as in `animals/cat`."""
    data = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    hat = tuple(data["hat"]) if "hat" in data else None
    return Figure(data.get("inks", {}), tuple(data["parts"]), frozenset(data.get("called", ())), hat)


@lru_cache(16)
def names(folder: str) -> tuple[str, ...]:
    """List the figures of a folder, each by its path below `figures/`."""
    return tuple(sorted(f"{folder}/{path.stem}" for path in (FOLDER / folder).glob("*.json")))


def draw(pen: Pen, name: str, light: Light | None = None, **given: Rgb) -> None:
    """Draw a figure at the pen's origin in the `given` inks, else in those of the `light`, else in its own.

    Raises KeyError for a figure or an ink that is not there.
    """
    wanted = figure(name)
    if unknown := given.keys() - wanted.inks.keys():
        raise KeyError(f"{name} has no ink {', '.join(sorted(unknown))}")
    inks: dict[str, Fill] = {}
    shades = {} if light is None else light.inks
    for ink, default in wanted.inks.items():
        inks[ink] = given.get(ink) or shades.get(ink) or _ink(default, inks)
    _draw(pen, wanted.parts, inks)


def _draw(pen: Pen, parts: tuple[Part, ...] | list[Part], inks: Inks) -> None:
    for part in parts:
        _part(pen, part, inks)
        if part.get("mirror"):
            _part(pen.pen(0, 0, 1, flip=True), part, inks)


def _part(pen: Pen, part: Part, inks: Inks) -> None:
    """Draw a group of parts, another figure, or a form."""
    if "at" in part:
        x, y = part["at"]
        pen = pen.pen(x, y, part.get("size", 1), turn=part.get("turn", 0))
    if "parts" in part:
        _draw(pen, part["parts"], inks)
    elif "figure" in part:
        draw(pen, part["figure"], **{name: _ink(ink, inks) for name, ink in part.get("inks", {}).items()})
    else:
        _form(pen, part, _ink(part["ink"], inks))


def _form(pen: Pen, part: Part, ink: Any) -> None:
    match part:
        case {"poly": points}:
            pen.poly(points, ink)
        case {"shape": points}:
            pen.shape(points, ink)
        case {"line": points}:
            pen.line(points, part["width"], ink, to_width=part.get("to"))
        case {"stroke": points}:
            pen.stroke(points, part["width"], ink, to_width=part.get("to"))
        case {"disc": [x, y, radius]}:
            pen.disc(x, y, radius, ink, tall=part.get("tall", 1.0), lean=part.get("lean", 0.0))
        case {"box": [left, top, right, bottom]}:
            pen.box(left, top, right, bottom, ink, round_by=part.get("round", 0.0))
        case {"ring": [x, y, radius]}:
            start, end = part.get("from", 0), part.get("till", 360)
            pen.ring(x, y, radius, part["width"], ink, tall=part.get("tall", 1.0), start=start, end=end)


def _ink(told: Any, inks: Inks) -> Any:
    """Read an ink: `#rrggbb`, the name of one, or a blend such as `["darker", "fur", 0.2]`."""
    if isinstance(told, list):
        blend, *of = told
        return BLENDS[blend](*(part if isinstance(part, int | float) else _ink(part, inks) for part in of))
    return color.rgb(told) if told.startswith("#") else inks[told]
