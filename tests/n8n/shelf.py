"""A local web server of references: a picture, a text that is none, a picture held back until told; and a proxy before
the service that can lose an answer."""

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from PIL import Image

HELD_S = 60


class Shelf:
    """Serves /picture.png, /text.png (which is no picture) and /held.png (after `release`)."""

    def __init__(self) -> None:
        self.release, self.asked = threading.Event(), threading.Event()
        shelf, picture = self, _picture()

        class Handler(_Quiet):
            def do_GET(self) -> None:
                if self.path == "/held.png":
                    shelf.asked.set()
                    shelf.release.wait(HELD_S)
                self.reply(200, b"no picture" if self.path == "/text.png" else picture, "image/png")

        self._server = _serving(Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()


class LossyProxy:
    """Hands requests on to the service; drops the connection in place of the first answer to a submission."""

    def __init__(self, target: str) -> None:
        self.submissions: list[str | None] = []
        proxy = self

        class Handler(_Quiet):
            def do_GET(self) -> None:
                self._hand_on("GET")

            def do_POST(self) -> None:
                self._hand_on("POST")

            def _hand_on(self, method: str) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                answer = requests.request(method, target + self.path, data=body, headers=kept, timeout=30)
                if method == "POST":
                    proxy.submissions.append(self.headers.get("idempotency-key"))
                    if len(proxy.submissions) == 1:
                        self.connection.close()
                        return
                self.reply(answer.status_code, answer.content, answer.headers["content-type"])

        self._server = _serving(Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def reply(self, status: int, body: bytes, kind: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


def _serving(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _picture() -> bytes:
    kept = io.BytesIO()
    Image.radial_gradient("L").resize((640, 360)).convert("RGB").save(kept, "PNG")
    return kept.getvalue()
