"""The court: real Chromium judges pages by whom it contacts, before and after.

All cases of a batch are loaded at once, each in frames of one page: rewritten, and as
it was. Whoever is contacted for the second by some way has been contacted for the first
by the same way, which is what the court waits for: it takes no guess at a time.
"""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, redirect, request

from consentkit import ConsentKit, load_policy
from consentkit.enforce import Rewriter
from consentkit.enforce.reserve import Reserving
from tests.browser.certificates import Authority
from tests.browser.chromium import Chromiums, resolver_rules
from tests.browser.serving import served
from tests.browser.vendors import Vendors

from .case import Case, Kind
from .corpus import CASES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from selenium.webdriver import Chrome
    from werkzeug.wrappers import Response as Answer

    from tests.browser.vendors import Contact

NOTICE: Final = {"controller": "Pebble & Pine Ltd", "contact": "a@pebble.example"}
POLICY: Final = {"notice": NOTICE, "services": {"hotjar": {}}}
#: What the corpus takes for trackers; the rest of the world may be contacted.
TRACKERS: Final = re.compile(
    r"(?:.*\.)?hotjar\.com/|connect\.facebook\.net/|www\.facebook\.com/(?:tr|plugins)\b"
    r"|www\.youtube(?:-nocookie)?\.com/|www\.google\.com/maps|(?!example)(?:.*\.)?"
    r"(?:googletagmanager|google-analytics|tiktok|clarity|pinimg|pinterest|bing"
    r"|sc-static|licdn|redditstatic|ads-twitter|criteo|klaviyo|chimpstatic|matomo"
    r"|segment|mxpnl|vimeo|instagram|awin1|hs-scripts|plausible|cloudflareinsights)"
    r"\.[a-z]+/"
)
_TOKEN: Final = re.compile(r"zq\d{3}[abcd]")
#: As it was; rewritten; rewritten and under the enforcing policy; made for everybody,
#: with what is withheld in reserve.
BEFORE, AFTER, GUARDED, RESERVED = "abcd"
_BATCH: Final = 100
#: A failure takes as long, nothing else does.
_PATIENCE: Final = 60.0
#: What is on its way when the last frame is loaded arrives within it.
_SETTLING: Final = 0.3

_OPEN: Final = """
const [frames, done] = arguments;
const open = ({url, sandbox, act, hint, token}) => new Promise(answer => {
  const frame = document.createElement("iframe");
  if (sandbox) frame.sandbox = "allow-same-origin";
  let acted = false;
  frame.onload = () => {
    const page = frame.contentDocument;
    if (acted || !page) return;
    acted = true;
    if (act) try { frame.contentWindow.eval(act) } catch (e) {}
    const hints = hint ? [...page.querySelectorAll(hint)] : [];
    answer(hints.some(e => e.outerHTML.includes(token)) ? token : "");
  };
  setTimeout(() => answer("late " + token), 60000);
  frame.src = url;
  document.body.append(frame);
});
Promise.all(frames.map(open)).then(done);
"""
_COURT: Final = (
    "<!doctype html><title>Court</title><style>iframe{position:fixed;top:0;left:0;"
    "width:90px;height:90px;border:0}</style><body>"
)


def token_of(case: Case, state: str) -> str:
    """Get the token of a case in one of its states."""
    return f"zq{_NUMBERS[case.name]:03}{state}"


_NUMBERS: Final = {case.name: number for number, case in enumerate(CASES)}


def rewritten(
    page: bytes, url: str = "https://shop.example/p", *, reserved: bool = False
) -> bytes:
    """Get a page as a visitor gets it who refused everything, by the scanner alone.

    :param reserved: as everybody gets it.
    """
    kind = Reserving if reserved else Rewriter
    one = kind(_LOADED, url=url, banner=b"<aside>Cookies?</aside>", whole=True)
    return one.feed(page) + one.close()


_LOADED: Final = load_policy(POLICY)


@dataclass
class Record:
    """Whom the pages of all cases contacted."""

    seen: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)

    def is_live(self, case: Case, state: str = BEFORE) -> bool:
        return token_of(case, state) in self.seen


class Court:
    """One shop with all cases in it, the vendors, and a browser."""

    def __init__(self, app: Flask, vendors: Vendors, driver: Chrome, port: int) -> None:
        self._app = app
        self._vendors = vendors
        self._driver = driver
        driver.set_script_timeout(2 * _PATIENCE)
        self._origin = f"http://127.0.0.1:{port}"
        self.record = Record()
        self._noted = 0
        self._loaded: set[bytes] = set()

    def hear(self, cases: Sequence[Case]) -> None:
        """Load all pages, and note whom they contact."""
        for start in range(0, len(cases), _BATCH):
            self._hear_batch(cases[start : start + _BATCH])

    def _hear_batch(self, batch: Sequence[Case]) -> None:
        self._driver.get(f"{self._origin}/court")
        frames = [
            self._frame(case, state)
            for case in batch
            for state in states(case)
            if self._is_new(case, state)
        ]
        for answer in self._driver.execute_async_script(_OPEN, frames):
            late = answer.startswith("late ")
            (self.record.late if late else self.record.seen).update(
                _TOKEN.findall(answer)
            )
        self._await(batch)

    def _is_new(self, case: Case, state: str) -> bool:
        """Tell whether a page has to be loaded: the same bytes do the same.

        Most pages of which only the tracker went are the same. What holds the token of
        a case is like no other page.
        """
        if state not in {AFTER, RESERVED}:
            return True
        page = _rewritten(case, state, self._url(case, state))
        is_new = page not in self._loaded
        self._loaded.add(page)
        return is_new

    def _frame(self, case: Case, state: str) -> Mapping[str, object]:
        return {
            "url": self._url(case, state),
            "sandbox": not case.scripting,
            "act": case.act,
            "hint": case.hint,
            "token": token_of(case, state),
        }

    def _url(self, case: Case, state: str) -> str:
        return f"{self._origin}/case/{_NUMBERS[case.name]}/{state}"

    def _await(self, batch: Sequence[Case]) -> None:
        """Wait until every live case has contacted its tracker."""
        missing = {token_of(case, state) for case in batch for state in live_in(case)}
        end = time.monotonic() + _PATIENCE
        while missing - self._note() and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(_SETTLING)
        self._note()

    def _note(self) -> set[str]:
        new = self._vendors.contacts[self._noted :]
        self._noted += len(new)
        for contact in new:
            if TRACKERS.match(f"{contact.host.rstrip('.')}{contact.path or '/'}"):
                self.record.seen.update(_TOKEN.findall(_words(contact)))
        return self.record.seen


def states(case: Case) -> str:
    """Get the states in which a case is judged."""
    if case.kind is Kind.HARMLESS:
        return BEFORE  # afterwards, it is the same
    if case.kind is Kind.UNSEEN:
        return GUARDED + AFTER + BEFORE
    return RESERVED + AFTER + BEFORE


def _rewritten(case: Case, state: str, url: str) -> bytes:
    page = case.page(token_of(case, state))
    return rewritten(page, url, reserved=state == RESERVED)


def live_in(case: Case) -> str:
    """Get the states in which a case has to contact its tracker."""
    return {Kind.LIVE: BEFORE, Kind.UNSEEN: BEFORE + AFTER}.get(case.kind, "")


def _words(contact: Contact) -> str:
    return f"{contact.host}{contact.path}?{contact.query}"


def shop(folder: Path) -> Flask:
    """Get the shop: its pages as they were and rewritten, and under the policy."""
    app = Flask("court", instance_path=str(folder))
    app.config.from_mapping(
        SECRET_KEY="court" * 8,
        CONSENTKIT_POLICY=POLICY,
        CONSENTKIT_CSP="enforce",
        CONSENTKIT_AUTO_BANNER=False,
    )
    ConsentKit(app)
    plain = app.wsgi_app.app  # type: ignore[attr-defined]
    guarded = app.wsgi_app

    def without_us(environ: dict[str, object], start: object) -> object:
        asked = f"{environ['PATH_INFO']}?{environ.get('QUERY_STRING')}"
        is_guarded = asked.rstrip("?").endswith(GUARDED)
        return (guarded if is_guarded else plain)(environ, start)  # type: ignore[arg-type]

    app.wsgi_app = without_us  # type: ignore[assignment, method-assign]
    app.add_url_rule("/court", "court", lambda: _COURT)
    app.add_url_rule("/case/<int:number>/<state>", "case", _case)
    app.add_url_rule("/load.<kind>", "load", _load)
    app.add_url_rule("/work.js", "work", lambda: _load("js"))
    app.add_url_rule("/go", "go", lambda: redirect(_tracker()))
    app.add_url_rule("/<path:path>", "rest", _own)
    return app


def _case(number: int, state: str) -> Response:
    case = CASES[number]
    page = case.page(token_of(case, state))
    if state in {AFTER, RESERVED}:
        page = _rewritten(case, state, request.url)
    kind = f"text/html; charset={case.charset}"
    return Response(page, content_type=kind, headers={"Cache-Control": "no-store"})


def _tracker() -> str:
    return f"https://{request.query_string.decode()}.hotjar.com/x"


def _load(kind: str) -> Response:
    """Get a file of the shop's own that loads a tracker."""
    url = _tracker()
    body, media = {
        "js": (f"fetch('{url}',{{mode:'no-cors'}})", "text/javascript"),
        "css": (f"body{{background:url({url})}}", "text/css"),
    }[kind]
    return Response(body, mimetype=media)


def _own(path: str) -> Answer:
    """Answer for what else the pages name: there is none where they say so."""
    if path.startswith("none"):
        return Response("", 404)
    media = {"js": "text/javascript", "css": "text/css", "png": "image/png"}
    return Response("", mimetype=media.get(path.rpartition(".")[2], "text/html"))


def sit(folder: Path) -> Iterator[Court]:
    """Open the court for as long as it is used."""
    authority = Authority(folder)
    app = shop(folder / "instance")
    with ExitStack() as stack:
        stack.callback(app.extensions["consentkit"].log.engine.dispose)
        vendors = stack.enter_context(Vendors(authority))
        port = stack.enter_context(served(app))
        rules = resolver_rules({}, vendors.ports)
        chromiums = Chromiums(folder, rules=rules, pin=authority.pin, logged=False)
        stack.callback(chromiums.quit)
        yield Court(app, vendors, chromiums.with_script, port)
