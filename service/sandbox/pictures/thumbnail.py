"""A YouTube thumbnail: picture, ground, title, badge and sticker brought together.

Source: flokan-thumbnail-generator-api, 'POST /generate'.
"""

from PIL import Image, ImageDraw

from service.sandbox.job import Job
from service.sandbox.pictures import lettering, stickers
from service.sandbox.pictures.design import Design, design
from service.sandbox.pictures.forms import FORMS


def compose(job: Job, index: int, width: int, height: int) -> Image.Image:
    """Variation `index` as an RGB picture. Raises ReferenceUnreachable where the reference can't be read."""
    plan = design(job, index, width, height)
    image = ground(job, plan)
    lettering.letter(image, plan.layout, plan.style.treatment, plan.palette)
    lettering.badge(image, plan.layout, plan.palette)
    if plan.layout.sticker and plan.sticker:
        box = plan.layout.sticker
        art = stickers.sticker(plan.sticker, round(box.width), plan.rng.choice((-10, -6, 8, 12)))
        image.paste(art, (round(box.left), round(box.top)), art)
    return image


def ground(job: Job, plan: Design) -> Image.Image:
    """Everything that lies behind the title."""
    layout = plan.layout
    image = FORMS[layout.form](job, plan)
    if plan.style.grade == "cinema":
        bar = round(layout.height * 0.035)
        pencil = ImageDraw.Draw(image)
        pencil.rectangle((0, 0, layout.width, bar), fill=(0, 0, 0))
        pencil.rectangle((0, layout.height - bar, layout.width, layout.height), fill=(0, 0, 0))
    return image
