"""Files: where they are born, mapped to their path, linked, read, counted and removed."""
