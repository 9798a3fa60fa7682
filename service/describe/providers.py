"""`docs/providers.md`, made from the providers' modules and the catalogue."""

from collections.abc import Iterable
from inspect import cleandoc

from service import providers
from service.catalog import Catalog, Model
from service.providers.base import MEDIA, Provider
from service.providers.results import LIMIT_BYTES

INTRODUCTION = """\
# Providers

<!-- Made by `python -m service docs providers --output docs/providers.md`; a test fails when it is stale. -->

Who makes a generation, chosen when it is accepted and never changed after: the account's own key where the plan has
BYOK (nothing is deducted), else the platform's key from the environment, else the embedded engine (`sandbox: true`).

Paid work is sent once: its intent is recorded before the call and its receipt right after. Where a call answers
inline there is no receipt to go on from, and a worker's death in that moment ends the run as `outcome_unknown`,
uncharged. Questions, and calls that were answered with 429, are repeated when the provider says. Results are copied to
storage at once, their type told by their first bytes, up to {limits}.

Credits are this installation's prices, not the providers'. What a provider had not published when a model was added is
that of its like, and marked as assumed.
"""


def build(catalog: Catalog) -> str:
    """The document as Markdown."""
    limits = ", ".join(f"{size // 1_000_000:,} MB for {media}" for media, size in LIMIT_BYTES.items())
    names = sorted(providers.names(), key=lambda name: (not providers.get(name).paid, _title(name).lower()))
    parts = [INTRODUCTION.format(limits=limits.replace(",000 MB", " GB")), _overview(names)]
    parts += [_section(name, [model for model in catalog.models() if model.provider == name]) for name in names]
    return "\n".join(parts)


def _title(name: str) -> str:
    return providers.get(name).title


def _overview(names: Iterable[str]) -> str:
    rows = [[_title(name), *("yes" if media in providers.get(name).media else "" for media in MEDIA)] for name in names]
    return _table(["Provider", *MEDIA], rows)


def _section(name: str, models: list[Model]) -> str:
    kind = providers.get(name)
    lines = [f"## {_title(name)}", "", _about(name, kind), ""]
    if kind.paid:
        lines += [*_environment(name), ""]
        lines += [_table(["Model", "Id", "Type", "Its own id", "Credits", "Limits", "Ends"], _rows(models))]
    return "\n".join(lines)


def _about(name: str, kind: type[Provider]) -> str:
    """Return what the module says of itself, and what it can be asked."""
    said = cleandoc(kind.__doc__ or "")
    asked = "asked for until it is done" if kind.poll is not Provider.poll else "answered in the call itself"
    stopped = "work can be stopped" if kind.cancel is not Provider.cancel else "work can't be stopped"
    if kind.hinting:
        stopped += "; its webhooks have it asked at once, where `PUBLIC_URL` is one it can call"
    offers = ", ".join(media for media in MEDIA if media in kind.media)
    return (
        f"{said}\n\nOffers {offers}. Long work is {asked}; {stopped}." if kind.paid else f"{said}\n\nOffers {offers}."
    )


def _environment(name: str) -> list[str]:
    known = ", ".join(f"`{address}`" for address in dict.fromkeys(providers.get(name).hosts.values()))
    upper = name.upper()
    return [
        f"- `{upper}_API_KEY`: the platform's key. An account's own is set by",
        f"  `python -m service providers set <account> {name} --key …` and tested by",
        f"  `python -m service providers test <account> {name}`.",
        f"- `{upper}_BASE_URL`: another address in place of {known}. The key goes nowhere else.",
        f"- `{upper}_CONCURRENCY`, `{upper}_RATE`: the most paid calls that one key has in flight, and calls in",
        "  seconds (`500/60`), over all workers ([scaling](scaling.md#limits-of-providers)).",
    ]


def _rows(models: list[Model]) -> list[list[str]]:
    return [
        [
            f"{model.name} (`{model.key}`)",
            str(model.id),
            f"{model.type}, vision" if model.vision else model.type,
            f"`{model.provider_model}`",
            _price(model),
            _limits(model),
            model.shutdown.isoformat() if model.shutdown else "",
        ]
        for model in models
    ]


def _price(model: Model) -> str:
    price = f"{model.credit_cost} a second" if model.unit == "second" else str(model.credit_cost)
    return f"{price} (assumed)" if "credit_cost" in model.assumed else price


def _limits(model: Model) -> str:
    caps = model.reference_caps
    counts = (("picture", caps.images), ("film", caps.videos), ("sound", caps.audio))
    referred = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts if count)
    known = [f"refers to {referred}"] if referred else []
    if model.supported_durations:
        known.insert(0, f"{model.supported_durations[0]}–{model.supported_durations[-1]} s")
    if model.seconds_range:
        guessed = " (assumed)" if "seconds_range" in model.assumed else ""
        known.insert(0, f"{model.seconds_range[0]}–{model.seconds_range[1]} s{guessed}")
    if model.quality:
        known.insert(0, model.quality)
    return "; ".join(known)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
