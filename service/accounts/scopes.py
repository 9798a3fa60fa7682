"""The scopes of keys. Which scope an action needs is said by the `api.json` of the key's own API."""

from service.accounts.keys import ADMIN, OPERATOR, Caller
from service.catalog import load as load_catalog
from service.definitions import Action, Api
from service.errors import Forbidden, NotFound, Unauthorized

# The scopes that steer nothing that was submitted: no cancel, replay, files or subscriptions.
PASSIVE = frozenset({"read", ADMIN, OPERATOR})


def require(caller: Caller, action: Action) -> None:
    """Raise Forbidden, saying which is lacking: the scope, the user's permission, the plan, or a key of that API."""
    if action.any_key:
        return
    needed = needed_for(caller, action.api, action.kind)
    if needed is None:
        raise Forbidden(f"A {caller.api.capitalize()} key runs {caller.api}.* actions only, not {action.id}.")
    if needed not in caller.scopes:
        raise Forbidden(f"The API key lacks the scope {needed}.", needed=needed)
    permission = action.api.auth.get("permission")
    if permission is not None:
        _require_permission(caller, permission)


def needed_for(caller: Caller, api: Api, kind: str) -> str | None:
    """The scope that the caller's key needs for the API's actions of a kind; None where it may run none of them."""
    if not api.callers:
        # An added API has no keys of its own.
        return str(api.auth["default_scope_by_kind"][kind])
    rules = api.callers.get(caller.api)
    return None if rules is None else rules[kind]


def _require_permission(caller: Caller, permission: str) -> None:
    title = permission.replace("_", " ").title()
    if not getattr(load_catalog().plan(caller.plan), permission):
        raise Forbidden(f"The plan {caller.plan} does not include the {title}.")
    if not getattr(caller, permission):
        raise Forbidden(f"The user who created this key lacks the permission Access {title}.")


def require_any(caller: Caller) -> None:
    """Raise Forbidden where the key may only read."""
    if not steers(caller):
        raise Forbidden("The API key needs one of the scopes generate, write or thumbnail_generator.")


def steers(caller: Caller) -> bool:
    """Tell whether the key may cancel, replay, upload and subscribe."""
    return bool(caller.scopes - PASSIVE)


def require_write(caller: Caller, api: Api) -> None:
    """Raise Forbidden where the key may not write; `api` is the one it is a key of."""
    needed = api.auth["default_scope_by_kind"]["write"]
    if needed not in caller.scopes:
        raise Forbidden(f"The API key lacks the scope {needed}.", needed=needed)


def require_admin(caller: Caller) -> None:
    """Raise Forbidden where the key may not change keys, secrets and connections."""
    if ADMIN not in caller.scopes:
        raise Forbidden(
            f"The API key lacks the scope {ADMIN}; the command line gives it: keys create NAME --scopes …,{ADMIN}.",
            needed=ADMIN,
        )


def require_operator(caller: Caller) -> None:
    """Raise NotFound for everybody but an operator's account with a key of that scope."""
    if not (caller.operator and OPERATOR in caller.scopes):
        raise NotFound("There is nothing at /v1/operator.")


def missing_key(action: Action) -> Unauthorized:
    """Return what a caller without a key is told."""
    return Unauthorized(f"{action.title} needs an API key: Authorization: Bearer {action.api.auth['key_prefix']}…")
