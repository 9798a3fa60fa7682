"""Every process behind a real PgBouncer in transaction mode, where no session outlives its transaction."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.support import postgres
from tests.support.installation import Installation

pytestmark = pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="apt-get install pgbouncer")
CONFIG = """
[databases]
{name} = host={host} user=genhook
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = 5
max_client_conn = 200
server_reset_query_always = 0
"""


@pytest.fixture
def pooled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty database behind PgBouncer."""
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with postgres.server() as server:
        url = make_url(postgres.empty(server))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # One that `nobody` can read, whom root starts it as.
        folder = Path(str(url.query["host"]))
        config = folder / "pgbouncer.ini"
        config.write_text(CONFIG.format(name=url.database, host=folder, port=port))
        config.chmod(0o644)
        bouncer = subprocess.Popen(["pgbouncer", "-q", *postgres.run_as("-u"), str(config)])
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"postgresql://genhook@127.0.0.1:{port}/{url.database}"
        finally:
            bouncer.terminate()
            bouncer.wait(20)


def test_runs_end_and_are_charged_once_behind_pgbouncer(pooled: str, tmp_path: Path) -> None:
    secret = "installation-secret-of-32-characters"
    installation = Installation(
        tmp_path / "data", DATABASE_URL=pooled, GENHOOK_SECRET_KEY=secret, DATABASE_PREPARE_THRESHOLD="0"
    )
    try:
        installation.start()
        client = installation.account("ada")
        values = {"slug": "joke", "model_id": 37, "prompt": "A joke about a pool"}
        # Enough that each statement would have been prepared, in sessions that are others' by then.
        runs = [client.submit("generor.generators.generate", values)["id"] for _ in range(40)]
        assert {client.ended(run)["status"] for run in runs} == {"completed"}
        client.check_books()
        log = installation.log.read_text()
        assert "prepared statement" not in log
        assert installation.run("doctor", "--json").returncode == 0
    finally:
        installation.close()
