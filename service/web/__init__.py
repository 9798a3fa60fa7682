"""The web process: every face of the service over HTTP."""
