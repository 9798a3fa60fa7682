"""`add`: servers, workflows, models and APIs, each with what was made of it and what was left out."""

from pathlib import Path

import click

from service.cli.root import answer, desk, json_option, read_secret, settings
from service.definitions import Definitions, load
from service.extensions import adding, comfyui_server, comfyui_workflow, openai_server
from service.extensions.adding import Report
from service.extensions.kinds.workflow import TYPES
from service.extensions.openai_server import Wishes
from service.providers import servers

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


@add.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(servers.kinds()), required=True, help="The API that it speaks.")
@click.option("--base-url", required=True, help="Its address, with or without /v1; it may be a private one.")
@click.option("--key", help="Its key, where it wants one; - reads it from standard input.")
@click.option("--models", default="", help="A comma list of the models to offer; all that it lists when left out.")
@click.option("--image", default="", help="A comma list of models that make pictures.")
@click.option("--speech", default="", help="A comma list of models that speak.")
@click.option("--vision", default="", help="A comma list of text models that read pictures.")
@click.option("--software", type=click.Choice(openai_server.SOFTWARE), help="What it runs, where it doesn't tell.")
@credits_option
@dry_run_option
@json_option
def server(
    name: str,
    kind: str,
    base_url: str,
    key: str | None,
    models: str,
    image: str,
    speech: str,
    vision: str,
    software: str | None,
    credits: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add a server under a name of your own: its models are NAME/MODEL everywhere."""
    at, secret = desk(), read_secret(key) if key is not None else None
    chosen = {"--models": models, "--image": image, "--speech": speech, "--vision": vision, "--software": software}
    wishes = Wishes(listed(models), listed(image), listed(speech), listed(vision), software, credits)
    with at.database.read() as db:
        adding.check_name(db, definitions(), name)
    if kind == openai_server.KIND:
        found = openai_server.found(name, base_url, secret, wishes)
        draft, left_out = found.draft, found.left_out
    else:
        for option in (*(option for option, value in chosen.items() if value), *(["--credits"] if credits else [])):
            raise click.UsageError(f"{option} is for servers of the kind {openai_server.KIND}.")
        draft, left_out = comfyui_server.found(name, base_url, secret), ()
    tell(adding.add(at.database, at.vault, definitions(), draft, left_out, dry_run), as_json)


@add.command()
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--server", "server_name", required=True, help="The ComfyUI server that runs it.")
@click.option("--title", required=True, help="The generator's title.")
@click.option("--type", "made", type=click.Choice(TYPES), help="What it makes, where its outputs don't tell.")
@credits_option
@dry_run_option
@json_option
def workflow(
    name: str,
    file: Path,
    server_name: str,
    title: str,
    made: str | None,
    credits: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add a generator from a ComfyUI workflow in API format: nodes titled Input: NAME are its parameters."""
    at = desk()
    with at.database.read() as db:
        adding.check_name(db, definitions(), name)
        known = adding.comfyui_server(db, server_name)
    key = None if known.sealed is None else at.vault.decrypt(known.sealed)
    info = comfyui_workflow.asking(known.spec["base_url"], key)
    read = comfyui_workflow.read(name, title, server_name, comfyui_workflow.load(file), info, credits, made or "")
    tell(adding.add(at.database, at.vault, definitions(), read.draft, read.left_out, dry_run), as_json)


def definitions() -> Definitions:
    """The built-in definitions, whose names can't be taken."""
    known = settings()
    return load(known.definitions_dir, known.schemas_dir)


def listed(text: str) -> tuple[str, ...]:
    """Read a comma list, each entry once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
