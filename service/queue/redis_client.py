"""Clients of Redis that fail fast, whatever REDIS_URL leads to; none of them connects before it is used."""

import threading
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.commands.core import Script
from redis.exceptions import ConnectionError, RedisClusterException
from redis.retry import Retry
from redis.sentinel import Sentinel

from service.config.redis_address import RedisAddress, kind_of, parse

CONNECT_S = 0.2
# A node that is gone is found out by a failed call; the next asks the others who has its slots.
CLUSTER_TRIES = 2


def connect(url: str, patience_s: float | None = 2.0, connect_s: float = CONNECT_S) -> Redis:
    """Make a client: an answer that takes longer than `patience_s` is none, None waits for ever."""
    options = {"socket_timeout": patience_s, "socket_connect_timeout": connect_s}
    match kind_of(url):
        case "server":
            return Redis.from_url(url, retry=Retry(NoBackoff(), 0), **options)
        case "sentinel":
            return _master(parse(url), options)
        case "cluster":
            return cast("Redis", Cluster(parse(url), options))


def is_cluster(url: str) -> bool:
    """Tell whether keys are spread over several servers: one call then needs keys with one {tag}."""
    return kind_of(url) == "cluster"


def _master(address: RedisAddress, options: dict[str, Any]) -> Redis:
    login = {"username": address.sentinel_username, "password": address.sentinel_password}
    asking = {"socket_timeout": 1.0, "socket_connect_timeout": CONNECT_S, "retry": Retry(NoBackoff(), 0), **login}
    sentinels = cast("Any", Sentinel)(address.hosts, sentinel_kwargs=asking)
    assert address.service is not None, "an address of sentinels names their master"
    own = {"username": address.username, "password": address.password, "db": address.db}
    tls = {"ssl": True} if address.tls else {}
    master = sentinels.master_for(address.service, retry=Retry(NoBackoff(), 0), **own, **tls, **options)
    return cast("Redis", master)


class Guarded:
    """A pipeline or subscription of a cluster, whose every failure is a RedisError, as that of one server is."""

    def __init__(self, inner: Callable[[], Any]) -> None:
        """`inner` makes what is called; it may fail too."""
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        def call(*words: Any, **options: Any) -> Any:
            try:
                return getattr(self._inner(), name)(*words, **options)
            except RedisClusterException as error:
                raise ConnectionError(str(error)) from error

        return call

    def __enter__(self) -> "Guarded":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Cluster(Guarded):
    """The client of a cluster, which asks for its nodes at the first call."""

    def __init__(self, address: RedisAddress, options: dict[str, Any]) -> None:
        """`options` are those of each node's client."""
        super().__init__(self._opened)
        self._address = address
        self._options = options
        self._client: RedisCluster | None = None
        self._opening = threading.Lock()

    def _opened(self) -> RedisCluster:
        with self._opening:
            if self._client is None:
                nodes = [cast("Any", ClusterNode)(host, port) for host, port in self._address.hosts]
                options = {**self._options, "retry": Retry(NoBackoff(), CLUSTER_TRIES), "ssl": self._address.tls}
                options |= {"username": self._address.username, "password": self._address.password}
                self._client = RedisCluster(startup_nodes=nodes, **options)
            return self._client

    def register_script(self, script: str) -> Script:
        """Make a script that is loaded at its first call."""
        return Script(cast("Redis", self), script.encode())

    def pipeline(self) -> Guarded:
        """Collect calls, to be sent node by node."""
        return Guarded(cache(lambda: cast("Any", self._opened()).pipeline()))

    def pubsub(self, **options: Any) -> Guarded:
        """Listen at one node: what is published reaches them all."""
        return Guarded(cache(lambda: cast("Any", self._opened()).pubsub(**options)))
