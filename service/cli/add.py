"""`add`: servers, workflows, models and APIs, each with what was made of it and what was left out."""

import click

from service.cli.root import answer
from service.extensions.adding import Report

dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be made, and change nothing.")
credits_option = click.option(
    "--credits", type=click.IntRange(0), default=0, show_default=True, help="The price of an item, in credits."
)


@click.group()
def add() -> None:
    """Add a server, workflow, model or API; running processes take it up within 10 seconds."""


def tell(report: Report, as_json: bool) -> None:
    """Print what was made, and what was left out and why."""
    answer(report.public(), as_json, *report.lines())
