"""`docs`: documents made from the code, for docs/."""

from pathlib import Path

import click

from service.cli.root import answer, json_option, settings

into = click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, in place of standard output."
)


@click.group()
def docs() -> None:
    """Write the documents that are made from the code."""


@docs.command()
@into
@json_option
def providers(output: Path | None, as_json: bool) -> None:
    """Write what every provider offers: models, keys, limits, prices, shutdown dates."""
    from service.catalog import load
    from service.describe.providers import build

    _write(build(load()), output, as_json)


@docs.command()
@into
@json_option
def definitions(output: Path | None, as_json: bool) -> None:
    """Write the format of definitions, member by member."""
    from service.describe.formats import build

    _write(build(settings().schemas_dir), output, as_json)


@docs.command()
@into
@json_option
@click.pass_context
def commands(context: click.Context, output: Path | None, as_json: bool) -> None:
    """Write every command with its options."""
    from service.describe.commands import build

    root = context.find_root().command
    assert isinstance(root, click.Group)
    _write(build(root), output, as_json)


@docs.command()
@into
@json_option
def errors(output: Path | None, as_json: bool) -> None:
    """Write every error, and how each API tells it."""
    from service.definitions import load
    from service.describe.problems import build

    known = settings()
    _write(build(load(known.definitions_dir, known.schemas_dir).apis.values()), output, as_json)


def _write(text: str, output: Path | None, as_json: bool) -> None:
    if output is not None:
        output.write_text(text, "utf-8")
        answer({"output": str(output)}, as_json)
    elif as_json:
        answer({"document": text}, as_json)
    else:
        click.echo(text, nl=False)
