"""A plan's limits as windows to count in."""

from functools import cache

from service.accounts.limits import Window
from service.catalog import Plan

SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


@cache
def windows(plan: Plan, api: str) -> tuple[Window, ...]:
    """The windows of one API on this plan, the minute first."""
    limits = plan.limits[api]
    return tuple(Window(seconds, limits[name]) for name, seconds in SECONDS.items() if name in limits)
