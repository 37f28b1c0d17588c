from __future__ import annotations

import gzip
import sys
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest
import zstandard

from consentkit import load_policy
from consentkit.cookie import ConsentCookie, CookieTerms
from consentkit.enforce.middleware import ConsentMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication

    from consentkit.enforce import Gap, Withheld

#: Comes without types.
brotli: Any = import_module("brotli")
POLICY = load_policy(
    {
        "notice": {"controller": "Pebble & Pine", "contact": "p@pebble.example"},
        "services": {
            "spin": {
                "name": "Spin",
                "group": "personalisation",
                "hosts": ["cdn.spin.example"],
            }
        },
    }
)
TAG = b'<script src="https://cdn.spin.example/w.js"></script>'
PAGE = b"<!doctype html><body>" + TAG + b"<p>lamps"
BANNER = "<b>\N{LATIN SMALL LETTER A WITH DIAERESIS}</b>"
REWRITTEN = (
    b"<!doctype html><body>"
    + BANNER.encode()
    + b"<p>lamps<template data-consentkit-withheld></template>"
)
HTML = [("Content-Type", "text/html; charset=utf-8")]


class Host:
    def __init__(self) -> None:
        self.unreadable = 0
        self.seen: list[str] = []

    def language(self, environ: object) -> str:
        return "en"

    def banner(self, environ: object, language: str, nonce: str) -> bytes:
        return BANNER.encode()

    def placeholder(self, environ: object, gap: Gap) -> bytes:
        return b"<i>gap</i>"

    def withheld(self, environ: object, found: Iterable[Withheld]) -> None:
        self.seen += [withheld.element for withheld in found]

    def cookie_withheld(self, environ: object, name: str, service: str) -> None: ...

    def unread(self, environ: object) -> None:
        self.unreadable += 1

    def for_all(
        self, environ: object, language: str, nonce: str, banner: bytes
    ) -> bytes:
        return b"[all]" + banner

    def preface(self, environ: object, nonce: str, page: bytes | None) -> bytes:
        return b""

    def sweep(self, environ: object, nonce: str) -> bytes:
        return b"[sweep]"

    def undeclared(self, environ: object, hosts: object) -> None: ...


class Answer:
    """What a server got from an app behind the middleware."""

    def __init__(self, app: WSGIApplication, **environ: Any) -> None:
        self.host = Host()
        self.starts: list[tuple[str, dict[str, str]]] = []
        cookie = ConsentCookie(["key"], CookieTerms())
        middleware = ConsentMiddleware(app, POLICY, cookie, self.host)
        self.environ: dict[str, Any] = {"HTTP_ACCEPT": "text/html", **environ}
        setup_testing_defaults(self.environ)
        self.result = middleware(self.environ, self._start)

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        self.starts.append((status, {k.lower(): v for k, v in headers}))
        return lambda data: None

    @property
    def status(self) -> str:
        return self.starts[-1][0]

    @property
    def headers(self) -> dict[str, str]:
        return self.starts[-1][1]

    def read(self) -> bytes:
        try:
            return b"".join(self.result)
        finally:
            close = getattr(self.result, "close", None)
            if close:
                close()


def app_of(
    *pieces: bytes,
    headers: Iterable[tuple[str, str]] = tuple(HTML),
    status: str = "200 OK",
) -> WSGIApplication:
    def app(environ: object, start_response: StartResponse) -> list[bytes]:
        start_response(status, list(headers))
        return list(pieces)

    return app


def of_zstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def read(app: WSGIApplication, **environ: Any) -> bytes:
    return Answer(app, **environ).read()


def test_a_page_is_rewritten() -> None:
    answer = Answer(app_of(PAGE))
    assert answer.read() == REWRITTEN
    assert answer.headers["vary"] == "Cookie, Sec-GPC"


@pytest.mark.parametrize("length", ["1", "20", "1000", "junk", "\xb2", "-5"])
def test_a_wrong_length_is_put_right_or_left_out(length: str) -> None:
    answer = Answer(app_of(PAGE, headers=[*HTML, ("Content-Length", length)]))
    assert answer.read() == REWRITTEN
    assert answer.headers.get("content-length") in {None, str(len(REWRITTEN))}


def test_a_page_in_any_pieces_is_the_same() -> None:
    pieces = [PAGE[at : at + 1] for at in range(len(PAGE))]
    assert read(app_of(b"", *pieces, b"")) == REWRITTEN


def test_the_first_byte_is_out_before_the_last_is_made() -> None:
    made: list[str] = []

    def app(environ: object, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", HTML)
        for name in ("first", "second"):
            made.append(name)
            yield b"<!doctype html><body><p>" + name.encode() + b"</p>"

    pieces = iter(Answer(app).result)
    assert b"first" in next(pieces)
    assert made == ["first"]
    assert b"second" in b"".join(pieces)


def test_a_compressed_stream_can_be_read_as_it_comes() -> None:
    coder = zlib.compressobj(wbits=31)

    def app(environ: object, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [*HTML, ("Content-Encoding", "gzip")])
        yield coder.compress(PAGE) + coder.flush(zlib.Z_SYNC_FLUSH)
        yield coder.compress(b"<p>end") + coder.flush()

    reader = zlib.decompressobj(31)
    pieces = iter(Answer(app).result)
    assert reader.decompress(next(pieces)).endswith(b"<p>lamps")
    rest = b"".join(reader.decompress(piece) for piece in pieces)
    assert rest.endswith(b"<p>end<template data-consentkit-withheld></template>")


def test_start_response_may_come_with_the_first_piece() -> None:
    def app(environ: object, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", HTML)
        yield PAGE

    answer = Answer(app)
    assert answer.starts == []
    assert answer.read() == REWRITTEN


def test_a_late_start_of_something_else_passes() -> None:
    def app(environ: object, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield PAGE

    assert read(app) == PAGE


@pytest.mark.parametrize("kind", ["text/html", "text/plain", ""])
def test_what_is_written_comes_before_the_body(kind: str) -> None:
    sent: list[bytes] = []

    def app(environ: object, start_response: StartResponse) -> list[bytes]:
        write = start_response("200 OK", [("Content-Type", kind)] if kind else [])
        write(PAGE[:30])
        return [PAGE[30:]]

    class Writing(Answer):
        def _start(self, *args: Any) -> Callable[[bytes], object]:
            super()._start(*args)
            return sent.append

    body = Writing(app).read()
    expected = PAGE if kind == "text/plain" else REWRITTEN
    if kind != "text/html":
        expected = expected.replace(BANNER.encode(), b"&#228;".join([b"<b>", b"</b>"]))
    else:
        expected = expected.replace("ä".encode(), b"&#228;")
    assert b"".join(sent) + body == expected


def test_an_error_page_replaces_what_was_begun() -> None:
    def app(environ: object, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", HTML)(b"<p>half a page")
        try:
            raise ValueError  # noqa: TRY301  as an app's server would meet it
        except ValueError:
            start_response("500 Oops", HTML, sys.exc_info())
        return [PAGE]

    answer = Answer(app)
    assert answer.read() == REWRITTEN
    assert [status for status, _ in answer.starts] == ["500 Oops"]


PLAIN = [("Content-Type", "text/plain")]


def failing(start_response: StartResponse, headers: list[tuple[str, str]]) -> None:
    """Start anew as apps do that fail (PEP 3333, "Error Handling")."""
    try:
        raise ValueError("late")  # noqa: TRY301  as above
    except ValueError:
        start_response("500 Oops", headers, sys.exc_info())


def test_an_error_page_instead_of_something_else_is_read() -> None:
    def app(environ: object, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", PLAIN)
        failing(start_response, HTML)
        return [PAGE]

    answer = Answer(app)
    assert answer.read() == REWRITTEN
    assert [status for status, _ in answer.starts] == ["200 OK", "500 Oops"]


class Server(Answer):
    """Raises what comes after the head is out, as PEP 3333 wants it."""

    is_out = False

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        if exc_info and self.is_out:
            raise exc_info[1].with_traceback(exc_info[2])
        return super()._start(status, headers, exc_info)


@pytest.mark.parametrize("first", [PLAIN, HTML])
@pytest.mark.parametrize("then", [PLAIN, HTML])
def test_an_error_after_the_head_is_the_servers(
    first: list[tuple[str, str]], then: list[tuple[str, str]]
) -> None:
    def app(environ: object, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", first)

        def pieces() -> Iterator[bytes]:
            yield PAGE
            failing(start_response, then)
            yield PAGE

        return pieces()

    server = Server(app)
    pieces = iter(server.result)
    assert b"lamps" in next(pieces)
    server.is_out = True
    with pytest.raises(ValueError, match="late"):
        next(pieces)
    assert [status for status, _ in server.starts] == ["200 OK"]


@pytest.mark.parametrize("then", [PLAIN, HTML])
def test_an_error_page_that_comes_too_late_to_be_read_is_under_a_policy(
    then: list[tuple[str, str]],
) -> None:
    def app(environ: object, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", PLAIN)

        def pieces() -> Iterator[bytes]:
            failing(start_response, then)
            yield PAGE

        return pieces()

    answer = Server(app)
    assert answer.read() == PAGE
    assert answer.status == "500 Oops"
    policy = answer.headers.get("content-security-policy", "")
    assert policy.startswith("default-src 'self'") is (then is HTML)
    assert answer.host.unreadable == (then is HTML)


class Body:
    """An app's body that counts how often it is closed."""

    def __init__(self, *pieces: bytes, fails: bool = False) -> None:
        self._pieces = pieces
        self._fails = fails
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces
        if self._fails:
            raise ValueError("half-way")

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("fails", [True, False])
@pytest.mark.parametrize("length", [[], [("Content-Length", "90")]])
@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/xhtml+xml"])
def test_a_body_is_closed_once_whatever_happens(
    kind: str, length: list[tuple[str, str]], *, fails: bool
) -> None:
    body = Body(PAGE, fails=fails)

    def app(environ: object, start_response: StartResponse) -> Body:
        start_response("200 OK", [("Content-Type", kind), *length])
        return body

    answer = Answer(app)
    if fails:
        with pytest.raises(ValueError, match="half-way"):
            answer.read()
    else:
        answer.read()
    assert body.closed == 1


def test_a_body_that_nobody_reads_is_closed() -> None:
    body = Body(PAGE)

    def app(environ: object, start_response: StartResponse) -> Body:
        start_response("200 OK", HTML)
        return body

    Answer(app).result.close()  # type: ignore[attr-defined]
    assert body.closed == 1


def test_files_that_are_no_pages_stay_the_servers_own() -> None:
    wrapper: list[FileWrapper] = []

    def app(environ: Any, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "image/png")])
        wrapper.append(environ["wsgi.file_wrapper"](open(__file__, "rb")))  # noqa: PTH123, SIM115  the wrapper closes it
        return wrapper[0]

    answer = Answer(app, **{"wsgi.file_wrapper": FileWrapper})
    assert answer.result is wrapper[0]
    wrapper[0].close()


@pytest.mark.parametrize("status", ["204 No Content", "205 Reset Content"])
def test_what_has_no_body_gets_none(status: str) -> None:
    assert read(app_of(status=status)) == b""


def test_head_says_what_get_would() -> None:
    app = app_of(PAGE, headers=[*HTML, ("ETag", '"v1"'), ("Content-Length", "84")])
    of_get, of_head = Answer(app), Answer(app, REQUEST_METHOD="HEAD")
    of_get.read()
    of_head.read()
    assert {**of_get.headers, "content-length": ""} == {
        **of_head.headers,
        "content-length": "",
    }
    assert "content-length" not in of_head.headers


def test_a_redirect_keeps_its_body_and_may_be_cached() -> None:
    headers = [*HTML, ("Location", "/there")]
    answer = Answer(app_of(PAGE, headers=headers, status="301 Moved"))
    assert answer.read() == PAGE
    assert "vary" not in answer.headers


def test_a_redirect_to_nowhere_is_shown_so_it_is_rewritten() -> None:
    app = app_of(PAGE, headers=[*HTML, ("Location", " ")], status="302 Found")
    assert read(app) == REWRITTEN


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "418 Teapot"])
def test_error_pages_are_pages(status: str) -> None:
    answer = Answer(app_of(PAGE, status=status))
    assert answer.read() == REWRITTEN
    assert answer.status == status


@pytest.mark.parametrize(
    "kinds",
    [
        [],
        [""],
        ["*/*"],
        ["unknown/unknown"],
        ["text"],
        ["TEXT/HTML"],
        ["text/plain, text/html"],
        ["text/plain", "text/html"],
        ["text/html charset=utf-8"],
        ["text/html(a)"],
        ["text/html, a"],
        ["text/html,"],
        ["text/html, */*"],
        ['text/html; charset="a,b"'],
    ],
)
def test_what_browsers_take_for_a_page_is_one(kinds: list[str]) -> None:
    app = app_of(b"\n ", PAGE, headers=[("Content-Type", kind) for kind in kinds])
    assert TAG not in read(app)


@pytest.mark.parametrize(
    "kind", ["text/html charset=utf-8", "text/html, a", 'text/html; charset="a,b"']
)
def test_what_is_named_a_page_is_one_whatever_it_begins_with(kind: str) -> None:
    app = app_of(b"Welcome ", PAGE, headers=[("Content-Type", kind)])
    assert TAG not in read(app)


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "text/css"])
def test_what_is_no_page_passes(kind: str) -> None:
    answer = Answer(app_of(PAGE, headers=[("Content-Type", kind)]))
    assert answer.read() == PAGE
    assert answer.headers == {"content-type": kind}


@pytest.mark.parametrize("body", [b"", b"   ", b'{"a": 1}', b"\x89PNG\r\n"])
def test_what_is_named_nothing_and_is_no_page_passes(body: bytes) -> None:
    answer = Answer(app_of(body, headers=[]))
    assert answer.read() == body
    assert answer.headers == {}


@pytest.mark.parametrize(
    ("encoding", "code", "decode"),
    [
        ("gzip", gzip.compress, gzip.decompress),
        ("deflate", zlib.compress, zlib.decompress),
        ("br", brotli.compress, brotli.decompress),
        ("zstd", zstandard.compress, of_zstd),
    ],
)
@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", None])
def test_compressed_pages_are_rewritten(
    encoding: str,
    code: Callable[[bytes], bytes],
    decode: Callable[[bytes], bytes],
    kind: str | None,
) -> None:
    coded = code(PAGE)
    headers = [("Content-Encoding", encoding), ("Content-Length", str(len(coded)))]
    answer = Answer(
        app_of(coded, headers=headers + ([("Content-Type", kind)] if kind else []))
    )
    body = answer.read()
    assert answer.headers["content-length"] == str(len(body))
    assert TAG not in decode(body)
    assert b"<p>lamps" in decode(body)


UNREADABLE = {
    "unknown coding": (PAGE, "text/html", "dcb"),
    "two codings": (gzip.compress(PAGE), "text/html", "gzip, br"),
    "not in its coding": (PAGE, "text/html", "gzip"),
    "not in Brotli": (PAGE, "text/html", "br"),
    "not in Zstandard": (PAGE, "text/html", "zstd"),
    "UTF-16 by header": (PAGE, "text/html; charset=UTF-16LE", ""),
    "UTF-16 by its old name": (PAGE, "text/html; charset=unicode", ""),
    "UTF-16 by its mark": (PAGE.decode().encode("utf-16"), "text/html", ""),
    "compressed UTF-16": (
        gzip.compress(PAGE.decode().encode("utf-16")),
        "text/html",
        "gzip",
    ),
    "ISO-2022-JP": (PAGE, "text/html; charset=iso-2022-jp", ""),
    "ISO-2022-JP by the page": (
        b"<meta charset = 'ISO-2022-JP'>" + PAGE,
        "text/html",
        "",
    ),
    "ISO-2022-JP by the page's type": (
        b'<meta http-equiv=content-type content="text/html; charset=iso-2022-jp">'
        + PAGE,
        "text/html",
        "",
    ),
    "ISO-2022-JP by what it holds": (
        b"<p>\x1b$B<!--\x1b(B" + PAGE,
        "text/html; charset=nonsense",
        "",
    ),
    "UTF-16 by its declaration": (
        f'<?xml version="1.0"?>{PAGE.decode()}'.encode("utf-16-le"),
        "text/html",
        "",
    ),
    "XHTML": (PAGE, "application/xhtml+xml", ""),
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("measured", [True, False])
def test_what_cannot_be_read_goes_under_a_policy(name: str, *, measured: bool) -> None:
    body, kind, coding = UNREADABLE[name]
    headers = [("Content-Type", kind)]
    headers += [("Content-Encoding", coding)] if coding else []
    headers += [("Content-Length", str(len(body)))] if measured else []
    answer = Answer(app_of(body, headers=headers))
    assert answer.read() == body
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert "spin" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private"
    assert answer.host.unreadable == 1


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=nonsense"])
def test_what_may_change_its_charset_is_cut_there(kind: str) -> None:
    late = b"<meta charset=iso-&#50;022-jp>\x1b$B<!--\x1b(B" + PAGE
    answer = Answer(app_of(PAGE, late, headers=[("Content-Type", kind)]))
    body = answer.read()
    assert b"<p>lamps" in body
    assert TAG not in body
    assert b"\x1b" not in body
    assert answer.host.unreadable == 1


def test_what_says_its_charset_may_hold_any_byte() -> None:
    body = read(app_of(PAGE, b"\x1b$B", PAGE))
    assert b"\x1b$B" in body
    assert TAG not in body


def test_what_breaks_off_within_its_coding_is_cut_there() -> None:
    coder = zlib.compressobj(wbits=31)
    good = coder.compress(PAGE) + coder.flush(zlib.Z_SYNC_FLUSH)
    app = app_of(good, b"\xff" * 50, headers=[*HTML, ("Content-Encoding", "gzip")])
    answer = Answer(app)
    assert gzip.decompress(answer.read()) == REWRITTEN
    assert answer.host.unreadable == 1


@pytest.mark.parametrize("charset", ["", "; charset=iso-8859-1", "; charset=Shift_JIS"])
def test_our_words_read_right_in_any_charset(charset: str) -> None:
    body = read(app_of(PAGE, headers=[("Content-Type", f"text/html{charset}")]))
    assert b"<b>&#228;</b>" in body
    assert body.isascii()


def partial(asked: list[str | None]) -> WSGIApplication:
    def app(environ: Any, start_response: StartResponse) -> list[bytes]:
        wanted = environ.get("HTTP_RANGE")
        asked.append(wanted)
        status = "206 Partial Content" if wanted else "200 OK"
        start_response(status, HTML)
        return [PAGE[25:] if wanted else PAGE]

    return app


def test_a_part_of_a_page_becomes_the_whole() -> None:
    asked: list[str | None] = []
    answer = Answer(partial(asked), HTTP_RANGE="bytes=25-")
    assert answer.read() == REWRITTEN
    assert answer.status == "200 OK"
    assert asked == ["bytes=25-", None]


def test_a_range_means_nothing_to_other_methods() -> None:
    asked: list[str | None] = []
    answer = Answer(partial(asked), HTTP_RANGE="bytes=25-", REQUEST_METHOD="POST")
    assert answer.read() == REWRITTEN
    assert asked == [None]


def test_a_part_that_nobody_asked_for_goes_under_a_policy() -> None:
    answer = Answer(app_of(PAGE[25:], status="206 Partial Content"))
    answer.read()
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_it_obeys_pep_3333(method: str) -> None:
    def inner(environ: object, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", HTML)
        yield from [PAGE[:10], PAGE[10:]] if method != "HEAD" else []

    cookie = ConsentCookie(["key"], CookieTerms())
    middleware = ConsentMiddleware(inner, POLICY, cookie, Host())
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    result = validator(middleware)(environ, lambda *_: lambda _: None)
    b"".join(result)
    result.close()  # type: ignore[attr-defined]


DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg">' + TAG + b"</svg>"


@pytest.mark.parametrize("shown_in", ["document", "iframe", "object", "embed"])
@pytest.mark.parametrize("kind", ["image/svg+xml", "text/xml", "application/rss+xml"])
def test_a_drawing_that_is_shown_by_itself_is_under_a_policy(
    shown_in: str, kind: str
) -> None:
    app = app_of(DRAWING, headers=[("Content-Type", kind)])
    answer = Answer(app, HTTP_SEC_FETCH_DEST=shown_in)
    assert answer.read() == DRAWING
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["cache-control"] == "private"
    assert answer.host.unreadable == 1


@pytest.mark.parametrize("shown_in", ["image", "empty", ""])
def test_a_drawing_that_is_a_picture_stays_everybodys(shown_in: str) -> None:
    app = app_of(DRAWING, headers=[("Content-Type", "image/svg+xml")])
    answer = Answer(app, HTTP_SEC_FETCH_DEST=shown_in)
    assert answer.read() == DRAWING
    assert answer.headers == {"content-type": "image/svg+xml"}


# -- headers that load -----------------------------------------------------------------

PRELOAD = ("Link", "<https://cdn.spin.example/w.js>; rel=preload")
STYLE = ("Link", "<https://cdn.spin.example/w.css>; rel=stylesheet")
JSON = [("Content-Type", "application/json"), ("ETag", '"v"')]


def test_a_link_in_any_response_makes_it_this_visitors() -> None:
    answer = Answer(app_of(b"{}", headers=[*JSON, STYLE]))
    assert answer.read() == b"{}"
    assert "link" not in answer.headers
    assert answer.headers["vary"] == "Cookie, Sec-GPC"
    assert answer.headers["cache-control"] == "private"
    assert answer.headers["etag"].startswith('"v-ck.')


def test_a_hint_goes_for_everybody_so_nothing_hangs_on_it() -> None:
    answer = Answer(app_of(b"{}", headers=[*JSON, PRELOAD]))
    assert answer.read() == b"{}"
    assert answer.headers == {k.lower(): v for k, v in JSON}


def test_a_link_to_no_service_changes_nothing() -> None:
    own = ("Link", "</next>; rel=next")
    answer = Answer(app_of(b"{}", headers=[*JSON, own]))
    assert answer.headers == {k.lower(): v for k, v in [*JSON, own]}


def test_a_body_of_unknown_type_depends_by_its_links_too() -> None:
    answer = Answer(app_of(b"plain words", headers=[STYLE]))
    assert answer.read() == b"plain words"
    assert answer.headers["cache-control"] == "private"
    assert "permissions-policy" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_links_of_a_page_are_dropped_before_its_body_comes(method: str) -> None:
    answer = Answer(app_of(PAGE, headers=[*HTML, PRELOAD]), REQUEST_METHOD=method)
    answer.read()
    assert "link" not in answer.headers
    assert answer.headers["permissions-policy"] == "browsing-topics=()"
    assert answer.host.seen == ["link"] + ["script"] * (method == "GET")


def test_a_redirect_keeps_its_target_but_no_preload() -> None:
    headers = [*HTML, ("Location", "https://cdn.spin.example/"), PRELOAD]
    answer = Answer(app_of(headers=headers, status="303 See Other"))
    assert answer.headers["location"] == "https://cdn.spin.example/"
    assert "link" not in answer.headers
