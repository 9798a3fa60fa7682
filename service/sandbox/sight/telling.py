"""Tells what was measured and read, as the question asks, or in the form that the generator offers.

Says only what was measured: objects and people are not recognised, and so are not named.
"""

from collections.abc import Callable
from random import Random

from service.sandbox.sight import facts
from service.sandbox.sight.facts import View

ALT_LENGTH = 125
MOST_TAGS = 15
LIMITS = "This is told from measurements of the picture; what its objects are was not recognised."


def detailed(view: View) -> str:
    """Two paragraphs."""
    first = f"{facts.opening(view)} {facts.composition(view)} {facts.light(view)}"
    second = f"{facts.colors(view)} {facts.sharpness(view)} {facts.mood(view)}"
    if view.seen.transparent >= 0.005:
        second += f" {facts.transparency(view)}"
    return "\n\n".join(
        part for part in (first, f"{second} {facts.quoted(view)}".strip(), f"{facts.size(view)} {LIMITS}") if part
    )


def brief(view: View) -> str:
    """One sentence."""
    words = f" with the words “{' '.join(view.lines)}”" if view.lines else ""
    return f"{facts.opening(view).removesuffix('.')}{facts.standing(view)}{words}."


def alt_text(view: View) -> str:
    """At most 125 characters: words first, since those who can't see the picture need them most."""
    style = facts.style(view.seen).capitalize()
    whole = f"{style} in {facts.names(view, 3)}{facts.standing(view)}"
    if view.lines:
        whole = f"{style} with the text “{' '.join(view.lines)}”, in {facts.names(view, 2)}"
    return whole if len(whole) <= ALT_LENGTH else whole[: ALT_LENGTH - 1].rsplit(" ", 1)[0].rstrip(",“") + "…"


def tags(view: View) -> str:
    """Fifteen at most, most telling first."""
    seen = view.seen
    words = [tone.name for tone in seen.tones[:5]]
    words += [
        facts.style(seen),
        facts.shape(seen),
        facts.brightness(seen),
        f"{facts.contrast(seen)} contrast",
        f"{facts.warmth(seen)} tones",
    ]
    words += [facts.mood(view).removeprefix("The mood is ").removesuffix("."), facts.palette(seen)]
    words += [line.lower() for line in (view.lines or ())[:4]]
    return ", ".join(list(dict.fromkeys(words))[:MOST_TAGS])


def prompt(view: View) -> str:
    """Return what would make an image model paint its like."""
    parts = [facts.style(view.seen), f"palette of {facts.names(view, 4)}", f"{facts.brightness(view.seen)} light"]
    if view.seen.focus is not None:
        parts.append(f"{view.seen.focus[0]} subject {facts.place(*view.seen.focus[1:])}")
    parts += [f"{view.seen.bands[0]} above and {view.seen.bands[2]} below", f"{facts.contrast(view.seen)} contrast"]
    parts += [
        facts.mood(view).removeprefix("The mood is ").removesuffix(".") + " mood",
        f"{facts.shape(view.seen)} format",
    ]
    parts += [f"lettering “{' '.join(view.lines)}”"] if view.lines else []
    return ", ".join(parts)


def story(view: View, rng: Random) -> str:
    """A few sentences that begin in the picture."""
    upper, _, lower = view.seen.bands
    hero = rng.choice(("Mara", "Jonas", "Ines", "Tomas", "Lena"))
    color = view.seen.focus[0] if view.seen.focus is not None else view.seen.tones[0].name
    sign = f" Someone had written “{view.lines[0]}” where nobody could miss it." if view.lines else ""
    turn = rng.choice(
        (
            f"All day there had been only {upper} above and {lower} below; now there was {color}, and it was waiting.",
            f"Between the {upper} above and the {lower} below, something {color} had not been there yesterday.",
        )
    )
    end = rng.choice(
        (
            "By the time the light changed, the way home had become the way on.",
            "Nobody believed it later, but the picture was proof enough.",
            "Some doors are only a colour, and only open once.",
        )
    )
    start = f"{hero} stopped, because the light had become {facts.brightness(view.seen)} all at once."
    return f"{start} {turn}{sign} {hero} took one step closer, then another. {end}"


FORMS: dict[str, Callable[[View], str]] = {
    "detailed": detailed,
    "brief": brief,
    "alt-text": alt_text,
    "tags": tags,
    "text": facts.text,
    "prompt": prompt,
}
FOCUSES: dict[str, tuple[Callable[[View], str], ...]] = {
    "subject": (facts.opening, facts.subject, facts.quoted),
    "colors": (facts.colors, facts.light),
    "composition": (facts.composition, facts.size),
    "mood": (facts.mood, facts.light),
    "setting": (facts.opening, facts.composition),
}
QUESTIONS: dict[tuple[str, ...], Callable[[View], str]] = {
    ("colour", "color", "palette", "hue", "shade"): facts.colors,
    ("text", "written", "words", " read", "transcribe", "says", " say ", "letters", "ocr"): facts.text,
    (" size", "resolution", "dimension", "pixel", "large", " big", "aspect", "orientation"): facts.size,
    ("bright", "dark", "light", "contrast", "exposure"): facts.light,
    ("sharp", "blur", "focus", "crisp"): facts.sharpness,
    ("transparen", "alpha"): facts.transparency,
    ("mood", "feeling", "atmosphere"): facts.mood,
    ("composition", "where is", "layout", "stand out", "stands out"): facts.composition,
}
FORMS_SAID = {
    "tags": ("tags", "keywords", "hashtags"),
    "brief": ("caption", "one sentence"),
    "alt-text": ("alt text", "alt-text"),
}
RECOGNITION = (" who ", "person", "people", "object", "animal", "how many", "what is this", "what's this")
"""Questions that measuring does not answer."""


def answer(view: View, question: str, form: str, focus: str, rng: Random) -> str:
    """The answer to a question, else the picture in the form and with the focus that were chosen."""
    asked = f" {question.lower()} "
    if form == "story":
        return story(view, rng)
    if form == "detailed":
        said = next((name for name, words in FORMS_SAID.items() if any(word in asked for word in words)), None)
        if said is not None:
            return FORMS[said](view)
        asks_what = any(word in asked for word in RECOGNITION)
        answers = [tell(view) for words, tell in QUESTIONS.items() if any(word in asked for word in words)]
        if answers and not any(word in asked for word in ("describe", "description", "what is in", "what do you see")):
            return " ".join([*answers, LIMITS] if asks_what else answers)
        if focus in FOCUSES:
            return " ".join(part for part in (tell(view) for tell in FOCUSES[focus]) if part)
    return FORMS.get(form, detailed)(view)
