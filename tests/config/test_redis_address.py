"""Every form of REDIS_URL."""

import pytest

from service.config import load
from service.config.redis_address import RedisAddress, kind_of, parse


@pytest.mark.parametrize("url", ["redis://h:6379/0", "rediss://u:p@h/1", "unix:///run/redis.sock"])
def test_one_server_is_its_drivers_own_url(url: str) -> None:
    assert kind_of(url) == "server"
    assert load({"REDIS_URL": url}).redis == url


def test_sentinels_name_their_master_and_have_passwords_of_their_own() -> None:
    url = "rediss+sentinel://ada:p%40ss@one:26380,two/main/3?sentinel_password=s"
    assert parse(url) == RedisAddress(
        kind="sentinel",
        hosts=(("one", 26380), ("two", 26379)),
        tls=True,
        username="ada",
        password="p@ss",
        service="main",
        db=3,
        sentinel_password="s",
    )


def test_a_cluster_is_any_of_its_nodes() -> None:
    url = "redis+cluster://:secret@one:7000,two,[::1]:7002"
    hosts = (("one", 7000), ("two", 6379), ("::1", 7002))
    assert parse(url) == RedisAddress(kind="cluster", hosts=hosts, password="secret")


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://one:26379",
        "redis+sentinel://one:26379/main/third",
        "redis+sentinel:///main",
        "redis+cluster://",
        "redis+cluster://one,,two",
        "redis+cluster://one:port",
        "redis+raft://one",
        "sentinel://one/main",
        "redis:",
        "http://one",
    ],
)
def test_an_address_that_leads_nowhere_is_refused_by_its_name(url: str) -> None:
    with pytest.raises(ValueError, match=r"^REDIS_URL "):
        load({"REDIS_URL": url})
