"""Events, and their way to whoever wants to hear them."""
