"""ComfyUI's refusals: a graph that it does not take, and a run that failed, in words without dumps of tensors."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.providers.faults import Fault, kind_of
from service.providers.http import Answer

MOST = 5


def fault(answer: Answer) -> Fault:
    """The error of a refused graph with what is wrong at each node; else the status and the text."""
    data = answer.data if isinstance(answer.data, dict) else {}
    told = data.get("error")
    if isinstance(told, Mapping):
        words = [_words(told), *(f"{where}: {what}" for where, what in node_faults(data.get("node_errors")).items())]
        return Fault(kind_of(answer.status), "; ".join(words[:MOST]), str(told.get("type") or answer.status))
    return Fault(kind_of(answer.status), str(told or answer.text()), str(answer.status))


def node_faults(told: Any) -> dict[str, str]:
    """Return the fault of each node by its id and class; none where there is none, whatever its shape."""
    if not isinstance(told, Mapping):
        return {}
    found = {}
    for node, one in told.items():
        if isinstance(one, Mapping):
            errors = [error for error in one.get("errors") or () if isinstance(error, Mapping)]
            found[f"node {node} ({one.get('class_type')})"] = ", ".join(map(_words, errors)) or "is not valid"
    return found


def ended(status: Any) -> Fault | None:
    """Return the failure of a run of the history; None where it succeeded."""
    status = status if isinstance(status, Mapping) else {}
    if status.get("status_str", "success") == "success":
        return None
    for name, data in reversed(list(_messages(status))):
        if name == "execution_error":
            where = f"node {data.get('node_id')} ({data.get('node_type')})"
            return Fault("failed", f"{where}: {data.get('exception_message')}".strip(), data.get("exception_type"))
        if name == "execution_interrupted":
            return Fault("failed", "it was interrupted at the server", name)
    return Fault("failed", f"it ended as {status.get('status_str')}")


def _messages(status: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in status.get("messages") or ():
        if isinstance(one, list | tuple) and len(one) == 2 and isinstance(one[1], Mapping):
            yield str(one[0]), one[1]


def _words(error: Mapping[str, Any]) -> str:
    return ": ".join(str(part) for part in (error.get("message"), error.get("details")) if part)
