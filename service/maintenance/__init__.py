"""Upkeep of an installation: closing accounts, retention, backups, checks, ending rotations."""
