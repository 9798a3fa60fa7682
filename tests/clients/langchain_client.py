"""LangChain, unmodified: prints what it was answered as one JSON line. Runs in a venv of its own."""

import asyncio
import json
import sys
from enum import StrEnum
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field

base_url, api_key, picture = sys.argv[1:]
told: dict[str, Any] = {}


class Mood(StrEnum):
    """How the sea is."""

    calm = "calm"
    wild = "wild"


class Ship(BaseModel):
    """A ship."""

    name: str = Field(description="Its name")
    mood: Mood
    note: str | None = None
    boats: list["Ship"] = []


@tool
def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"Rain in {city}"


def model(name: str = "gpt-5-4", **options: Any) -> ChatOpenAI:
    return ChatOpenAI(model=name, base_url=base_url, api_key=api_key, max_retries=0, **options)


# The embedded engine, behind a model whose provider has no key here.
local = model("gemini-3-5-flash", temperature=0.2, max_tokens=2000, seed=3)
answer = local.invoke([SystemMessage("Be brief."), HumanMessage("Tell me about harbours")])
told["text"], told["reason"] = answer.content, answer.response_metadata["finish_reason"]
told["usage"] = answer.usage_metadata
flowing = list(model("gemini-3-5-flash", stream_usage=True).stream("Tell me about harbours"))
told["streamed"] = "".join(str(chunk.content) for chunk in flowing)
told["streamed_usage"] = next(chunk.usage_metadata for chunk in reversed(flowing) if chunk.usage_metadata)
for method in ("json_schema", "json_mode"):
    shaped: Any = local.with_structured_output(Ship, method=method, include_raw=True)
    asked = f"A ship, as JSON with name and mood of {json.dumps(Ship.model_json_schema())}"
    told[method] = shaped.invoke(asked)["raw"].content
told["parsed"] = local.with_structured_output(Ship).invoke("A ship").model_dump(mode="json")
seen = local.invoke(
    [HumanMessage([{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": picture}}])]
)
told["seen"] = seen.content
told["several"] = [
    one.text for one in model("gemini-3-5-flash", n=2).generate([[HumanMessage("A joke")]]).generations[0]
]
told["batch"] = [one.content for one in local.batch(["A joke", "A poem"])]


async def later() -> str:
    """The asynchronous client, streaming."""
    return "".join([str(chunk.content) async for chunk in local.astream("Tell me about harbours")])


told["later"] = asyncio.run(later())

# A provider that calls tools.
real = model("gpt-5-4").bind_tools([weather], parallel_tool_calls=False)
called: Any = real.invoke("How is the weather in Oslo?")
told["called"], told["called_reason"] = called.tool_calls, called.response_metadata["finish_reason"]
result = weather.invoke(called.tool_calls[0])
told["after"] = real.invoke(
    [HumanMessage("How is the weather?"), called, ToolMessage(result.content, tool_call_id=called.tool_calls[0]["id"])]
).content
for choice in ("any", "weather", "auto"):
    forced: Any = model("gpt-5-4").bind_tools([weather], tool_choice=choice).invoke("How is it?")
    told[f"forced {choice}"] = forced.tool_calls[0]["name"]
whole: Any = None
for chunk in real.stream("How is the weather in Oslo?"):
    whole = chunk if whole is None else whole + chunk
told["streamed_call"] = whole.tool_calls
told["real_usage"] = called.usage_metadata
try:
    model("no-such-model").invoke("Hello")
except Exception as error:
    told["refused"] = getattr(error, "code", None) or str(error)
print(json.dumps(told, default=str))
