"""`packs build`."""

import click

from service.cli.root import answer, json_option, settings


@click.group()
def packs() -> None:
    """The packages for other automation tools, made from the definitions."""


@packs.command()
@json_option
def build(as_json: bool) -> None:
    """Write every pack's folder below packs/."""
    from service.definitions import load
    from service.packs import building

    known = settings()
    definitions = load(known.definitions_dir, known.schemas_dir)
    written: dict[str, int] = {}
    for name, made in building.builders().items():
        files = made(definitions)
        building.write(building.FOLDER / name, files)
        written[name] = len(files)
    told = {name: {"folder": str(building.FOLDER / name), "files": files} for name, files in written.items()}
    answer({"packs": told}, as_json, *(f"packs/{name}: {files} files" for name, files in written.items()))
