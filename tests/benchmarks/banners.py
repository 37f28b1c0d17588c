"""What asking costs a visitor on a slow phone: ours and those of others in one run.

A plain page is opened by Chromium as a phone of 390 by 844 pixels, with nothing in its
cache, over a connection of 1.6 Mbit/s and 150 ms, on a processor slowed down four
times. Files are sent with gzip. All subjects take turns, and the best of several
rounds counts: what else the machine does only adds.
"""

from __future__ import annotations

import gzip
import json
import mimetypes
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, abort, request

from consentkit import ConsentKit
from tests.benchmarks.banner_peers import PEERS, installed
from tests.benchmarks.tables import Row, Table
from tests.browser.chromium import Chromiums
from tests.browser.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

    from tests.benchmarks.banner_peers import Peer

ROUNDS: Final = 7
_NETWORK: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 94_000,
}
_PHONE: Final = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
_PAGE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>Shop</title>{head}'
    '</head><body><h1>Shop</h1><p id="consent"></p>'
    + "<p>A page of the shop, with some words on it.</p>" * 30
    + "</body></html>"
)
_OURS: Final = "ConsentKit"
_BARE: Final = "the page alone"
#: Notes in the page when a button that accepts can first be seen, in a box that stays.
_WATCH: Final = """
window.seen = 0; window.shift = 0;
const watch = (type, note) => new PerformanceObserver(
  list => list.getEntries().forEach(note)).observe({type, buffered: true});
watch("layout-shift", e => { window.shift += e.value });
const isShown = button => {
  if (!/accept|that's ok/i.test(button.textContent)) return false;
  if (!button.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    return false;
  for (let box = button; box; box = box.parentElement)
    if (getComputedStyle(box).position === "fixed") return true;
  return false;
};
const look = () => {
  if ([...document.querySelectorAll("button")].some(isShown))
    window.seen = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
_FOUND: Final = """
const paint = performance.getEntriesByName("first-contentful-paint")[0];
return window.seen && paint && document.readyState === "complete"
  ? [paint.startTime, Math.max(window.seen, paint.startTime),
     window.shift] : null;
"""
#: Looking for the question takes a task longer itself: these are noted without that.
_WATCH_TASKS: Final = """
window.blocked = 0;
new PerformanceObserver(list => list.getEntries().forEach(task => {
  window.blocked += Math.max(0, task.duration - 50);
})).observe({type: "longtask", buffered: true});
"""
#: So many ms after its start all is done that a page does by itself.
_DONE: Final = "return performance.now() > 2000 ? [window.blocked] : null"


@dataclass(frozen=True)
class Visit:
    """One first visit."""

    requests: int
    size: int  #: bytes received, headers included
    paint: float  #: ms until anything is painted
    shown: float  #: ms until the question is
    shift: float  #: cumulative layout shift
    blocked: float  #: ms by which long tasks exceed 50 ms


def run() -> Table:
    """Visit each page in turn, round by round."""
    visits: dict[str, list[Visit]] = defaultdict(list)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        origins = dict(_origins(stack, folder))
        driver = _browser(stack, folder / "watched", _WATCH, logged=True)
        quiet = _browser(stack, folder / "quiet", _WATCH_TASKS, logged=False)
        for _ in range(ROUNDS):
            for name, origin in origins.items():
                blocked = _blocked(quiet, origin)
                visit = _visit(driver, origin, blocked, asks=name != _BARE)
                visits[name].append(visit)
    return Table(
        "A first visit on a slow phone: what comes on top of the page, and when the"
        " question can be seen",
        list(_rows(visits)),
    )


def _origins(stack: ExitStack, folder: Path) -> Iterator[tuple[str, str]]:
    peers = installed()
    apps = {_BARE: _plain(), _OURS: _ours(folder)}
    apps |= {peer.name: _theirs(peer, peers) for peer in PEERS}
    for name, app in apps.items():
        app.after_request(_compressed)
        port = stack.enter_context(served(app))
        yield name, f"http://127.0.0.1:{port}/"
    stack.callback(apps[_OURS].extensions["consentkit"].log.engine.dispose)


def _plain() -> Flask:
    app = Flask("plain")
    app.add_url_rule("/", "page", lambda: _PAGE.replace("{head}", ""))
    return app


def _ours(folder: Path) -> Flask:
    app = Flask("ours", instance_path=str(folder / "ours"))
    app.config.from_mapping(
        SECRET_KEY="benchmark" * 4,
        CONSENTKIT_POLICY={
            "notice": {
                "controller": "Shop Ltd",
                "contact": "privacy@shop.example",
                "privacy_policy": "/privacy",
            },
            "services": {"google_analytics": {}, "meta_pixel": {}},
        },
    )
    app.add_url_rule("/", "page", lambda: _PAGE.replace("{head}", ""))
    ConsentKit(app)
    return app


def _theirs(peer: Peer, peers: Path) -> Flask:
    app = Flask(peer.name.partition(" ")[0])
    folder = (peers / peer.folder).resolve()

    def file(path: str) -> Response:
        kind = mimetypes.guess_type(path)[0] or "text/plain"
        if made := peer.made.get(path):
            return Response(made, mimetype=kind)
        found = (folder / path).resolve()
        if folder not in found.parents or not found.is_file():
            abort(404)
        return Response(found.read_bytes(), mimetype=kind)

    app.add_url_rule("/", "page", lambda: _PAGE.replace("{head}", peer.head))
    app.add_url_rule("/<path:path>", "file", file)
    return app


def _compressed(response: Response) -> Response:
    if "gzip" in request.headers.get("Accept-Encoding", "") and response.is_sequence:
        response.set_data(gzip.compress(response.get_data(), 9))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _browser(stack: ExitStack, folder: Path, watch: str, *, logged: bool) -> Chrome:
    """Get a phone that runs a script in each page before anything else."""
    folder.mkdir()
    rules = "EXCLUDE 127.0.0.1"
    browsers = Chromiums(folder, rules=rules, pin="", logged=logged)
    stack.callback(browsers.quit)
    driver = browsers.with_script
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", dict(_NETWORK))
    driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 4})
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", dict(_PHONE))
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": watch})
    return driver


def _open_anew(driver: Chrome, origin: str) -> None:
    driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    driver.execute_cdp_cmd(
        "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"}
    )
    driver.get("about:blank")
    driver.get(origin)


def _answer(driver: Chrome, script: str) -> Any:
    from selenium.webdriver.support.wait import WebDriverWait  # noqa: PLC0415

    return WebDriverWait(driver, 20, poll_frequency=0.2).until(
        lambda driver: driver.execute_script(script)
    )


def _blocked(driver: Chrome, origin: str) -> float:
    """Get by how much long tasks exceed 50 ms on a page that nobody touches."""
    _open_anew(driver, origin)
    (blocked,) = _answer(driver, _DONE)
    return float(blocked)


def _visit(driver: Chrome, origin: str, blocked: float, *, asks: bool) -> Visit:
    driver.get_log("performance")  # type: ignore[no-untyped-call]
    _open_anew(driver, origin)
    if not asks:
        driver.execute_script("window.seen = 1")
    paint, shown, shift = _answer(driver, _FOUND)
    return Visit(*_traffic(driver), paint, shown, shift, blocked)


def _traffic(driver: Chrome) -> tuple[int, int]:
    """Get how many answers came over the network, and their bytes."""
    sizes: dict[str, int] = {}
    asked: set[str] = set()
    for entry in driver.get_log("performance"):  # type: ignore[no-untyped-call]
        message = json.loads(entry["message"])["message"]
        parameters = message["params"]
        if message["method"] == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if url.startswith("http") and not url.endswith("/favicon.ico"):
                asked.add(parameters["requestId"])
        elif message["method"] == "Network.loadingFinished":
            sizes[parameters["requestId"]] = int(parameters["encodedDataLength"])
    return len(asked), sum(sizes.get(each, 0) for each in asked)


def _rows(visits: dict[str, list[Visit]]) -> Iterator[Row]:
    def best(name: str, field: str) -> float:
        return min(float(getattr(visit, field)) for visit in visits[name])

    for name in visits:
        requests = best(name, "requests") - best(_BARE, "requests")
        size = best(name, "size") - best(_BARE, "size")
        shown, paint = best(name, "shown"), best(name, "paint")
        late = f"{shown - paint:,.0f} ms after paint" if name != _BARE else ""
        blocked, shift = best(name, "blocked"), best(name, "shift")
        figures = (
            f"{requests:.0f} requests, {size:,.0f} bytes, shown at {shown:,.0f} ms,"
            f" blocked {blocked:,.0f} ms, shift {shift:.3f}"
        )
        met = None
        if name == _OURS:
            met = requests <= 2 and shift == 0 and blocked == 0 and shown == paint
        target = "2 requests, at paint" if name == _OURS else ""
        yield Row(name, figures, late, target, met)
