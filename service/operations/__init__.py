"""Operations: the one door behind REST, `/v1`, MCP and the OpenAI face."""
