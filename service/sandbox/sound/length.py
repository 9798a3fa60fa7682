"""The length of a sound: as ordered, or as its prompt says."""

import re

from service.sandbox.job import Job

SHORTEST, LONGEST = 0.2, 600.0
_SAID = re.compile(r"\b(\d{1,3}(?:\.\d)?)[ -]?(s|sec|secs|seconds?|min|mins|minutes?)\b")


def asked_seconds(job: Job) -> float | None:
    """The ordered seconds, within 0.2 and 600; none where neither the parameters nor the prompt say any."""
    ordered = job.params.get("seconds")
    if ordered is None:
        said = _SAID.search(job.prompt.lower())
        ordered = float(said[1]) * (60 if said[2].startswith("m") else 1) if said else None
    return None if not ordered else min(max(float(ordered), SHORTEST), LONGEST)
