"""Generor: generators, creations, and the people around them. Source: generor-api."""
