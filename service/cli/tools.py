"""`demo` and `openapi`."""

from pathlib import Path

import click
import orjson

from service.cli.root import settings


@click.command()
def demo() -> None:
    """Run the main job from nothing, and stop everything again."""
    from service.demo import DemoFailed, main

    try:
        main()
    except DemoFailed as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, in place of standard output.")
def openapi(output: Path | None) -> None:
    """Write the OpenAPI document, made from the definitions."""
    from service.definitions import load
    from service.describe.openapi import build

    known = settings()
    document = build(load(known.definitions_dir, known.schemas_dir), known.url)
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_bytes(text)
