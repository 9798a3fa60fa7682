"""Genhook: AI generation as automation actions."""

__version__ = "0.6.0"
