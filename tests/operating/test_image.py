"""The Dockerfile's image, built for real, runs as compose runs it: as nobody, on a read-only root, told by signals."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from PIL import Image as Picture
from sqlalchemy.engine import make_url
from standardwebhooks import Webhook

from service import __version__
from tests.fakes.receiver import Receiver
from tests.operating import image as images
from tests.operating import machines
from tests.operating.image import Container, Image
from tests.operating.machines import Machine, Network
from tests.support import postgres
from tests.support.installation import ROOT, Installation, pids_below
from tests.support.valkeys import Server

pytestmark = [
    pytest.mark.skipif(not images.can_be_built(), reason="needs root, and apt-get install buildah debootstrap"),
    pytest.mark.skipif(not machines.can_be_made(), reason="needs a kernel with network namespaces"),
]
PORT = 8000
READY_S, BEAT_S = 120.0, 60.0
Starts = Callable[..., Container]


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with images.built() as made:
        yield made


@pytest.fixture
def network() -> Iterator[Network]:
    with machines.network() as made:
        yield made


@pytest.fixture
def receiver(network: Network) -> Iterator[Receiver]:
    made = Receiver(host=network.address)
    yield made
    made.close()


@pytest.fixture
def start(image: Image, network: Network, tmp_path: Path) -> Iterator[Starts]:
    """Starts containers, each on a machine of its own; ends them."""
    with ExitStack() as running:

        def begin(*role: str, machine: Machine | None = None, data: Path | None = None, **given: str) -> Container:
            name = role[0]
            environment = {"CALLBACK_ALLOW": network.subnet, **given}
            volume, place = data or tmp_path / f"data-{name}", machine or network.machine(name)
            made = Container(image, place, volume, list(role), tmp_path / f"{name}.log", environment)
            running.callback(made.kill)
            return made

        yield begin


def test_the_image_says_who_runs_it_and_how_it_is(image: Image) -> None:
    config = image.config
    assert config["User"] == "10001:10001"
    assert (config["Entrypoint"], config["Cmd"]) == (["genhook"], ["up"])
    assert config["Healthcheck"]["Test"] == ["CMD", "genhook", "healthy"]
    assert (config["WorkingDir"], list(config["Volumes"]), list(config["ExposedPorts"])) == (
        "/data",
        ["/data"],
        ["8000/tcp"],
    )


def test_the_image_holds_the_wheel_and_nothing_of_the_build(image: Image) -> None:
    for folder in ("build", "wheel", "locks"):
        assert not (image.root / folder).exists()
    (installed,) = image.root.glob("usr/local/lib/python3*/*-packages/genhook-*.dist-info")
    assert installed.name == f"genhook-{__version__}.dist-info"
    assert not list(image.root.glob("usr/local/lib/python3*/*-packages/tests"))
    assert not list((image.root / "root").glob(".cache/pip/*"))


def test_one_container_with_everything_makes_a_picture_and_stops_in_order(
    start: Starts, network: Network, receiver: Receiver, tmp_path: Path
) -> None:
    machine = network.machine("everything")
    container = start("up", machine=machine, data=tmp_path / "data")
    ready(container)
    assert running_as(container) == {10001}
    healthy(container)
    account = told(container, "accounts", "create", "ada", "--plan", "pro", "--credits", "500")
    run, key = make_a_picture(container, account, receiver)
    assert container.stop() == 0, container.log.read_text()[-3000:]
    assert not readable_by_others(tmp_path / "data")
    again = start("up", machine=machine, data=tmp_path / "data")
    ready(again)
    assert call(again, key, "GET", f"/v1/runs/{run['id']}").json()["status"] == "completed"
    assert again.stop() == 0


def test_nothing_is_written_but_to_the_volume(start: Starts) -> None:
    container = start("up")
    ready(container)
    enter = ["nsenter", "--target", str(container.pid), "--mount", "--pid", "--root"]
    for folder in ("/", "/tmp", "/home/genhook", "/usr/local"):
        done = subprocess.run([*enter, "touch", f"{folder}/written"], capture_output=True, text=True, timeout=20)
        assert "Read-only file system" in done.stderr, folder
    assert container.stop() == 0


def test_the_processes_of_compose_work_apart_and_each_stops_when_told(
    start: Starts, network: Network, receiver: Receiver, tmp_path: Path
) -> None:
    services = yaml.safe_load((ROOT / "compose.yml").read_text())["services"]
    roles = {name: one["command"] for name, one in services.items() if "build" in one}
    with ExitStack() as beside:
        server = beside.enter_context(postgres.server(address=network.address))
        url = make_url(postgres.empty(server))
        valkey = Server(tmp_path, "protected-mode no", host=network.address)
        beside.callback(valkey.kill)
        given = {
            "DATABASE_URL": f"postgresql://genhook@{network.address}:{postgres.PORT}/{url.database}",
            "REDIS_URL": f"redis://{network.address}:{valkey.port}/0",
            "GENHOOK_SECRET_KEY": "secret-of-an-image-of-32-characters",
        }
        # All at once: who needs the tables waits for them. The volume is one for all, as in compose.
        shared = tmp_path / "data"
        running = {name: start(*role, data=shared, **given) for name, role in roles.items()}
        assert running.pop("migrate").process.wait(READY_S) == 0
        web = running["web"]
        ready(web)
        for container in running.values():
            healthy(container)
            assert running_as(container) == {10001}
        account = told(web, "accounts", "create", "ada", "--plan", "pro", "--credits", "500")
        make_a_picture(web, account, receiver)
        ended = {name: container.stop() for name, container in running.items()}
        assert ended == dict.fromkeys(running, 0)


def ready(container: Container) -> None:
    """Wait until its web process says that it is ready."""

    def answers() -> bool:
        assert container.process.poll() is None, container.log.read_text()[-3000:]
        try:
            return requests.get(f"http://{container.machine.address}:{PORT}/readyz", timeout=3).ok
        except requests.RequestException:
            return False

    Installation.until(answers, READY_S)


def healthy(container: Container) -> None:
    """Run the health check that the image names, inside."""
    done = container.run(*container.image.config["Healthcheck"]["Test"][2:])
    assert done.returncode == 0, done.stderr


def running_as(container: Container) -> set[int]:
    """Return the users of every process in it."""
    found = set()
    for pid in [container.pid, *pids_below(container.pid)]:
        status = Path(f"/proc/{pid}/status")
        if status.exists():
            found |= set(map(int, re.findall(r"^Uid:\s+(\d+)\s+(\d+)", status.read_text(), re.MULTILINE)[0]))
    return found


def told(container: Container, *words: str) -> Any:
    """Run a command inside; its JSON answer."""
    done = container.run(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def call(container: Container, key: str, method: str, path: str, **options: Any) -> requests.Response:
    url = path if path.startswith("http") else f"http://{container.machine.address}:{PORT}{path}"
    return requests.request(method, url, headers={"Authorization": f"Bearer {key}"}, timeout=60, **options)


def make_a_picture(container: Container, account: Mapping[str, Any], receiver: Receiver) -> tuple[dict[str, Any], str]:
    """Submit a picture, verify its callback, and read its file; the run, and the key."""
    key = told(container, "keys", "create", account["name"], "--api", "generor")["api_key"]
    values = {"slug": "image", "model_id": 10003, "prompt": "A lighthouse", "aspect_ratio": 1}
    body = {"input": values, "callback_url": receiver.url}
    accepted = call(container, key, "POST", "/v1/actions/generor.generators.generate", json=body)
    assert accepted.status_code == 202, accepted.text
    (post,) = receiver.of(accepted.json()["id"], BEAT_S)
    Webhook(account["callback_secret"]).verify(post.body, post.headers)
    run = post.run
    assert run["status"] == "completed", run
    path = run["output"]["creations"][0]["image_url"]
    path = path[path.index("/", 8) :] if path.startswith("http") else path
    answer = call(container, key, "GET", path)
    assert Picture.open(BytesIO(answer.content)).size[0] > 0
    return run, key


def readable_by_others(folder: Path) -> list[Path]:
    """Return what in it others than its owner may read."""
    return [path for path in folder.rglob("*") if not path.is_symlink() and os.lstat(path).st_mode & 0o007]
