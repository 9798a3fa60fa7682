"""Sentences about one picture, each from what was measured or read in it."""

from dataclasses import dataclass

from service.sandbox.sight.measure import Seen

NO_READER = "Words in the picture were not looked for: no text reader is installed."
NO_WORDS = "No text can be read in this picture."


@dataclass(frozen=True, slots=True)
class View:
    """A picture, and what is written in it (None where nobody could read)."""

    seen: Seen
    lines: tuple[str, ...] | None


def colors(view: View) -> str:
    """Its main colours with their shares."""
    tones = [tone for tone in view.seen.tones if tone.share >= 0.03][:5] or list(view.seen.tones[:1])
    if len(tones) == 1:
        return f"The picture is {tones[0].name} ({tones[0].code}) all over."
    parts = [f"{tone.name} ({tone.code}, {tone.share:.0%})" for tone in tones]
    return f"Its main colours are {listed(parts)}; the palette is {palette(view.seen)}."


def size(view: View) -> str:
    """Pixels, megapixels and shape."""
    seen = view.seen
    megapixels = seen.width * seen.height / 1_000_000
    amount = f"{megapixels:.1f} megapixels" if megapixels >= 0.1 else f"{seen.width * seen.height:,} pixels"
    return f"It is {seen.width} by {seen.height} pixels ({amount}), in {shape(seen)} format."


def light(view: View) -> str:
    """Brightness and contrast."""
    seen = view.seen
    return f"The picture is {brightness(seen)}, with {contrast(seen)} contrast and {warmth(seen)} tones."


def sharpness(view: View) -> str:
    """Return how crisp its edges are."""
    sharp = view.seen.sharpness
    word = "crisp and sharply drawn" if sharp > 40 else "reasonably sharp" if sharp > 14 else "soft, or out of focus"
    return f"Its edges are {word}."


def composition(view: View) -> str:
    """Return where what stands out stands, and which colours lie above and below."""
    seen = view.seen
    upper, middle, lower = seen.bands
    if upper == middle == lower:
        ground = f"The ground is {upper} from top to bottom."
    elif upper == middle or middle == lower:
        ground = f"{upper.capitalize()} above gives way to {lower} below."
    else:
        ground = f"From top to bottom it goes from {upper} over {middle} to {lower}."
    return f"{subject(view)} {ground}"


def subject(view: View) -> str:
    """Return what stands out, by colour and place."""
    if view.seen.focus is None:
        return "Nothing stands apart from the whole; the eye wanders over an even field."
    color, across, down = view.seen.focus
    return f"What stands out most is {article(color)} {color} shape {place(across, down)}."


def transparency(view: View) -> str:
    """Return whether anything shows through."""
    share = view.seen.transparent
    return f"{share:.0%} of it is transparent." if share >= 0.005 else "Nothing in it is transparent."


def text(view: View) -> str:
    """Return what is written, line by line."""
    if view.lines is None:
        return NO_READER
    return "\n".join(view.lines) if view.lines else NO_WORDS


def mood(view: View) -> str:
    """The feeling of its light."""
    seen = view.seen
    if seen.brightness < 0.35:
        word = "dark and intimate" if seen.warmth > 0.02 else "nocturnal and quiet"
    elif seen.saturation > 0.55:
        word = "lively and bold"
    elif seen.warmth > 0.08:
        word = "warm and inviting"
    else:
        word = "airy and calm" if seen.brightness > 0.6 else "cool and composed"
    return f"The mood is {word}."


def quoted(view: View) -> str:
    """The words in it within a sentence, or nothing."""
    return f"It bears the words “{' / '.join(view.lines)}”." if view.lines else ""


def opening(view: View) -> str:
    """Return what kind of picture it is."""
    light_word = brightness(view.seen)
    kind = f"{article(light_word).capitalize()} {light_word}, {style(view.seen)}"
    return f"{kind} in {shape(view.seen)} format, mostly {names(view, 2)}."


def listed(parts: list[str]) -> str:
    """'a, b and c'."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def shape(seen: Seen) -> str:
    """Landscape, portrait or square."""
    ratio = seen.width / seen.height
    return "square" if 0.97 < ratio < 1.03 else "landscape" if ratio > 1 else "portrait"


def names(view: View, count: int) -> str:
    """The names of its `count` main colours."""
    return listed([tone.name for tone in view.seen.tones[:count]])


def standing(view: View) -> str:
    """Return what stands out, at the end of a sentence; nothing where nothing does."""
    if view.seen.focus is None:
        return ""
    color, across, down = view.seen.focus
    return f", {article(color)} {color} shape standing out {place(across, down)}"


def place(across: float, down: float) -> str:
    """Return where a point is, each way from 0 (left, top) to 1."""
    side = "left" if across < 0.38 else "right" if across > 0.62 else ""
    level = "upper" if down < 0.36 else "lower" if down > 0.64 else ""
    if not side and not level:
        return "in the middle"
    if side and level:
        return f"at the {level} {side}"
    return f"on the {side}" if side else f"in the {level} half"


def article(word: str) -> str:
    """'a' or 'an'."""
    return "an" if word[0] in "aeio" else "a"


def brightness(seen: Seen) -> str:
    """Return how light it is, in a word or two."""
    steps = ((0.12, "very dark"), (0.32, "dark"), (0.5, "softly lit"), (0.72, "bright"))
    return next((word for most, word in steps if seen.brightness < most), "very bright")


def contrast(seen: Seen) -> str:
    """Return how far dark and light are apart."""
    return "strong" if seen.contrast > 0.7 else "moderate" if seen.contrast > 0.35 else "gentle"


def warmth(seen: Seen) -> str:
    """Warm, cool or neither."""
    return "warm" if seen.warmth > 0.06 else "cool" if seen.warmth < -0.04 else "neutral"


def palette(seen: Seen) -> str:
    """Return how strong its colours are."""
    return "vivid" if seen.saturation > 0.6 else "muted" if seen.saturation < 0.3 else "balanced"


def style(seen: Seen) -> str:
    """Return what kind of picture its colours make it."""
    if seen.saturation < 0.04:
        return "black-and-white picture"
    if seen.shades < 90:
        return "graphic picture in flat colours"
    return "richly shaded picture"
