"""Finishes of colour and light, laid over a whole picture: print, film, mood."""

from random import Random

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from service.sandbox.pictures.textures import framed, graded, grain, tinted, vignette

DUOTONES = (
    ("#1b1464", "#ff6b6b", "#ffe66d"),
    ("#0b3d2e", "#1fab89", "#f7ffe0"),
    ("#2d0b59", "#e0218a", "#ffd6ec"),
    ("#0a2342", "#2ca6a4", "#fdf3d8"),
)


def duotone(image: Image.Image, rng: Random) -> Image.Image:
    """Two inks and the blend between."""
    return tinted(ImageOps.autocontrast(image.convert("L"), 1), *rng.choice(DUOTONES))


def mono(image: Image.Image, rng: Random) -> Image.Image:
    """Black and white with depth."""
    grey = ImageEnhance.Contrast(ImageOps.autocontrast(image.convert("L"), 0.5)).enhance(1.2)
    return vignette(grain(grey.convert("RGB"), rng, 0.5), 0.4)


def vintage(image: Image.Image, rng: Random) -> Image.Image:
    """Faded and warm, as an old print."""
    faded = graded(ImageEnhance.Color(image).enhance(0.72), (1.0, 0.93, 0.76), (44, 30, 30))
    return vignette(grain(faded, rng, 0.7), 0.35, (48, 24, 10))


def neon(image: Image.Image, rng: Random) -> Image.Image:
    """Night in magenta and cyan, edges aglow."""
    base = Image.blend(
        tinted(image, "#0a0220", "#a0178f", "#7df9ff"), ImageEnhance.Brightness(image).enhance(0.75), 0.32
    )
    lines = framed(image.convert("L").filter(ImageFilter.GaussianBlur(1)).filter(ImageFilter.FIND_EDGES)).point(
        lambda value: min(255, value * 3)
    )
    glow = lines.filter(ImageFilter.GaussianBlur(max(2, min(image.size) / 140)))
    for mask, color in ((glow, (255, 60, 220)), (lines.point(lambda value: value * 3 // 5), (140, 245, 255))):
        base = ImageChops.screen(base, ImageOps.colorize(mask, (0, 0, 0), color))
    return base


def dreamy(image: Image.Image, rng: Random) -> Image.Image:
    """Soft focus, light and a little pastel."""
    soft = ImageEnhance.Brightness(image.filter(ImageFilter.GaussianBlur(max(3, min(image.size) / 70)))).enhance(1.12)
    glowing = Image.blend(image, ImageChops.screen(image, soft), 0.55)
    return graded(glowing, (1.0, 0.96, 1.02), (24, 16, 34))


def warm(image: Image.Image, rng: Random) -> Image.Image:
    """Late sun over everything."""
    toned = graded(ImageEnhance.Color(image).enhance(1.18), (1.1, 0.98, 0.74), (20, 6, 0))
    return vignette(toned, 0.3, (70, 18, 0))


def cold(image: Image.Image, rng: Random) -> Image.Image:
    """A winter's blue light."""
    toned = graded(ImageEnhance.Color(image).enhance(0.78), (0.78, 0.95, 1.16), (0, 8, 26))
    return vignette(toned, 0.3, (0, 10, 40))


def cinema(image: Image.Image, rng: Random) -> Image.Image:
    """Teal shadows, warm lights, grain."""
    toned = graded(ImageEnhance.Contrast(image).enhance(1.1), (1.04, 0.99, 0.9), (-6, 12, 26))
    return vignette(grain(toned, rng, 0.35), 0.4)


def vivid(image: Image.Image, rng: Random) -> Image.Image:
    """More colour and contrast."""
    return ImageEnhance.Contrast(ImageEnhance.Color(image).enhance(1.22)).enhance(1.06)
