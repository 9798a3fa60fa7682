"""What a key may run. Source: contract, sections 3 and 6 («What a key may run on /v1»)."""

from service.accounts.keys import Caller
from service.catalog import load as load_catalog
from service.definitions import Action
from service.errors import Forbidden, Unauthorized

# The scopes that any of steering what was submitted needs: cancel, replay, files, subscriptions.
STEERING = frozenset({"generate", "write", "thumbnail_generator"})
BY_KIND = {"read": "read", "search": "read", "estimate": "read", "write": "write", "generate": "generate"}
THUMBNAILS = "thumbnail_generator"


def require(caller: Caller, action: Action) -> None:
    """Raises Forbidden, saying which is lacking: the scope, the user's permission, the plan, or a key of that API."""
    if caller.api == "flokan" and action.api.name != "flokan":
        raise Forbidden(f"A Flokan key runs flokan.* actions only, not {action.id}.")
    needed = THUMBNAILS if caller.api == "flokan" else BY_KIND[action.kind]
    if needed not in caller.scopes:
        raise Forbidden(f"The API key lacks the scope {needed}.", needed=needed)
    if action.api.name == "flokan":
        _require_thumbnails(caller)


def _require_thumbnails(caller: Caller) -> None:
    if not load_catalog().plan(caller.plan).thumbnail_generator:
        raise Forbidden(f"The plan {caller.plan} does not include the Thumbnail Generator.")
    if not caller.thumbnail_generator:
        raise Forbidden("The user who created this key lacks the permission Access Thumbnail Generator.")


def require_any(caller: Caller) -> None:
    """Raises Forbidden where the key may only read."""
    if not STEERING & caller.scopes:
        raise Forbidden("The API key needs one of the scopes generate, write or thumbnail_generator.")


def missing_key(action: Action) -> Unauthorized:
    """What a caller without a key is told."""
    return Unauthorized(f"{action.title} needs an API key: Authorization: Bearer {action.api.auth['key_prefix']}…")
