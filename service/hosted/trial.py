"""Tests a connection's key by one read that costs nothing."""

from service.definitions import Action, Definitions
from service.hosted.original import NoAnswer, NotReached, Original
from service.hosted.placing import placed

WITHIN_S = 15.0


def tried(original: Original, definitions: Definitions) -> tuple[bool, str]:
    """Return whether the original takes the key, and what it says."""
    api = original.api
    action = cheapest(definitions, api.name)
    if action is None:
        return (
            True,
            f"A key for {api.name} is kept; none of its reads can be asked without an input, so it isn't tried.",
        )
    try:
        heard = original.call(placed(action, action.validate({})), WITHIN_S)
    except (NotReached, NoAnswer) as error:
        return False, f"The hosted {api.name} can't be reached: {error}."
    if heard.succeeded(api):
        return True, f"The hosted {api.name} at {original.base_url} takes the key."
    return False, heard.error(api).message


def cheapest(definitions: Definitions, api: str) -> Action | None:
    """The read that asks for nothing but a key: no list where there is another, the fewest fields, by name."""
    fit = [
        action
        for action in definitions.actions.values()
        if (action.api.name, action.hosted) == (api, True)
        and (action.method, action.kind, action.auth_required) == ("GET", "read", True)
        and not action.input_schema.get("required")
    ]
    usual = lambda action: (action.page is not None, len(action.input_schema["properties"]), action.id)  # noqa: E731
    return min(fit, key=usual, default=None)
