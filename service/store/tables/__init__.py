"""The tables, by room. Times are Unix milliseconds; JSON is stored as text; ids are time-ordered (UUIDv7)."""

from service.store.tables.accounts import accounts, api_keys, budgets, cards, connections, ledger, provider_keys
from service.store.tables.base import metadata
from service.store.tables.counts import list_counts
from service.store.tables.delivery import attempts, callbacks, deliveries, events, shards, subscriptions
from service.store.tables.extensions import extension_models, extensions
from service.store.tables.made import MADE, PUBLIC, creations, deletions, files, generations, samples
from service.store.tables.runs import drift, idempotency, intents, lanes, meta, run_bodies, runs, workers
from service.store.tables.social import comment_votes, comments, follows, ratings, team_members, teams
from service.store.tables.usage import (
    OPEN,
    UNBLOCKED,
    UNLABELED,
    usage,
    usage_block_labels,
    usage_blocks,
    usage_days,
    usage_labels,
)

__all__ = [
    "MADE",
    "OPEN",
    "PUBLIC",
    "UNBLOCKED",
    "UNLABELED",
    "accounts",
    "api_keys",
    "attempts",
    "budgets",
    "callbacks",
    "cards",
    "comment_votes",
    "comments",
    "connections",
    "creations",
    "deletions",
    "deliveries",
    "drift",
    "events",
    "extension_models",
    "extensions",
    "files",
    "follows",
    "generations",
    "idempotency",
    "intents",
    "lanes",
    "ledger",
    "list_counts",
    "meta",
    "metadata",
    "provider_keys",
    "ratings",
    "run_bodies",
    "runs",
    "samples",
    "shards",
    "subscriptions",
    "team_members",
    "teams",
    "usage",
    "usage_block_labels",
    "usage_blocks",
    "usage_days",
    "usage_labels",
    "workers",
]
