"""Three machines without a shared disk: one is cut off, another is killed, and the first comes back.

Each has a network namespace, and an address; between them are one PostgreSQL, one Valkey, and SeaweedFS, a real object
storage that speaks S3.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import obstore
import pytest
import requests
from obstore.store import S3Store
from sqlalchemy.engine import make_url

from tests.chaos import books
from tests.chaos.load import Load
from tests.fakes.fal import FakeFal
from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import KEY
from tests.fakes.receiver import Receiver
from tests.operating import machines
from tests.operating.fleet import Fleet
from tests.operating.machines import Machine, Network
from tests.support import postgres
from tests.support.valkeys import Server

WEED = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
S3_PORT = 8333
BUCKET = "genhook"
ROLES = (("web",), ("worker",), ("callbacks", "run"), ("sweeper",))
TOGETHER_S, ALONE_S, NOBODY_S, BACK_S = 8.0, 14.0, 5.0, 8.0
RETRIES = ",".join(["2"] * 60)

pytestmark = [
    pytest.mark.skipif(not machines.can_be_made(), reason="needs root, and a kernel with network namespaces"),
    pytest.mark.skipif(WEED is None, reason="pip install -r requirements-operating.txt"),
    pytest.mark.timeout(600),
]


@pytest.fixture
def network() -> Iterator[Network]:
    with machines.network() as made:
        yield made


@pytest.fixture
def storage(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What leads to a bucket of a real S3 server."""
    folder = tmp_path / "weed"
    folder.mkdir()
    named = {
        "STORAGE_URL": f"s3://{BUCKET}",
        "AWS_ENDPOINT_URL": f"http://{network.address}:{S3_PORT}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "genhook",
        "AWS_SECRET_ACCESS_KEY": "genhook-secret",
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    assert WEED is not None
    where = [f"-dir={folder}", f"-ip={network.address}", f"-ip.bind={network.address}", f"-s3.port={S3_PORT}"]
    command = [WEED, "mini", *where, f"-bucket={BUCKET}", "-admin.ui=false", "-webdav=false"]
    with (tmp_path / "weed.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        Fleet.until(_takes_a_file, 60)
        yield named
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def fleet(network: Network, storage: dict[str, str], tmp_path: Path) -> Iterator[Fleet]:
    """A fleet of which nothing runs yet, with what lies between its machines."""
    with ExitStack() as between:
        url = make_url(postgres.empty(between.enter_context(postgres.server(address=network.address))))
        redis = Server(tmp_path, "protected-mode no", host=network.address)
        between.callback(redis.kill)
        made = Fleet(
            tmp_path / "fleet",
            DATABASE_URL=f"postgresql://genhook@{network.address}:{postgres.PORT}/{url.database}",
            REDIS_URL=f"redis://{network.address}:{redis.port}/0",
            CALLBACK_ALLOW=network.subnet,
            CALLBACK_RETRY_SCHEDULE=RETRIES,
            **storage,
        )
        between.callback(made.close)
        yield made


def test_a_machine_cut_off_and_another_killed_lose_nothing_and_double_nothing(fleet: Fleet, network: Network) -> None:
    openai, fal, receiver = FakeOpenAI(network.address), FakeFal(network.address), Receiver(host=network.address)
    fleet.environment.update(OPENAI_API_KEY=KEY, OPENAI_BASE_URL=openai.base_url)
    fleet.environment.update(FAL_API_KEY=KEY, FAL_BASE_URL=fal.base_url)
    try:
        first, second, third = (network.machine(name) for name in ("first", "second", "third"))
        fleet.migrate()
        for machine in (first, second):
            for role in ROLES:
                fleet.launch(*role, machine=machine)
        fleet.launch("worker", machine=third)
        for machine in (first, second):
            fleet.until(lambda machine=machine: ready(fleet, machine), 120)
        fleet.keep()
        client = fleet.account("ada", plan="enterprise", credits=1_000_000)
        load = Load(client, receiver.url, seed=13)
        load.start()
        time.sleep(TOGETHER_S)
        first.cut_off()
        time.sleep(ALONE_S)
        for one in fleet.on(second):
            one.kill()
        time.sleep(NOBODY_S)
        first.connect()
        fleet.until(lambda: ready(fleet, first), 120)
        time.sleep(BACK_S)
        load.stop(90)
        ended = books.every_accepted_run_ends(fleet, load)
        books.nothing_is_charged_twice(fleet, load)
        client.check_books()
        books.every_receiver_is_told(fleet, load, receiver)
        books.nothing_is_sent_twice(load, (openai, fal))
        no_object_is_left(fleet)
        fleet.until(lambda: all(one.alive for one in fleet.running if one.machine is not second))
        assert {code for _, code in fleet.stop_in_order()} == {0}
        print(f"{len(load.accepted)} accepted, {ended}, {len(receiver.posts)} posts")
    finally:
        for one in (openai, fal, receiver):
            one.close()


def ready(fleet: Fleet, machine: Machine) -> bool:
    """Tell whether the machine's web process says that it is ready."""
    try:
        return requests.get(f"http://{machine.address}:{fleet.port}/readyz", timeout=3).ok
    except requests.RequestException:
        return False


def no_object_is_left(fleet: Fleet) -> None:
    """Every object in the bucket has its row, or is to be deleted."""
    kept = {entry["path"] for batch in obstore.list(S3Store(BUCKET)) for entry in batch}
    named = {row.object for row in fleet.rows("SELECT object FROM files WHERE object IS NOT NULL")}
    leaving = {row.object for row in fleet.rows("SELECT object FROM deletions")}
    orphans = {name for name in kept - named if not any(name.startswith(prefix) for prefix in leaving)}
    assert kept
    assert not orphans, f"objects that nobody owns: {sorted(orphans)[:10]}"


def _takes_a_file() -> bool:
    try:
        obstore.put(S3Store(BUCKET), "probe", b"1")
        obstore.delete(S3Store(BUCKET), "probe")
    except Exception:
        return False
    return True
