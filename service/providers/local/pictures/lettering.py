"""Drawing a set title: its treatment, its shadow, and the ground it needs so as to be read over anything."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from service.providers.local.pictures.color import READABLE, Rgb, contrast, darker, ink_on, lighter, mix, readable
from service.providers.local.pictures.fonts import font
from service.providers.local.pictures.layout import BADGE_FACE, Box, Layout
from service.providers.local.pictures.styles import Palette
from service.providers.local.pictures.typeset import Line, direction

MARGIN_OF_READING = 0.4
"""How far over the least contrast a ground is prepared, since letters' neighbourhood varies."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """How letters are made: gap and padding (shares of the size), outline width, and what stands behind them.

    `behind` is the ground a reader's eye sets the letters against: picture, edge (their outline) or strip.
    """

    gap: float
    pad: float
    edge: float = 0.0
    behind: str = "picture"


TREATMENTS = {
    "bar": Treatment(0.34, 0.14),
    "plain": Treatment(0.26, 0.04),
    "underline": Treatment(0.24, 0.06),
    "neon": Treatment(0.26, 0.12),
    "pop": Treatment(0.3, 0.16, edge=0.085, behind="edge"),
    "block": Treatment(0.3, 0.12),
    "strips": Treatment(0.4, 0.17, behind="strip"),
}


@dataclass(frozen=True, slots=True)
class Inks:
    """A line's letters and, where it has one, the strip or outline they stand on."""

    letters: Rgb
    backing: Rgb | None


def inks(treatment: str, line: Line, palette: Palette, ground: Rgb) -> Inks:
    """The colours of one line; every pair reads at 4.5 or better. `ground` is what lies behind the title."""
    if treatment == "strips":
        strip = palette.accent if line.strong else palette.title
        return Inks(ink_on(strip) if line.strong else readable(palette.panel, strip), strip)
    if treatment == "bar" and line.strong:
        return Inks(ink_on(palette.accent), palette.accent)
    if treatment == "pop":
        edge = darker(palette.deep, 0.75)
        return Inks(readable(palette.accent if line.strong else palette.title, edge), edge)
    color = palette.accent if line.strong and treatment != "neon" else palette.title
    return Inks(readable(color, ground, READABLE + 0.2), None)


def grounded(image: Image.Image, layout: Layout, palette: Palette) -> Rgb:
    """Calms what lies behind the title until the title's colour reads on it; the ground's most difficult colour."""
    box = layout.title.grown(0.02 * layout.height)
    wanted = readable(palette.title, palette.deep)
    shade = (
        darker(palette.deep, 0.4)
        if contrast(wanted, (0, 0, 0)) > contrast(wanted, (255, 255, 255))
        else lighter(palette.panel, 0.5)
    )
    worst = hardest(image, box, wanted)
    for step in range(21):
        opacity = step / 20
        if contrast(wanted, mix(worst, shade, opacity)) >= READABLE + MARGIN_OF_READING or step == 20:
            break
    if opacity > 0:
        _veil(image, box, shade, opacity)
    return mix(worst, shade, opacity)


def hardest(image: Image.Image, box: Box, letters: Rgb) -> Rgb:
    """Of all there is in the box, the colour on which the letters read worst (the outermost hundredth left out)."""
    crop = image.crop(
        (
            max(0, int(box.left)),
            max(0, int(box.top)),
            min(image.width, int(box.right) + 1),
            min(image.height, int(box.bottom) + 1),
        )
    )
    crop.thumbnail((160, 160), Image.Resampling.BOX)
    pixels = np.asarray(crop, np.float32).reshape(-1, 3)
    weight = pixels @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    dark_letters = contrast(letters, (255, 255, 255)) > contrast(letters, (0, 0, 0))
    limit = np.percentile(weight, 1 if dark_letters else 99)
    chosen = pixels[np.argmin(np.abs(weight - limit))]
    return int(chosen[0]), int(chosen[1]), int(chosen[2])


def _veil(image: Image.Image, box: Box, shade: Rgb, opacity: float) -> None:
    """A shade with soft edges, full strength over the whole box; towards near sides of the frame it has no edge."""
    soft, small = 0.075 * image.height, 8
    near = 0.14
    left = -image.width if box.left < near * image.width else box.left - 1.7 * soft
    top = -image.height if box.top < near * image.height else box.top - 1.7 * soft
    right = 2 * image.width if box.right > (1 - near) * image.width else box.right + 1.7 * soft
    bottom = 2 * image.height if box.bottom > (1 - near) * image.height else box.bottom + 1.7 * soft
    mask = Image.new("L", (image.width // small + 1, image.height // small + 1))
    ImageDraw.Draw(mask).rounded_rectangle(
        [value / small for value in (left, top, right, bottom)], 1.6 * soft / small, fill=255
    )
    mask = mask.filter(ImageFilter.GaussianBlur(soft / small)).resize(
        (mask.width * small, mask.height * small), Image.Resampling.BICUBIC
    )
    mask = mask.crop((0, 0, image.width, image.height)).point(lambda value: round(value * opacity))
    image.paste(shade, (0, 0), mask)


class Sheet:
    """Masks of one block's size and room around it, each turned as the block is and pasted where it belongs."""

    def __init__(self, image: Image.Image, layout: Layout) -> None:
        self.image, self.layout = image, layout
        self.room = round(0.09 * layout.height)
        self.size = (round(layout.block.width) + 2 * self.room, round(layout.block.height) + 2 * self.room)

    def mask(self, draw: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
        """What `draw` paints in white."""
        mask = Image.new("L", self.size)
        draw(ImageDraw.Draw(mask))
        return mask

    def letters(self, lines: list[Line], edge: float = 0.0) -> Image.Image:
        """The lines' letters, thickened by a share of their size."""
        layout = self.layout

        def draw(pencil: ImageDraw.ImageDraw) -> None:
            for line in lines:
                face = font(layout.block.face, line.size)
                bearing = face.getbbox(line.text, anchor="ls", **direction(layout.block.rtl))[0]
                place = (self.room + line.x - bearing, self.room + line.baseline)
                pencil.text(
                    place,
                    line.text,
                    fill=255,
                    font=face,
                    anchor="ls",
                    stroke_width=edge * line.size,
                    **direction(layout.block.rtl),
                )

        return self.mask(draw)

    def strips(self, lines: list[Line], pad: float, round_by: float) -> Image.Image:
        """A strip behind each line, drawn at twice the size for clean corners."""
        block = self.layout.block
        mask = Image.new("L", (self.size[0] * 2, self.size[1] * 2))
        pencil = ImageDraw.Draw(mask)
        for line in lines:
            grow = pad * line.size
            box = (
                line.x - grow,
                line.baseline - block.ascent * line.size - grow * 0.8,
                line.x + line.width + grow,
                line.baseline + block.descent * line.size + grow * 0.8,
            )
            pencil.rounded_rectangle([2 * (value + self.room) for value in box], 2 * round_by * line.size, fill=255)
        return mask.reduce(2)

    def paste(self, ink: Rgb | Image.Image, mask: Image.Image, shift: tuple[float, float] = (0, 0)) -> None:
        """The ink through the mask, turned about the title's middle."""
        if isinstance(ink, Image.Image) and ink.size != mask.size:
            ink = ink.resize(mask.size)
        if self.layout.angle:
            mask = mask.rotate(-self.layout.angle, Image.Resampling.BILINEAR, expand=True)
            ink = (
                ink.rotate(-self.layout.angle, Image.Resampling.NEAREST, expand=True)
                if isinstance(ink, Image.Image)
                else ink
            )
        x, y = self.layout.title.middle
        left, top = round(x - mask.width / 2 + shift[0]), round(y - mask.height / 2 + shift[1])
        self.image.paste(ink, (left, top), mask)


def soft(mask: Image.Image, radius: float, strength: float) -> Image.Image:
    """The mask blurred, as a shadow or glow; worked at a quarter of the size."""
    small = mask.reduce(4).filter(ImageFilter.GaussianBlur(radius / 4))
    return small.resize(mask.size, Image.Resampling.BILINEAR).point(lambda value: min(255, round(value * strength)))


def letter(image: Image.Image, layout: Layout, treatment: str, palette: Palette) -> None:
    """Draws the title in its treatment, its ground made readable first."""
    if not layout.block.lines:
        return
    behind = TREATMENTS[treatment].behind
    ground = grounded(image, layout, palette) if behind == "picture" else palette.deep
    sheet = Sheet(image, layout)
    strong = [line for line in layout.block.lines if line.strong]
    others = [line for line in layout.block.lines if not line.strong]
    pick = partial(inks, treatment, palette=palette, ground=ground)
    WAYS[treatment](sheet, others, strong, pick, palette)


Pick = Callable[[Line], Inks]


def _fill(sheet: Sheet, groups: tuple[list[Line], ...], pick: Pick) -> None:
    for lines in groups:
        if lines:
            sheet.paste(pick(lines[0]).letters, sheet.letters(lines))


def _bar(sheet: Sheet, others: list[Line], strong: list[Line], pick: Pick, palette: Palette) -> None:
    height = sheet.layout.height
    bars = sheet.strips(strong, TREATMENTS["bar"].pad, 0.09)
    shadow = soft(ImageChops.lighter(sheet.letters(others, 0.03), bars), height * 0.009, 1.5)
    sheet.paste((0, 0, 0), shadow, (height * 0.004, height * 0.009))
    for line in strong:
        sheet.paste(pick(line).backing or palette.accent, bars)
    _fill(sheet, (others, strong), pick)


def _plain(sheet: Sheet, others: list[Line], strong: list[Line], pick: Pick, palette: Palette) -> None:
    height = sheet.layout.height
    if contrast(palette.title, (0, 0, 0)) > contrast(palette.title, (255, 255, 255)):
        sheet.paste((0, 0, 0), soft(sheet.letters(others + strong, 0.01), height * 0.012, 1.2), (0, height * 0.006))
    _fill(sheet, (others, strong), pick)


def _underline(sheet: Sheet, others: list[Line], strong: list[Line], pick: Pick, palette: Palette) -> None:
    _fill(sheet, (others, strong), pick)


def _neon(sheet: Sheet, others: list[Line], strong: list[Line], pick: Pick, palette: Palette) -> None:
    height = sheet.layout.height
    for lines, hue in ((others, palette.accent), (strong, palette.second)):
        if not lines:
            continue
        edge = sheet.letters(lines, 0.035)
        sheet.paste(hue, soft(edge, height * 0.035, 1.1))
        sheet.paste(darker(hue, 0.72), soft(edge, height * 0.006, 1.6))
        sheet.paste(hue, ImageChops.subtract(edge, sheet.letters(lines, 0.012)))
        sheet.paste(pick(lines[0]).letters, sheet.letters(lines))


def _pop(sheet: Sheet, others: list[Line], strong: list[Line], pick: Pick, palette: Palette) -> None:
    size = sheet.layout.block.size
    lines = others + strong
    edge = sheet.letters(lines, TREATMENTS["pop"].edge)
    backing = pick(lines[0]).backing or (0, 0, 0)
    sheet.paste(backing, edge, (size * 0.05, size * 0.07))
    sheet.paste(backing, edge)
    for group in (others, strong):
        if group:
            ink = pick(group[0]).letters
            sheet.paste(ink, sheet.letters(group))


def _block(sheet: Sheet, others: list[Line], strong: list[Line], pick: Pick, palette: Palette) -> None:
    size = sheet.layout.block.size
    dark_letters = contrast(palette.title, (255, 255, 255)) > contrast(palette.title, (0, 0, 0))
    shade = (
        lighter(palette.panel, 0.7)
        if dark_letters
        else palette.second
        if contrast(palette.second, palette.title) > 2.4
        else darker(palette.deep, 0.6)
    )
    drop = sheet.letters(others + strong)
    for step in range(6, 0, -1):
        sheet.paste(shade, drop, (size * 0.011 * step, size * 0.011 * step))
    _fill(sheet, (others, strong), pick)


def _strips(sheet: Sheet, others: list[Line], strong: list[Line], pick: Pick, palette: Palette) -> None:
    height = sheet.layout.height
    everything = sheet.strips(others + strong, TREATMENTS["strips"].pad, 0.0)
    sheet.paste((0, 0, 0), soft(everything, height * 0.008, 0.8), (height * 0.004, height * 0.008))
    for lines in (others, strong):
        if lines:
            sheet.paste(pick(lines[0]).backing or palette.title, sheet.strips(lines, TREATMENTS["strips"].pad, 0.0))
    _fill(sheet, (others, strong), pick)


WAYS: dict[str, Callable[[Sheet, list[Line], list[Line], Pick, Palette], None]] = {
    "bar": _bar,
    "plain": _plain,
    "underline": _underline,
    "neon": _neon,
    "pop": _pop,
    "block": _block,
    "strips": _strips,
}


def badge(image: Image.Image, layout: Layout, palette: Palette) -> None:
    """The badge above the title, in the second accent."""
    box = layout.badge
    if box is None:
        return
    width, height = round(box.width), round(box.height)
    mask = Image.new("L", (width * 2, height * 2))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width * 2 - 1, height * 2 - 1), height * 0.36, fill=255)
    image.paste(palette.second, (round(box.left), round(box.top)), mask.reduce(2))
    face = font(BADGE_FACE, layout.badge_size)
    x, y = box.middle
    left, top, right, bottom = face.getbbox(layout.badge_text, anchor="ls")
    ImageDraw.Draw(image).text(
        (x - (left + right) / 2, y - (top + bottom) / 2),
        layout.badge_text,
        fill=ink_on(palette.second),
        font=face,
        anchor="ls",
    )
