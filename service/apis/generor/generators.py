"""Generators: what they would cost, and making something with one. Source: generor-api, «Generators»."""

import builtins
from typing import Any

from service.apis.generor import creations as made
from service.apis.generor import ordering
from service.apis.request import Request
from service.catalog.references import check_references
from service.errors import ValidationError
from service.generation.order import Order


def list(request: Request) -> builtins.list[dict[str, Any]]:
    """The generators of a status, each with the ones similar to it. Source: generor-api, GET /generators."""
    return [generator.public() for generator in request.catalog.generators(request.input["status"])]


def get(request: Request) -> dict[str, Any]:
    """One generator with its parameters. Source: GET /generators/{slug}. Raises NotFound."""
    return request.catalog.generator(request.input["slug"]).detail()


def creations(request: Request) -> dict[str, Any]:
    """Everybody's public creations of one generator. Source: GET /generators/{slug}/creations. Raises NotFound."""
    return made.of_generator(request, request.catalog.generator(request.input["slug"]).slug)


def generate(request: Request) -> Order:
    """What the caller wants, in the engine's words.

    Source: generor-api, POST /generators/{slug}/generate. Raises NotFound for an unknown slug,
    ValidationError for an unknown model, and for one that is of another type.
    """
    generator = request.catalog.generator(request.input["slug"])
    model = ordering.model_of(request, generator)
    if not request.estimating:
        if generator.prompt_required and not request.input.get("prompt"):
            raise ValidationError.at("/prompt", "prompt is required")
        check_references(model, request.input)
    return ordering.order(request, generator, model)


def estimate(request: Request) -> dict[str, Any]:
    """Credits and seconds of the next generate call with this body. Source: generor-api, POST …/estimate."""
    generator = request.catalog.generator(request.input["slug"])
    model = ordering.model_of(request, generator)
    check_references(model, request.input, complete=False)
    return ordering.estimate(request, generator, model)
