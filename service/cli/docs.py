"""`docs`: documents made from the code, for docs/."""

from pathlib import Path

import click

from service.cli.root import settings

into = click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, in place of standard output."
)


@click.group()
def docs() -> None:
    """Write the documents that are made from the code."""


@docs.command()
@into
def providers(output: Path | None) -> None:
    """Write what every provider offers: models, keys, limits, prices, shutdown dates."""
    from service.catalog import load
    from service.describe.providers import build

    _write(build(load()), output)


@docs.command()
@into
def definitions(output: Path | None) -> None:
    """Write the format of definitions, member by member."""
    from service.describe.formats import build

    _write(build(settings().schemas_dir), output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
