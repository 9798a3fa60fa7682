"""`doctor`, `backup`, `restore`, `retention`: keeping an installation."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from service.cli.root import answer, json_option, settings

DATA_DIR = "var"
KEY_NEEDED = "Put back the secret key that it was made with: secret.key in the data dir, or GENHOOK_SECRET_KEY."


@click.command()
@click.option("--url", help="The service that must be running; else one at HOST:PORT that may be.")
@json_option
@click.pass_context
def doctor(context: click.Context, url: str | None, as_json: bool) -> None:
    """Check the deployment: what is wrong, and what mends it.

    Ends with 0 where all is well, else with 1.
    """
    found = _examined(url)
    wrong = [check for check in found["checks"] if not check["ok"]]
    lines = [f"{check['name']}: {check['detail']}" for check in found["checks"] if check["ok"]]
    faults = [f"WRONG {check['name']}: {check['detail']}. {check['mend']}" for check in wrong]
    answer(found, as_json, *(faults or [*lines, "All is well."]))
    if wrong:
        context.exit(1)


def _examined(url: str | None) -> dict[str, Any]:
    from service.maintenance.doctor import Check, examine, report

    try:
        known = settings()
    except ValueError as error:
        return report([Check("settings", False, str(error), "Correct the environment variable.")])
    return report(examine(known, url, audit=True))


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Write the database and the stored files into FILE, while the service runs (SQLite)."""
    from service.maintenance.backup import LEFT_OUT
    from service.maintenance.backup import backup as write

    made = write(settings(), file)
    answer(
        {"file": made.file, "bytes": made.bytes, "files": made.files, "left_out": list(LEFT_OUT)},
        as_json,
        f"Wrote {made.file}: the database and {made.files} files, {made.bytes / 1e6:.1f} MB.",
        f"Left out: {' and '.join(LEFT_OUT)}. Keep the secret key elsewhere: a restore needs it.",
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def restore(file: Path, as_json: bool) -> None:
    """Fill an empty data dir (GENHOOK_DATA_DIR) from a backup. The old secret key is needed, too."""
    from service.maintenance.backup import restore as fill

    # Not the settings: reading them would make a new secret.
    folder = Path(os.environ.get("GENHOOK_DATA_DIR", "").strip() or DATA_DIR).resolve()
    if os.environ.get("DATABASE_URL", "").strip():
        raise click.UsageError("restore fills a data dir; unset DATABASE_URL. PostgreSQL is restored with pg_restore.")
    made = fill(folder, file)
    answer(
        {"data_dir": str(folder), "files": made.files, "secret_key_needed": True},
        as_json,
        f"Restored the database and {made.files} files into {folder}.",
        KEY_NEEDED,
    )


@click.group()
def retention() -> None:
    """Ended runs that are past RETENTION_DAYS."""


@retention.command("run")
@click.option("--days", type=click.IntRange(0, 100_000), help="In place of RETENTION_DAYS; 0 deletes nothing.")
@json_option
def retain(days: int | None, as_json: bool) -> None:
    """Delete them now; the sweeper does it every hour."""
    from service.cli.root import opened
    from service.files.removal import delete_objects
    from service.maintenance import retention as rules

    with opened() as context:
        kept = days if days is not None else rules.days_kept(context.settings, context.database)
        deleted = rules.run(context, kept)
        delete_objects(context.database, context.objects)
    said = f"Deleted {deleted.runs} runs that ended more than {kept} days ago, and {deleted.files} files."
    answer(asdict(deleted), as_json, said if kept else "Ended runs are kept for ever: nothing was deleted.")
