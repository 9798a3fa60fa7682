"""Media that came inside a request becomes files before the run is stored, so that what is stored of it stays small."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from service.context import Context
from service.files import data_urls
from service.files.references import inline_media
from service.generation.order import Order
from service.providers.base import Reference
from service.runs.submission import Submission, pointer_to


def holds_media(order: Order) -> bool:
    """Tell whether media came inside the request, as `data:` URLs."""
    return any(data_urls.is_inline(reference.url) for reference in order.task.references)


def with_places(submission: Submission, order: Order) -> Order:
    """Return the order whose references say where each stands in the input, for faults found when it is worked on."""
    placed = tuple(
        one if one.at else replace(one, at=pointer_to(submission.input, one.url)) for one in order.task.references
    )
    return replace(order, task=replace(order.task, references=placed)) if placed else order


def with_kept_media(context: Context, submission: Submission, order: Order) -> tuple[Submission, Order]:
    """Keep the media of each `data:` URL as a file of the account, and put the file's URL where the run is stored.

    An idempotency key goes on standing for the input as it was sent. Raises StorageLimitExceeded.
    """
    if not holds_media(order):
        return submission, order
    kept = [_kept(context, submission.caller.account_id, reference) for reference in order.task.references]
    stored: Any = submission.input
    for sent, reference in zip(order.task.references, kept, strict=True):
        if reference is not sent:
            at = sent.at or pointer_to(submission.input, sent.url)
            stored = _replaced(stored, at.split("/")[1:], str(reference.url))
    return replace(submission, stored_input=stored), replace(order, task=replace(order.task, references=tuple(kept)))


def _kept(context: Context, account_id: str, reference: Reference) -> Reference:
    """The reference with the URL of its file, where it held its media itself."""
    if not data_urls.is_inline(reference.url):
        return reference
    return replace(reference, url=str(context.uploads.keep_media(account_id, *inline_media(reference))))


def _replaced(value: Any, at: Sequence[str], url: str) -> Any:
    """The value with `url` at this place; nothing that was sent is changed."""
    if not at:
        return url
    if isinstance(value, Mapping):
        return {**value, at[0]: _replaced(value[at[0]], at[1:], url)}
    number = int(at[0])
    return [*value[:number], _replaced(value[number], at[1:], url), *value[number + 1 :]]
