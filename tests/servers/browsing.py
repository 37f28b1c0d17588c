"""A browser of sorts: keeps cookies, and asks a server behind a socket of a file."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

from tests.servers.origin import DAYS_LATER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket: its name is nobody else's, as no port would be."""

    def __init__(self, path: Path, host: str = "private.example") -> None:
        super().__init__(host, timeout=300)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: str

    def all(self, name: str) -> list[str]:
        return [v for k, v in self.headers if k.lower() == name]

    def __getitem__(self, name: str) -> str:
        return ", ".join(self.all(name))


@dataclass
class Browser:
    """One visitor's browser, which shares its connection with nobody's cookies."""

    connection: Connection
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self._send("GET", path, None, headers)

    def decide(self, decision: str, **sent: Any) -> Answer:
        body = json.dumps({"decision": decision} | sent)
        return self._send(
            "POST", "/consent/", body, {"Content-Type": "application/json"}
        )

    def post(self, path: str, form: str, **headers: str) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", path, form, kind | headers)

    def _send(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> Answer:
        sent = {"Accept": "text/html", **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        self.connection.request(method, path, body, sent)
        reply = self.connection.getresponse()
        answer = Answer(reply.status, reply.getheaders(), reply.read().decode())
        for name, value in _set(answer):
            self.cookies[name] = value
            if not value:
                del self.cookies[name]
        return answer


def _set(answer: Answer) -> Iterator[tuple[str, str]]:
    for header in answer.all("set-cookie"):
        for name, morsel in SimpleCookie(header).items():
            yield name, morsel.value


def answers(path: Path) -> bool:
    """Tell whether a server behind a socket answers with the shop's health page."""
    connection = Connection(path)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def fresh(path: str) -> str:
    """Get a path that no cache has anything of yet."""
    return f"{path}{secrets.token_hex(8)}"


def a_week_later(connection: Connection, page: str, decision: str) -> Browser:
    """Get a visitor who decided on a page that a cache has kept for seven days."""
    made = Browser(connection).get(page)["made"]
    visitor = Browser(connection, headers={DAYS_LATER: "7"})
    old = visitor.get(page)
    assert old["made"] == made
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', old.body))
    form = "&".join(f"{k}={v}" for k, v in (fields | {"decision": decision}).items())
    week_on = datetime.now(UTC) + timedelta(days=7)
    answer = visitor.post("/consent/", form, Sec_Fetch_Site="same-origin")
    days = {f"{week_on:%Y-%m-%d}", f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}"}
    assert (answer.status, answer["location"]) == (303, page)
    receipts = visitor.get("/consent/receipts").body
    assert any(day in receipts for day in days)
    return visitor
