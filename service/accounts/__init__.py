"""Accounts, their keys and scopes, their limits, and their money."""
