"""The price of a generation, and the settings it will be made with.

Source: generor-api, POST /generators/{slug}/estimate.

unit price × seconds × multipliers, rounded up to a whole credit, is one item; a batch of n is n per cent off, ten at
most, rounded down. Estimate and charge both come from here, so they are the same number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from service.catalog.generators import Generator
from service.catalog.models import MATCH_INPUT, MATCH_INPUT_ID, AspectRatio, Model
from service.errors import ValidationError

MOST_DISCOUNT_PERCENT = 10
SOUNDS = ("music", "soundeffect")
# What a film's shape is where its start picture decides.
MATCH_FILM = AspectRatio(0, MATCH_INPUT, "match_input", "Match input image", None, None)
SNAPPED = "snapped to nearest provider-supported duration"


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a request, in whole credits, and everything about it that the price rests on.

    `applied_parameters` is what the Generor API shows: the known parameters that were sent with valid values, the
    generator's own value for the model, and the count. `parameters` is every parameter as it will be used, defaults
    filled in. `prices[k - 1]` is what k made items cost. `seconds_used` is the length of a video, or of a
    sound where one was asked for.
    """

    per_item: int
    count: int
    raw: int
    discount: int
    discount_percent: int
    total: int
    prices: tuple[int, ...]
    applied_parameters: dict[str, str]
    parameters: dict[str, str]
    adjustments: dict[str, Any] | None
    seconds_used: int | float | None
    aspect_ratio: AspectRatio | None
    generate_audio: bool

    def credit_cost(self) -> dict[str, int]:
        """The `credit_cost` block of the document's estimate."""
        return {
            "total": self.total,
            "per_item": self.per_item,
            "count": self.count,
            "discount": self.discount,
            "discount_percent": self.discount_percent,
        }


def quote(generator: Generator | None, model: Model, input: Mapping[str, Any], companion: Model | None = None) -> Quote:
    """The quote for `input`, a request body in the Generor document's names.

    Without a generator there are no parameters and no bulk discount: that is how Flixly sells. A `companion` makes
    something for each item beside it (a narration), at its own price.
    Raises ValidationError at /model_id where the model is not of the generator's type, and at /aspect_ratio.
    """
    if generator is not None and not generator.takes(model):
        raise ValidationError.at(
            "/model_id",
            f"model_id {model.id} is a model for {model.type}; {generator.slug} needs one for {generator.type}.",
        )
    applied = _applied(generator, input)
    count = _count(generator, input, applied)
    used = applied if generator is None else {**generator.defaults, **applied}
    asked = _ratio_asked(generator, input, applied, used)
    ratio = _own_shape(model, input) if asked is None else None
    ratio = ratio or resolve_aspect_ratio(model, asked)
    if generator is not None:
        _show_ratio(generator, input, ratio, applied)
        _inject(generator, model, count, applied)
        used |= applied
    seconds, adjustments = _seconds(model, input)
    audio = model.supports_audio and bool(input.get("generate_audio"))
    per_item = _per_item(generator, model, used, seconds, audio) + (companion.credit_cost if companion else 0)
    percents = [0 if generator is None else discount_percent(made) for made in range(1, count + 1)]
    prices = tuple(per_item * (n + 1) - per_item * (n + 1) * percent // 100 for n, percent in enumerate(percents))
    raw = per_item * count
    return Quote(
        per_item=per_item,
        count=count,
        raw=raw,
        discount=raw - prices[-1],
        discount_percent=percents[-1],
        total=prices[-1],
        prices=prices,
        applied_parameters=applied,
        parameters=used,
        adjustments=adjustments,
        seconds_used=seconds,
        aspect_ratio=ratio,
        generate_audio=audio,
    )


def discount_percent(count: int) -> int:
    """Per cent off a batch of `count`: count itself, ten at most."""
    return min(count, MOST_DISCOUNT_PERCENT)


def resolve_aspect_ratio(model: Model, value: int | str | None) -> AspectRatio | None:
    """The ratio that a number, ratio or name stands for with this model; its first where `value` is None.

    None for models without pictures. A model that makes one ratio only makes that one, whatever is asked.
    Raises ValidationError at /aspect_ratio, listing what would be right.
    """
    if not model.aspect_ratios:
        return None
    if value is None or not model.supports_aspect_ratio:
        return model.aspect_ratios[0]
    ratio = None if isinstance(value, bool) else model.ratios.get(value.lower() if isinstance(value, str) else value)
    if ratio is None:
        right = ", ".join(f'{one.id} / "{one.ratio}" / "{one.name}"' for one in model.aspect_ratios)
        raise ValidationError.at("/aspect_ratio", f"aspect_ratio must be one of {right}.")
    return ratio


def snap(seconds: int, supported: tuple[int, ...]) -> int:
    """The supported duration nearest to `seconds`; the lower of two that are equally near."""
    return min(supported, key=lambda one: (abs(one - seconds), one))


def _applied(generator: Generator | None, input: Mapping[str, Any]) -> dict[str, str]:
    """Return what was sent that the generator knows, with values it has; `preference` chooses where no field does."""
    if generator is None:
        return {}
    applied = {}
    for name, value in (input.get("parameters") or {}).items():
        parameter = generator.by_id.get(name)
        accepted = None if parameter is None else parameter.accept(value)
        if accepted is not None:
            applied[name] = accepted
    for member, parameter in zip(("preference", "preference_two"), generator.preferences, strict=False):
        if parameter.id not in applied and (accepted := parameter.accept(input.get(member))) is not None:
            applied[parameter.id] = accepted
    return applied


def _show_ratio(
    generator: Generator, input: Mapping[str, Any], ratio: AspectRatio | None, applied: dict[str, str]
) -> None:
    """Show the ratio that will be made, where one was asked for by the body or by its dropdown."""
    name = generator.ratio_parameter
    if name is None or ratio is None or (name not in applied and input.get("aspect_ratio") is None):
        return
    value = generator.by_id[name].accept(ratio.id)
    if value is not None:
        applied[name] = value


def _inject(generator: Generator, model: Model, count: int, applied: dict[str, str]) -> None:
    """Show the model and the count the way the generator's own page names them, in the document's order."""
    for name, value in (
        (generator.model_parameter, generator.model_values.get(model.id)),
        (generator.count_parameter, str(count)),
    ):
        if name is not None and value is not None:
            applied.pop(name, None)
            applied[name] = value


def _count(generator: Generator | None, input: Mapping[str, Any], applied: Mapping[str, str]) -> int:
    asked = input.get("count")
    if asked is None and generator is not None and generator.count_parameter is not None:
        asked = applied.get(generator.count_parameter)
    return 1 if asked is None else int(asked)


def _seconds(model: Model, input: Mapping[str, Any]) -> tuple[int | float | None, dict[str, Any] | None]:
    """The length that will be made, and the document's `adjustments` where it is not the one asked for."""
    asked, supported = input.get("seconds"), model.durations_for(input)
    if model.type in SOUNDS:
        return _within(asked, model.seconds_range)
    if not supported:
        return None, None
    if asked is None:
        return snap(model.default_duration or supported[0], supported), None
    used = snap(asked, supported)
    return used, None if used == asked else _snapped(asked, used, supported)


def _within(
    asked: int | None, range: tuple[int | float, int | float] | None
) -> tuple[int | float | None, dict[str, Any] | None]:
    """The length of a sound that is nearest to the one asked for; the model's own where none is."""
    if asked is None or range is None:
        return asked, None
    used = min(max(asked, range[0]), range[1])
    return used, None if used == asked else _snapped(asked, used, range)


def _snapped(asked: int | float, used: int | float, supported: Sequence[int | float]) -> dict[str, Any]:
    return {"seconds": {"requested": asked, "used": used, "supported": list(supported), "reason": SNAPPED}}


def _per_item(
    generator: Generator | None, model: Model, used: Mapping[str, str], seconds: int | float | None, audio: bool
) -> int:
    price: float = model.credit_cost
    if model.unit == "second" and seconds is not None:
        price *= seconds
    if audio:
        price *= model.audio_cost_multiplier
    for parameter in generator.priced if generator is not None else ():
        price *= parameter.cost_multipliers.get(used[parameter.id], 1)
    # Six decimals: 80 × 1.1 is 88.00000000000001 to a computer, and must not become 89.
    return max(0 if model.credit_cost == 0 else 1, ceil(round(price, 6)))


def _own_shape(model: Model, input: Mapping[str, Any]) -> AspectRatio | None:
    """Return the shape of the picture that this is made of, the usual one where no other is asked for; None without."""
    if not model.supports_aspect_ratio:
        return None
    if model.type == "video":
        return MATCH_FILM if input.get("image_url") else None
    shown = input.get("image_url") or input.get("reference_images")
    return model.ratios.get(MATCH_INPUT) if shown else None


def _ratio_asked(
    generator: Generator | None, input: Mapping[str, Any], applied: Mapping[str, str], used: Mapping[str, str]
) -> int | str | None:
    asked: int | str | None = input.get("aspect_ratio")
    if asked is not None or generator is None or generator.ratio_parameter is None:
        return asked
    name, shown = generator.ratio_parameter, input.get("image_url") or input.get("reference_images")
    if shown and name not in applied:
        # The dropdown's default is no wish: the picture's own shape comes first.
        return None
    if used[name] == MATCH_INPUT_ID and not shown:
        # A dropdown's value that can't be used is dropped like an invalid one.
        return generator.defaults[name]
    return used[name]
