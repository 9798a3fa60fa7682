"""Generators: listing them, pricing them, and making something with one."""

import builtins
from typing import Any

from service.apis.generor import creations as made
from service.apis.generor import ordering
from service.apis.request import Request
from service.generation.order import Order


def list(request: Request) -> builtins.list[dict[str, Any]]:
    """List the generators of a status, each with the ones similar to it."""
    return [generator.public() for generator in request.catalog.generators(request.input["status"])]


def get(request: Request) -> dict[str, Any]:
    """Read one generator with its parameters. Raises NotFound."""
    return request.catalog.generator(request.input["slug"]).detail()


def creations(request: Request) -> dict[str, Any]:
    """List everybody's public creations of one generator. Raises NotFound."""
    return made.of_generator(request, request.catalog.generator(request.input["slug"]).slug)


def generate(request: Request) -> Order:
    """Order what the caller wants.

    Raises NotFound for an unknown slug, ValidationError for an unknown model, and for one that is of another type.
    """
    return ordering.order(request, ordering.priced(request))


def estimate(request: Request) -> dict[str, Any]:
    """Tell the credits and seconds of the next generate call with this body."""
    return ordering.estimate(ordering.priced(request))
