"""Permission to run an action, asked before anything of its input is read."""

from service.accounts import scopes
from service.accounts.keys import Caller
from service.definitions import Action


def permit(action: Action, caller: Caller | None) -> None:
    """Raise Unauthorized or Forbidden where `caller` may not run `action`; None is a caller without a key."""
    if caller is None:
        if action.auth_required:
            raise scopes.missing_key(action)
    elif action.auth_required or action.kind != "estimate":
        # What a price is may be asked without a key, so no scope can stand in the way of one.
        scopes.require(caller, action)
