"""JSON Schemas that callers send, or that a model's answer is held to: data, never instructions.

`check` reads one before anything is accepted: bounded, references inside it only, patterns in linear time. `Checker`
holds values to a checked one in bounded time. `wrapped` puts one inside another without breaking its references.
"""

from service.definitions.caller_schemas.check import check
from service.definitions.caller_schemas.checker import Checker
from service.definitions.caller_schemas.least import NEVER, least_sizes
from service.definitions.caller_schemas.nodes import Schema, inner, nodes, target
from service.definitions.caller_schemas.wrap import wrapped

__all__ = ["NEVER", "Checker", "Schema", "check", "inner", "least_sizes", "nodes", "target", "wrapped"]
