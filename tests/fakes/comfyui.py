"""ComfyUI as measured on 0.3.64: a queue and a history in memory, no key, no deduplication of prompt ids."""

import io
import json
import re
import uuid
from typing import Any, ClassVar

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.fakes.provider import FakeProvider, Job, Reply, Request, media_bytes

_OWN_ID = "it has no accounts: «No authentication at all; an Authorization header is ignored»"
_FOUND = "its work is found again by our own prompt id: see test_comfyui"
IMAGE = ["IMAGE"]
NODES: dict[str, dict[str, Any]] = {
    "EmptyImage": {"input": {"required": {"width": ["INT", {"default": 512, "min": 1, "max": 16384, "step": 1}]}}},
    "PrimitiveInt": {"input": {"required": {"value": ["INT", {"min": -(2**63), "max": 2**63 - 1}]}}},
    "PrimitiveFloat": {"input": {"required": {"value": ["FLOAT", {"min": 0.0, "max": 9.5, "step": 0.1}]}}},
    "PrimitiveBoolean": {"input": {"required": {"value": ["BOOLEAN", {}]}}},
    "PrimitiveString": {"input": {"required": {"value": ["STRING", {"multiline": False}]}}},
    "CLIPTextEncode": {"input": {"required": {"text": ["STRING", {"multiline": True}], "clip": ["CLIP"]}}},
    "KSampler": {
        "input": {
            "required": {
                "seed": ["INT", {"default": 0, "min": 0, "max": 2**64 - 1, "control_after_generate": True}],
                "steps": ["INT", {"default": 20, "min": 1, "max": 10000}],
                "sampler_name": [["euler", "heun"], {}],
            }
        }
    },
    "LatentUpscale": {"input": {"required": {"upscale_method": ["COMBO", {"options": ["nearest", "area"]}]}}},
    "LoadImage": {"input": {"required": {"image": [["example.png"], {"image_upload": True}]}}},
    "LoadAudio": {"input": {"required": {"audio": [["a.wav"], {"audio_upload": True}]}}},
    "SaveImage": {"input": {"required": {"filename_prefix": ["STRING", {}]}}, "output_node": True},
    "SaveVideo": {"input": {"required": {"filename_prefix": ["STRING", {}]}}, "output_node": True},
    "SaveAudio": {"input": {"required": {"filename_prefix": ["STRING", {}]}}, "output_node": True},
    "PreviewImage": {"input": {"required": {}}, "output_node": True},
    "PreviewAny": {"input": {"required": {}}, "output_node": True},
}
MAKES = {"SaveImage": "image", "PreviewImage": "image", "SaveVideo": "video", "SaveAudio": "music"}


class FakeComfyUI(FakeProvider):
    """POST /prompt, /queue, /interrupt, /upload/image; GET /queue, /history/{id}, /view, /object_info/{class}."""

    name: ClassVar[str] = "easel"
    lacks: ClassVar[dict[str, str]] = {
        "a_bad_key_is_told_at_once": _OWN_ID,
        "a_key_can_be_tested_for_nothing": _OWN_ID,
        "an_account_that_cannot_pay_is_told_so": _OWN_ID,
        "an_unknown_model_is_told_as_such": "the model is the operator's own workflow",
        "refused_content_is_told_as_such": "nothing is moderated",
        "an_error_inside_a_200_is_an_error": "a refusal is a 400: «Validation 400»",
        "what_was_perhaps_received_is_never_sent_again": _FOUND,
        "a_result_at_a_private_address_is_not_fetched": "results lie behind its own /view",
        "only_the_provider_sees_the_key": "results lie behind its own /view",
        "a_429_with_a_hint_is_offered_again_then": "it knows no limits",
        "a_429_without_a_hint_is_offered_again": "it knows no limits",
        "a_batch_makes_every_item": "see test_comfyui: one prompt a run",
    }

    def __init__(self) -> None:
        super().__init__()
        self.version = "0.3.64"
        self.invalid: set[str] = set()
        self.uploads: dict[str, bytes] = {}
        self.prompts: list[Job] = []
        self.others: list[str] = []
        self.interrupted: list[str | None] = []
        self.gone: set[str] = set()

    def authorized(self, request: Request) -> bool:
        return True

    def answer(self, request: Request) -> Reply:
        path = request.path.removeprefix("/api")
        if path == "/prompt":
            return self._prompted(request.json)
        if path == "/queue":
            return self._deleted(request.json) if request.method == "POST" else self._queue()
        if path.startswith("/history/"):
            return Reply(200, self._history(path.rpartition("/")[2]))
        if path.startswith("/object_info/"):
            name = path.rpartition("/")[2]
            return Reply(200, {name: NODES[name]} if name in NODES else {})
        if path == "/system_stats":
            return Reply(200, {"system": {"comfyui_version": self.version}})
        if path == "/view":
            return self._viewed(request.query)
        if path == "/interrupt":
            return self._interrupt(json.loads(request.body or b"{}"))
        if path == "/upload/image":
            return self._uploaded(request)
        return Reply(404, body=b"404: Not Found", content_type="text/plain")

    def _prompted(self, body: dict[str, Any]) -> Reply:
        graph, wanted = body["prompt"], body.get("prompt_id") or str(uuid.uuid4())
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", wanted), "a canonical lower-case UUID"
        outputs = [node for node, one in graph.items() if NODES.get(one["class_type"], {}).get("output_node")]
        faults = {node: _fault(graph[node]["class_type"]) for node in outputs if node in self.invalid}
        if faults and len(faults) == len(outputs):
            told = {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation"}
            return Reply(400, {"error": told | {"details": "", "extra_info": {}}, "node_errors": faults})

        def accepted(job: Job) -> Reply:
            job.id = wanted
            self.prompts.append(job)
            return Reply(200, {"prompt_id": wanted, "number": len(self.prompts), "node_errors": faults})

        return self.submit("workflow", graph, accepted)

    def _running(self) -> str | None:
        """The first that is not done; another's before ours where one is queued."""
        if self.others:
            return self.others[0]
        return next((job.id for job in self.prompts if self._open(job) and self.begun), None)

    def _open(self, job: Job) -> bool:
        return job.polls > 0 and not job.canceled and job.id not in self.gone

    def _queue(self) -> Reply:
        running = self._running()
        listed = [[n, job.id, job.input, {}, []] for n, job in enumerate(self.prompts) if self._open(job)]
        for job in self.prompts:
            if self._open(job):
                job.polls -= 1
        running_rows = [row for row in listed if row[1] == running] or ([[0, running, {}, {}, []]] if running else [])
        return Reply(
            200, {"queue_running": running_rows, "queue_pending": [row for row in listed if row[1] != running]}
        )

    def _deleted(self, body: dict[str, Any]) -> Reply:
        for job in self.prompts:
            if job.id in body.get("delete", ()) and job.id != self._running():
                job.canceled = True
        return Reply(200, body=b"")

    def _interrupt(self, body: dict[str, Any]) -> Reply:
        named = body.get("prompt_id")
        self.interrupted.append(named)
        for job in self.prompts:
            if job.id == self._running() and named in (None, job.id):
                job.polls, job.end = 0, "interrupted"
        return Reply(200, body=b"")

    def _history(self, wanted: str) -> dict[str, Any]:
        job = next((one for one in self.prompts if one.id == wanted), None)
        if job is None or job.polls > 0 or job.canceled or wanted in self.gone:
            return {}
        if job.end == "made":
            status: dict[str, Any] = {"status_str": "success", "completed": True, "messages": []}
            outputs = {n: self._output(n, one) for n, one in job.input.items() if n not in self.invalid}
            outputs = {node: made for node, made in outputs.items() if made}
            return {wanted: {"prompt": [], "outputs": outputs, "status": status, "meta": {}}}
        error = {"node_id": "3", "node_type": "KSampler", "exception_type": "RuntimeError"}
        error |= {
            "exception_message": "out of memory\n",
            "current_inputs": {"secret": ["tensor(…)"]},
            "traceback": ["x"],
        }
        last = ["execution_interrupted", {}] if job.end == "interrupted" else ["execution_error", error]
        status = {"status_str": "error", "completed": False, "messages": [["execution_start", {}], last]}
        return {wanted: {"prompt": [], "outputs": {}, "status": status, "meta": {}}}

    def _output(self, node: str, one: dict[str, Any]) -> dict[str, Any]:
        name = one["class_type"]
        if name == "PreviewAny":
            return {"text": ["A text."]}
        if name not in MAKES:
            return {}
        ending = {"image": "png", "video": "mp4", "music": "wav"}[MAKES[name]]
        kind = "temp" if name == "PreviewImage" else "output"
        file = {"filename": f"made_{node}.{ending}", "subfolder": "", "type": kind}
        listed = "audio" if MAKES[name] == "music" else "images"
        return {listed: [file, file], **({"animated": [True]} if name == "SaveVideo" else {})}

    def _viewed(self, query: dict[str, str]) -> Reply:
        if self.links == "dead":
            return Reply(404, body=b"404: Not Found", content_type="text/plain")
        if self.links == "text":
            return Reply(200, body=b"<html><body>Please log in</body></html>", content_type="image/png")
        ending = query["filename"].rpartition(".")[2]
        if ending == "png":
            return Reply(200, body=_picture(), content_type="image/png")
        content_type, body = media_bytes({"mp4": "video", "wav": "music"}[ending])
        return Reply(200, body=body, content_type=content_type)

    def _uploaded(self, request: Request) -> Reply:
        found = re.search(rb'name="image"; filename="([^"]+)"', request.body)
        assert found is not None
        name = found[1].decode()
        self.uploads[name] = request.body
        return Reply(200, {"name": name, "subfolder": "genhook", "type": "input"})


def _fault(name: str) -> dict[str, Any]:
    told = {"type": "required_input_missing", "message": "Required input is missing", "details": "images"}
    return {"errors": [told | {"extra_info": {"input_name": "images"}}], "dependent_outputs": [], "class_type": name}


def _picture() -> bytes:
    """A picture that holds the graph as text, as ComfyUI's do."""
    kept, told = io.BytesIO(), PngInfo()
    told.add_text("prompt", "the whole graph")
    Image.new("RGB", (64, 48), (90, 40, 160)).save(kept, "PNG", pnginfo=told)
    return kept.getvalue()
