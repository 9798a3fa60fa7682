"""`packs build`."""

import click

from service.cli.root import settings


@click.group()
def packs() -> None:
    """The packages for other automation tools, made from the definitions."""


@packs.command()
def build() -> None:
    """Write every pack's folder below packs/."""
    from service.definitions import load
    from service.packs import building

    known = settings()
    definitions = load(known.definitions_dir, known.schemas_dir)
    for name, made in building.builders().items():
        files = made(definitions)
        building.write(building.FOLDER / name, files)
        click.echo(f"packs/{name}: {len(files)} files")
