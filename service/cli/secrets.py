"""`secrets`: the installation's own keys, and ending their rotation."""

import click

from service.accounts.key_list import grace_ms
from service.cli.root import answer, desk, json_option
from service.delivery import signing
from service.maintenance import rewrap as rewrapping
from service.store.clock import iso, now


@click.group()
def secrets() -> None:
    """The installation's secret key and its signing key."""


@secrets.command()
@json_option
def rewrap(as_json: bool) -> None:
    """Encrypt everything by the first key of GENHOOK_SECRET_KEY, so that the others can go.

    API keys are hashed anew when they are used; those that still hang on an older key are listed.
    """
    at = desk()
    done = rewrapping.rewrap(at.database, at.vault)
    lines = [f"{done.rows} rows were encrypted anew."]
    if done.finished:
        lines.append("Nothing needs the older keys any more: take them out of GENHOOK_SECRET_KEY.")
    else:
        lines.append("These API keys were not used since; use, rotate or revoke them before the older keys go:")
        lines += [f"  {key['account']}  {key['prefix']}…  last used {key['last_used_at']}" for key in done.keys]
    answer({"rewrapped": done.rows, "finished": done.finished, "keys_on_old": done.keys}, as_json, *lines)


@secrets.command("rotate-signing-key")
@click.option("--grace", default="24h", show_default=True, help="How long the old key signs beside the new one.")
@json_option
def rotate_signing_key(grace: str, as_json: bool) -> None:
    """Make a new Ed25519 key for callbacks; both sign, and both are published, until the grace is over."""
    at, lasting = desk(), grace_ms(grace, "/grace")
    kid = signing.rotate(at.database, at.vault, lasting)
    ends = iso(now() + lasting)
    answer(
        {"kid": kid, "old_key_ends_at": ends}, as_json, f"The key {kid} signs from now on; the old one until {ends}."
    )
