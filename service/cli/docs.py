"""`docs`: documents made from the code, for docs/."""

from pathlib import Path

import click

from service.catalog import load
from service.packs import providers as providers_pack


@click.group()
def docs() -> None:
    """Write the documents that are made from the code."""


@docs.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, in place of standard output.")
def providers(output: Path | None) -> None:
    """Write what every provider offers: models, keys, limits, prices, shutdown dates."""
    text = providers_pack.build(load())
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
