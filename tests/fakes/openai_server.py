"""Servers that speak OpenAI's API, each in its habits, as measured on the real ones or read in their sources."""

import base64
from typing import Any, ClassVar

from tests.fakes.openai import FakeOpenAI
from tests.fakes.provider import Job, Reply, Request, media_bytes

MODELS = ("small", "painter", "reader")


class FakeServer(FakeOpenAI):
    """A server of no known software: takes max_tokens, has its models below /v1, refuses what it does not know."""

    name: ClassVar[str] = "cellar"
    lacks: ClassVar[dict[str, str]] = {
        **{case: why for case, why in FakeOpenAI.lacks.items() if case != "a_dead_link_is_an_error"},
        "a_dead_link_is_an_error": "its pictures are in the answer; FakeLocalAI's are links",
    }
    owner: ClassVar[str | None] = "somebody"
    keyed: ClassVar[bool] = True
    headers: ClassVar[dict[str, str]] = {}
    # Those of its list of models, where they are others.
    list_headers: ClassVar[dict[str, str] | None] = None
    # Members of a chat that it refuses, by name, with a 400.
    refuses: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.models: list[dict[str, Any]] = [self.listed(name) for name in MODELS]
        self.loading = 0
        self.message: dict[str, Any] = {}

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def listed(self, name: str) -> dict[str, Any]:
        return {"id": name, "object": "model"} | ({"owned_by": self.owner} if self.owner else {})

    def posts(self, path: str = "/v1/chat/completions") -> list[dict[str, Any]]:
        return [one.json for one in self.requests if one.method == "POST" and one.path == path]

    def authorized(self, request: Request) -> bool:
        return not self.keyed or super().authorized(request)

    def answer(self, request: Request) -> Reply:
        if self.loading:
            self.loading -= 1
            return self.is_loading()
        if request.method == "GET":
            if request.path == "/v1/models":
                told = self.headers if self.list_headers is None else self.list_headers
                return Reply(200, self.list_of_models(), headers=told)
            return Reply(404, {"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}})
        given = request.json
        assert None not in given.values(), "nothing is null"
        if refused := sorted(self.refuses & given.keys()):
            return self.refuse(refused[0])
        if given["model"] not in {one["id"] for one in self.models}:
            return self.unknown_model(given["model"])
        assert request.headers.get("x-litellm-num-retries") == "0"
        answers = {
            "/v1/chat/completions": self.completed,
            "/v1/images/generations": self._pictures,
            "/v1/audio/speech": self._speech,
        }
        if request.path not in answers:
            return Reply(404, {"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}})
        return self.submit(given["model"], given, answers[request.path], given.get("n", 1))

    def list_of_models(self) -> dict[str, Any]:
        return {"object": "list", "data": self.models}

    def completed(self, job: Job) -> Reply:
        from tests.fakes.completions import completion

        reply = completion(job)
        if "choices" in (reply.data or {}):
            reply.data["choices"][0]["message"] |= self.message
        return Reply(reply.status, reply.data, headers=self.headers)

    def is_loading(self) -> Reply:
        return Reply(503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}})

    def refuse(self, member: str) -> Reply:
        told = f"Unsupported parameter: '{member}' is not supported by this server."
        return Reply(400, {"error": {"message": told, "type": "invalid_request_error", "param": None, "code": None}})

    def unknown_model(self, name: str) -> Reply:
        told = f"The model '{name}' does not exist."
        return Reply(404, {"error": {"message": told, "type": "not_found_error", "code": "model_not_found"}})


class FakeLlamaCpp(FakeServer):
    """llama-server: refuses with a 500, answers any name with the model that it has, loads for a while."""

    owner = "llamacpp"
    headers: ClassVar[dict[str, str]] = {"Server": "llama.cpp"}

    def __init__(self) -> None:
        super().__init__()
        self.models = [self.listed("small")]

    def list_of_models(self) -> dict[str, Any]:
        beside = [{"name": "small", "model": "small", "capabilities": ["completion", "multimodal"]}]
        return {"object": "list", "data": self.models, "models": beside}

    def unknown_model(self, name: str) -> Reply:
        return self.completed(Job("any", "small", self.requests[-1].json, 0, "made"))


class FakeLlamaCppPython(FakeServer):
    """llama-cpp-python: every validation fault is a 500, and only json_object is known."""

    owner = "me"

    def completed(self, job: Job) -> Reply:
        if job.input.get("response_format", {}).get("type") == "json_schema":
            told = "1 validation error: body.response_format.type input should be 'text' or 'json_object'"
            return Reply(500, {"error": {"message": told, "type": "internal_server_error", "code": None}})
        return super().completed(job)


class FakeOllama(FakeServer):
    """Ollama: no key, ids with a tag, sight asked for by /api/show."""

    owner = "library"
    keyed = False

    def __init__(self) -> None:
        super().__init__()
        self.models = [self.listed("gemma3:4b"), self.listed("qwen3:8b")]

    def answer(self, request: Request) -> Reply:
        if request.path == "/api/show":
            sees = request.json["model"] == "gemma3:4b"
            return Reply(200, {"capabilities": ["completion", *(["vision"] if sees else [])]})
        return super().answer(request)

    def is_loading(self) -> Reply:
        told = "server busy, please try again.  maximum pending requests exceeded"
        return Reply(503, {"error": {"message": told, "type": "api_error", "param": None, "code": None}})


class FakeVllm(FakeServer):
    """vLLM: one model; refusals name the member in a pydantic manner."""

    owner = "vllm"
    keyed = False

    def refuse(self, member: str) -> Reply:
        told = f"[{{'type': 'extra_forbidden', 'loc': ('body', '{member}'), 'msg': 'Extra inputs are not permitted'}}]"
        return Reply(400, {"error": {"message": told, "type": "BadRequestError", "param": None, "code": 400}})


class FakeLmStudio(FakeServer):
    """LM Studio: lists what is downloaded, models that embed among them."""

    owner = "organization_owner"
    keyed = False

    def __init__(self) -> None:
        super().__init__()
        self.models = [self.listed("qwen3-8b"), self.listed("text-embedding-nomic-embed-text-v1.5")]


class FakeLocalAI(FakeServer):
    """LocalAI: pictures are links to its own host, which want the key too; its lists name no owner."""

    owner = None
    lacks: ClassVar[dict[str, str]] = {
        case: why for case, why in FakeServer.lacks.items() if case != "a_dead_link_is_an_error"
    }

    def answer(self, request: Request) -> Reply:
        if request.path.startswith("/generated-images/"):
            if self.links == "dead":
                return Reply(404, {"error": {"code": 404, "message": "Not Found"}})
            return Reply(200, body=self._made(), content_type=media_bytes("image")[0])
        return super().answer(request)

    def _pictures(self, job: Job) -> Reply:
        if job.end != "made":
            return super()._pictures(job)
        data = [{"url": f"{self.url}/generated-images/{job.id}.png", "b64_json": None}]
        return Reply(200, {"created": 1, "id": job.id, "data": data})

    def is_loading(self) -> Reply:
        told = "model small is cooling down after a failed load, try again in 12s"
        return Reply(503, {"error": {"message": told, "type": "", "code": 503}})


class FakeLiteLLM(FakeServer):
    """LiteLLM's proxy: modes beside the ids, prices in a header, codes that are texts, a wrong key that is a 400.

    Its list has no header of its own: one date of making for every model is all that tells what it is.
    """

    owner = "openai"
    list_headers: ClassVar[dict[str, str]] = {}
    headers: ClassVar[dict[str, str]] = {"x-litellm-version": "1.108.7", "x-litellm-response-cost": "0.02"}

    def __init__(self) -> None:
        super().__init__()
        self.models = [
            self.listed("small"),
            self.listed("painter") | {"mode": "image_generation"},
            self.listed("reader") | {"mode": "audio_speech"},
            self.listed("vectors") | {"mode": "embedding"},
            self.listed("openai/*"),
        ]

    def listed(self, name: str) -> dict[str, Any]:
        return super().listed(name) | {"created": 1677610602}

    def unauthorized(self) -> Reply:
        told = {"message": "No connected db.", "type": "no_db_connection", "param": None, "code": "400"}
        return Reply(400, {"error": told})

    def refuse(self, member: str) -> Reply:
        told = (
            f"litellm.UnsupportedParamsError: openai does not support parameters: ['{member}'], for model=small. "
            "To drop these, set `litellm.drop_params=True`. Received Model Group=small"
        )
        return Reply(400, {"error": {"message": told, "type": None, "param": None, "code": "400"}})

    def _pictures(self, job: Job) -> Reply:
        reply = super()._pictures(job)
        if job.end == "made":
            item = {"b64_json": base64.b64encode(self._made()).decode(), "url": None, "revised_prompt": None}
            return Reply(200, {"created": 1, "data": [item]}, headers=self.headers)
        return reply


class FakeOpenRouter(FakeServer):
    """OpenRouter: modalities and prices in its list, the cost in usage."""

    owner = None

    def listed(self, name: str) -> dict[str, Any]:
        makes = {"painter": ["image"], "reader": ["audio"]}.get(name, ["text"])
        told = {"input_modalities": ["text", "image"], "output_modalities": makes}
        return {"id": name, "name": f"Acme: {name}", "architecture": told, "supported_parameters": ["seed"]}

    def completed(self, job: Job) -> Reply:
        reply = super().completed(job)
        reply.data["usage"]["cost"] = 0.00014
        return reply
