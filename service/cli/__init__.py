"""`python -m service`: the command line.

A command's module is imported when the command is asked for: the processes of `up` start without what the others need.
"""

from service.cli.root import main

COMMANDS = {
    "accounts": ("accounts", "cards"),
    "callbacks": ("callbacks",),
    "catalog": ("catalog",),
    "docs": ("docs",),
    "every_extension": ("add", "extensions"),
    "keys": ("connections", "keys", "providers"),
    "maintenance": ("backup", "doctor", "restore", "retention"),
    "packs": ("packs",),
    "processes": ("console", "healthy", "migrate", "sweeper", "up", "web", "worker"),
    "runs": ("runs",),
    "secrets": ("secrets",),
    "tools": ("completion", "demo", "openapi"),
    "usage": ("usage",),
}
main.modules.update({name: f"{__name__}.{module}" for module, names in COMMANDS.items() for name in names})

__all__ = ["main"]
