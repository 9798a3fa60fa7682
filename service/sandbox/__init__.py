"""The embedded engine: real files with no key and no network, marked `sandbox`. One module a media type."""
