"""Chat completions, as the fakes of OpenAI and of those after it answer them. Source: docs/providers/openai.md."""

import json
from typing import Any

from tests.fakes.provider import Job, Reply, written


def completion(job: Job) -> Reply:
    """The `chat.completion` of a job: its text (misshapen: of another shape), its refusal, an error inside a 200."""
    if job.end == "hidden":
        return Reply(200, {"error": {"message": "The engine is overloaded", "type": "server_error", "code": None}})
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
    if job.end == "refused":
        message |= {"refusal": "I'm sorry, I can't help with that."}
    elif job.end == "misshapen":
        message |= {"content": json.dumps({"items": [{"joke": "A horse walks into a bar."}]})}
    elif job.end != "empty":
        system = next((one["content"] for one in job.input["messages"] if one["role"] == "system"), "")
        message |= {"content": written(system)}
    reason = {"filtered": "content_filter", "cut": "length"}.get(job.end, "stop")
    if job.input.get("tools") and job.input["messages"][-1]["role"] != "tool":
        choice = job.input.get("tool_choice")
        named = choice["function"]["name"] if isinstance(choice, dict) else job.input["tools"][0]["function"]["name"]
        function = {"name": named, "arguments": '{"city": "Oslo"}'}
        message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
        reason = "tool_calls"
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    usage = {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29}
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1741569952, "model": job.model}
    return Reply(200, told | {"choices": [choice], "usage": usage})
