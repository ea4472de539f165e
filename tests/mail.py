"""A mail server in a thread: takes what it is told to take, and keeps what it got."""

import datetime as dt
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class MailHost:
    """What the server does, and what it got."""

    port: int = 0
    refuses: dict[str, str] = field(default_factory=dict)
    """Command (`RCPT`, `DATA` …) → the reply it gets instead of an OK."""
    hangs_up_after: int | None = None
    """Messages after which it breaks the line."""
    context: ssl.SSLContext | None = None
    """Its certificate; None: it offers no encryption."""
    got: list[Message] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    """For each message, whether its line was."""


@contextmanager
def mail_host(**behaviour: object) -> Iterator[MailHost]:
    """A mail server on a port of its own of the loopback."""
    host = MailHost(**behaviour)  # type: ignore[arg-type]

    class Line(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            talk = _Talk(host, self.request)
            with suppress(ConnectionError, ssl.SSLError):
                talk.run()
            talk.line.close()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, allow_reuse_address = True, True

    with Server(("127.0.0.1", 0), Line) as server:
        host.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()


class _Talk:
    def __init__(self, host: MailHost, line: socket.socket) -> None:
        self.host, self.line, self.is_encrypted = host, line, False

    def run(self) -> None:
        self.say("220 mail.example.org")
        while command := self.hear():
            word = command.split()[0].upper()
            if reply := self.host.refuses.get(word):
                self.say(reply)
            elif word == "QUIT":
                self.say("221 bye")
                return
            elif not self.answer(word, command):
                return

    def answer(self, word: str, command: str) -> bool:
        if word == "EHLO":
            self.greet()
        elif word == "STARTTLS" and self.host.context:
            self.say("220 go on")
            self.line = self.host.context.wrap_socket(self.line, server_side=True)
            self.is_encrypted = True
        elif word == "AUTH":
            self.host.signed_in.append(command.rsplit(maxsplit=1)[-1])
            self.say("235 welcome")
        elif word == "DATA":
            return self.take()
        else:
            self.say("250 ok")
        return True

    def greet(self) -> None:
        offers = ["AUTH PLAIN"]
        if self.host.context and not self.is_encrypted:
            offers.insert(0, "STARTTLS")
        self.say(
            "\r\n".join(["250-mail.example.org", *(f"250-{o}" for o in offers), "250 8BITMIME"])
        )

    def take(self) -> bool:
        self.say("354 go on")
        lines = []
        while (line := self.hear()) != ".":
            lines.append(line)
        if self.host.hangs_up_after is not None and len(self.host.got) >= self.host.hangs_up_after:
            self.line.close()
            return False
        self.host.got.append(message_from_bytes("\n".join(lines).encode()))
        self.host.encrypted.append(self.is_encrypted)
        self.say("250 taken")
        return True

    def say(self, text: str) -> None:
        self.line.sendall(f"{text}\r\n".encode())

    def hear(self) -> str:
        heard = b""
        while not heard.endswith(b"\r\n"):
            byte = self.line.recv(1)
            if not byte:
                return ""
            heard += byte
        return heard.decode()[:-2]


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate of `localhost`: its file, and the context of a server that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, secret = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return file, context
