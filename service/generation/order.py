"""The order: everything about a generation that must be known before the 202.

Estimate and charge come from the same order, so they are the same number by construction. It is stored as JSON and
versioned: a worker of an older deploy leaves an order it does not know to a newer one.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import orjson

from service.catalog import Model
from service.errors import Problem, Unavailable, ValidationError
from service.generation import order_texts
from service.providers.base import Reference, Task
from service.providers.inputs import MEMBER_OF

VERSION = 1
# Of an order whose long texts stand in the run's input alone.
VERSION_WITHOUT_TEXTS = 2
# The provider of what a hosted original does: its credits are not ours.
HOSTED = "hosted"


class UnknownOrderVersion(Unavailable):
    """The order was written by a newer deploy than this process, which only that one can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Everything about a generation: what to make, with whom, for how much.

    `prices[k-1]` are the credits for k made items, so `prices[-1]` is the estimate. `seconds` is the estimated wall
    clock time. `files` is the pattern of the made files' public paths ({workspace}, {user}, {generation}, {run},
    {creation}, {n}, {ext}). `creation` and `generation` are the columns of the rows that stand for what is made,
    None where the API has no such rows. `facts` is what the API's own `present` needs, in its own words. `lacking` are
    members of the input without which it can be priced but not made; an accepted order lacks none. `origin` names the
    request that it was accepted with (`request_id`, and `traceparent` where traces are taken), for logs and traces.
    """

    task: Task
    provider: str
    model_id: int
    lane: str
    time_limit_s: int
    prices: tuple[int, ...]
    seconds: float
    sandbox: bool
    byok: bool = False
    generator: str | None = None
    files: str = "files/{run}/{n}.{ext}"
    private: bool = False
    creation: Mapping[str, Any] | None = None
    generation: Mapping[str, Any] | None = None
    adjustments: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    lacking: tuple[Problem, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)

    @property
    def credits(self) -> int:
        """The estimate: the price of everything asked for; 0 on the caller's own provider key."""
        return 0 if self.byok else self.prices[-1]

    @property
    def estimate(self) -> Mapping[str, Any] | None:
        """The estimate that callers see: `{"credits", "seconds"}`.

        Of a hosted run in the original's credits, `"approximate": true` where it did not say so itself; None where
        nobody can tell.
        """
        if self.provider == HOSTED:
            return self.facts["estimate"]  # type: ignore[no-any-return]
        return {"credits": self.credits, "seconds": self.seconds}

    def check_complete(self) -> None:
        """Raise ValidationError at each member without which this can't be made."""
        if self.lacking:
            raise ValidationError(self.lacking[0].message, errors=self.lacking)

    def price_of(self, made: int) -> int:
        """Credits for `made` items of those asked for."""
        return 0 if self.byok or made < 1 else self.prices[made - 1]

    def dumps(self, given: Mapping[str, Any] | None = None, origin: Mapping[str, str] | None = None) -> str:
        """Write the stored form, without the long texts of `given`, the run's input as it is stored.

        `origin` is that of the request which is being accepted, where it is not the order's own yet.
        """
        members = _members(self)
        if origin is not None:
            members["origin"] = origin
        # Of no use to a worker: an order that lacks anything is not accepted.
        del members["lacking"]
        text = orjson.dumps({"version": VERSION, **members}, default=_plain)
        if given is not None and len(text) >= order_texts.SMALLEST_ORDER:
            text = order_texts.take_out(text, given, VERSION_WITHOUT_TEXTS)
        return text.decode()


def lacks_texts(text: str) -> bool:
    """Tell whether long texts of a stored order stand in the run's input alone."""
    return text.startswith(f'{{"version":{VERSION_WITHOUT_TEXTS},')


def loads(text: str, given: Mapping[str, Any] | None = None) -> Order:
    """The order in its stored form, to work on; whole with `given`, the run's input. Raises UnknownOrderVersion.

    Members that are not known here are let go: one that a worker must heed comes with a new version.
    """
    stored = orjson.loads(text)
    if stored["version"] not in (VERSION, VERSION_WITHOUT_TEXTS):
        known = f"{VERSION} and {VERSION_WITHOUT_TEXTS}"
        raise UnknownOrderVersion(f"The order is of version {stored['version']}; this process knows {known}.")
    if given is not None and "texts" in stored:
        order_texts.put_back(stored, given)
    return _order(stored)


def told(text: str) -> Order:
    """The order in its stored form, to tell of and never to work on: of any version, as far as it is known here.

    Texts that stand in the run's input alone are lacking. Raises UnknownOrderVersion where a member is lacking that
    can't be done without.
    """
    try:
        return _order(orjson.loads(text))
    except (KeyError, TypeError):
        raise UnknownOrderVersion("Only the newer version of this service that accepted this can show it.") from None


def with_fact(text: str, name: str, value: Any) -> str:
    """Add to the facts of an order in its stored form, which stays as it is otherwise, of whatever version."""
    stored = orjson.loads(text)
    stored["facts"][name] = value
    return orjson.dumps(stored).decode()


def _order(stored: Mapping[str, Any]) -> Order:
    task = stored["task"]
    references = tuple(Reference(**_known(Reference, reference)) for reference in task["references"])
    members = {"task": Task(**_known(Task, task) | {"references": references}), "prices": tuple(stored["prices"])}
    return Order(**_known(Order, stored) | members)


def _known(kind: type[Order | Task | Reference], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the members that `kind` has."""
    return {name: stored[name] for name in _MEMBERS[kind] if name in stored}


def asked(model: Model, task: Task, seed: int | None = None) -> Task:
    """The task as the model's provider wants to be asked, seeded so that the same request gives the same result.

    Which of the model's endpoints is called, and by which names, the catalogue says from what the task refers to.
    """
    call = model.call_for({MEMBER_OF[reference.role]: reference.url for reference in task.references})
    unknown = {"generate_audio": model.supports_audio, "aspect_ratio": model.supports_aspect_ratio}
    never = {name: None for name, known in unknown.items() if not known}
    return replace(
        task,
        count=task.count * model.outputs,
        model=call.model,
        seed=_seed_of(task, call.model) if seed is None else seed,
        params={**call.defaults, **task.params},
        inputs={**never, **call.inputs},
        fixed=dict(call.fixed),
        most=call.most,
        pictures=call.pictures,
    )


def prices_of(model: Model, prices: tuple[int, ...]) -> tuple[int, ...]:
    """Return what each number of made items costs, where one that is asked for and priced becomes several."""
    return tuple(price for price in prices for _ in range(model.outputs))


def _seed_of(task: Task, model: str) -> int:
    """A seed made from all that is asked for of the provider's `model`, however many items."""
    shown = [{"role": one.role, "url": one.url, "path": None, "content_type": None} for one in task.references]
    asked = _members(task) | {"model": model, "seed": 0, "count": 1, "references": shown}
    for name in ("inputs", "fixed", "most", "pictures", "intent", "hint"):
        del asked[name]
    text = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS, default=_plain)
    return int.from_bytes(hashlib.sha256(text).digest()[:6], "big")


def _members(value: Order | Task) -> dict[str, Any]:
    """Its members, as they are: orjson knows the dataclasses inside, and copying them costs more than writing them."""
    return {name: getattr(value, name) for name in _MEMBERS[type(value)]}


_MEMBERS = {kind: tuple(member.name for member in fields(kind)) for kind in (Order, Task, Reference)}


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
