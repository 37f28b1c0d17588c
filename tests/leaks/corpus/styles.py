"""What style sheets in a page load (CSS Syntax, CSS Values, CSS Images, CSS Fonts)."""

from __future__ import annotations

from typing import Final

from tests.leaks.case import Case, harmless, inert, live

_X: Final = "//@@.hotjar.com/x"
_S: Final = "https://@@.hotjar.com/x"


def _p(css: str) -> str:
    return f'<p style="{css}">a</p>'


def _sheet(css: str) -> str:
    return f"<style>{css}</style><p>a</p>"


CASES: Final[tuple[Case, ...]] = (
    live("a background in an attribute", _p(f"background: url({_X})")),
    live("a background image in quotes", _p(f"background-image:url('{_X}')")),
    live("an address with spaces around", _p(f"background:url(  {_X}\t)")),
    live("url in capitals", _p(f"BACKGROUND:URL({_X})")),
    live("url with an escaped letter", _p(f"background:u\\72l({_X})")),
    live("url with an escape and a space", _p(f"background:\\55 \\52 L({_X})")),
    live("url by references", _p(f"background:u&#114;l({_X})")),
    live("a host with an escape", _p("background:url(//@@.hot\\6a ar.com/x)")),
    live("a host with an escaped letter", _p("background:url(//@@.ho\\tjar.com/x)")),
    live("a string with a line joined", _p("background:url('//@@.hot\\\njar.com/x')")),
    live("an address that never ends", _p(f"background:url({_X}")),
    live("a string that never ends", _p(f"background:url('{_X}")),
    live("behind a comment", _p(f"/* a */background:/**/url({_X})")),
    live("behind a comment with quotes", _p(f"/*'*/background:url({_X})/*'*/")),
    live("behind a broken string", _p(f"color:'\n;background:url({_X})")),
    live("behind a broken declaration", _p(f"x:{{;}};background:url({_X})")),
    live("behind a good address", _p(f"background:url(/own.png),url({_X})")),
    live(
        "among many",
        _p(f"color:red;background:linear-gradient(red,red),url({_X});margin:0"),
    ),
    live("a set of images", _p(f"background:image-set('{_X}' 1x)")),
    live(
        "a set of images, by prefix", _p(f"background:-webkit-image-set(url({_X}) 1x)")
    ),
    live(
        "a set of images in capitals",
        _p(f"background:IMAGE-SET(url({_X}) 1x,url(/own.png) 2x)"),
    ),
    live(
        "a set of images with types",
        _p(f"background:image-set('{_X}' type('image/png') 1x)"),
    ),
    live(
        "a fade of images",
        _p(f"background:-webkit-cross-fade(url({_X}),url(/own.png),50%)"),
    ),
    live(
        "a set of images by a variable",
        _sheet(f"p{{--a:'{_X}';background:image-set(var(--a) 1x)}}"),
    ),
    live(
        "a set of images by a variable of an attribute",
        _p(f"--a:'{_X}';background:image-set(var(--a) 1x)"),
    ),
    live("an image on a condition", _p(f"background:if(else:url({_X}))")),
    live(
        "an image that a function of the sheet gives",
        _sheet(f"@function --f(){{result:url({_X})}}p{{background:--f()}}"),
    ),
    live(
        "an image to start with",
        _sheet(f"p{{transition:1s}}p{{@starting-style{{background:url({_X})}}}}"),
    ),
    live("a border's image", _p(f"border:9px solid;border-image:url({_X}) 1")),
    live("a list's mark", f'<ul style="list-style:url({_X})"><li>a</ul>'),
    live("a mask", _p(f"mask-image:url({_X})")),
    live("content", f'<i style="content:url({_X})">a</i>'),
    live("a variable that is used", _p(f"--a:url({_X});background:var(--a)")),
    live("without quotes around the attribute", f"<p style=background:url({_X})>a</p>"),
    live("a value in single quotes", f"<p style='background:url(\"{_X}\")'>a</p>"),
    live("of a body", f"<body style='background:url({_X})'>a", whole=True),
    live("of an html", f"<html style='background:url({_X})'><body>a", whole=True),
    live(
        "of an unknown element",
        f"<x-y style='display:block;background:url({_X})'>a</x-y>",
    ),
    live("of a link", f"<a href=/ style='background:url({_X})'>a</a>"),
    live("of an SVG", f"<svg style='background:url({_X})'><g/></svg>"),
    live(
        "a mask of SVG",
        f"<svg width=9 height=9><rect width=9 height=9 style='mask:url({_X})'/></svg>",
    ),
    live("a sheet", _sheet(f"p{{background:url({_X})}}")),
    live("a sheet's import", _sheet(f"@import url({_X});")),
    live("a sheet's import of a string", _sheet(f"@import '{_X}';")),
    live("a sheet's import in capitals", _sheet(f"@IMPORT URL('{_X}') screen;")),
    live("a sheet's import with escapes", _sheet(f"@\\69mport '{_X}';")),
    live("a sheet's import without space", _sheet(f'@import"{_X}";')),
    live("a sheet's import after a comment", _sheet(f"/* a */ @import/**/'{_X}'/**/;")),
    live(
        "a sheet's import into a layer",
        _sheet(f"@import '{_X}' layer(a) supports(display:grid);"),
    ),
    live("a sheet's import after a layer", _sheet(f"@layer a,b;@import '{_X}';")),
    live(
        "a sheet's import after a charset", _sheet(f"@charset 'utf-8';@import '{_X}';")
    ),
    live("a sheet's import that never ends", f"<style>@import '{_X}'</style>"),
    live(
        "a sheet's font",
        _sheet(f"@font-face{{font-family:a;src:url({_S})}}p{{font:9px a}}"),
    ),
    live(
        "a sheet's font after a local one",
        _sheet(
            f"@font-face{{font-family:a;src:local(b),url({_S}) format('woff2')}}p{{font:9px a}}"
        ),
    ),
    live("a sheet in a media rule", _sheet(f"@media all{{p{{background:url({_X})}}}}")),
    live("a nested rule", _sheet(f"body{{p{{background:url({_X})}}}}")),
    live("a sheet with <!--", _sheet(f"<!-- p{{background:url({_X})}} -->")),
    live(
        "a sheet behind a broken rule",
        _sheet(f"a{{b:c}}}}p{{background:url({_X})}}p{{background:url({_X})}}"),
    ),
    live("a sheet in the body", f"<p>a</p><style>p{{background:url({_X})}}</style>"),
    live(
        "a sheet of media", f"<style media=screen>p{{background:url({_X})}}</style><p>a"
    ),
    live("a sheet in SVG", f"<svg><style>p{{background:url({_X})}}</style></svg><p>a"),
    live(
        "a sheet in SVG's CDATA",
        f"<svg><style><![CDATA[p{{background:url({_X})}}]]></style></svg><p>a",
    ),
    live(
        "a sheet in SVG by references",
        f"<svg><style>p{{background:u&#114;l({_X})}}</style></svg><p>a",
    ),
    live("a sheet in SVG by an import", f"<svg><style>@import '{_X}';</style></svg>"),
    live(
        "a sheet with an address to its base",
        "<base href=//@@.hotjar.com/><style>body{background:url(x)}</style>",
    ),
    live("a cursor", _p(f"cursor:url({_X}),auto")),
    inert("a filter of another site", _p(f"filter:url({_S}#f)")),
    live("a shape", _p(f"float:left;shape-outside:url({_S})")),
    live(
        "a property that is registered",
        _sheet(
            f"@property --a{{syntax:'<image>';inherits:false;initial-value:url({_S})}}p{{background:var(--a)}}"
        ),
    ),
    inert("a rule that nothing uses", _sheet(f"x-none{{background:url({_X})}}")),
    inert("an import after a rule", _sheet(f"p{{color:red}}@import '{_X}';")),
    inert("a bad address", _p(f"background:url({_X} a)")),
    inert(
        "a sheet of another type",
        f"<style type=text/less>p{{background:url({_X})}}</style>",
    ),
    harmless("text in a string", _p(f"content:'url({_X})'")),
    harmless("in a comment of an attribute", _p(f"/* url({_X}) */color:red")),
    harmless(
        "in a comment of a sheet",
        _sheet(f"/* @import '{_X}'; url({_X}) */p{{color:red}}"),
    ),
    harmless("a selector of an address", _sheet(f"a[href*='{_X}']{{color:red}}")),
    harmless("a name space", _sheet(f"@namespace url({_S});p{{color:red}}")),
    harmless("another function", _p(f"--a:curl({_X})")),
    harmless(
        "a string in a sheet", _sheet(f"p::after{{content:'@import \\'{_X}\\''}}")
    ),
    harmless("an own address", _p("background:url(/static/@@.hotjar.com.png)")),
    harmless(
        "a document's rule that browsers dropped",
        _sheet("p{color:red}/*@@.hotjar.com*/"),
    ),
)
