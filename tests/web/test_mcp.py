"""MCP clients: the official Python SDK's client against a real server."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from service.describe import form
from service.web.tool_choice import Choices
from service.web.tools import Tools
from tests.support.house import Account, House, opened
from tests.support.serving import serving

PROBLEM = "genhook/problem"
TYPES = {"string", "integer", "number", "boolean", "array", "object"}
PLAIN = {"type", "description", "properties", "required", "items", "enum", "default"}
PLAIN |= {"minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"}
LONGEST_LIST = 72_000
JOKE = {"slug": "joke", "prompt": "Tell me a joke about programming", "model_id": 37}


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Return where the house answers over HTTP."""
    with serving(house.app) as url:
        yield f"{url}/mcp"


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


def _parts(schema: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema, with its place."""
    yield where, schema
    for name, part in schema.get("properties", {}).items():
        yield from _parts(part, f"{where}/{name}")
    if "items" in schema:
        yield from _parts(schema["items"], f"{where}/[]")


def _is_plain(part: dict[str, Any]) -> bool:
    """Tell whether Claude's, OpenAI's and Gemini's tools all take a schema like this."""
    texts = all(isinstance(value, str) for value in part.get("enum", ()))
    named = set(part.get("required", ())) <= part.get("properties", {}).keys()
    return part.keys() <= PLAIN and part["type"] in TYPES and texts and named and part.get("required") != []


def _has_default(part: dict[str, Any]) -> bool:
    return Draft202012Validator(part).is_valid(part["default"])


def _call(account: Account, name: str, values: dict[str, Any], **headers: str) -> dict[str, Any]:
    """A tool's result, without the SDK between."""
    body = _message("tools/call", id=1, params={"name": name, "arguments": values})
    result: dict[str, Any] = account.post("/mcp", body, headers=headers).get_json()["result"]
    return result


def _listed(account: Account, query: str = "") -> list[dict[str, Any]]:
    tools: list[dict[str, Any]] = account.post(f"/mcp{query}", _message("tools/list", id=1)).get_json()["result"][
        "tools"
    ]
    return tools


async def _names(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


def test_every_action_is_a_tool_whose_name_and_schemas_all_clients_take(ask: Callable[..., Any], house: House) -> None:
    async def listed(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in ask(listed)}
    actions = house.context.definitions.actions
    estimates = {
        "flixly_chat_complete_estimate",
        "flixly_media_generate_estimate",
        "flokan_thumbnails_generate_estimate",
    }
    assert set(tools) == {name.replace(".", "_") for name in actions} | estimates | {
        "runs_get",
        "runs_list",
        "runs_cancel",
    }
    for name, tool in tools.items():
        assert re.fullmatch(r"[a-zA-Z0-9_]{1,64}", name)
        assert tool.title == tool.annotations.title
        for schema in (tool.input_schema, tool.output_schema):
            Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"
            assert [where for where, part in _parts(schema) if not _is_plain(part)] == []
        assert [
            where for where, part in _parts(tool.input_schema) if "default" in part and not _has_default(part)
        ] == []
    for name, action in actions.items():
        shown = tools[name.replace(".", "_")].input_schema["properties"]
        beside = {"max_credits", "idempotency_key", "connection"} if action.kind == "generate" else set()
        assert shown.keys() == set(form.asked(action)) | beside
    assert "stream" not in tools["flixly_chat_complete"].input_schema["properties"]


def test_what_is_asked_for_is_described_to_the_model(idle_house: House) -> None:
    actions = idle_house.context.definitions.actions
    for tool in _listed(idle_house.account()):
        action = actions.get(tool["name"].replace("_", ".", 2))
        for name in () if action is None else form.asked(action):
            told = tool["inputSchema"]["properties"][name].get("description", "")
            assert told.startswith(action.input_schema["properties"][name].get("description", ""))


def test_the_list_of_tools_is_short_enough_for_a_models_context(idle_house: House) -> None:
    answer = idle_house.account().post("/mcp", _message("tools/list", id=1))
    assert len(answer.get_json()["result"]["tools"]) > 50
    assert len(answer.data) < LONGEST_LIST


def test_calls_are_checked_as_strictly_as_before_the_schemas_were_plain(idle_house: House) -> None:
    account = idle_house.account()
    lost = {"run_id": "run_" + "0" * 32}
    for name, values, pointer in (
        ("generor_generators_get", {"slug": "No Such"}, "/slug"),
        ("generor_generators_estimate", {**JOKE, "privacy_mode": "2"}, "/privacy_mode"),
        ("flokan_generations_get", {"generation_id": "not a uuid"}, "/generation_id"),
        ("runs_list", {"cursor": "run_x"}, "/cursor"),
        ("runs_list", {"status": "lost"}, "/status"),
        ("runs_get", {**lost, "colour": "red"}, "/colour"),
    ):
        refused = _call(account, name, values)["_meta"][PROBLEM]
        assert [problem["pointer"] for problem in refused["errors"]] == [pointer], name


def test_a_number_that_is_chosen_by_its_text_is_taken(idle_house: House) -> None:
    shown = {tool["name"]: tool["inputSchema"]["properties"] for tool in _listed(idle_house.account())}
    choices = shown["generor_generators_estimate"]["privacy_mode"]["enum"]
    assert choices == ["0", "1"]
    for choice in choices:
        taken = _call(idle_house.account(), "generor_generators_estimate", {**JOKE, "privacy_mode": choice})
        assert not taken["isError"], taken


def test_tools_hint_at_what_they_do_to_the_world(ask: Callable[..., Any]) -> None:
    async def listed(client: Client) -> Any:
        return (await client.list_tools()).tools

    hints = {tool.name: tool.annotations.model_dump(exclude={"title"}, exclude_none=True) for tool in ask(listed)}
    shown = {
        name: {hint.removesuffix("_hint") for hint, holds in hinted.items() if holds} for name, hinted in hints.items()
    }
    assert shown["generor_creations_list"] == shown["runs_get"] == {"read_only"}
    assert shown["flixly_media_generate_estimate"] == {"read_only"}
    assert shown["generor_generators_generate"] == {"open_world"}
    assert shown["generor_creations_delete"] == shown["generor_creations_update"] == {"destructive", "idempotent"}
    assert shown["generor_comments_create"] == set()
    assert shown["runs_cancel"] == {"destructive"}


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


def test_a_picture_is_estimated_made_once_and_linked_to(ask: Callable[..., Any], account: Account) -> None:
    picture = {"model": "flux-dev", "prompt": "A lighthouse at dusk"}

    async def work(client: Client) -> Any:
        price = (await client.call_tool("flixly_media_generate_estimate", picture)).structured_content
        limits = {"max_credits": price["credits"], "idempotency_key": "lighthouse"}
        runs = [
            (await client.call_tool("flixly_media_generate", {**picture, **limits})).structured_content
            for _ in range(2)
        ]
        ended = await client.call_tool("runs_get", {"run_id": runs[0]["id"], "wait": 0})
        while ended.structured_content["status"] in ("queued", "running"):
            ended = await client.call_tool("runs_get", {"run_id": runs[0]["id"], "wait": 20})
        return price, runs, ended

    price, runs, ended = ask(work)
    run = ended.structured_content
    assert {one["id"] for one in runs} == {run["id"]}
    assert (run["status"], account.charges(run["id"])) == ("completed", [price["credits"]])
    (link,) = [part for part in ended.content if part.type == "resource_link"]
    assert link.mime_type.startswith("image/")
    assert account.house.client.get(str(link.uri)).data[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0", b"RIFF")


def test_what_would_cost_more_than_the_caller_allows_is_refused_with_the_price(
    ask: Callable[..., Any], account: Account
) -> None:
    async def work(client: Client) -> Any:
        dear = await client.call_tool("generor_generators_generate", {**JOKE, "max_credits": 0})
        wrong = await client.call_tool("generor_generators_generate", {**JOKE, "max_credits": "1.5"})
        return dear, wrong

    before = account.balance()
    dear, wrong = ask(work)
    assert (dear.is_error, dear.meta[PROBLEM]["status"], dear.meta[PROBLEM]["code"]) == (
        True,
        402,
        "max_credits_exceeded",
    )
    assert [problem["pointer"] for problem in wrong.meta[PROBLEM]["errors"]] == ["/max_credits"]
    assert account.balance() == before


def test_a_run_on_a_hosted_original_needs_the_accounts_key_for_it(ask: Callable[..., Any]) -> None:
    async def work(client: Client) -> Any:
        return [
            await client.call_tool(name, {"model": "flux-dev", "prompt": "Tea", "connection": "flixly"})
            for name in ("flixly_media_generate", "flixly_media_generate_estimate")
        ]

    for refused in ask(work):
        assert refused.meta[PROBLEM]["code"] == "connection_missing"
        assert refused.meta[PROBLEM]["errors"] == [
            {"pointer": "/connection", "message": "This account has no key for flixly."}
        ]


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


def test_every_listing_keeps_to_its_tools_output_schema(ask: Callable[..., Any], house: House) -> None:
    """The SDK's client holds each answer against it."""
    lists = [
        action.id.replace(".", "_")
        for action in house.context.definitions.actions.values()
        if action.kind == "read" and not action.input_schema.get("required") and action.api.name != "flokan"
    ]

    async def work(client: Client) -> Any:
        await client.list_tools()
        return {name: (await client.call_tool(name, {})).is_error for name in lists}

    answers = ask(work)
    assert "flixly_models_list" in answers
    assert not any(answers.values()), answers


def test_what_a_tool_is_refused_is_told_with_pointers_and_costs_nothing(
    ask: Callable[..., Any], account: Account
) -> None:
    async def work(client: Client) -> Any:
        return await client.call_tool("generor_generators_generate", {**JOKE, "count": 11, "colour": "red"})

    before = account.balance()
    refused = ask(work)
    assert refused.is_error
    assert refused.structured_content is None, "clients hold it against the output schema, errors too"
    assert {problem["pointer"] for problem in refused.meta[PROBLEM]["errors"]} == {"/count", "/colour"}
    assert {"/count", "/colour"} <= {line.partition(":")[0] for line in refused.content[0].text.splitlines()}
    assert account.balance() == before


@pytest.mark.parametrize(
    ("query", "apis", "hints"),
    [
        ("?api=generor,flixly", {"generor", "flixly", "runs"}, {True, False}),
        ("?api=generor&api=%20flokan", {"generor", "flokan", "runs"}, {True, False}),
        ("?kind=read,search", {"generor", "flixly", "flokan", "runs"}, {True}),
        ("?kind=generate", {"generor", "flixly", "flokan", "runs"}, {True, False}),
        ("?api=flixly&kind=estimate", {"flixly"}, {True}),
        ("?api=&kind=,&profile=mine", {"generor", "flixly", "flokan", "runs"}, {True, False}),
    ],
)
def test_a_url_chooses_tools_by_api_and_kind(idle_house: House, query: str, apis: set[str], hints: set[bool]) -> None:
    tools = _listed(idle_house.account(), query)
    assert {tool["name"].split("_")[0] for tool in tools} == apis
    assert {tool["annotations"]["readOnlyHint"] for tool in tools} == hints


def test_the_tools_chosen_are_those_of_that_api_and_kind_and_of_the_runs_that_they_make(idle_house: House) -> None:
    account = idle_house.account()
    actions = idle_house.context.definitions.actions.values()
    wanted = {one.id.replace(".", "_") for one in actions if one.api.name != "flokan" and one.kind == "generate"}
    wanted |= {one.id.replace(".", "_") for one in actions if one.api.name != "flokan" and one.kind == "search"}
    chosen = "?api=generor,flixly&kind=generate,search"
    assert {tool["name"] for tool in _listed(account, chosen)} == wanted | {"runs_get", "runs_list", "runs_cancel"}
    for name, code in (("generor_users_me", -32602), ("runs_list", None)):
        answer = account.post(f"/mcp{chosen}", _message("tools/call", id=1, params={"name": name})).get_json()
        assert answer.get("error", {}).get("code") == code


@pytest.mark.parametrize(("query", "named"), [("?api=nobody", "api"), ("?kind=generate,melt", "kind")])
def test_a_choice_of_what_is_not_there_is_refused_at_once(idle_house: House, query: str, named: str) -> None:
    body = _message("initialize", id=4, params={"protocolVersion": "2025-11-25"})
    answer = idle_house.account().post(f"/mcp{query}", body)
    told = answer.get_json()
    assert (answer.status_code, told["id"], told["error"]["code"]) == (400, 4, -32600)
    assert f"{named} must be of" in told["error"]["message"]


def test_the_operators_choice_holds_where_the_url_makes_none(tmp_path: Path, redis_url: str) -> None:
    with opened(tmp_path, redis_url, mcp_tools="api=flokan&kind=generate,estimate") as house:
        account = house.account()
        assert {tool["name"].split("_")[0] for tool in _listed(account)} == {"flokan", "runs"}
        assert {tool["name"].split("_")[0] for tool in _listed(account, "?api=flixly")} == {"flixly", "runs"}


@pytest.mark.parametrize("query", ["api=nobody", "generor", "apis=generor"])
def test_an_operators_choice_that_cannot_be_read_is_refused_at_the_start(idle_house: House, query: str) -> None:
    with pytest.raises(ValueError, match="MCP_TOOLS must be"):
        Choices(idle_house.context.definitions, query)


def test_a_key_is_offered_what_it_may_run_and_refused_the_rest(ask: Callable[..., Any]) -> None:
    assert {name.split("_")[0] for name in ask(_names, api="flokan")} == {"flokan", "runs"}
    assert "flokan_thumbnails_generate" in ask(_names, api="flixly")
    reading = ask(_names, scopes=("read",))
    assert "generor_generators_list" in reading
    assert not reading & {"generor_generators_generate", "generor_creations_delete", "runs_cancel"}

    async def work(client: Client) -> Any:
        return await client.call_tool("generor_generators_generate", JOKE)

    assert ask(work, scopes=("read",)).meta[PROBLEM]["code"] == "forbidden"


def test_a_run_whose_id_was_lost_is_found_in_the_list(ask: Callable[..., Any], house: House) -> None:
    house.account().submit("generor.generators.generate", JOKE)

    async def work(client: Client) -> Any:
        await client.list_tools()
        ids = [(await client.call_tool("generor_generators_generate", JOKE)).structured_content["id"] for _ in range(3)]
        newest = (await client.call_tool("runs_list", {"limit": 2})).structured_content
        rest = (await client.call_tool("runs_list", {"cursor": newest["next_cursor"]})).structured_content
        none = (await client.call_tool("runs_list", {"action": "flixly.media.generate"})).structured_content
        return ids, newest, rest, none

    ids, newest, rest, none = ask(work)
    assert [run["id"] for run in newest["data"] + rest["data"]] == ids[::-1]
    assert (rest["next_cursor"], none["data"]) == (None, [])


def test_a_fault_of_our_own_is_an_error_of_the_protocol(idle_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    account = idle_house.account()
    monkeypatch.setattr(Tools, "call", broken)
    answer = account.post("/mcp", _message("tools/call", id=7, params={"name": "runs_list"}))
    assert (answer.status_code, answer.get_json()["id"], answer.get_json()["error"]["code"]) == (500, 7, -32603)
    assert "boom" not in answer.get_data(as_text=True)


def test_another_accounts_run_is_not_there(ask: Callable[..., Any], house: House) -> None:
    run_id = house.account().submit("generor.generators.generate", JOKE).get_json()["id"]

    async def work(client: Client) -> Any:
        return await client.call_tool("runs_get", {"run_id": run_id})

    assert ask(work).meta[PROBLEM]["status"] == 404


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
    account = idle_house.account()
    for method in ("GET", "DELETE"):
        answer = account.call(method, "/mcp")
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json, text/event-stream", 200),
        ("application/json", 200),
        ("*/*", 200),
        ("text/event-stream", 406),
        ("text/html", 406),
    ],
)
def test_a_client_that_takes_no_json_is_not_answered(idle_house: House, accept: str, status: int) -> None:
    answer = idle_house.account().post("/mcp", _message("ping", id=1), headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (status, "application/json")


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
    for silent in (_message("notifications/initialized"), {"jsonrpc": "2.0", "id": 1, "result": {}}):
        answer = account.post("/mcp", silent)
        assert (answer.status_code, answer.data) == (202, b"")
    for body, code in (
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600),
        (b"[]", -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', -32600),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "initialize"}', -32602),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": "x"}}', -32602),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}', -32602),
        (b"{", -32700),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"text": "\\u0000"}}', -32600),
        (b'{"id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "prompts/list"}', -32601),
        (
            b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "runs_get", "arguments": []}}',
            -32602,
        ),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "generor_users_me"}}', None),
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
