"""A WSGI app on a real threaded server, over TLS and over plain HTTP."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from wsgiref.types import WSGIApplication


class _Silent(WSGIRequestHandler):
    #: Keeps connections open: a TLS handshake for each picture takes most of the time.
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Say nothing: a browser test prints its own findings."""


@contextmanager
def served(app: WSGIApplication, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve an app on a free port of 127.0.0.1, which is what the caller gets."""
    server = make_server(
        "127.0.0.1",
        0,
        app,
        threaded=True,
        request_handler=_Silent,
        ssl_context=tls,
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
