"""`python -m benchmarks.usage [COUNT]`: GET /v1/usage over a million generates, and that it adds up to the ledger."""

import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from service.accounts import usage, usage_question, usage_report
from service.store.database import Database
from service.store.migrate import migrate
from service.store.tables import ledger
from tests.support.generated_usage import fill

COUNT = 1_000_000
PAIRS = ("group,metadata.customer", "metadata.customer,metadata.order")
LABELED = ("group", "metadata.customer", "day,metadata.order", "model,group", *PAIRS)
GROUPS = ("day", "action", "api,model", "key", "day,provider", *LABELED)


def main(count: int = COUNT) -> None:
    """Write the rows, add them up, and time every grouping."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'usage.db'}"
        migrate(url)
        database = Database(url)
        account_id = fill(database, count)
        begun = time.perf_counter()
        while database.write(lambda db: usage.roll_up(db, 5000)):
            pass
        print(f"{count} rows added up in {time.perf_counter() - begun:.1f} s")
        with database.read() as db:
            charged = -db.execute(select(func.sum(ledger.c.paid))).scalar_one()
        for groups in GROUPS:
            begun = time.perf_counter()
            with database.read() as db:
                question = usage_question.asked(None, None, groups)
                total = usage_report.report(db, account_id, question, str)["total"]
            spent = time.perf_counter() - begun
            assert total["credits"] == charged, (groups, total, charged)
            print(f"{groups:34} {spent * 1000:8.0f} ms, {total['credits']} credits as in the ledger")
        database.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
