"""Genhook: AI generation as automation actions, queued, signed and posted to the caller's callback URL."""
