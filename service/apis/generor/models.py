"""AI models. Source: generor-api, «Models»."""

from typing import Any

from service.apis.request import Request


def by_type(request: Request) -> list[dict[str, Any]]:
    """The models of one type. Source: GET /models/{type}."""
    return [model.public() for model in request.catalog.models(request.input["type"])]
