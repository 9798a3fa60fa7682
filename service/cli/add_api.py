"""`add api`: the operations of an OpenAPI document as actions."""

import click

from service.cli.add import add, definitions, dry_run_option, listed, tell
from service.cli.root import desk, json_option
from service.extensions import adding, documents, openapi
from service.extensions.adding import ExtensionDraft, LeftOut


@add.command()
@click.argument("name")
@click.argument("source", metavar="FILE-OR-URL")
@click.option("--operations", required=True, help="A comma list of operationIds, or METHOD /path; * means all.")
@click.option("--base-url", help="The address that every request stays below; the document's first server otherwise.")
@click.option("--generate", default="", help="Those of them that take long or cost something: queued as generates.")
@click.option("--estimate", "estimates", multiple=True, metavar="A=B", help="The price of generate A is told by B.")
@click.option("--public", is_flag=True, help="Run without a key where an account has none.")
@click.option("--idempotency-header", help="The header by which it knows a request that is sent again.")
@dry_run_option
@json_option
def api(
    name: str,
    source: str,
    operations: str,
    base_url: str | None,
    generate: str,
    estimates: tuple[str, ...],
    public: bool,
    idempotency_header: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add an API from its OpenAPI 3.0 or 3.1 document: each operation becomes an action of its own.

    Accounts run them with the key that `connections set ACCOUNT NAME` keeps.
    """
    at = desk()
    with at.database.read() as db:
        adding.check_name(db, definitions(), name)
    wanted = openapi.Wanted(
        name=name,
        operations=_joined(operations),
        generate=_joined(generate),
        base_url=base_url,
        public=public,
        idempotency_header=idempotency_header,
        estimates=dict(_pair(one) for one in estimates),
        source=source,
    )
    made = openapi.make(documents.read(source), wanted)
    left_out = [LeftOut(what, why) for what, why in made.left_out]
    tell(
        adding.add(at.database, at.vault, definitions(), ExtensionDraft(name, "api", made.spec), left_out, dry_run),
        as_json,
    )


def _joined(text: str) -> tuple[str, ...]:
    """Read a comma list of operations. Raises UsageError for an empty one that isn't left out."""
    found = listed(text)
    if text and not found:
        raise click.UsageError(f"{text!r} names no operation.")
    return found


def _pair(text: str) -> tuple[str, str]:
    generate, equals, estimate = text.partition("=")
    if not equals or not generate.strip() or not estimate.strip():
        raise click.UsageError(f"--estimate {text!r} must be GENERATE=OPERATION.")
    return generate.strip(), estimate.strip()
