"""Definitions: the only source of every operation."""

from service.definitions.action import LOCAL, Action, Api, Stream
from service.definitions.loader import Definitions, load
from service.definitions.schemas import DefinitionError

__all__ = ["LOCAL", "Action", "Api", "DefinitionError", "Definitions", "Stream", "load"]
