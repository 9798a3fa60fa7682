"""The Zapier app in the real zapier-platform-core, against a live Genhook: `make test-zapier`."""
