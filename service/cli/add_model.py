"""`add model`: one model of fal or Replicate, by its id."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from service.cli.add import add, credits_option, definitions, dry_run_option, tell
from service.cli.root import desk, json_option
from service.extensions import adding, documents, provider_models, provider_schemas
from service.extensions.adding import ExtensionDraft, LeftOut


@add.command()
@click.argument("provider", type=click.Choice(provider_schemas.PROVIDERS))
@click.argument("endpoint", metavar="ENDPOINT")
@click.option("--schema", type=click.Path(dir_okay=False, path_type=Path), help="Its record, or the schema alone.")
@credits_option
@click.option(
    "--type", "made_type", type=click.Choice(provider_models.TYPES), help="What it makes, where nothing says."
)
@click.option("--name", help="The generator's name; the endpoint's last parts otherwise.")
@dry_run_option
@json_option
def model(
    provider: str,
    endpoint: str,
    schema: Path | None,
    credits: int,
    made_type: str | None,
    name: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add a model of fal (ENDPOINT) or Replicate (OWNER/NAME), and a generator with its parameters."""
    at = desk()
    provider_schemas.check_endpoint(provider, endpoint)
    slug = name or provider_models.slug_of(endpoint)
    with at.database.read() as db:
        adding.check_name(db, definitions(), slug)
    if schema is not None:
        record: Mapping[str, Any] = documents.read(str(schema))
    else:
        platform = at.settings.providers.get(provider)
        known = (platform.base_url, platform.key or "") if platform is not None else (None, "")
        record = provider_schemas.fetched(provider, endpoint, *known)
    made = provider_models.make(slug, provider_schemas.read(provider, endpoint, record), made_type, credits)
    draft = ExtensionDraft(slug, "model", made.spec, models=((made.spec["type"], slug),))
    left_out = [LeftOut(what, why) for what, why in made.left_out]
    tell(adding.add(at.database, at.vault, definitions(), draft, left_out, dry_run), as_json)
