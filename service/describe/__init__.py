"""What is told about definitions: OpenAPI, forms, MCP tools, the reference pages."""
