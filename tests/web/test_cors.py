"""Pages of other origins: those that CORS_ORIGINS names may call, and no others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.config import load
from tests.support.house import House, opened

APP, EVIL = "https://app.example", "https://evil.example"
PATHS = [
    "/v1/runs",
    "/mcp",
    "/api/v1/generators",
    "/api/v1/thumbnail-generator/generate",
    "/openai/v1/models",
    "/files/x",
]
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
}


@pytest.fixture
def house(tmp_path: Path, redis_url: str) -> Iterator[House]:
    with opened(tmp_path, redis_url, cors_origins=(APP,)) as made:
        yield made


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_needs_no_key_and_counts_for_nothing(house: House, path: str) -> None:
    for _ in range(70):
        answer = house.client.options(path, headers=PREFLIGHT | {"Origin": APP})
        assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == PREFLIGHT["Access-Control-Request-Headers"]
    assert house.client.get("/v1/runs").status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_refusals_carry_the_headers_too(house: House, path: str) -> None:
    answer = house.client.get(path, headers={"Origin": APP})
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert {"X-RateLimit-Remaining", "Location", "X-Request-Id"} <= set(
        answer.headers["Access-Control-Expose-Headers"].split(", ")
    )
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_other_origins_get_no_header(house: House, path: str) -> None:
    for answer in (
        house.client.get(path, headers={"Origin": EVIL}),
        house.client.options(path, headers=PREFLIGHT | {"Origin": EVIL}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


def test_none_is_allowed_by_default_and_a_star_allows_all(tmp_path: Path, redis_url: str) -> None:
    with opened(tmp_path / "none", redis_url) as house:
        assert "Access-Control-Allow-Origin" not in house.client.get("/v1/runs", headers={"Origin": APP}).headers
    with opened(tmp_path / "all", redis_url, cors_origins=("*",)) as house:
        assert house.client.get("/v1/runs", headers={"Origin": EVIL}).headers["Access-Control-Allow-Origin"] == "*"


def test_mcp_takes_its_own_origin_and_those_that_are_named_whatever_host_says(house: House) -> None:
    account, ping = house.account(), {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    for origin, status in ((APP, 200), ("http://genhook.test", 200), (EVIL, 403)):
        headers = {"Origin": origin, "Host": "evil.example"}
        assert account.post("/mcp", ping, headers=headers).status_code == status


@pytest.mark.parametrize("value", ["app.example", "https://app.example/path", "ftp://app.example"])
def test_what_is_no_origin_is_refused_by_name(value: str) -> None:
    with pytest.raises(ValueError, match="CORS_ORIGINS"):
        load({"CORS_ORIGINS": value, "GENHOOK_SECRET_KEY": "k" * 32})
