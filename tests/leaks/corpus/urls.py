"""How browsers read an address, and what only looks like a vendor's (WHATWG URL)."""

from __future__ import annotations

from typing import Final

from tests.leaks.case import Case, harmless, inert, live


def _img(address: str) -> str:
    return f'<img src="{address}">'


WRITTEN: Final = (
    live("without a scheme", _img("//@@.hotjar.com/x")),
    live("with http", _img("http://@@.hotjar.com/x")),
    live("with a scheme in capitals", _img("HTTPS://@@.hotjar.com/x")),
    live("with a host in capitals", _img("https://@@.HOTJAR.COM/x")),
    live("with a host in mixed case", _img("//@@.HotJar.cOm/x")),
    live("with backslashes", _img("\\\\@@.hotjar.com\\x")),
    live("with mixed slashes", _img("/\\@@.hotjar.com/x")),
    live("with a scheme and backslashes", _img("https:\\\\@@.hotjar.com/x")),
    live("with a scheme and one slash", _img("https:/@@.hotjar.com/x")),
    live("with a scheme and no slash", _img("https:@@.hotjar.com/x")),
    live("with many slashes", _img("https://////@@.hotjar.com/x")),
    live("with many slashes and no scheme", _img("////@@.hotjar.com/x")),
    live("with a tab in the host", _img("https://@@.hot\tjar.com/x")),
    live("with a line feed in the host", _img("https://@@.hot\njar.com/x")),
    live("with a carriage return in the scheme", _img("ht\rtps://@@.hotjar.com/x")),
    live("with a tab between slashes", _img("https:/\t/@@.hotjar.com/x")),
    live("with tabs by references", _img("https://@@.hot&Tab;jar&NewLine;.com/x")),
    live("with spaces around", _img("  https://@@.hotjar.com/x ")),
    live("with controls around", b'<img src="\x01\x1f https://@@.hotjar.com/x\x02">'),
    live("with line feeds around", _img("\n\n//@@.hotjar.com/x\n")),
    live("with a decimal reference", _img("https://@@.hotjar&#46;com/x")),
    live("with a hexadecimal reference", _img("https://@@.hotjar&#x2E;com/x")),
    live("with a named reference", _img("https://@@.hotjar&period;com/x")),
    live("with a reference without semicolon", _img("https://@@.hotjar&#46com/x")),
    live("with a reference of many zeros", _img("https://@@.hotjar&#00000046;com/x")),
    live(
        "with references for its marks", _img("https&colon;&sol;&sol;@@.hotjar.com/x")
    ),
    live("with a letter by reference", _img("https://@@.&#104;otjar.com/x")),
    inert(
        "a picture with user and password", _img("https://me:secret@@@.hotjar.com/x")
    ),
    inert(
        "a picture with the shop's name as user",
        _img("https://shop.example@@@.hotjar.com/x"),
    ),
    inert("a picture with an @ in the user", _img("https://a@b@@@.hotjar.com/x")),
    inert(
        "a picture with a percent-coded user",
        _img("https://shop.example%2Fa@@@.hotjar.com/x"),
    ),
    live("with its port", _img("https://@@.hotjar.com:443/x")),
    live("with an empty port", _img("https://@@.hotjar.com:/x")),
    live("with a port of zeros", _img("https://@@.hotjar.com:00443/x")),
    live("with a dot at the end of the host", _img("https://@@.hotjar.com./x")),
    live("with a percent-coded dot", _img("https://@@.hotjar%2Ecom/x")),
    live("with a percent-coded letter", _img("https://@@.%68otjar.com/x")),
    live(
        "with a host in full width",
        _img("https://@@.\uff48\uff4f\uff54\uff4a\uff41\uff52.com/x"),
    ),
    live("with a full-width dot", _img("https://@@.hotjar\uff0ecom/x")),
    live("with an ideographic dot", _img("https://@@.hotjar\u3002com/x")),
    live("with a half-width ideographic dot", _img("https://@@.hotjar\uff61com/x")),
    live(
        "with a full-width host, percent-coded", _img("https://@@.%EF%BD%88otjar.com/x")
    ),
    live("with a soft hyphen", _img("https://@@.hot\u00adjar.com/x")),
    live("with a soft hyphen by reference", _img("https://@@.hot&shy;jar.com/x")),
    live(
        "with a zero-width joiner no host keeps", _img("https://@@.hot\u200bjar.com/x")
    ),
    live("with a word joiner", _img("https://@@.hot\u2060jar.com/x")),
    live("with a mathematical letter", _img("https://@@.\U0001d421otjar.com/x")),
    live("with a circled letter", _img("https://@@.\u24d7otjar.com/x")),
    live("with a superscript letter", _img("https://@@.hot\u02b2ar.com/x")),
    live("with a variation selector", _img("https://@@.hot\ufe0fjar.com/x")),
    live("with a letter in a square", _img("https://@@.\U0001f137otjar.com/x")),
    live(
        "with a supplementary variation selector",
        _img("https://@@.hot\U000e0100jar.com/x"),
    ),
    live("with an invisible plus", _img("https://@@.hot\u2064jar.com/x")),
    live("with a script letter", _img("https://@@.\u210eotjar.com/x")),
    live(
        "with a full-width host, in Shift_JIS",
        _img("https://@@.\uff48\uff4f\uff54\uff4a\uff41\uff52.com/x"),
        charset="shift_jis",
    ),
    live("with a path in dots", _img("https://www.facebook.com/a/../tr?id=@@")),
    live(
        "with a path in coded dots", _img("https://www.facebook.com/a/%2e%2E/tr?id=@@")
    ),
    live("with a path of one dot", _img("https://www.facebook.com/./tr/?id=@@")),
    live("with a path with backslashes", _img("https://www.facebook.com\\tr\\?id=@@")),
    live("with a path with a tab", _img("https://www.facebook.com/t\tr?id=@@")),
    live("with a query at once", _img("https://@@.hotjar.com?x")),
    live("with a fragment at once", _img("https://@@.hotjar.com#x")),
    live("with a sub-sub-domain", _img("https://a.b.c.@@.hotjar.com/x")),
    live("with an underscore in a sub-domain", _img("https://a_b-@@.hotjar.com/x")),
    live("with a lone surrogate by reference", _img("https://@@.hotjar.com/&#xD800;")),
    live("with a scheme of the page", _img("http:\\\\@@.hotjar.com/x")),
    live("in a Latin-1 page", _img("https://@@.hotjar.com/\u00e9"), charset="latin-1"),
    live(
        "in a Shift_JIS page",
        "<p>\u8868\u793a\u30bd</p>" + _img("https://@@.hotjar.com/\u8868"),
        charset="shift_jis",
    ),
    live(
        "in a GBK page",
        "<p title='\u4e02|\u8bf4'>\u8bf4</p>" + _img("//@@.hotjar.com/\u8bf4"),
        charset="gbk",
    ),
    live(
        "in a Big5 page",
        "<p title='\u529f\u84cb'>\u529f</p>" + _img("//@@.hotjar.com/\u529f"),
        charset="big5",
    ),
    live(
        "in a windows-1251 page",
        "<p>\u0436</p>" + _img("//@@.hotjar.com/\u0436"),
        charset="cp1251",
    ),
    live(
        "in an EUC-KR page",
        "<p>\ud55c</p>" + _img("//@@.hotjar.com/\ud55c"),
        charset="euc_kr",
    ),
    inert("with a space in the host", _img("https://@@.hot jar.com/x")),
    inert("with a percent-coded percent", _img("https://@@.hotjar%252ecom/x")),
    inert("with NUL in the host", b'<img src="https://@@.hot\0jar.com/x">'),
    inert("with an unknown scheme", _img("shop://@@.hotjar.com/x")),
    inert("with mailto", _img("mailto:a@@@.hotjar.com")),
    inert("with a port that is none", _img("https://@@.hotjar.com:99999/x")),
    inert("with a page's scheme and a path", _img("http:@@.hotjar.com/x")),
)

LOOKING_ALIKE: Final = (
    harmless("a longer host", _img("https://@@.hotjar.com.example.org/x")),
    harmless("a host that ends alike", _img("https://@@nothotjar.com/x")),
    harmless("a host with a dash", _img("https://@@-hotjar.com/x")),
    harmless("a host of another ending", _img("https://@@.hotjar.community/x")),
    harmless("the host as user", _img("https://hotjar.com@@@.example.org/x")),
    harmless(
        "the host as user with a colon",
        _img("https://static.hotjar.com:443@@@.example.org/"),
    ),
    harmless("the host in a query", _img("/x.png?ref=https://@@.hotjar.com/x")),
    harmless(
        "the host in another's query",
        _img("https://@@.example.org?u=//static.hotjar.com/"),
    ),
    harmless("the host in a path", _img("/static/@@.hotjar.com/x.png")),
    harmless("the host in another's path", _img("https://@@.example.org/hotjar.com/x")),
    harmless("the host in a fragment", _img("/x.png#//@@.hotjar.com/")),
    harmless("the host after a fragment", _img("https://@@.example.org#@hotjar.com/")),
    harmless(
        "the host after a backslash path", _img("https://@@.example.org\\@hotjar.com/x")
    ),
    harmless("a relative address that is a host's name", _img("@@.hotjar.com/x.js")),
    harmless("a path beside the tracker's", _img("https://www.facebook.com/try?id=@@")),
    harmless("a path above the tracker's", _img("https://www.facebook.com/a/tr?id=@@")),
    harmless(
        "a path that leaves the tracker's",
        _img("https://www.facebook.com/tr/../logo.png?@@"),
    ),
    harmless("a host of a Cyrillic letter", _img("https://@@.h\u043etjar.com/x")),
    harmless(
        "a script of the shop with a host in its query",
        '<script src="/js/app.js?ref=static.hotjar.com&@@"></script>',
    ),
    harmless(
        "a script of the shop named after a vendor",
        '<script src="/js/hotjar.com-@@.js"></script>',
    ),
    harmless(
        "a frame of another product of a host",
        '<iframe src="https://www.google.com/recaptcha/api2/anchor?k=@@"></iframe>',
    ),
    harmless(
        "a frame of payment", '<iframe src="https://js.stripe.com/v3/@@"></iframe>'
    ),
    harmless(
        "a script of payment",
        '<script src="https://www.paypal.com/sdk/js?client-id=@@"></script>',
    ),
)

CASES: Final[tuple[Case, ...]] = (*WRITTEN, *LOOKING_ALIKE)
