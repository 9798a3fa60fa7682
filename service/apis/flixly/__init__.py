"""Flixly: one generate call over every model. Source: flixly-api."""
