"""`packs build`."""

from pathlib import Path

import click

from service.cli.root import answer, json_option, opened, settings


@click.group()
def packs() -> None:
    """The packages for other automation tools, made from the definitions."""


@packs.command()
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write there, with the APIs that were added to this installation, and the archives to install.",
)
@json_option
def build(output: Path | None, as_json: bool) -> None:
    """Write every pack's folder below packs/."""
    from service.definitions import load
    from service.packs import building, with_added

    if output is not None:
        with opened() as context:
            paths = [str(path) for path in with_added.write(context.definitions, output)]
        answer({"written": paths}, as_json, *paths)
        return
    known = settings()
    definitions = load(known.definitions_dir, known.schemas_dir)
    written: dict[str, int] = {}
    for name, made in building.builders().items():
        files = made(definitions)
        building.write(building.FOLDER / name, files)
        written[name] = len(files)
    told = {name: {"folder": str(building.FOLDER / name), "files": files} for name, files in written.items()}
    answer({"packs": told}, as_json, *(f"packs/{name}: {files} files" for name, files in written.items()))
