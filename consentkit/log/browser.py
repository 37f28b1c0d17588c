"""Browser families: all that the log keeps of a user agent."""

from __future__ import annotations

#: What gives a family away. The order counts: nearly every browser also calls
#: itself Chrome or Safari.
_MARKS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)


def browser_family(user_agent: str) -> str:
    """Get the family of a browser, such as ``Firefox``, or ``other``.

    The full string would help to recognise a visitor, and proves nothing about
    their consent (GDPR 5(1)(c)).
    """
    return next((family for mark, family in _MARKS if mark in user_agent), "other")
