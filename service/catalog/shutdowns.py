"""The days on which providers end their models: told in every list, warned of a month before, refused from then on."""

from datetime import date, timedelta

from service.catalog import Catalog, Model

WARNED_DAYS = 30


def has_ended(model: Model, today: date) -> bool:
    """Return whether its provider has ended the model: from the day of its shutdown on."""
    return model.shutdown is not None and model.shutdown <= today


def successor(catalog: Catalog, model: Model, today: date) -> Model | None:
    """Return the nearest of the model's successors that has not ended; None where it has none."""
    following = catalog.models_by_key.get(model.successor or "")
    if following is None or not has_ended(following, today):
        return following
    return successor(catalog, following, today)


def notice(catalog: Catalog, model: Model, today: date) -> str:
    """Say when the model ends, or ended, and what to use instead; empty where no day is known."""
    if model.shutdown is None:
        return ""
    verb = "ended" if has_ended(model, today) else "ends"
    following = successor(catalog, model, today)
    instead = f"; use {following.name} ({following.key}, id {following.id}) instead" if following else ""
    return f"Its provider {verb} it on {model.shutdown.isoformat()}{instead}."


def ending(catalog: Catalog, today: date, days: int = WARNED_DAYS) -> tuple[Model, ...]:
    """Return the models that end within so many days, or have ended, the first to end first."""
    known = [model for model in catalog.models() if model.shutdown and has_ended(model, today + timedelta(days))]
    return tuple(sorted(known, key=lambda model: (model.shutdown, model.id)))
