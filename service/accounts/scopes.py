"""What a key may run. Source: contract, sections 3 and 6 («What a key may run on /v1»)."""

from service.accounts.keys import Caller
from service.definitions import Action
from service.errors import Forbidden, Unauthorized

# The scopes that any of steering what was submitted needs: cancel, replay, files, subscriptions.
STEERING = frozenset({"generate", "write", "thumbnail_generator"})
BY_KIND = {"read": "read", "search": "read", "estimate": "read", "write": "write", "generate": "generate"}
THUMBNAILS = "thumbnail_generator"


def require(caller: Caller, action: Action) -> None:
    """Raises Forbidden, saying which of scope, permission and API is lacking."""
    if caller.api == "flokan":
        _require_flokan(caller, action)
        return
    needed = BY_KIND[action.kind]
    # Every kind of reading is open to a key that may do more with the same action.
    if needed not in caller.scopes:
        raise Forbidden(f"The API key lacks the scope {needed}.", needed=needed)
    if action.api.name == "flokan":
        _require_permission(caller)


def _require_flokan(caller: Caller, action: Action) -> None:
    if action.api.name != "flokan":
        raise Forbidden(f"A Flokan key runs flokan.* actions only, not {action.id}.")
    if THUMBNAILS not in caller.scopes:
        raise Forbidden(f"The API key lacks the scope {THUMBNAILS}.", needed=THUMBNAILS)
    _require_permission(caller)


def _require_permission(caller: Caller) -> None:
    if not caller.thumbnail_generator:
        raise Forbidden("The user who created this key lacks the permission Access Thumbnail Generator.")


def require_any(caller: Caller) -> None:
    """Raises Forbidden where the key may only read."""
    if not STEERING & caller.scopes:
        raise Forbidden("The API key needs one of the scopes generate, write or thumbnail_generator.")


def missing_key(action: Action) -> Unauthorized:
    """What a caller without a key is told."""
    return Unauthorized(f"{action.title} needs an API key: Authorization: Bearer {action.api.auth['key_prefix']}…")
