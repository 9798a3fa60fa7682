"""An engine process that was taken over: it answers whatever the prompt names, in place of what was asked for."""

import os
import sys
import time
from struct import pack
from typing import Any

from service.sandbox.pool import wire

PRODUCT: dict[str, Any] = {"index": 0, "engine": "local/grammar", "fields": {"text": "x"}}
HEADS: dict[str, dict[str, Any]] = {
    "no product": {"hello": 1},
    "no index": {"product": {**PRODUCT, "index": None}},
    "an index of another item": {"product": {**PRODUCT, "index": 7}},
    "a negative index": {"product": {**PRODUCT, "index": -1}},
    "an engine that is markup": {"product": {**PRODUCT, "engine": "<b>"}},
    "a page": {"product": {**PRODUCT, "content_type": "text/html"}},
    "fields that are a list": {"product": {**PRODUCT, "fields": [1]}},
    "a width beyond all measure": {"product": {**PRODUCT, "width": 10**30}},
    "a failure that is a list": {"failure": [1]},
}


def main() -> None:
    """Answer one task after the other, each wrongly unless it asks for what is right."""
    wire.send(1, wire.head({"ready": True}))
    read = wire.reader(0)
    while True:
        message, _ = wire.read_head(read)
        case = message["job"]["prompt"]
        if case == "a head of four gigabytes":
            wire.send(1, pack(">II", 2**32 - 1, 0) + b"x" * 4096)
        elif case == "no JSON":
            wire.send(1, pack(">II", 9, 0) + b"\x80pickled.")
        elif case == "more bytes than it may":
            wire.send(1, wire.head({"product": {**PRODUCT, "content_type": "image/png"}}, 2**32 - 1))
        elif case.startswith("right"):
            wire.send(1, wire.head({"product": {**PRODUCT, "fields": {"text": case}}}) + wire.head({"end": True}))
        elif case == "nothing for ever":
            time.sleep(600)
        elif case == "its end":
            sys.exit(3)
        elif case == "its last words":
            sys.exit("\x1b[2Jengine: \u202eout of memory\nfor good")
        elif case == "much print before its end":
            os.write(2, b"noise " * 500_000)
            sys.exit("the end of it")
        elif case == "print without end":
            while True:
                os.write(2, b"noise " * 10_000)
        else:
            wire.send(1, wire.head(HEADS[case]))
            wire.send(1, wire.head({"end": True}))


if __name__ == "__main__":
    main()
