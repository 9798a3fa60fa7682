"""Descriptions made from the definitions: OpenAPI, forms, MCP tools, the reference pages."""
