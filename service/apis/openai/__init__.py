"""The OpenAI face: OpenAI's own paths for its clients, over every model of the catalogue."""
