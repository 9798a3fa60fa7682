"""The query of `GET /v1/usage`: which days, and grouped by what."""

from dataclasses import dataclass
from datetime import date

from service.errors import ValidationError

EPOCH = date(1970, 1, 1)
# Dimensions that the sums of days have, by their column.
SUMMED = {"day": "day", "action": "action", "api": "api", "model": "model", "provider": "provider", "key": "key_id"}
METADATA = "metadata."
MOST_GROUPS = 2
RULE = "group_by takes at most two of day, action, api, model, provider, key, group and metadata.<name>"


@dataclass(frozen=True, slots=True)
class Question:
    """Which days (days since 1970, both included; None has no bound), and grouped by what."""

    first: int | None
    last: int | None
    groups: tuple[str, ...]


def asked(start: str | None, end: str | None, group_by: str | None) -> Question:
    """Read the query members `from`, `to` and `group_by`. Raises ValidationError."""
    first, last = _day("/from", start), _day("/to", end)
    if first is not None and last is not None and first > last:
        raise ValidationError.at("/to", "to must not be before from")
    groups = tuple(part.strip() for part in group_by.split(",")) if group_by else ()
    if len(groups) > MOST_GROUPS or len(set(groups)) < len(groups):
        raise ValidationError.at("/group_by", RULE)
    for name in groups:
        if name not in SUMMED and name != "group" and not (name.startswith(METADATA) and len(name) > len(METADATA)):
            raise ValidationError.at("/group_by", f"{RULE}; {name} is none of them")
    return Question(first, last, groups)


def _day(pointer: str, text: str | None) -> int | None:
    if not text:
        return None
    try:
        if len(text) != len("2026-01-01"):
            raise ValueError(text)
        return (date.fromisoformat(text) - EPOCH).days
    except ValueError:
        raise ValidationError.at(pointer, f"{pointer[1:]} is a day (UTC), as in 2026-01-31") from None
