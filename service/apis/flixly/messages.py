"""A chat's messages, as OpenAI's clients send them, as the turns of a conversation."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.errors import ValidationError
from service.providers.base import Reference

# Whoever speaks as one of these tells the model how to answer.
INSTRUCTING = ("system", "developer")
MOST_IMAGES = 10
Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation for a model: `prompt` is empty where the last of `turns` is to be answered.

    `spoken` is the text that an engine without turns answers. `pictures` are all of the conversation, in their order.
    """

    instructions: str
    turns: tuple[Mapping[str, Any], ...]
    prompt: str
    spoken: str
    pictures: tuple[Reference, ...]
    # Where the first picture stands.
    shown_at: str = "/messages"


def conversation(messages: Sequence[Message]) -> Conversation:
    """Return the conversation. Raises ValidationError at the part that is not read here, or where nothing is said."""
    _check_calls(messages)
    instructions = "\n\n".join(_text(n, message) for n, message in enumerate(messages) if _instructs(message))
    turns: list[dict[str, Any]] = []
    pictures: list[Reference] = []
    for n, message in enumerate(messages):
        if not _instructs(message) and (turn := _turn(n, message, pictures)) is not None:
            turns.append(turn)
    if not turns and not instructions:
        raise ValidationError.at("/messages", "messages must hold a text, a picture or a tool's result")
    if not turns:
        return Conversation("", (), instructions, instructions, ())
    spoken = next((turn["content"] for turn in reversed(turns) if turn["role"] == "user" and turn["content"]), "")
    spoken = spoken or turns[-1]["content"]
    prompt, before = "", turns
    if turns[-1]["role"] == "user":
        *before, last = turns
        prompt = last["content"]
    first = next((f"/messages/{n}/content/{place}" for n, one in enumerate(messages) for place, _, _ in _urls(one)), "")
    return Conversation(instructions, tuple(before), prompt, spoken, tuple(pictures), first)


def texts(messages: Sequence[Message]) -> list[str]:
    """Return what each message says."""
    return [_text(n, message) for n, message in enumerate(messages)]


def _instructs(message: Message) -> bool:
    return message["role"] in INSTRUCTING


def _turn(n: int, message: Message, pictures: list[Reference]) -> dict[str, Any] | None:
    """Return one turn, None where it says nothing; adds its pictures to those of the conversation."""
    first = len(pictures)
    for place, member, url in _urls(message):
        at = f"/messages/{n}/content/{place}"
        if len(pictures) == MOST_IMAGES:
            raise ValidationError.at(at, f"a conversation has {MOST_IMAGES} pictures at most")
        pictures.append(Reference("image", url, at=at + member))
    turn: dict[str, Any] = {"role": message["role"], "content": _text(n, message)}
    if message.get("tool_calls") and turn["role"] == "assistant":
        turn["tool_calls"] = [dict(call) for call in message["tool_calls"]]
    if turn["role"] == "tool":
        turn["tool_call_id"] = message["tool_call_id"]
    if len(pictures) > first:
        turn["pictures"] = list(range(first, len(pictures)))
    return turn if turn["content"] or len(turn) > 2 else None


def _check_calls(messages: Sequence[Message]) -> None:
    """Raises ValidationError at a tool's message that answers no call before it."""
    known: set[str] = set()
    for n, message in enumerate(messages):
        if message["role"] == "tool" and message["tool_call_id"] not in known:
            words = "answers no tool call of an assistant's message before it"
            raise ValidationError.at(f"/messages/{n}/tool_call_id", f"tool_call_id {words}")
        if message["role"] == "assistant":
            known |= {call["id"] for call in message.get("tool_calls") or ()}


def _parts(message: Message) -> Sequence[Message]:
    content = message.get("content") or ""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text(n: int, message: Message) -> str:
    """Return what a message says, its parts together."""
    texts = [_spoken(f"/messages/{n}/content/{place}", part) for place, part in enumerate(_parts(message))]
    refusal = message.get("refusal")
    return "\n".join(text for text in (*texts, refusal if isinstance(refusal, str) else None) if text)


def _spoken(at: str, part: Message) -> str | None:
    if part["type"] in ("text", "refusal"):
        return str(part[part["type"]])
    if part["type"] == "file" and not _is_picture(part):
        return _file(at, part["file"])
    return None


def _file(at: str, file: Message) -> str:
    """Return a text file's content under its name. Raises ValidationError for a file that is no text and no picture."""
    head, _, data = str(file.get("file_data") or "").rpartition(",")
    try:
        text = base64.b64decode(data, validate=True).decode() if data else ""
    except (ValueError, binascii.Error):
        text = ""
    if not text.strip() or "\0" in text or "pdf" in head or text.startswith("%PDF"):
        words = "file must hold a text or a picture as base64 in file_data; other files are not read here"
        raise ValidationError.at(f"{at}/file/file_data", words)
    name = str(file.get("filename") or "file")
    return f"{name}:\n{text}"


def _is_picture(part: Message) -> bool:
    return str(part["file"].get("file_data") or "").lower().startswith("data:image/")


def _urls(message: Message) -> list[tuple[int, str, str]]:
    """Return the message's pictures: at which part each stands, in which member of it, and its URL."""
    found = []
    for place, part in enumerate(_parts(message)):
        if part["type"] == "image_url" and isinstance(part["image_url"], str):
            found.append((place, "/image_url", part["image_url"]))
        elif part["type"] == "image_url":
            found.append((place, "/image_url/url", str(part["image_url"]["url"])))
        elif part["type"] == "file" and _is_picture(part):
            found.append((place, "/file/file_data", str(part["file"]["file_data"])))
    return found
