"""Certificates for every host that a test names, from one throw-away authority."""

from __future__ import annotations

import base64
import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PEM = serialization.Encoding.PEM


class Authority:
    """Signs a leaf certificate for each host when a client first asks for it.

    All leaves share one key, so that a browser can be told to trust them by the
    hash of that key (:attr:`pin`) and checks everything else as usual.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")]
        )
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = Lock()

    @property
    def pin(self) -> str:
        """Base64 of the SHA-256 of the leaves' public key, as Chromium wants it."""
        public = self._leaf_key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        )
        return base64.b64encode(hashlib.sha256(public).digest()).decode()

    def context(
        self, seen: Callable[[object, str], None] | None = None
    ) -> ssl.SSLContext:
        """Get a server's TLS context that reports which connection asks for a host."""
        context = self._new_context("localhost")

        def choose(
            connection: ssl.SSLObject, host: str | None, _context: ssl.SSLContext
        ) -> None:
            if host:
                connection.context = self._context(host)
                if seen is not None:
                    seen(connection, host)

        context.sni_callback = choose
        return context

    def _context(self, host: str) -> ssl.SSLContext:
        # A browser opens several connections to a new host at once.
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._new_context(host)
            return self._contexts[host]

    def _new_context(self, host: str) -> ssl.SSLContext:
        chain = self._folder / f"{host}.pem"
        chain.write_bytes(self._leaf(host) + self._private_key())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context

    def _leaf(self, host: str) -> bytes:
        now = datetime.now(UTC)
        leaf = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")]))
            .issuer_name(self._name)
            .public_key(self._leaf_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        return leaf.public_bytes(_PEM)

    def _private_key(self) -> bytes:
        return self._leaf_key.private_bytes(
            _PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
