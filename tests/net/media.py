"""Media servers for tests: real ones on loopback, which redirect, drip, stall and break off as they are told."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(1000)


def answer(status: str = "200 OK", body: bytes = PICTURE, **headers: str) -> bytes:
    """A whole answer; without a Content-Length where `Content_Length=""` says so."""
    given = {"Content_Length": str(len(body)), "Connection": "close", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in given.items() if value]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1") + body


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(status, b"", Location=to)


@dataclass
class Media:
    """One server: what it answers by path, and which paths it was asked for."""

    port: int
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    # The paths whose answer went out to its end.
    told: list[str] = field(default_factory=list)
    # Seconds after each of these bytes; the others go at once.
    drip_s: float = 0.0
    drips: range = range(0)
    # Answers wait for this, where there is one.
    gate: threading.Event | None = None

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def serve(self, connection: socket.socket) -> None:
        request = connection.recv(65536).decode("latin-1")
        if not request:
            return
        path = request.split(" ")[1]
        self.asked.append(path)
        if self.gate is not None:
            self.gate.wait(60)
        whole = self.answers.get(path, answer("404 Not Found", b""))
        connection.sendall(whole[: self.drips.start])
        for place in self.drips:
            connection.sendall(whole[place : place + 1])
            time.sleep(self.drip_s)
        connection.sendall(whole[self.drips.stop :])
        self.told.append(path)


@contextmanager
def serving(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Media]:
    """A media server at an address of its own."""
    listener = socket.create_server((host, 0))
    media = Media(listener.getsockname()[1])

    def one(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if tls is None:
                media.serve(connection)
            else:
                with tls.wrap_socket(connection, server_side=True) as wrapped:
                    media.serve(wrapped)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield media
    listener.close()


def certificate(folder: Path, *names: str) -> tuple[ssl.SSLContext, Path]:
    """Return what a server for `names` shows, and the file that a client has to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    moment = datetime.datetime.now(datetime.UTC)
    known: list[x509.GeneralName] = [
        x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names
    ]
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment - datetime.timedelta(days=1))
        .not_valid_after(moment + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(signed.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
