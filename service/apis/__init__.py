"""The three APIs of Genhook: one module a resource, one function an operation, `present.py` for what is made."""
