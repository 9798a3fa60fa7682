"""ComfyUI servers: asked whether they are there; workflows are added one by one."""

from service.errors import ValidationError
from service.extensions.adding import ExtensionDraft
from service.extensions.addresses import check_base_url
from service.net.failures import why
from service.providers.http import UNANSWERED, exchange

KIND = "comfyui"
PATIENCE_S = (10.0, 20.0)
MOST_BYTES = 64 * 1024 * 1024


def found(name: str, base_url: str, key: str | None) -> ExtensionDraft:
    """Ask for the server's queue. Raises ValidationError where there is none."""
    base = check_base_url(base_url)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = exchange("GET", f"{base}/queue", within_s=30, timeout=PATIENCE_S, most=MOST_BYTES, headers=headers)
    except UNANSWERED as error:
        raise ValidationError.at("/base_url", f"{base}/queue can't be read: {why(error)}.") from error
    if answer.status in (401, 403):
        raise ValidationError.at("/key", f"{base} does not accept the key ({answer.status}): give it by --key -.")
    if not answer.ok or not isinstance(answer.data, dict) or "queue_running" not in answer.data:
        raise ValidationError.at("/base_url", f"{base} is no ComfyUI server: GET /queue answers {answer.status}.")
    spec = {"kind": KIND, "base_url": base, "software": KIND, "credits": 0, "models": []}
    return ExtensionDraft(name, "server", spec, key or None)
