"""What the definitions become for others: OpenAPI, n8n, Zapier, MCP, the console and the reference page."""
