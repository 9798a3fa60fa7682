"""`usage`: what generates came to, of one account or of all."""

from collections.abc import Sequence

import click

from service.accounts import accounts
from service.accounts.usage_question import Question, asked
from service.accounts.usage_report import FIGURES, Line, report
from service.catalog import load
from service.cli.root import answer, desk, json_option
from service.errors import ValidationError

HEADINGS = {"provider_cost_usd": "cost (US$)", "cost_known_runs": "cost known"}


@click.command()
@click.argument("name", required=False)
@click.option("--from", "first", metavar="DAY", help="The first day (UTC), as in 2026-01-31.")
@click.option("--to", "last", metavar="DAY", help="The last day (UTC), which is counted too.")
@click.option(
    "--group-by",
    metavar="NAMES",
    help="At most two of day, action, api, model, provider, key, group and metadata.NAME, with a comma between them.",
)
@json_option
def usage(name: str | None, first: str | None, last: str | None, group_by: str | None, as_json: bool) -> None:
    """Sum up the generates of an account, or of all accounts, by the day they ended.

    Older than RETENTION_DAYS, group and metadata are not known any more; the totals are.
    """
    question = _question(first, last, group_by)
    with desk().database.read() as db:
        account_id = None if name is None else accounts.find(db, name).id
        told = report(db, account_id, question, load().key_of_model)
    # Without groups the one line is the total.
    lines = [*(told["data"] if question.groups else []), told["total"]]
    answer(told, as_json, *_table(question.groups, lines))


def _question(first: str | None, last: str | None, group_by: str | None) -> Question:
    try:
        return asked(first, last, group_by)
    except ValidationError as error:
        raise click.UsageError(error.message) from None


def _table(groups: tuple[str, ...], lines: list[Line]) -> list[str]:
    """Align the figures in columns; the last line is the total."""
    head = [*groups, *(HEADINGS.get(figure, figure) for figure in FIGURES)]
    cells = [[_cell(line.get(name)) for name in (*groups, *FIGURES)] for line in lines]
    if groups:
        cells[-1][0] = "total"
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    return ["  ".join(_aligned(row, widths, len(groups))).rstrip() for row in [head, *cells]]


def _aligned(row: Sequence[str], widths: Sequence[int], labels: int) -> list[str]:
    """Pad the cells: the first ones, which are labels, to the left, figures to the right."""
    padded = zip(row, widths, strict=True)
    return [f"{cell:{'<' if place < labels else '>'}{width}}" for place, (cell, width) in enumerate(padded)]


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
