"""generateContent: texts, pictures and speech, answered inline."""

import io
import math
import re
import wave
from pathlib import Path
from typing import Any

from service.providers.adapters.google.faults import ENDED, withheld
from service.providers.adapters.google.turns import HELD, calls, contents, inline, tools, turn_of
from service.providers.base import Artifact, Task
from service.providers.conversation import Ask, Reply, usage
from service.providers.encoding import decoded, kept, keywords
from service.providers.faults import unknown, unusable
from service.providers.http import Http
from service.providers.inputs import wording
from service.providers.prices import dollars
from service.providers.results import Results

READ_S = 300.0
VOICE, RATE_HZ = "Kore", 24_000
RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
THINKING = {"off": "low", "high": "high"}
SETTINGS = {"temperature": "temperature", "top_p": "topP", "max_tokens": "maxOutputTokens"}
_RATE = re.compile(r"rate=(\d+)")


def complete(http: Http, model: str, ask: Ask) -> Reply:
    """Return a language model's reply: one paid call."""
    config: dict[str, Any] = {theirs: ask.settings[ours] for ours, theirs in SETTINGS.items() if ours in ask.settings}
    if ask.settings.get("thinking_mode") in THINKING:
        config["thinkingConfig"] = {"thinkingLevel": THINKING[ask.settings["thinking_mode"]]}
    if ask.schema is not None or ask.json:
        config["responseMimeType"] = "application/json"
    if ask.schema is not None and keywords(ask.schema) <= HELD:
        config["responseJsonSchema"] = ask.schema
    body: dict[str, Any] = {"contents": contents(ask), "generationConfig": config, **tools(ask)}
    if ask.instructions:
        body["systemInstruction"] = {"parts": [{"text": ask.instructions}]}
    answer = _sent(http, model, body)
    parts, reason = _parts(http, answer), _reason(answer)
    made = calls(parts)
    ended = "tool_calls" if made else "length" if reason == "MAX_TOKENS" else "stop"
    reply = Reply(_text(parts), ended, made, _usage(answer))
    if reply.empty:
        raise unusable(http.name, "an answer without text", reason)
    return reply


def _usage(answer: dict[str, Any]) -> dict[str, Any] | None:
    """Tokens as OpenAI counts them: thoughts are part of the completion."""
    told = answer.get("usageMetadata") or {}
    thoughts = told.get("thoughtsTokenCount") or 0
    details = {"reasoning_tokens": thoughts} if thoughts else {}
    written = told.get("candidatesTokenCount")
    return usage(
        told.get("promptTokenCount"),
        written + thoughts if isinstance(written, int) else None,
        completion_tokens_details=details,
    )


def picture(http: Http, results: Results, task: Task, workdir: Path) -> Artifact:
    """One picture, from words and the pictures that are referred to. Words in its place are a refusal."""
    config: dict[str, Any] = dict(task.fixed)
    ratio = ratio_of(task)
    if ratio is not None:
        config["aspectRatio"] = ratio
    shown = [inline(reference) for reference in task.references]
    answer = _sent(
        http,
        task.model,
        {
            "contents": [turn_of("user", [*shown, {"text": wording(task)}])],
            "generationConfig": {"responseModalities": ["TEXT", "IMAGE"], "imageConfig": config},
        },
    )
    made = _media(http, answer)
    fetched = kept(http.name, results, made.get("data"), workdir / "made-0", task.media)
    return fetched.artifact(0, f"{http.name}/{task.model}", cost=dollars(http.name, task.model, _tokens(answer)))


def speech(http: Http, results: Results, task: Task, workdir: Path) -> Artifact:
    """The prompt read aloud: raw samples become a WAV file."""
    named = str(task.params.get("voice") or VOICE)
    voice = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": named.capitalize() if named.islower() else named}}}
    config = {"responseModalities": ["AUDIO"], "speechConfig": voice}
    answer = _sent(
        http, task.model, {"contents": [turn_of("user", [{"text": task.prompt}])], "generationConfig": config}
    )
    made = _media(http, answer)
    kind, data, path = str(made.get("mimeType")), decoded(http.name, made.get("data")), workdir / "made-0"
    raw = kind.lower().startswith(("audio/l16", "audio/pcm"))
    rate = int(found[1]) if (found := _RATE.search(kind)) else RATE_HZ
    path.write_bytes(_wav(data, rate) if raw else data)
    fetched = results.checked(path, task.media)
    duration = round(len(data) / 2 / rate, 3) if raw else None
    return fetched.artifact(0, f"{http.name}/{task.model}", duration=duration)


def ratio_of(task: Task) -> str | None:
    """The ratio that is asked for, else the nearest to the size that is; None where the input decides."""
    asked, width, height = task.params.get("aspect_ratio"), task.params.get("width"), task.params.get("height")
    if asked in RATIOS:
        return str(asked)
    if not (width and height):
        return None
    return min(RATIOS, key=lambda ratio: abs(math.log(width / height) - math.log(_quotient(ratio))))


def _quotient(ratio: str) -> float:
    width, _, height = ratio.partition(":")
    return int(width) / int(height)


def _sent(http: Http, model: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer. Raises RefusedByProvider for a blocked prompt, OutcomeUnknown for what can't be read."""
    url = http.address("api", f"v1beta/models/{model}:generateContent")
    answer = http.post_once(url, json=body, read_s=READ_S)
    if not isinstance(answer.data, dict):
        raise unknown(http.name, answer.text())
    if answer.data.get("error"):
        raise http.failure(answer)
    blocked = (answer.data.get("promptFeedback") or {}).get("blockReason")
    if blocked:
        raise withheld(http.name, f"the prompt was blocked: {blocked}", str(blocked))
    return answer.data


def _parts(http: Http, answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer's parts without its thoughts. Raises RefusedByProvider where it was withheld."""
    candidates = answer.get("candidates")
    if not isinstance(candidates, list) or not candidates or not isinstance(candidates[0], dict):
        raise unusable(http.name, "an answer without candidates")
    reason = _reason(answer)
    if reason not in (*ENDED, "MALFORMED_FUNCTION_CALL"):
        told = candidates[0].get("finishMessage") or f"the answer was withheld: {reason}"
        raise withheld(http.name, str(told), reason)
    parts = (candidates[0].get("content") or {}).get("parts") or []
    return [part for part in parts if isinstance(part, dict) and not part.get("thought")]


def _media(http: Http, answer: dict[str, Any]) -> dict[str, Any]:
    """The first file of an answer. Words alone say why there is none."""
    parts = _parts(http, answer)
    made = next((part["inlineData"] for part in parts if isinstance(part.get("inlineData"), dict)), None)
    if made is None:
        text = _text(parts).strip()
        raise withheld(http.name, text, "NO_MEDIA") if text else unusable(http.name, "an answer without media")
    return dict(made)


def _reason(answer: dict[str, Any]) -> str | None:
    reason = (answer.get("candidates") or [{}])[0].get("finishReason")
    return None if reason is None else str(reason)


def _text(parts: list[dict[str, Any]]) -> str:
    return "".join(str(part["text"]) for part in parts if part.get("text"))


def _tokens(answer: dict[str, Any]) -> dict[str, int]:
    """The usage by what it is priced as: thoughts are words."""
    usage = answer.get("usageMetadata") or {}
    details = usage.get("candidatesTokensDetails") or []
    pictures = sum(one.get("tokenCount", 0) for one in details if one.get("modality") == "IMAGE")
    made = usage.get("candidatesTokenCount", 0)
    if not pictures:
        return {}
    words = max(0, made - pictures) + usage.get("thoughtsTokenCount", 0)
    return {"input": usage.get("promptTokenCount", 0), "text_output": words, "image_output": pictures}


def _wav(samples: bytes, rate: int) -> bytes:
    """16-bit mono samples as a WAV file."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples)
    return sound.getvalue()
