"""Read a `Retry-After` header: a number of seconds, or a date, which is in UTC whatever zone it leaves out."""

import math
from datetime import UTC, datetime

from werkzeug.http import parse_date


def seconds(header: str | None) -> float | None:
    """Seconds from now; None where there is no header or it can't be read."""
    if not header:
        return None
    try:
        number = float(header)
    except ValueError:
        moment = parse_date(header)
        return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return max(0.0, number) if math.isfinite(number) else None
