"""`python -m service`: the command line."""

from service.cli.accounts import accounts, cards
from service.cli.add import add
from service.cli.add_api import api
from service.cli.add_model import model
from service.cli.callbacks import callbacks
from service.cli.catalog import catalog
from service.cli.docs import docs
from service.cli.extensions import extensions
from service.cli.keys import connections, keys, providers
from service.cli.maintenance import backup, doctor, restore, retention
from service.cli.packs import packs
from service.cli.processes import console, healthy, migrate, sweeper, up, web, worker
from service.cli.root import main
from service.cli.runs import runs
from service.cli.secrets import secrets
from service.cli.tools import completion, demo, openapi
from service.cli.usage import usage

for command in (
    up,
    accounts,
    cards,
    keys,
    providers,
    connections,
    callbacks,
    catalog,
    demo,
    docs,
    openapi,
    packs,
    secrets,
    web,
    worker,
    sweeper,
    migrate,
    console,
    healthy,
    runs,
    usage,
    doctor,
    backup,
    restore,
    retention,
    completion,
    extensions,
    add,
):
    main.add_command(command)

extensions.add_command(add)

__all__ = ["api", "main", "model"]
