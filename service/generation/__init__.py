"""The engine that all three APIs share: an order, its next step with a provider, and what was made."""
