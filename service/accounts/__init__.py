"""Accounts, their keys and scopes, their limits, and their money. Source: contract, sections 2, 5 and 6."""
