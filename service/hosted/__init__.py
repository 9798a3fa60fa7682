"""Actions on the hosted originals: each from its definition and its API's `api.json` alone, no code per operation."""
