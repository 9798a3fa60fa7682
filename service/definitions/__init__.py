"""Definitions: the only source of every operation. Source: contract, section 1; design, «Definitions»."""

from service.definitions.action import Action, Api
from service.definitions.loader import DefinitionError, Definitions, load

__all__ = ["Action", "Api", "DefinitionError", "Definitions", "load"]
