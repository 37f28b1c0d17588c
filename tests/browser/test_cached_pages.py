"""Pages out of a real cache, in a real browser that has a cache of its own."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.world import World, new_visitor
from tests.servers.edges import gunicorn, nginx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.pages import ShopPage

WHEEL = "https://cdn.spin.example/wheel.js"


@contextmanager
def by_port(path: Path) -> Iterator[int]:
    """Let browsers, which know no sockets in files, reach one by a free port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def carry(browser: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with suppress(OSError), browser, server:
            server.connect(str(path))
            answers = threading.Thread(target=pump, args=(server, browser))
            answers.start()
            pump(browser, server)
            answers.join()

    def accept() -> None:
        with suppress(OSError):
            while True:
                browser, _ = listener.accept()
                threading.Thread(target=carry, args=(browser,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        # Wakes the thread that accepts, which closing alone wouldn't.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture(scope="module")
def origins() -> Iterator[dict[str, str]]:
    """Get the addresses of nginx before the shops whose pages it keeps."""
    folder = Path(tempfile.mkdtemp(prefix="ck-"))
    try:
        with (
            gunicorn(folder) as shop,
            nginx(folder, shop) as edges,
            by_port(edges["nginx.conf"]) as port,
            by_port(edges["nginx-one-copy.conf"]) as one_copy,
        ):
            yield {
                "variant": f"http://variant.localhost:{port}",
                "universal": f"http://universal.localhost:{one_copy}",
            }
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def origin(origins: dict[str, str]) -> str:
    """Get the address of the shop whose pages are kept by variant."""
    return origins["variant"]


def made(page: ShopPage) -> str:
    """Get the number of the answer that the browser shows, from whichever cache."""
    script = "return performance.getEntriesByType('navigation')[0].serverTiming[0]"
    return str(page.driver.execute_script(script + ".description"))


def loads(page: ShopPage) -> bool:
    return WHEEL in page.driver.page_source


def test_each_choice_shows_its_own_page_from_whichever_cache(
    world: World, origin: str
) -> None:
    first, page = new_visitor(world, origin), "/page/browser"
    number = made(first.open(page))
    visitor = new_visitor(world, origin)
    assert made(visitor.open(page)) == number
    assert visitor.banner
    assert not loads(visitor)
    visitor.accept()  # on a page that was made for somebody else
    assert loads(visitor)
    accepted = made(visitor.open(page))
    assert loads(visitor)
    visitor.withdraw()
    assert not loads(visitor.open(page))
    assert visitor.banner is None
    refused = made(visitor.open(page))
    assert not loads(visitor)
    visitor.driver.back()
    visitor.settle()
    assert not loads(visitor)
    assert len({number, accepted, refused}) == 3
    another = new_visitor(world, origin)
    assert made(another.open(page)) == number
    another.reject()
    assert made(another.open(page)) == refused


def wheels(page: ShopPage) -> int:
    """Count how often the page loaded the tag, which stands in it once, or would."""
    script = "return performance.getEntriesByName(arguments[0]).length"
    return int(page.driver.execute_script(script, WHEEL))


def test_one_copy_shows_each_visitor_what_they_granted(
    world: World, origins: dict[str, str]
) -> None:
    """All of it out of nginx, which knows nothing of consent."""
    page = "/page/browser"
    visitor = new_visitor(world, origins["universal"])
    number = made(visitor.open(page))
    assert visitor.banner
    visitor.accept()
    visitor.wait(lambda: wheels(visitor) == 1)
    accepted = visitor.cookies
    for _ in range(2):
        assert made(visitor.open(page)) == number
        visitor.wait(lambda: wheels(visitor) == 1)
        assert visitor.banner is None
    visitor.withdraw()
    assert made(visitor.open(page)) == number
    assert wheels(visitor) == 0
    assert visitor.banner is None
    another = new_visitor(world, origins["universal"])
    assert made(another.open(page)) == number
    assert wheels(another) == 0
    assert another.banner
    another.reject()
    another.set_cookie("consent_variant", accepted["consent_variant"]["value"])
    assert made(another.open(page)) == number
    another.settle()
    assert wheels(another) == 0
    assert another.banner is None
