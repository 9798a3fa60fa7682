"""Genhook: AI generation as automation actions."""

__version__ = "0.4.0"
