"""OpenAPI 3.0 and 3.1 documents of others, read as API families of ours."""

from service.extensions.openapi.family import ApiFamily, Wanted, make

__all__ = ["ApiFamily", "Wanted", "make"]
