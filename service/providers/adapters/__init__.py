"""One module for each provider that is asked with a key. Its name is the provider's; it is found, never listed."""
