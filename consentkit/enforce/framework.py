"""What the engine asks of the web framework that it runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .gap import Gap
    from .rewriter import Withheld
    from .visit import Environ


class Host(Protocol):
    """What the framework's side gives the middleware and hears from it."""

    def language(self, environ: Environ) -> str:
        """Get the language of our words on pages that name none."""

    def banner(self, environ: Environ, language: str, nonce: str) -> bytes:
        """Get the banner in the language of a page."""

    def for_all(
        self, environ: Environ, language: str, nonce: str, banner: bytes
    ) -> bytes:
        """Get what begins the body of a page for everybody, with the banner in it."""

    def preface(self, environ: Environ, nonce: str, page: bytes | None) -> bytes:
        """Get what stands first in the head of a page, none if it isn't known yet."""

    def sweep(self, environ: Environ, nonce: str) -> bytes:
        """Get the markup that empties the storage of refused services."""

    def placeholder(self, environ: Environ, gap: Gap) -> bytes:
        """Get what stands for a withheld element."""

    def withheld(self, environ: Environ, found: Sequence[Withheld]) -> None:
        """Hear which elements of a page were withheld."""

    def cookie_withheld(self, environ: Environ, name: str, service: str) -> None:
        """Hear that a cookie wasn't set."""

    def unread(self, environ: Environ) -> None:
        """Hear of a page that couldn't be read and went out under a policy instead."""

    def undeclared(self, environ: Environ, hosts: Iterable[str]) -> None:
        """Hear of third parties in a page that nothing declares."""
