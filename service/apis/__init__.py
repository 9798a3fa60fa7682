"""The three APIs that Genhook speaks: one module a resource, one function an operation, `present.py` for what was made."""
