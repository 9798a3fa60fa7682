"""Usage as CSV, for spreadsheets."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from service.accounts.usage_report import FIGURES

# A spreadsheet runs what begins so.
FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")


def as_csv(answer: Mapping[str, Any], groups: Sequence[str]) -> str:
    """Write the rows as CSV; a cell that a spreadsheet would run begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = [*groups, *FIGURES]
    writer.writerow([_cell(name) for name in names])
    writer.writerows([_cell(line[name]) for name in names] for line in answer["data"])
    return text.getvalue()


def _cell(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and FORMULA.match(value) else value
