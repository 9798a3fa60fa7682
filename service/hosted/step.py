"""The steps of a run on a hosted original: asked until it answers, or sent once and its answer recorded.

What may change something there is sent under an intent, and its answer is the ticket; whoever finds an intent without
one never sends again. Only what is proven not to have been taken is sent anew, when the original says; and to an added
API that takes an idempotency key, the same under the run's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.definitions import Action
from service.errors import OutputTooLarge, ServiceError, StorageLimitExceeded
from service.files.references import References
from service.files.uploads import Uploads
from service.generation.engine import Place
from service.generation.order import Order
from service.generation.paid import Waiting
from service.generation.paid_calls import PaidCalls
from service.hosted.answers import Heard, unreachable
from service.hosted.opening import Originals
from service.hosted.original import NoAnswer, NotReached, Original, SentFile, is_repeatable, limit_s
from service.hosted.placing import placed
from service.hosted.sent_files import SentFiles
from service.net.media_types import type_of
from service.providers.base import Ticket
from service.providers.faults import unknown
from service.store.clock import now

MOST_TRIES = 8
MOST_PAUSE_S = 60.0
# What a server says is kept to, up to this.
LONGEST_WAIT_S = 3600.0
IDEMPOTENCY = "idempotency_header"
DIED = "it was perhaps sent before a worker died, and the original can't be asked"
UNREADABLE = "the answer can't be read"


@dataclass(frozen=True, slots=True)
class Answered:
    """The original's answer: the run's output as it is."""

    output: Any

    @property
    def sandbox(self) -> bool:
        """Return whether the original says that an embedded engine made some of it."""
        return isinstance(self.output, dict) and self.output.get("sandbox") is True


class Hosted:
    """Advances hosted runs. One a worker process."""

    def __init__(self, originals: Originals, uploads: Uploads, references: References) -> None:
        """`originals` opens them with the accounts' keys; `uploads` keeps answers that are files.

        `references` brings the files that are sent.
        """
        self._originals = originals
        self._uploads = uploads
        self._references = references

    def advance(self, order: Order, place: Place) -> Answered | Waiting:
        """The run's next step. Raises the ServiceError that ends it."""
        original = self._originals.open(place.account_id, order.facts["connection"])
        action = self._originals.action(order.facts["action"])
        files = SentFiles(self._uploads.database, self._references, order.task.references)
        call = _HostedCall(original, action, order.facts, place, self._uploads, files)
        return call.ask() if is_repeatable(action) else call.send(place.book)


@dataclass(frozen=True, slots=True)
class _HostedCall:
    """One run's call, for the length of a step."""

    original: Original
    action: Action
    facts: Mapping[str, Any]
    place: Place
    uploads: Uploads
    sent: SentFiles

    @property
    def answers_file(self) -> bool:
        """Tell whether the API answers with a file, which is kept as an upload of the account's."""
        return self.original.api.added and self.action.source["http"].get("file", False)

    @property
    def known_again(self) -> bool:
        """Tell whether the API knows the same request when it is sent again."""
        return self.original.api.added and IDEMPOTENCY in self.action.source["http"]

    def ask(self) -> Answered | Waiting:
        """Ask, and ask again where it may help: a read changes nothing."""
        api = self.original.api
        files = self._files()
        try:
            heard = self._call(files)
        except (NotReached, NoAnswer) as error:
            return self._again(None, unreachable(api, str(error)))
        if heard.succeeded(api):
            return self._answered(heard)
        if heard.status >= 500 or heard.status == 429 or heard.status < 300:
            return self._again(heard.retry_after, heard.error(api))
        raise heard.error(api)

    def send(self, book: PaidCalls) -> Answered | Waiting:
        """Send once what may change something; a recorded answer is read again."""
        api = self.original.api
        entries = book.entries()
        if not entries:
            return self._send(book)
        if entries[0].ticket is not None:
            return self._read(Heard(**entries[0].ticket.data))
        if self.known_again:
            return self._send(book, before=True)
        raise unknown(api.name, DIED)

    def _send(self, book: PaidCalls, before: bool = False) -> Answered | Waiting:
        """Send it; `before` where it was perhaps received, so that only an answer can tell what came of it."""
        api = self.original.api
        # Before the intent: a file that can't be had is no call that may have been received.
        files = self._files()
        if not before:
            book.intend(0, api.name, 1)
        try:
            heard = self._call(files)
        except NotReached as error:
            if before:
                return self._again(None, unknown(api.name, str(error)))
            book.withdraw(0)
            return self._again(None, unreachable(api, str(error)))
        except NoAnswer as error:
            return self._left_open(None, str(error))
        if heard.not_taken(api):
            if before:
                return self._again(heard.retry_after, unknown(api.name, heard.error(api).message))
            book.withdraw(0)
            return self._again(heard.retry_after, heard.error(api))
        if self.known_again and (heard.status >= 500 or (heard.status < 300 and not heard.succeeded(api))):
            return self._left_open(heard.retry_after, heard.error(api).message)
        book.receive(0, Ticket(api.name, heard.as_json()))
        return self._read(heard)

    def _left_open(self, retry_after: float | None, why: str) -> Waiting:
        """Send it again where the API knows it again. Raises OutcomeUnknown."""
        error = unknown(self.original.api.name, why)
        if self.known_again:
            return self._again(retry_after, error)
        raise error

    def _read(self, heard: Heard) -> Answered:
        """The answer to what was sent. A proxy's failure, or half an answer, leaves open whether it was done."""
        api = self.original.api
        if heard.succeeded(api):
            if self.action.kind == "generate" and heard.made_nothing(api):
                raise heard.error(api)
            return self._answered(heard)
        if heard.status < 300 and not heard.refused(api):
            raise unknown(api.name, UNREADABLE)
        if heard.status >= 500 and not heard.refused(api):
            raise unknown(api.name, self._why_unknown(heard))
        if api.added and heard.leads_to is not None:
            raise unknown(api.name, heard.error(api).message)
        raise heard.error(api)

    def _why_unknown(self, heard: Heard) -> str:
        if self.original.api.added:
            return heard.error(self.original.api).message
        return f"HTTP status {heard.status} without the API's own words"

    def _call(self, files: Mapping[str, SentFile]) -> Heard:
        key = self.facts["idempotency_key"]
        headers = {"Idempotency-Key": key} if key and self.action.method != "GET" else {}
        if self.original.api.added:
            # The run's own: a caller's is no secret of the account, and may be another's at the same server.
            headers = {self.action.source["http"][IDEMPOTENCY]: self.place.run_id} if self.known_again else {}
        keep = self._keep if self.answers_file else None
        request = placed(self.action, self.facts["input"])
        return self.original.call(request, limit_s(self.action), headers, keep, files)

    def _files(self) -> Mapping[str, SentFile]:
        return self.sent.brought(self.place.account_id, self.place.workdir)

    def _keep(self, heard: Heard, content: bytes) -> Heard:
        """Keep the file. Raises OutputTooLarge where the account's room was used up meanwhile."""
        kind = type_of(content) or heard.content_type
        try:
            link = self.uploads.keep_media(self.place.account_id, content, kind)
        except StorageLimitExceeded as full:
            raise OutputTooLarge(full.message) from full
        return heard.kept(link.path, kind, len(content))

    def _answered(self, heard: Heard) -> Answered:
        """The run's output: the answer's, or where its file is."""
        if heard.file is None:
            return Answered(heard.output(self.original.api))
        told = {"status": heard.status, "content_type": heard.content_type, "bytes": heard.size}
        return Answered({**told, "url": self.uploads.links.public(heard.file)})

    def _again(self, retry_after: float | None, error: ServiceError) -> Waiting:
        """Later, when the original says; raises where that is too late for the run, or too often."""
        wait = min(MOST_PAUSE_S, 2.0**self.place.step) if retry_after is None else min(retry_after, LONGEST_WAIT_S)
        if self.place.step >= MOST_TRIES or now() + wait * 1000 >= self.facts["deadline"]:
            raise error
        return Waiting(0.0, wait, error.message)
