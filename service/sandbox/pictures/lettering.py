"""Drawing a set title in its treatment, and the badge above it."""

from collections.abc import Callable
from functools import partial

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from service.sandbox.pictures.color import Rgb, contrast, darker, ink_on, lighter
from service.sandbox.pictures.fonts import font
from service.sandbox.pictures.grounding import grounded
from service.sandbox.pictures.inks import TREATMENTS, Inks, inks
from service.sandbox.pictures.layout import BADGE_FACE, Layout
from service.sandbox.pictures.measures import direction
from service.sandbox.pictures.styles import Palette
from service.sandbox.pictures.typeset import Line


class Sheet:
    """Masks of one block's size and room around it, each turned as the block is and pasted where it belongs."""

    def __init__(self, image: Image.Image, layout: Layout) -> None:
        self.image, self.layout = image, layout
        self.room = round(0.09 * layout.height)
        self.size = (round(layout.block.width) + 2 * self.room, round(layout.block.height) + 2 * self.room)

    def mask(self, draw: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
        """Return what `draw` paints in white."""
        mask = Image.new("L", self.size)
        draw(ImageDraw.Draw(mask))
        return mask

    def letters(self, lines: list[Line], edge: float = 0.0) -> Image.Image:
        """The lines' letters, thickened by a share of their size."""
        layout = self.layout

        def draw(pencil: ImageDraw.ImageDraw) -> None:
            for line in lines:
                face = font(layout.block.face, line.size)
                bearing = face.getbbox(line.text, anchor="ls", direction=direction(layout.block.rtl))[0]
                place = (self.room + line.x - bearing, self.room + line.baseline)
                pencil.text(
                    place,
                    line.text,
                    fill=255,
                    font=face,
                    anchor="ls",
                    stroke_width=edge * line.size,
                    direction=direction(layout.block.rtl),
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
