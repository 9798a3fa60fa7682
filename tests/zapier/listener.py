"""A host that is no Genhook, for files and references."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listener(ThreadingHTTPServer):
    """Another host: keeps the headers of what it is asked, and answers with `content` once it is `released`."""

    def __init__(self, held: bool = False, content: bytes = b"x") -> None:
        self.heard: list[dict[str, str]] = []
        self.released = threading.Event()
        heard, released = self.heard, self.released
        if not held:
            released.set()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append({name.lower(): text for name, text in self.headers.items()})
                released.wait(20)
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()
