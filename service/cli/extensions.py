"""`extensions`: the servers, workflows, models and APIs that the operator added."""

from pathlib import Path
from typing import Any

import click

from service.cli.root import answer, desk, json_option, read_secret, secret_option
from service.definitions import load
from service.extensions import adding, book, kinds, portable
from service.extensions.book import Extension
from service.store.clock import iso


@click.group()
def extensions() -> None:
    """Servers, workflows, models and APIs that were added to this installation."""


@extensions.command("list")
@json_option
def listed(as_json: bool) -> None:
    """List what was added."""
    with desk().database.read() as db:
        found = book.active(db)
    shown = [
        {"name": one.name, "kind": one.kind, "summary": _summary(one), "created_at": iso(one.created_at)}
        for one in found
    ]
    lines = [f"{one['name']}  {one['kind']}  {one['summary']}" for one in shown]
    answer({"extensions": shown}, as_json, *(lines or ["Nothing was added yet: see `add --help`."]))


@extensions.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show what one of them is and makes, without its key."""
    with desk().database.read() as db:
        found = adding.existing(db, name)
        made = adding.made(db, found)
    told: dict[str, Any] = {
        "name": found.name,
        "kind": found.kind,
        "created_at": iso(found.created_at),
        "has_key": found.sealed is not None,
        "made": made,
        "spec": found.spec,
    }
    lines = [f"{found.name}: {_summary(found)}", f"  key: {'kept' if found.sealed else 'none'}"]
    lines += [f"  {', '.join(f'{part} {value}' for part, value in one.items())}" for one in made]
    answer(told, as_json, *lines)


@extensions.command("remove")
@click.argument("name")
@json_option
def remove(name: str, as_json: bool) -> None:
    """Remove one: new requests don't find it, accepted runs go on. Its ids are kept for the same name."""
    removed = desk().write(lambda db: adding.remove(db, name))
    told = {"name": name, "kind": removed.kind, "removed": True}
    answer(told, as_json, f"Removed {removed.kind} {name}; every running process knows within 10 seconds.")


@extensions.command("key")
@click.argument("name")
@secret_option
@json_option
def set_key(name: str, key: str | None, as_json: bool) -> None:
    """Keep the key that an added server is asked with, encrypted, in place of the one before."""
    at, secret = desk(), read_secret(key)
    at.write(lambda db: adding.set_key(db, at.vault, name, secret))
    answer({"name": name, "has_key": True}, as_json, f"The key of {name} is kept.")


@extensions.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@json_option
def export(folder: Path, as_json: bool) -> None:
    """Write each into a file NAME.json of DIR, with its ids and without its key."""
    files = [str(file) for file in portable.written(desk().database, folder)]
    answer({"files": files}, as_json, *(files or ["Nothing was added yet, so nothing is written."]))


@extensions.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--renumber", is_flag=True, help="Give models whose ids are taken here others.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, and change nothing.")
@json_option
def take_over(folder: Path, renumber: bool, dry_run: bool, as_json: bool) -> None:
    """Add everything that DIR's files hold, or nothing where one of them is refused."""
    at = desk()
    known = load(at.settings.definitions_dir, at.settings.schemas_dir)
    reports = portable.taken_over(at.database, at.vault, known, folder, renumber, dry_run)
    told = {"extensions": [report.public() for report in reports], "dry_run": dry_run}
    answer(told, as_json, *(line for report in reports for line in report.lines()))


def _summary(extension: Extension) -> str:
    try:
        return kinds.of(extension.kind).summary(extension.spec)
    except Exception:
        return "can't be read by this version"
