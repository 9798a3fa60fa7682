"""MCP clients: the official Python SDK's client against a real server. Source: contract, section 1."""

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from werkzeug.serving import make_server

from tests.support.house import Account, House

JOKE = {"slug": "joke", "prompt": "Tell me a joke about programming", "model_id": 37}


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Where the house answers over HTTP."""
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/mcp"
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(url: str, account: Account) -> Callable[..., Any]:
    """Lets the SDK's client, with a key of the account, do `work`."""

    def asked(work: Callable[[Client], Awaitable[Any]], api: str = "generor", scopes: tuple[str, ...] = ()) -> Any:
        headers = {"Authorization": f"Bearer {account.key(api, scopes)}"}

        async def session() -> Any:
            async with (
                httpx2.AsyncClient(headers=headers) as http,
                Client(streamable_http_client(url, http_client=http), read_timeout_seconds=40) as client,
            ):
                return await work(client)

        return asyncio.run(session())

    return asked


def _message(method: str, **members: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, **members}


def _call(account: Account, name: str, values: dict[str, Any], **headers: str) -> dict[str, Any]:
    """A tool's result, without the SDK between."""
    body = _message("tools/call", id=1, params={"name": name, "arguments": values})
    result: dict[str, Any] = account.post("/mcp", body, headers=headers).get_json()["result"]
    return result


async def _names(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


def test_every_action_is_a_tool_whose_name_and_schemas_all_clients_take(ask: Callable[..., Any], house: House) -> None:
    async def listed(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in ask(listed)}
    actions = house.context.definitions.actions
    assert set(tools) == {name.replace(".", "_") for name in actions} | {"runs_get", "runs_cancel"}
    assert all(re.fullmatch(r"[a-zA-Z0-9_]{1,64}", name) for name in tools)
    assert all(tool.output_schema["type"] == "object" for tool in tools.values())
    for name, action in actions.items():
        assert tools[name.replace(".", "_")].input_schema == action.input_schema


def test_a_generate_tool_answers_with_the_run_at_once_and_a_second_tool_reads_its_end(
    ask: Callable[..., Any], account: Account
) -> None:
    async def work(client: Client) -> Any:
        started = await client.call_tool("generor_generators_generate", JOKE)
        run_id = started.structured_content["id"]
        return started, await client.call_tool("runs_get", {"run_id": run_id, "wait": 20})

    started, ended = ask(work)
    assert started.structured_content["output"] is None or started.structured_content["status"] == "completed"
    run = ended.structured_content
    assert (run["id"], run["status"]) == (started.structured_content["id"], "completed")
    assert run["output"]["creations"][0]["text"]
    assert json.loads(ended.content[0].text) == run
    assert account.charges(run["id"]) == [run["estimate"]["credits"]]


def test_a_run_waiting_its_turn_can_be_canceled(idle_house: House) -> None:
    account = idle_house.account()
    run = _call(account, "generor_generators_generate", JOKE)["structuredContent"]
    assert (run["status"], account.balance()["held"]) == ("queued", 1)
    canceled = _call(account, "runs_cancel", {"run_id": run["id"]})["structuredContent"]
    assert (canceled["status"], canceled["credits_charged"], account.balance()["held"]) == ("canceled", 0, 0)
    assert _call(account, "runs_cancel", {"run_id": run["id"]})["isError"]


def test_reads_and_estimates_answer_with_their_output_as_structured_content_and_as_text(
    ask: Callable[..., Any],
) -> None:
    async def work(client: Client) -> Any:
        return (
            await client.call_tool("generor_generators_list", {}),
            await client.call_tool("generor_generators_estimate", JOKE),
        )

    generators, estimate = ask(work)
    assert "joke" in {one["slug"] for one in generators.structured_content["data"]}
    assert json.loads(generators.content[0].text) == generators.structured_content
    assert estimate.structured_content["credit_cost"]["total"] == 1


def test_what_a_tool_is_refused_is_told_with_pointers_and_costs_nothing(
    ask: Callable[..., Any], account: Account
) -> None:
    async def work(client: Client) -> Any:
        return await client.call_tool("generor_generators_generate", {**JOKE, "count": 11, "colour": "red"})

    before = account.balance()
    refused = ask(work)
    assert refused.is_error
    assert {problem["pointer"] for problem in refused.structured_content["errors"]} == {"/count", "/colour"}
    assert "count" in refused.content[0].text
    assert account.balance() == before


def test_a_key_is_offered_what_it_may_run_and_refused_the_rest(ask: Callable[..., Any]) -> None:
    assert {name.split("_")[0] for name in ask(_names, api="flokan")} == {"flokan", "runs"}
    assert "flokan_thumbnails_generate" in ask(_names, api="flixly")
    reading = ask(_names, scopes=("read",))
    assert "generor_generators_list" in reading
    assert not reading & {"generor_generators_generate", "generor_creations_delete", "runs_cancel"}

    async def work(client: Client) -> Any:
        return await client.call_tool("generor_generators_generate", JOKE)

    assert ask(work, scopes=("read",)).structured_content["code"] == "forbidden"


def test_another_accounts_run_is_not_there(ask: Callable[..., Any], house: House) -> None:
    run_id = house.account().submit("generor.generators.generate", JOKE).get_json()["id"]

    async def work(client: Client) -> Any:
        return await client.call_tool("runs_get", {"run_id": run_id})

    assert ask(work).structured_content["status"] == 404


def test_a_tool_that_is_not_there_is_a_protocol_error(ask: Callable[..., Any]) -> None:
    async def work(client: Client) -> Any:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("generor_generators_melt", {})
        return caught.value.error.code

    assert ask(work) == -32602


def test_without_a_valid_key_it_is_a_401_of_http(idle_house: House) -> None:
    for headers in ({}, {"Authorization": "Bearer gnr_live_" + "0" * 40}):
        answer = idle_house.client.post("/mcp", json=_message("ping", id=1), headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "X-RateLimit-Limit" in answer.headers


def test_nothing_is_streamed_so_a_get_is_a_405(idle_house: House) -> None:
    answer = idle_house.account().get("/mcp")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_requests_count_against_the_keys_own_limit(idle_house: House) -> None:
    account = idle_house.account(plan="free")
    first = account.post("/mcp", _message("ping", id=1))
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("30", "29")
    assert account.get("/v1/runs").headers["X-RateLimit-Remaining"] == "28"
    assert [account.post("/mcp", _message("ping", id=1)).status_code for _ in range(29)][-1] == 429


@pytest.mark.parametrize("asked", ["2025-11-25", "2025-06-18", "2025-03-26"])
def test_the_revision_is_the_clients_where_it_is_spoken(idle_house: House, asked: str) -> None:
    account = idle_house.account()
    for wanted, given in ((asked, asked), ("2024-11-05", "2025-11-25")):
        body = _message("initialize", id=1, params={"protocolVersion": wanted})
        assert account.post("/mcp", body).get_json()["result"]["protocolVersion"] == given
    answer = account.post("/mcp", _message("ping", id=1), headers={"MCP-Protocol-Version": asked})
    assert answer.get_json() == {"jsonrpc": "2.0", "id": 1, "result": {}}


def test_messages_that_break_the_protocol_are_answered_as_json_rpc_says(idle_house: House) -> None:
    account = idle_house.account()
    assert account.post("/mcp", _message("notifications/initialized")).status_code == 202
    for body, code in (
        (b"{", -32700),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"text": "\\u0000"}}', -32600),
        (b'{"id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "prompts/list"}', -32601),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "runs_get", "arguments": []}}', None),
    ):
        answer = account.call("POST", "/mcp", data=body, headers={"Content-Type": "application/json"})
        assert answer.get_json().get("error", {}).get("code") == code, body
    unspoken = account.post("/mcp", _message("ping", id=1), headers={"MCP-Protocol-Version": "1999-01-01"})
    assert (unspoken.status_code, unspoken.get_json()["error"]["data"]["requested"]) == (400, "1999-01-01")


def test_a_page_of_another_origin_is_refused(idle_house: House) -> None:
    account = idle_house.account()
    for origin, status in (("https://evil.example", 403), ("http://genhook.test", 200)):
        assert account.post("/mcp", _message("ping", id=1), headers={"Origin": origin}).status_code == status


def test_the_same_idempotency_key_starts_one_run(idle_house: House) -> None:
    account = idle_house.account()
    first, second = (
        _call(account, "generor_generators_generate", JOKE, **{"Idempotency-Key": "once"}) for _ in range(2)
    )
    assert first["structuredContent"]["id"] == second["structuredContent"]["id"]
