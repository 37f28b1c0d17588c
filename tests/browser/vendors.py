"""All vendors' hosts at once, played by one local server over HTTP and TLS.

It notes every connection and every request and answers as the real hosts do:
with scripts that leave cookies and storage keys on the page, with pixels, with
frames, and with third-party cookies of its own.
"""

from __future__ import annotations

import base64
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl

    from tests.browser.certificates import Authority

_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_FRAME = b"<!doctype html><title>A vendor's frame</title><p>Hello"

#: What each vendor's script leaves behind: cookies, local and session storage.
_TRACES = {
    "www.googletagmanager.com/gtm.js": ("_dc_gtm_UA-1", "_gcl_ls", ""),
    "www.googletagmanager.com/gtag/js": ("_ga _ga_PEBBLE _gid", "", ""),
    "connect.facebook.net": ("_fbp", "lastExternalReferrer", ""),
    "analytics.tiktok.com": ("_ttp _tt_enable_cookie", "", "tt_sessionId tt_appInfo"),
    "static.klaviyo.com": ("__kla_id", "klaviyoOnsite", "klaviyoPagesVisitCount"),
    "static.hotjar.com": ("_hjSessionUser_1 _hjSession_1", "", "hjViewportId"),
}


@dataclass(frozen=True, slots=True)
class Contact:
    """One request that reached a vendor, or a bare connection (no method)."""

    scheme: str
    host: str
    method: str = ""
    path: str = ""
    query: str = ""
    destination: str = ""  #: what the browser wants it for (``Sec-Fetch-Dest``)
    cookies: str = ""
    referer: str = ""

    @property
    def address(self) -> str:
        return self.host + self.path


class Vendors:
    """Every host of the world but the shop's, with a log of who came by."""

    def __init__(self, authority: Authority) -> None:
        self.contacts: list[Contact] = []
        secure = authority.context(self._note_connection)
        self._servers = [_Server(self.contacts, None), _Server(self.contacts, secure)]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def _note_connection(self, connection: object, host: str) -> None:
        self._servers[1].note(connection, Contact("https", host))

    @property
    def ports(self) -> tuple[int, int]:
        """The local ports that stand for 80 and 443."""
        plain, secure = (server.server_address[1] for server in self._servers)
        return plain, secure

    def forget(self) -> None:
        """Start a new log, to which no connection of old belongs."""
        for server in self._servers:
            server.hang_up()
        self.contacts.clear()

    @property
    def hosts(self) -> set[str]:
        """All hosts that were contacted, be it only by a connection."""
        return {contact.host for contact in self.contacts}

    def requests(self, address: str) -> list[Contact]:
        """Get the requests whose host and path start with an address."""
        return [
            contact
            for contact in self.contacts
            if contact.method and contact.address.startswith(address)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_reason: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, contacts: list[Contact], tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.contacts = contacts
        self.tls = tls
        self._open: set[object] = set()
        self._lock = threading.Lock()
        self._accepted = threading.Event()
        self._last: object = None  #: the address after which all others are accepted

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        if self.tls is not None:
            # The handshake waits for the client: it belongs into the own thread.
            connection = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        with self._lock:
            self._open.add(connection)
        if address == self._last:
            self._accepted.set()
        elif self.tls is None:
            self.note(connection, Contact("http", "(connection without TLS)"))
        return connection, address

    def note(self, connection: object, contact: Contact) -> None:
        """Log a contact, unless its connection is from before the present log."""
        with self._lock:
            if connection in self._open:
                self.contacts.append(contact)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close what browsers hold open: they would reuse it without a contact.

        On a busy machine some of it may still wait to be accepted, in a queue: what
        comes last in the queue tells when all has been.
        """
        self._accepted.clear()
        with socket.socket() as last:
            last.bind(("127.0.0.1", 0))
            self._last = last.getsockname()
            last.connect(self.server_address)
            self._accepted.wait()
        with self._lock:
            old, self._open = self._open, set()
        for connection in old:
            with suppress(OSError):
                cast("socket.socket", connection).shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: browsers drop connections all the time."""


class _Answer(BaseHTTPRequestHandler):
    timeout = 10
    server: _Server

    def do_GET(self) -> None:
        contact = self._contact()
        self.server.note(self.connection, contact)
        kind, body = _content(contact)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Set-Cookie", "vendor_id=1; Secure; SameSite=None; Path=/")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_OPTIONS = do_POST = do_GET  # noqa: N815  inherited names

    def _contact(self) -> Contact:
        url = urlsplit(self.path)
        return Contact(
            scheme="http" if self.server.tls is None else "https",
            host=self.headers.get("Host", "").partition(":")[0],
            method=self.command,
            path=url.path,
            query=url.query,
            destination=self.headers.get("Sec-Fetch-Dest", ""),
            cookies=self.headers.get("Cookie", ""),
            referer=self.headers.get("Referer", ""),
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  inherited
        """Say nothing: the contacts are the log."""


def _content(contact: Contact) -> tuple[str, bytes]:
    if contact.destination == "script" or contact.path.endswith(".js"):
        return "text/javascript", _script(contact).encode()
    if contact.destination in {"iframe", "frame", "embed", "object", "document"}:
        return "text/html", _FRAME
    if contact.destination == "style":
        return "text/css", b"/* a vendor's style */"
    return "image/gif", _GIF


def _script(contact: Contact) -> str:
    lines = [
        f"(window.__loaded ||= []).push({contact.address!r});",
        # Vendors count a page that the browser kept and shows again as a visit.
        f"const again = 'https://{contact.host}/again';",
        "const count = e => e.persisted && navigator.sendBeacon(again);",
        "addEventListener('pageshow', count);",
    ]
    for address, (cookies, local, session) in _TRACES.items():
        if contact.address.startswith(address):
            # The real ones set their cookies on the widest domain that holds them.
            lines += [
                f"document.cookie = '{name}=1; Max-Age=7776000; Path=/; Domain='"
                " + location.hostname.split('.').slice(-2).join('.');"
                for name in cookies.split()
            ]
            lines += [f"localStorage.setItem('{n}', '1');" for n in local.split()]
            lines += [f"sessionStorage.setItem('{n}', '1');" for n in session.split()]
    return "{" + "\n".join(lines) + "}"
