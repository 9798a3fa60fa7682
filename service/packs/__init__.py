"""Builds the n8n and Zapier packages from the definitions."""
