"""The forms a thumbnail's picture takes behind its title: whole frame, melting, slanted, laid down, round."""

import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageFilter

from service.sandbox.job import Job
from service.sandbox.pictures import backdrops, finishes, reference, scenes
from service.sandbox.pictures.canvas import Mask, Point
from service.sandbox.pictures.color import PAPER
from service.sandbox.pictures.design import Design
from service.sandbox.pictures.layout import Layout

MELTING = 0.4
"""Of its width, the part of a picture that melts into the ground: short of its subject."""

Grade = Callable[[Image.Image, Random], Image.Image]


def picture(job: Job, plan: Design, width: int, height: int, focus: float) -> Image.Image:
    """The caller's photo, or a scene of the subject, at a size, its grade that of the style."""
    given = reference.primary(job.references)
    if given is not None:
        image = reference.covering(reference.opened(given, (width, height)), width, height, focus)
    else:
        image = scenes.painted(plan.scene, width, height, plan.rng, plan.light, plan.words, focus)
    if plan.creative:
        image = finishes.finished(image, "vivid", plan.rng)
    if not plan.careful or plan.style.grade == "none":
        return image
    return GRADES[plan.style.grade](image, plan.rng)


def _softly(name: str, share: float) -> Grade:
    return lambda image, rng: Image.blend(image, finishes.finished(image, name, rng), share)


GRADES: dict[str, Grade] = {
    "vivid": _softly("vivid", 0.7),
    "cinema": _softly("cinema", 1.0),
    "neon": _softly("neon", 0.45),
    "pop": _softly("vivid", 1.0),
    "vintage": _softly("vintage", 0.8),
    "mono": _softly("mono", 0.72),
}


def _full(job: Job, plan: Design) -> Image.Image:
    """The picture over the whole frame, shaded towards the title's edge."""
    layout = plan.layout
    image = picture(job, plan, layout.width, layout.height, layout.focus)
    if layout.title.width:
        top = layout.title.middle[1] < layout.height / 2
        ramp = Image.linear_gradient("L").resize((layout.width, round(layout.height * 0.75)))
        ramp = (ramp.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if top else ramp).point(
            lambda value: round(max(0, value - 40) * 0.72)
        )
        image.paste(plan.palette.deep, (0, 0 if top else layout.height - ramp.height), ramp)
    return image


def _fade(job: Job, plan: Design) -> Image.Image:
    """The picture on the right, melting into the ground."""
    layout = plan.layout
    image = _panel(plan)
    left = round(min(x for x, _ in layout.outline))
    width = layout.width - left
    art = picture(job, plan, width, layout.height, 0.64)
    ramp = (
        Image.linear_gradient("L")
        .rotate(90)
        .resize((round(width * MELTING), layout.height))
        .point(lambda value: round(255 * (value / 255) ** 1.2))
    )
    mask = Image.new("L", art.size, 255)
    mask.paste(ramp, (0, 0))
    image.paste(art, (left, 0), mask)
    return image


def _panel(plan: Design) -> Image.Image:
    return backdrops.backdrop(plan.style.backdrop, plan.layout.width, plan.layout.height, plan.palette, plan.rng)


def _bounds(outline: tuple[Point, ...]) -> tuple[int, int, int, int]:
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    return round(min(xs)), round(min(ys)), round(max(xs)), round(max(ys))


def _slant(job: Job, plan: Design) -> Image.Image:
    """The picture behind a slanting edge with a bright seam."""
    layout = plan.layout
    image = _panel(plan)
    left, top, right, bottom = _bounds(layout.outline)
    seam = layout.width * 0.011

    def shape(outline: list[Point]) -> Image.Image:
        return Mask.of(
            layout.width, layout.height, lambda pencil: pencil.polygon([(2 * x, 2 * y) for x, y in outline], fill=255)
        ).image

    moved = [
        (_towards_text(x, layout.width, seam, layout), _down_to_text(y, layout.height, seam, layout))
        for x, y in layout.outline
    ]
    image.paste(plan.palette.accent, (0, 0), shape(moved))
    art = picture(job, plan, right - left, bottom - top, 0.5)
    image.paste(art, (left, top), shape(list(layout.outline)).crop((left, top, right, bottom)))
    return image


def _towards_text(x: float, width: int, seam: float, layout: Layout) -> float:
    """A point of the inner edge, moved to make the seam."""
    if not 0 < x < width:
        return x
    return x - seam if layout.title.middle[0] < width / 2 else x + seam


def _down_to_text(y: float, height: int, seam: float, layout: Layout) -> float:
    """The same for an edge that runs across."""
    if not 0 < y < height:
        return y
    return y - seam if layout.title.middle[1] < height / 2 else y + seam


def _card(job: Job, plan: Design) -> Image.Image:
    """The picture as a photograph with a white border, laid down at an angle."""
    layout = plan.layout
    image = _panel(plan)
    left, top, right, bottom = _bounds(layout.outline)
    border = round(0.016 * layout.width)
    turn = plan.rng.choice((-4.0, 3.5, 5.0))
    width, height = right - left, bottom - top
    sheet = Image.new("RGB", (width, height), PAPER)
    sheet.paste(picture(job, plan, width - 2 * border, height - 2 * border, 0.5), (border, border))
    turned_sheet = sheet.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=PAPER)
    mask = _turned_frame(turned_sheet.size, width - 2, height - 2, turn)
    place = ((left + right - turned_sheet.width) // 2, (top + bottom - turned_sheet.height) // 2)
    _shadow(image, mask, place)
    image.paste(turned_sheet, place, mask)
    return image


def _turned_frame(size: tuple[int, int], width: float, height: float, turn: float) -> Image.Image:
    """A rectangle turned about the middle of a mask."""
    across, down = math.cos(math.radians(turn)), -math.sin(math.radians(turn))
    corners = [(x * width / 2, y * height / 2) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    outline = [(size[0] + 2 * (x * across - y * down), size[1] + 2 * (x * down + y * across)) for x, y in corners]
    return Mask.of(*size, lambda pencil: pencil.polygon(outline, fill=255)).image


def _circle(job: Job, plan: Design) -> Image.Image:
    """The picture in a round frame with an accent ring."""
    layout = plan.layout
    image = _panel(plan)
    left, top, right, bottom = _bounds(layout.outline)
    size = min(right - left, bottom - top)
    place = ((left + right - size) // 2, (top + bottom - size) // 2)

    def disc(inset: float) -> Image.Image:
        return Mask.of(
            size,
            size,
            lambda pencil: pencil.ellipse((2 * inset, 2 * inset, 2 * (size - inset), 2 * (size - inset)), fill=255),
        ).image

    _shadow(image, disc(0), place)
    image.paste(plan.palette.accent, place, disc(0))
    image.paste(PAPER, place, disc(size * 0.024))
    art = picture(job, plan, size, size, 0.5)
    image.paste(art, place, disc(size * 0.034))
    return image


def _shadow(image: Image.Image, mask: Image.Image, place: tuple[int, int]) -> None:
    """A soft shadow under a shape."""
    room = round(image.height * 0.05)
    spread = Image.new("L", (mask.width + 2 * room, mask.height + 2 * room))
    spread.paste(mask.point(lambda value: value * 11 // 20), (room, room))
    small = spread.reduce(4).filter(ImageFilter.GaussianBlur(room / 12)).resize(spread.size, Image.Resampling.BILINEAR)
    image.paste((0, 0, 0), (place[0] - room, place[1] - room + round(room * 0.35)), small)


FORMS: dict[str, Callable[[Job, Design], Image.Image]] = {
    "full": _full,
    "fade": _fade,
    "slant": _slant,
    "card": _card,
    "circle": _circle,
}
