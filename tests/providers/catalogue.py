"""Tasks as the catalogue has them asked."""

from service.catalog import load
from service.generation.order import asked as in_its_words
from service.providers.base import Task

_CATALOG = load()


def asked(key: str, task: Task) -> Task:
    """The task for the model with that key, in its provider's words."""
    return in_its_words(_CATALOG.model_by_key(key), task)
