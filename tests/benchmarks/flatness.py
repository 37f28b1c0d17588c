"""Whether the cost of a response grows with the number of services declared."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

from consentkit import catalogue
from consentkit.enforce.middleware import ConsentMiddleware
from tests.benchmarks.storefront import TRACKERS, make_shop, policy_of
from tests.benchmarks.tables import Row, Table, micro
from tests.benchmarks.timing import in_turns, middle, ratio
from tests.benchmarks.visitor import BROWSER, SCRIPT, asks, consent_cookie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse

    from consentkit.enforce.visit import Environ

FEW, SOME, MANY = 5, 50, 300
GROWTH = 1.10
_CASES = ("page, refused", "page, everything granted", "JSON, refused", "JSON, granted")


def run() -> Table:
    """Measure the middleware alone: its app answers with what is ready."""
    asked = [_asked(count) for count in (FEW, SOME, MANY)]
    rows = []
    for case in _CASES:
        few, some, many = (cases[case] for cases in asked)
        calls = 5 if case == _CASES[0] else 50
        subjects = {"few": few, "some": some, "many": many}
        times = in_turns(subjects, rounds=100, calls=calls)
        growth = ratio(times["many"], times["few"])
        medians = [micro(middle(taken)) for taken in times.values()]
        target = (f"<= {GROWTH:.2f} x", growth <= GROWTH)
        rows.append(Row(case, " / ".join(medians), f"{growth:.2f} x", *target))
    title = (
        f"The middleware alone, with {FEW} / {SOME} / {MANY} services: ratio of ends"
    )
    return Table(title, rows)


def _asked(count: int) -> dict[str, Callable[[], bytes]]:
    """Get the requests to a shop with this many services.

    Of the catalogue only the page's five remain, or few services would be 150.
    """
    first = {key: catalogue.services()[key] for key in TRACKERS[:FEW]}
    with patch.object(catalogue, "services", lambda: first):
        shop = make_shop(policy_of(count, known=FEW), undeclared="allow")
    page = asks(make_shop(), "/products", BROWSER)()
    middleware = shop.wsgi_app
    if not isinstance(middleware, ConsentMiddleware):
        raise TypeError(middleware)
    middleware.app = _Ready({"/products": page, "/api/basket": b'{"items": []}\n'})
    refused, granted = consent_cookie(shop), consent_cookie(shop, "personalisation")
    sent = [
        ("/products", BROWSER, refused),
        ("/products", BROWSER, granted),
        ("/api/basket", SCRIPT, refused),
        ("/api/basket", SCRIPT, granted),
    ]
    requests = (asks(middleware, *request) for request in sent)
    return dict(zip(_CASES, requests, strict=True))


class _Ready:
    """An app that has its answers ready."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self._answers = answers

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        media_type = "text/html" if path == "/products" else "application/json"
        body = self._answers[path]
        headers = [("Content-Type", media_type), ("Content-Length", str(len(body)))]
        start("200 OK", headers)
        return [body]
