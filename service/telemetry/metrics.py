"""The counters and histograms that every process keeps in memory; `gathering` adds them up over all processes.

Labels have few values: routes, actions, lanes, providers, models, never an account, a run or an address.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
# Seconds: of what a caller waits for, and of what may take minutes.
SHORT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LONG = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)

requests = Counter("genhook_requests", "HTTP requests answered.", ["method", "route", "status"], registry=REGISTRY)
accept_seconds = Histogram(
    "genhook_accept_seconds",
    "Seconds from a checked request to its committed run.",
    ["action"],
    buckets=SHORT,
    registry=REGISTRY,
)
queue_wait_seconds = Histogram(
    "genhook_queue_wait_seconds",
    "Seconds that a step was due before a worker claimed it.",
    ["lane"],
    buckets=LONG,
    registry=REGISTRY,
)
run_seconds = Histogram(
    "genhook_run_seconds",
    "Seconds from a queued run's acceptance to its end.",
    ["action", "status"],
    buckets=LONG,
    registry=REGISTRY,
)
credits_charged = Counter("genhook_credits_charged", "Credits charged for runs.", ["action"], registry=REGISTRY)
provider_calls = Counter(
    "genhook_provider_calls",
    "Calls to providers by what came of them: ok, retry_later, or the error's code.",
    ["provider", "call", "result"],
    registry=REGISTRY,
)
provider_call_seconds = Histogram(
    "genhook_provider_call_seconds",
    "Seconds that calls to providers took.",
    ["provider", "call"],
    buckets=LONG,
    registry=REGISTRY,
)
provider_waits = Counter(
    "genhook_provider_waits",
    "Paid calls held back since their provider's key had as many as its limits allow.",
    ["provider"],
    registry=REGISTRY,
)
deliveries = Counter(
    "genhook_deliveries",
    "Attempts to deliver a callback: delivered, retried later, or given up.",
    ["result"],
    registry=REGISTRY,
)
engine_processes_killed = Counter(
    "genhook_engine_processes_killed",
    "Engine processes that were ended, or ended themselves, within a task.",
    ["reason"],
    registry=REGISTRY,
)
drift_credits = Counter(
    "genhook_drift_credits",
    "Of runs whose provider told its cost: credits they were sold for, and that cost.",
    ["model", "kind"],
    registry=REGISTRY,
)
