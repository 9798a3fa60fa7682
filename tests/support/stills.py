"""Pictures and tasks for tests of the embedded engine."""

from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from service.sandbox.job import Job, Source


def product(width: int = 320, height: int = 240) -> Image.Image:
    """A red disc in the middle of a slightly uneven light ground."""
    picture = Image.linear_gradient("L").resize((width, height)).point(lambda value: 215 + value // 8)
    picture = Image.merge("RGB", [picture] * 3)
    radius = height // 4
    middle = width // 2, height // 2
    box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
    ImageDraw.Draw(picture).ellipse(box, fill=(205, 40, 45))
    return picture


def halves(width: int = 320, height: int = 240) -> Image.Image:
    """Blue above, green below."""
    picture = Image.new("RGB", (width, height), (40, 100, 220))
    picture.paste((50, 150, 60), (0, height // 2, width, height))
    return picture


def lettered(text: str) -> Image.Image:
    """Black letters on white."""
    picture = Image.new("RGB", (640, 160), (255, 255, 255))
    ImageDraw.Draw(picture).text((30, 40), text, fill=(0, 0, 0), font=ImageFont.load_default(64))
    return picture


def reference(path: Path, picture: Image.Image | bytes, role: str = "image") -> Source:
    """The picture as a fetched reference at `path`; bytes are written as they are."""
    if isinstance(picture, bytes):
        path.write_bytes(picture)
    else:
        picture.save(path, "PNG")
    return Source(role, f"https://example.com/{path.name}", path, "image/png")


def task(media: str, *references: Source, prompt: str = "", count: int = 1, seed: int = 7, **params: Any) -> Job:
    """A task of the embedded engine; `params` that are generator parameters go under `parameters`."""
    return Job(media, "any", prompt, count, seed, params, references)
