"""`add` and `extensions`, with the commands below them."""

from service.cli.add import add
from service.cli.add_api import api
from service.cli.add_model import model
from service.cli.extensions import extensions

extensions.add_command(add)

__all__ = ["add", "api", "extensions", "model"]
