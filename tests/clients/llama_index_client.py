"""LlamaIndex, unmodified: prints what it was answered as one JSON line. Runs in a venv of its own."""

import asyncio
import json
import sys
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ImageBlock, MessageRole, TextBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

base_url, api_key, picture = sys.argv[1:]
told: dict[str, Any] = {}


class Place(BaseModel):
    """A place."""

    city: str


def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"Rain in {city}"


def like(model: str, **options: Any) -> OpenAILike:
    known = {"is_chat_model": True, "is_function_calling_model": True, "context_window": 100_000}
    return OpenAILike(model=model, api_base=base_url, api_key=api_key, max_retries=0, **known, **options)


local = like("gemini-3-5-flash", temperature=0.3, max_tokens=200)
said = [ChatMessage(role=MessageRole.SYSTEM, content="Be brief."), ChatMessage(content="Tell me about harbours")]
answer = local.chat(said)
told["text"], told["reason"] = answer.message.content, answer.raw.choices[0].finish_reason
told["usage"] = answer.raw.usage.model_dump()
told["completed"] = local.complete("Tell me about harbours").text
told["streamed"] = list(local.stream_chat(said))[-1].message.content
blocks = [TextBlock(text="What is this?"), ImageBlock(url=picture)]
told["seen"] = local.chat([ChatMessage(role=MessageRole.USER, blocks=blocks)]).message.content


async def later() -> str:
    """The asynchronous client."""
    return str((await local.achat(said)).message.content)


told["later"] = asyncio.run(later())

tool = FunctionTool.from_defaults(weather)
for name, real in (
    ("like", like("gpt-5-4")),
    ("openai", OpenAI(model="gpt-5.4", api_base=base_url, api_key=api_key, max_retries=0)),
):
    called = real.chat_with_tools([tool], user_msg="How is the weather in Oslo?")
    calls = real.get_tool_calls_from_response(called)
    told[f"{name} called"] = [calls[0].tool_name, calls[0].tool_kwargs]
    history = [ChatMessage(content="How is it?"), called.message]
    result = ChatMessage(role=MessageRole.TOOL, content="Rain", additional_kwargs={"tool_call_id": calls[0].tool_id})
    told[f"{name} after"] = real.chat([*history, result], tools=[tool.metadata.to_openai_tool()]).message.content
    forced = real.chat_with_tools([tool], user_msg="How is it?", tool_required=True)
    told[f"{name} forced"] = real.get_tool_calls_from_response(forced)[0].tool_name
    told[f"{name} structured"] = real.structured_predict(Place, PromptTemplate("A city")).model_dump()
    *_, last = real.stream_chat_with_tools([tool], user_msg="How is the weather in Oslo?")
    told[f"{name} streamed"] = real.get_tool_calls_from_response(last)[0].tool_kwargs
print(json.dumps(told, default=str))
