"""Pages in an auditor's zip, for reading and printing: a summary, and each notice.

They are made of the log alone, need no script and nothing from elsewhere. Whatever
visitors or shops have written is escaped.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Any, Final

from .record import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from .statistics import Statistics

_WIDTH, _ROW, _LABEL = 640, 22, 200
#: More days than these are told by the month.
_MOST_DAYS: Final = 62
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:45rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse;margin:1rem 0}"
    "td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #ccc}td+td,th+th{text-align:right}"
    "svg{max-width:100%;height:auto}figure{margin:1rem 0;break-inside:avoid}"
    "code{word-break:break-all}"
)
_ENDING: Final = (
    "</ul><h2>How to verify</h2><p>README.txt tells how, with Python or ConsentKit,"
    " and how openssl checks the signature. Nothing on this page is proved by being"
    " here.</p>"
)


def summary_page(
    counted: Statistics,
    facts: Iterable[tuple[str, object]],
    notices: Sequence[tuple[str, str, datetime]],
) -> str:
    """Get the page that shows what is in the zip, with charts.

    :param facts: names and values, for the head of the page.
    :param notices: hash, language and first day of each.
    """
    granted = [(key, a.granted) for key, a in counted.acceptance.items()]
    refused = [(key, a.refused) for key, a in counted.acceptance.items()]
    parts = [
        "<h1>Consent log</h1>",
        _table(("", ""), facts),
        _chart("Decisions", list(counted.by_decision.items())),
        _chart("Decisions by time", _by_time(counted.by_day)),
        _chart("Where they were made", list(counted.by_surface.items())),
        _chart("Language of the notice", list(counted.by_language.items())),
        _chart("Granted, by group and service", granted),
        _chart("Refused, by group and service", refused),
        "<h2>Notices as they were shown</h2><ul>",
        *(
            f'<li><a href="notices/{escape(digest)}.html">{escape(digest[:16])}</a>,'
            f" {escape(language)}, since {timestamp(since)[:10]}</li>"
            for digest, language, since in notices
        ),
        _ENDING,
    ]
    return _page("Consent log", "en", parts)


def notice_page(digest: str, shown: Mapping[str, Any]) -> str:
    """Get a notice as visitors were shown it: texts, groups, services, cookies."""
    texts: Mapping[str, str] = shown.get("texts") or {}
    title = texts.get("title", "Notice")
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p><code>{escape(digest)}</code></p>",
        *(
            f"<p>{escape(texts[name])}</p>"
            for name in ("intro", "third_parties", "keep")
            if name in texts
        ),
        *(part for group in shown.get("groups", ()) for part in _group(group)),
        "<h2>All texts</h2>",
        _table(("", ""), texts.items()),
    ]
    return _page(title, str(shown.get("language", "")), parts)


def _group(group: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>{_said(group, 'name')}</h2><p>{_said(group, 'purpose')}</p>"
    for service in group.get("services") or ():
        yield f"<h3>{_said(service, 'name')}</h3>"
        yield f"<p>{_said(service, 'provider')}</p><p>{_said(service, 'purpose')}</p>"
        cookies = service.get("cookies") or ()
        if cookies:
            yield _table(
                ("", ""), [(c.get("name", ""), c.get("lifetime", "")) for c in cookies]
            )
    for hook in group.get("hooks") or ():
        yield f"<p>{escape(str(hook.get('purpose') or hook.get('key', '')))}</p>"


def _said(found: Mapping[str, Any], name: str) -> str:
    return escape(str(found.get(name) or ""))


def _by_time(by_day: Mapping[str, int]) -> list[tuple[str, int]]:
    if len(by_day) <= _MOST_DAYS:
        return list(by_day.items())
    months: Counter[str] = Counter()
    for day, number in by_day.items():
        months[day[:7]] += number
    return sorted(months.items())


def _chart(title: str, rows: Sequence[tuple[str, int]]) -> str:
    """Get horizontal bars, and the same numbers as a table."""
    if not rows:
        return ""
    longest = max(number for _, number in rows) or 1
    room = _WIDTH - _LABEL - 80
    bars = "".join(
        f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(label)}</text>'
        f'<rect x="{_LABEL}" y="{y + 3}" width="{max(1, number * room // longest)}"'
        f' height="{_ROW - 6}" fill="#3465a4"/>'
        f'<text x="{_LABEL + max(1, number * room // longest) + 6}" y="{y + 15}">'
        f"{number}</text>"
        for y, (label, number) in _placed(rows)
    )
    return (
        f"<h2>{escape(title)}</h2><figure>"
        f'<svg viewBox="0 0 {_WIDTH} {len(rows) * _ROW}" width="{_WIDTH}"'
        f' font-size="13" role="img" aria-label="{escape(title)}">{bars}</svg>'
        f"</figure>{_table(('', 'number'), rows)}"
    )


def _placed(
    rows: Sequence[tuple[str, int]],
) -> Iterator[tuple[int, tuple[str, int]]]:
    return ((place * _ROW, row) for place, row in enumerate(rows))


def _table(head: tuple[str, str], rows: Iterable[tuple[str, object]]) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(str(name))}</th>'
        f"<td>{escape(str(value))}</td></tr>"
        for name, value in rows
    )
    top = f"<thead><tr><th></th><th>{head[1]}</th></tr></thead>" if head[1] else ""
    return f"<table>{top}<tbody>{lines}</tbody></table>"


def _page(title: str, language: str, parts: Iterable[str]) -> str:
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )
