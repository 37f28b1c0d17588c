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

    from .statistics import Acceptance, Statistics

_ROW: Final = 40  # pixels of a bar with its words
#: More days than these are told by the month.
_MOST_DAYS: Final = 62
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:45rem;margin:2rem auto;"
    "padding:0 1rem;color:#1c1f1e}h1,h2,h3{line-height:1.25}h2{margin-top:2.5rem}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "td,th{padding:.25rem .8rem .25rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #ddd;font-weight:400}th,td,code{overflow-wrap:anywhere}"
    "tbody th{min-width:7.5rem}"
    "thead th,.value{color:#555;fill:#555}.n{text-align:right;white-space:nowrap;"
    "font-variant-numeric:tabular-nums}figure{margin:1rem 0}"
    "svg{display:block;overflow:visible;print-color-adjust:exact}text{font-size:.9rem}"
    ".track{fill:#ddd}.bar{fill:#12584a}"
    "@media print{body{max-width:none;margin:0;font-size:12px}"
    "h2{break-after:avoid}tr,figure{break-inside:avoid}}"
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
    parts = [
        "<h1>Consent log</h1>",
        _table(facts),
        _chart("Decisions", list(counted.by_decision.items())),
        _chart("Decisions by time", _by_time(counted.by_day)),
        _chart("Where they were made", list(counted.by_surface.items())),
        _chart("Language of the notice", list(counted.by_language.items())),
        _acceptance(counted.acceptance),
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
        _table(texts.items()),
    ]
    return _page(title, str(shown.get("language", "")), parts)


def _group(group: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>{_said(group, 'name')}</h2><p>{_said(group, 'purpose')}</p>"
    for service in group.get("services") or ():
        yield f"<h3>{_said(service, 'name')}</h3>"
        yield f"<p>{_said(service, 'provider')}</p><p>{_said(service, 'purpose')}</p>"
        cookies = service.get("cookies") or ()
        if cookies:
            yield _table((c.get("name", ""), c.get("lifetime", "")) for c in cookies)
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
    """Get bars as long as numbers, and the same numbers as a table."""
    longest = max((number for _, number in rows), default=0) or 1
    bars = [(label, f"{number:,}", number / longest) for label, number in rows]
    return _figure(title, bars, _table(rows, ("", "decisions")))


def _acceptance(acceptance: Mapping[str, Acceptance]) -> str:
    """Get how often each group and service was granted."""
    bars = [(key, f"{a.share:.0%}", a.share) for key, a in acceptance.items()]
    rows = [
        (key, a.granted, a.refused, f"{a.share:.1%}") for key, a in acceptance.items()
    ]
    head = ("", "granted", "refused", "share")
    return _figure("Granted, by group and service", bars, _table(rows, head))


def _figure(title: str, rows: Sequence[tuple[str, str, float]], table: str) -> str:
    """Get horizontal bars over their table; widths are shares of what there is."""
    if not rows:
        return ""
    bars = "".join(
        f'<text y="{y + 15}">{escape(label)}</text>'
        f'<text class="value" x="100%" y="{y + 15}" text-anchor="end">{value}</text>'
        f'<rect class="track" y="{y + 22}" width="100%" height="8" rx="4"/>'
        f'<rect class="bar" y="{y + 22}" width="{share:.2%}" height="8" rx="4"/>'
        for y, (label, value, share) in _placed(rows)
    )
    return (
        f"<h2>{escape(title)}</h2><figure>"
        f'<svg width="100%" height="{len(rows) * _ROW}" role="img"'
        f' aria-label="{escape(title)}; the numbers are in the table below">'
        f"{bars}</svg></figure>{table}"
    )


def _placed(
    rows: Sequence[tuple[str, str, float]],
) -> Iterator[tuple[int, tuple[str, str, float]]]:
    return ((place * _ROW, row) for place, row in enumerate(rows))


def _table(rows: Iterable[Sequence[object]], head: Sequence[str] = ()) -> str:
    """Get a table; under a head, all but what names a row are numbers."""
    number = ' class="n"' if head else ""
    top = "".join(f'<th scope="col"{number}>{name}</th>' for name in head[1:])
    lines = "".join(
        f'<tr><th scope="row">{escape(str(name))}</th>'
        + "".join(f"<td{number}>{_written(value)}</td>" for value in values)
        + "</tr>"
        for name, *values in rows
    )
    top = f"<thead><tr><td></td>{top}</tr></thead>" if head else ""
    return f"<table>{top}<tbody>{lines}</tbody></table>"


def _written(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def _page(title: str, language: str, parts: Iterable[str]) -> str:
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )
