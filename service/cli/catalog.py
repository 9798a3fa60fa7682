"""`catalog`: what models really cost."""

import click

from service.catalog import load
from service.cli.root import answer, desk, json_option
from service.generation.cost_drift import by_model


@click.group()
def catalog() -> None:
    """The catalogue of models and generators."""


@catalog.command()
@json_option
def drift(as_json: bool) -> None:
    """Show, by model, what providers took beside what runs were sold for."""
    with desk().database.read() as db:
        rows = by_model(db)
    models = load().models_by_id
    told = [
        {
            "model": models[row.model_id].key if row.model_id in models else str(row.model_id),
            "runs": row.runs,
            "credits_estimated": round(row.estimated, 2),
            "credits_actual": round(row.actual, 2),
            "ratio": None if row.ratio is None else round(row.ratio, 3),
        }
        for row in rows
    ]
    lines = [
        f"{one['model']}: {one['ratio'] or 'more than all'} of its price over {one['runs']} runs "
        f"({one['credits_actual']} credits taken, {one['credits_estimated']} sold)"
        for one in told
    ]
    answer({"models": told}, as_json, *(lines or ["No run has reported its cost yet."]))
