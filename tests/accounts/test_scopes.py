"""What a key may run, by its API and scopes."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from service.accounts import scopes
from service.accounts.keys import Caller
from service.definitions import Action
from service.errors import Forbidden
from tests.support.definitions import built_in

APIS = built_in().apis
KINDS = ("read", "search", "estimate", "write", "generate")
READ = {"read", "search", "estimate"}


def caller(api: str, granted: set[str] | None = None, plan: str = "pro", thumbnails: bool = True) -> Caller:
    held = frozenset(APIS[api].auth["scopes"]) if granted is None else frozenset(granted)
    return Caller("a", 1, "ada", plan, 1, api, held, thumbnails)


def action(api: str, kind: str) -> Action:
    named: Any = SimpleNamespace(api=APIS[api], id=f"{api}.things.{kind}", kind=kind, any_key=False)
    return cast(Action, named)


def runs(who: Caller, api: str) -> set[str]:
    """The kinds of this API's actions that the key may run."""
    allowed = set()
    for kind in KINDS:
        try:
            scopes.require(who, action(api, kind))
            allowed.add(kind)
        except Forbidden:
            continue
    return allowed


@pytest.mark.parametrize("api", ["flixly", "generor"])
@pytest.mark.parametrize("of", ["flokan", "flixly", "generor"])
def test_a_flixly_or_generor_key_runs_the_actions_of_all_three_as_its_scopes_allow(api: str, of: str) -> None:
    assert runs(caller(api), of) == set(KINDS)
    assert runs(caller(api, {"read"}), of) == READ
    assert runs(caller(api, {"write"}), of) == {"write"}
    assert runs(caller(api, {"generate"}), of) == {"generate"}
    assert runs(caller(api, {"read", "generate"}), of) == READ | {"generate"}


def test_a_flokan_key_runs_flokans_actions_alone() -> None:
    assert runs(caller("flokan"), "flokan") == set(KINDS)
    assert runs(caller("flokan"), "generor") == set()
    assert runs(caller("flokan"), "flixly") == set()


@pytest.mark.parametrize("api", ["flokan", "generor"])
def test_flokans_actions_need_the_users_permission_whatever_the_key(api: str) -> None:
    assert runs(caller(api, thumbnails=False), "flokan") == set()
    with pytest.raises(Forbidden, match="Access Thumbnail Generator"):
        scopes.require(caller(api, thumbnails=False), action("flokan", "generate"))
    assert runs(caller("generor", thumbnails=False), "generor") == set(KINDS)


def test_a_refusal_names_the_scope_that_is_lacking() -> None:
    with pytest.raises(Forbidden, match="lacks the scope generate") as refused:
        scopes.require(caller("generor", {"read"}), action("generor", "generate"))
    assert refused.value.details == {"needed": "generate"}


@pytest.mark.parametrize(
    ("who", "steers"),
    [
        (caller("flokan"), True),
        (caller("generor", {"write"}), True),
        (caller("flixly", {"generate"}), True),
        (caller("generor", {"read"}), False),
    ],
)
def test_cancel_replay_files_and_subscriptions_need_more_than_read(who: Caller, steers: bool) -> None:
    if steers:
        scopes.require_any(who)
    else:
        with pytest.raises(Forbidden, match="generate, write or thumbnail_generator"):
            scopes.require_any(who)
