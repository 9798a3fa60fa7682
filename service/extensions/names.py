"""The names that extensions may have."""

import re
from collections.abc import Set

from service import providers
from service.definitions import LOCAL
from service.errors import ValidationError

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
# What stored runs and answers call the makers that are no provider's name.
MAKERS = frozenset({LOCAL, "hosted", "sandbox", "platform"})


def check(name: str) -> None:
    """Raises ValidationError where `name` can be no extension's."""
    if not NAME.fullmatch(name):
        raise ValidationError.at("/name", f"{name!r} must be 1 to 40 of a-z, 0-9 and -, beginning with a letter.")


def check_free(name: str, taken: Set[str]) -> None:
    """Raises ValidationError where a built-in provider or API, or an extension, has the name."""
    if name in providers.names() | MAKERS:
        raise ValidationError.at("/name", f"{name} is the name of a built-in provider; choose another.")
    if name in taken:
        raise ValidationError.at("/name", f"{name} is in use; choose another name, or remove that one first.")
