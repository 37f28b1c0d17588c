"""What browsers report about the content security policy, in both their formats.

Only the host that was blocked counts; nothing of a visitor is kept. Anybody can send
anything here, so little is read of it, and not often.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from flask import request

from .catalogue.hosts import parse_host
from .enforce.urls import Address, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_BODY: Final = 1 << 16
#: Browsers collect reports before they send them (Reporting API, 3.5).
_MOST_AT_ONCE: Final = 100
_LONGEST_URL: Final = 2048
_NOWHERE: Final = Address("about", "")
_TYPES: Final = frozenset(
    "application/csp-report application/reports+json application/json".split()
)


class Allowance:
    """So many reports a minute, from all visitors together, in each process."""

    def __init__(self, most: int = 60) -> None:
        self._most = most
        self._minute = self._taken = 0

    def take(self) -> bool:
        """Tell whether one more may be read, and count it."""
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._taken = minute, 0
        self._taken += 1
        return self._taken <= self._most


def is_report() -> bool:
    """Tell whether the current request says that it is a report."""
    return request.mimetype in _TYPES


def blocked_hosts(page_host: str) -> dict[str, None] | None:
    """Get the hosts whose blocking on a host's pages the current request reports.

    None if it can't be read.
    """
    request.max_content_length = _LONGEST_BODY
    try:
        sent = request.get_json(force=True, silent=True)
    except RecursionError:  # nested deeper than Python reads
        sent = None
    if not isinstance(sent, Mapping | list):
        return None
    return {
        host: None
        for page, blocked in _violations(sent)
        if _host(page) == page_host and (host := _host(blocked)) and _is_name(host)
    }


def _violations(sent: object) -> Iterator[tuple[object, object]]:
    """Get page and blocked address of each violation that is reported."""
    if isinstance(sent, Mapping):  # report-uri (CSP Level 3, 5.3)
        body = sent.get("csp-report")
        if isinstance(body, Mapping):
            yield body.get("document-uri"), body.get("blocked-uri")
        return
    for report in sent[:_MOST_AT_ONCE] if isinstance(sent, list) else ():
        if isinstance(report, Mapping) and report.get("type") == "csp-violation":
            body = report.get("body")
            if isinstance(body, Mapping):
                yield body.get("documentURL"), body.get("blockedURL")


def _host(url: object) -> str:
    """Get the host of an address; empty for words such as ``inline``."""
    if not isinstance(url, str) or len(url) > _LONGEST_URL:
        return ""
    address = resolve(url, _NOWHERE)
    return address.host if address else ""


def _is_name(host: str) -> bool:
    try:
        return parse_host(host).host == host
    except ValueError:
        return False
