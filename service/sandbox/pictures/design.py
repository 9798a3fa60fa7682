"""The design of one thumbnail, decided before anything is drawn: style, plan, palette, scene, light and words.

Variation `index` of a job takes the style's next plan and next palette, so that no two of up to four are alike.
"""

from dataclasses import dataclass, replace
from random import Random

from service.sandbox.job import Job, Source
from service.sandbox.pictures import light, reference, subjects, wording
from service.sandbox.pictures.color import turned
from service.sandbox.pictures.inks import TREATMENTS
from service.sandbox.pictures.layout import Layout, arrange
from service.sandbox.pictures.styles import Palette, Style, style_for
from service.sandbox.pictures.typeset import Setting

PICTURE_PLANS = ("slant-right", "fade", "card", "full-bottom", "circle", "slant-left", "full-top")
NO_FACE_PLANS = ("center",)
"""Plans whose title covers the middle, where a photo's subject stands: for wide scenes only."""

UPRIGHT = 1.15
"""Frames less wide than this times their height have title and picture one above the other."""

WIDE_SCENES = frozenset(
    {"mountains", "forest", "desert", "meadow", "ocean", "city", "road", "ribbons", "geometric", "burst", "facets"}
)
"""Scenes that lose nothing to a title in their middle."""

NO_UPRIGHT_PLANS = (*NO_FACE_PLANS, "fade", "full-bottom", "full-top")
"""Plans that would crop an upright photo to a strip."""


@dataclass(frozen=True, slots=True)
class Design:
    """All that is decided about one thumbnail before anything is drawn."""

    style: Style
    palette: Palette
    layout: Layout
    scene: str
    light: light.Light
    words: frozenset[str]
    rng: Random
    creative: bool
    careful: bool
    """Whether the last touches (vignette, grade) are made: all qualities but standard."""

    sticker: str | None


def design(job: Job, index: int, width: int, height: int) -> Design:
    """The design of variation `index` of a thumbnail job, the same for the same job."""
    title, quality = str(job.params["title"]), job.params.get("quality")
    style = style_for(job.params.get("style"), quality)
    general, own = Random(f"{job.seed}"), Random(f"{job.seed}:{index}")
    words = subjects.words_of(f"{title} {job.prompt}")
    scene = subjects.scene_for(title, job.prompt, general)
    photo = reference.primary(job.references)
    has_photo = photo is not None
    unfit = _unfit(photo, scene, width, height)
    plan = _plan(style, unfit, general.randrange(2), index)
    palette = style.palettes[(general.randrange(len(style.palettes)) + index) % len(style.palettes)]
    palette = _recolored(palette, words, quality == "creative")
    headline = wording.headline(title, job.prompt, style.face, shout=style.shout)
    plan = plan if headline.tokens else "full-top"
    sticker = headline.sticker or (
        subjects.sticker_for(scene)
        if has_photo and style.treatment in ("bar", "pop") and quality != "standard"
        else None
    )
    treatment = TREATMENTS[style.treatment]
    tilt = _tilt(style, quality == "creative", width, height)
    setting = Setting(treatment.gap, treatment.pad, style.stacked)
    layout = arrange(
        plan, replace(headline, sticker=sticker), width, height, setting, angle=tilt, sticker=sticker is not None
    )
    glow = light.light_for(words, general, subjects.vocabulary()["lights"], index)
    return Design(
        style, palette, layout, scene, glow, words, own, quality == "creative", quality != "standard", sticker
    )


def _tilt(style: Style, creative: bool, width: int, height: int) -> float:
    """Degrees by which the title turns: half as many where it stands across the whole frame, so as to stay large."""
    tilt = style.tilt - 2.0 if creative else style.tilt
    return tilt / 2 if width < height * UPRIGHT else tilt


def _unfit(photo: Source | None, scene: str, width: int, height: int) -> tuple[str, ...]:
    """The plans in which a title would cover what the picture shows, or the frame crop it to a strip."""
    if photo is None:
        return () if scene in WIDE_SCENES else NO_FACE_PLANS
    if width < height * UPRIGHT:
        return (*NO_FACE_PLANS, "fade", "full-top")
    return NO_UPRIGHT_PLANS if reference.upright(photo) else NO_FACE_PLANS


def _plan(style: Style, unfit: tuple[str, ...], start: int, index: int) -> str:
    """The plan of a variation: the style's own in turn, then those all styles share, the unfit ones passed over."""
    plans = [*style.plans, *(plan for plan in PICTURE_PLANS if plan not in style.plans)]
    plans = [plan for plan in plans if plan not in unfit]
    own = sum(plan in style.plans for plan in plans)
    return plans[(start + index) % min(len(plans), max(4, own))]


COLORS = {
    "red": 355,
    "orange": 25,
    "yellow": 48,
    "green": 140,
    "teal": 175,
    "cyan": 190,
    "blue": 215,
    "purple": 272,
    "violet": 272,
    "pink": 330,
    "magenta": 315,
}


def _recolored(palette: Palette, words: frozenset[str], creative: bool) -> Palette:
    """The palette with the accent hue that the words name; louder for the creative quality."""
    hue = next((degrees for name, degrees in COLORS.items() if name in words), None)
    if hue is not None:
        base = (232, 34, 52)
        palette = replace(palette, accent=turned(base, hue - 355))
    if creative:
        palette = replace(palette, panel=turned(palette.panel, 0, 1.35), accent=turned(palette.accent, 0, 1.3))
    return palette
