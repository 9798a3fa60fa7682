"""The layout of a thumbnail: a pure function of a plan, a headline and the frame's size.

All boxes in pixels, left, top, right, bottom. What is promised of every layout: the title's box lies inside the
margins, and neither badge, sticker nor YouTube's duration (bottom right) touches it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.sandbox.pictures.boxes import Box
from service.sandbox.pictures.canvas import Point
from service.sandbox.pictures.fonts import FACES
from service.sandbox.pictures.measures import ink
from service.sandbox.pictures.plans import MARGIN, PLANS, SQUARE, Composition
from service.sandbox.pictures.typeset import Block, Setting, fit
from service.sandbox.pictures.wording import Headline

DURATION = (0.165, 0.145)
"""Share of width and height at the bottom right over which YouTube writes a video's length."""

AIR = 0.08
"""Of the frame's height, free above and below all lettering."""

BADGE_HEIGHT = 0.08
BADGE_GAP = 0.034
"""Between badge and title, of the height."""

LARGEST = 0.46
"""The largest letters, of the frame's height."""

STICKER_SIZE = 0.2
ALONE = 0.56
"""Of the short side: a sticker that is all a title says."""

LONG_TITLE = 46
SHARES = (0.98, 0.84, 0.7)
"""Of the room's width, tried for turned titles."""

BADGE_FACE = FACES["inter"]


@dataclass(frozen=True, slots=True)
class Layout:
    """A composed thumbnail: boxes in pixels, the set title, the picture's outline (none where it fills the frame)."""

    plan: str
    form: str
    width: int
    height: int
    block: Block
    origin: Point
    """The unturned block's top left corner."""
    angle: float
    title: Box
    badge: Box | None
    badge_text: str
    badge_size: int
    sticker: Box | None
    outline: tuple[Point, ...]
    focus: float
    align: str
    elements: dict[str, Box] = field(default_factory=dict)
    """Everything beside the title that keeps clear of it, by name."""

    @property
    def safe(self) -> Box:
        """The frame within its margins."""
        margin = MARGIN * self.width
        return Box(margin, margin, self.width - margin, self.height - margin)


def duration_box(width: int, height: int) -> Box:
    """Return where YouTube writes the video's length."""
    return Box(width * (1 - DURATION[0]), height * (1 - DURATION[1]), width, height)


def arrange(
    name: str,
    headline: Headline,
    width: int,
    height: int,
    setting: Setting,
    *,
    angle: float = 0.0,
    sticker: bool = False,
) -> Layout:
    """The layout of a headline by the plan of that name; a badge or sticker that finds no free place is left out."""
    plan = (SQUARE if width < height * 1.15 else PLANS)[name]
    area, shift = _text_area(plan, headline, width, height)
    badge_text = headline.badge or ""
    badge = (
        _badge_size(badge_text, min(width, height), area.width) if badge_text and area.height > 0.3 * height else None
    )
    above = badge[1] + 1.4 * BADGE_GAP * height if badge else 0.0
    align = "right" if headline.rtl and plan.align == "left" else plan.align
    setting = Setting(setting.gap, setting.pad, setting.stacked, align)
    block = _fitted(headline, area.width, area.height - above, LARGEST * height, setting, angle)
    turned = turned_size(block.width, block.height, angle)
    left = area.left + (area.width - turned[0]) * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
    top = area.top + (area.height - turned[1] - above) * plan.anchor + above
    title = Box(left, top, left + turned[0], top + turned[1])
    origin = (title.middle[0] - block.width / 2, title.middle[1] - block.height / 2)
    elements = {"duration": duration_box(width, height)}
    if badge and block.lines:
        elements["badge"] = _badge_box(badge, title, area, align, setting.pad * block.size * (angle == 0))
    place = None
    if sticker and block.lines:
        place = _sticker_box(plan, shift, width, height, [title, *elements.values()])
    elif sticker:
        place = _alone(width, height)
    if place:
        elements["sticker"] = place
    outline = (
        tuple(((x + shift) * width, y * height) for x, y in plan.outline)
        if plan.form != "slant"
        else _slanted(plan, shift, width, height)
    )
    return Layout(
        name,
        plan.form,
        width,
        height,
        block,
        origin,
        angle,
        title,
        elements.get("badge"),
        badge_text if "badge" in elements else "",
        badge[2] if badge else 0,
        place,
        outline,
        plan.focus,
        align,
        elements,
    )


def _text_area(plan: Composition, headline: Headline, width: int, height: int) -> tuple[Box, float]:
    """Find the room for badge and title, and how far the picture gives way to a long title (share of the width)."""
    shift = plan.shift * min(1.0, max(0, headline.length - LONG_TITLE + 16) / 30)
    margin, above = MARGIN * width, max(MARGIN * width, AIR * height)
    left, top, right, bottom = plan.text
    left, right = (left + shift, right) if plan.shift < 0 else (left, right + shift)
    area = Box(
        max(left * width, margin),
        max(top * height, above),
        min(right * width, width - margin),
        min(bottom * height, height - above),
    )
    return area, shift


def _slanted(plan: Composition, shift: float, width: int, height: int) -> tuple[Point, ...]:
    """A slanting outline whose inner edge alone gives way."""
    return tuple(((x + shift if 0 < x < 1 else x) * width, y * height) for x, y in plan.outline)


def _fitted(headline: Headline, width: float, height: float, largest: float, setting: Setting, angle: float) -> Block:
    """The block whose smallest letters are largest among those that fit once turned: a narrow one may stand taller."""
    if not angle:
        return fit(headline, width, height, largest, setting)
    blocks = [_turned_to_fit(headline, width * share, width, height, largest, setting, angle) for share in SHARES]
    return max(blocks, key=lambda block: (block.size, block.width))


def _turned_to_fit(
    headline: Headline, broad: float, width: float, height: float, largest: float, setting: Setting, angle: float
) -> Block:
    """A block at most `broad` wide that fits `width` by `height` once turned."""
    turn = math.radians(abs(angle))
    tall = (height - broad * math.sin(turn)) / math.cos(turn)
    for _ in range(6):
        block = fit(headline, broad, tall, largest, setting)
        turned = turned_size(block.width, block.height, angle)
        excess = max(turned[0] / width, turned[1] / height)
        if excess <= 1:
            break
        broad, tall = broad * min(0.98, 1 / excess), tall * min(0.98, 1 / excess)
    return block


def turned_size(width: float, height: float, angle: float) -> tuple[float, float]:
    """Width and height of what a turned rectangle occupies."""
    turn = math.radians(abs(angle))
    return width * math.cos(turn) + height * math.sin(turn), width * math.sin(turn) + height * math.cos(turn)


def _badge_size(text: str, short_side: int, room: float) -> tuple[float, float, int]:
    """Width and height of a badge, and the size of its letters."""
    tall = BADGE_HEIGHT * short_side
    size = round(tall * 0.56)
    left, _, right, _ = ink(BADGE_FACE, size, text, False)
    broad = right - left + tall * 0.8
    if broad > room:
        tall, size, broad = tall * room / broad, int(size * room / broad), room
    return broad, tall, size


def _badge_box(badge: tuple[float, float, int], title: Box, area: Box, align: str, hang: float) -> Box:
    """The badge above the title, flush with its letters."""
    broad, tall, _ = badge
    left = {"left": title.left + hang, "center": title.middle[0] - broad / 2, "right": title.right - broad - hang}[
        align
    ]
    left = min(max(left, area.left), area.right - broad)
    bottom = title.top - BADGE_GAP * area.height
    bottom = max(bottom, area.top + tall)
    return Box(left, bottom - tall, left + broad, bottom)


def _alone(width: int, height: int) -> Box:
    """The middle of the frame, for a title of nothing but an emoji."""
    half = ALONE * min(width, height) / 2
    return Box(width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half)


def _sticker_box(plan: Composition, shift: float, width: int, height: int, taken: Sequence[Box]) -> Box | None:
    """The first of the plan's spots where a sticker touches nothing."""
    half = STICKER_SIZE * min(width, height) / 2
    margin = 0.02 * width
    for x, y in plan.spots:
        across, down = (
            min(max(x * width, half + margin), width - half - margin),
            min(max(y * height, half + margin), height - half - margin),
        )
        box = Box(across - half, down - half, across + half, down + half)
        if not any(box.grown(0.012 * width).meets(other) for other in taken):
            return box
    return None
