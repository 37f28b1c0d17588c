"""The command that opens the shop."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.request import urlopen

if TYPE_CHECKING:
    from pathlib import Path


def start(folder: Path, port: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "example_app", "--port", port],
        env={"EXAMPLE_INSTANCE": str(folder), "PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_address_it_prints_is_open(tmp_path: Path) -> None:
    with start(tmp_path, "0") as shop:
        assert shop.stdout
        address = shop.stdout.readline().split()[-1]
        try:
            with urlopen(address) as page:
                assert b"Pebble &amp; Pine" in page.read()
        finally:
            shop.terminate()


def test_no_address_is_printed_where_it_cannot_open(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told, why = start(tmp_path, str(taken.getsockname()[1])).communicate()
    assert not told
    assert "in use" in why


def test_a_port_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    told, why = start(tmp_path, "80000").communicate()
    assert not told
    assert "up to 65535" in why
