"""Every element and attribute that makes a browser fetch something."""

from __future__ import annotations

from html import escape
from typing import Final

from tests.leaks.case import Case, harmless, inert, live

_X: Final = "//@@.hotjar.com/x"
_S: Final = "https://@@.hotjar.com/x"
_IMG: Final = f"<img src={_S}>"
_CLICK: Final = "document.querySelector('a,area,button,summary').click()"


def _wide(text: str) -> str:
    """Get text in UTF-16, percent-coded, which has no place for a token."""
    return "".join(f"%{byte:02x}" for byte in text.encode("utf-16-le"))


#: A page or script that says where its token is, as there is none in itself.
_BY_HASH: Final = (
    "<script>_hjSettings=1;new Image().src='https://'+location.hash.slice(1)+"
    "'.hotjar.com/x'</script>"
)
_BY_NAME: Final = "_hjSettings=1;new Image().src='https://'+token+'.hotjar.com/x'"
_SHIFTED: Final = "%1b$B<!--%1b(B" + _IMG + "-->"


def _coded(text: str) -> str:
    """Get a percent-coding that a token can be put into."""
    return "".join(f"%{byte:02x}" for byte in text.encode()).replace("%40%40", "@@")


FETCHES: Final = (
    live("a script", f"<script src={_X}></script>"),
    live("a module", f"<script type=module src={_S}></script>"),
    live(
        "a script of an old type", f"<script type='text/ecmascript' src={_X}></script>"
    ),
    live("a script of a language", f"<script language=javascript src={_X}></script>"),
    live(
        "a script of a type with spaces",
        f"<script type=' text/javascript ' src={_X}></script>",
    ),
    live(
        "an async script with integrity",
        f"<script async integrity=sha256-a crossorigin src={_X}></script>",
    ),
    live("a deferred script", f"<script defer src={_X}></script>"),
    live("a picture", f"<img src={_X}>"),
    live("a picture of a srcset", f"<img srcset='{_X} 1x, /own.png 2x'>"),
    live("a picture of a srcset with commas", f"<img srcset=',,{_X}?a,b 1x'>"),
    live("a picture of a srcset without descriptors", f"<img srcset='{_X}'>"),
    live(
        "a picture of a srcset, after one without",
        f"<img srcset='/own.png 3x,{_X} 1x' sizes=1px>",
    ),
    live("a picture's source", f"<picture><source srcset='{_X}'><img></picture>"),
    live(
        "a picture's source with sizes",
        f"<picture><source srcset='{_X} 9w' sizes=9px><img></picture>",
    ),
    live("a lazy picture in view", f"<img loading=lazy src={_X}>"),
    live("a picture with fallbacks", f"<img src={_X} srcset=''>"),
    live("an input's picture", f"<input type=image src={_X}>"),
    live("an input's picture in capitals", f"<input type=IMAGE src={_X}>"),
    live("a frame", f"<iframe src={_X}></iframe>"),
    live("a lazy frame in view", f"<iframe loading=lazy src={_X}></iframe>"),
    live("a sandboxed frame", f"<iframe sandbox src={_X}></iframe>"),
    live("a frame without a size", f"<iframe width=0 height=0 src={_X}></iframe>"),
    live("a frame that isn't shown", f"<iframe style=display:none src={_X}></iframe>"),
    live("an object", f"<object data={_X}></object>"),
    live("an object of a type", f"<object type=text/html data={_X}></object>"),
    live(
        "an object in an object",
        f"<object data=/none><object data={_X}></object></object>",
    ),
    live("an embed", f"<embed src={_X}>"),
    live("a video", f"<video src={_X}></video>"),
    live("a video's source", f"<video><source src={_X}></video>"),
    live("a video's poster", f"<video poster={_X}></video>"),
    live("an audio", f"<audio src={_X}></audio>"),
    live("an audio's source", f"<audio preload=auto><source src={_X}></audio>"),
    live(
        "a track", f"<video src=/own.mp4 crossorigin><track default src={_S}></video>"
    ),
    live("a style sheet", f"<link rel=stylesheet href={_X}>"),
    live(
        "an alternate style sheet",
        f"<link rel='alternate stylesheet' title=a href={_X}>",
    ),
    live("a style sheet for print", f"<link rel=stylesheet media=print href={_X}>"),
    live(
        "a style sheet in the body, by upper case",
        f"<p><LINK REL=STYLESHEET HREF={_X}>",
    ),
    live("a preloaded script", f"<link rel=preload as=script href={_X}>"),
    live("a preloaded picture", f"<link rel=preload as=image imagesrcset='{_X} 1x'>"),
    live("a preloaded font", f"<link rel=preload as=font crossorigin href={_S}>"),
    live("a preloaded module", f"<link rel=modulepreload href={_S}>"),
    live("a prefetched page", f"<link rel=prefetch href={_S}>"),
    live("an icon", f"<link rel=icon href={_X}>", hint="link[rel=icon]"),
    live("a connection ahead", "<link rel=preconnect href=https://@@.hotjar.com>"),
    live(
        "a connection ahead, of several kinds",
        "<link rel='dns-prefetch preconnect' href=https://@@.hotjar.com>",
    ),
    live(
        "a name looked up ahead",
        f"<link rel=dns-prefetch href={_X}>",
        hint="link[rel~=dns-prefetch]",
    ),
    live(
        "a manifest",
        f"<link rel=manifest href={_S} crossorigin>",
        hint="link[rel=manifest]",
    ),
    live("the body's background", f"<body background={_X}>a", whole=True),
    live("a table's background", f"<table background={_X}><td>a</table>"),
    live("a cell's background", f"<table><td background={_X}>a</table>"),
    live("a heading cell's background", f"<table><th background='{_X}'>a</table>"),
    live("a row's background", f"<table><tr background={_X}><td>a</table>"),
    live("a section's background", f"<table><tbody background={_X}><tr><td>a</table>"),
    live(
        "a table head's background", f"<table><thead background={_X}><tr><td>a</table>"
    ),
    live("a ping of a link", f"<a ping={_S} href='#a'>a</a>", act=_CLICK),
    live(
        "the second ping of a link", f"<a ping='/own {_S}' href='#a'>a</a>", act=_CLICK
    ),
    live(
        "a ping of an area", f"<map name=m><area ping={_S} href='#a'></map>", act=_CLICK
    ),
    live("a refresh", f"<meta http-equiv=refresh content='0;url={_X}'>"),
    live("a refresh without url=", f"<meta http-equiv=refresh content='0 {_S}'>"),
    live(
        "a refresh in quotes",
        f"<meta http-equiv=REFRESH content=\"0 , URL = '{_S}' a\">",
    ),
    live(
        "a refresh with a fraction", f"<meta content='.5;url={_S}' http-equiv=refresh>"
    ),
    live(
        "a page's prefetch by rules",
        f'<script type=speculationrules>{{"prefetch":[{{"source":"list","urls":["{_S}"],"eagerness":"immediate"}}]}}</script>',
        hint="html:has(script[type=speculationrules])",
    ),
    live(
        "a page's prerender by rules",
        '<script type=speculationrules>{"prerender":[{"urls":["https://@@.hotjar.com/x"],"eagerness":"immediate"}]}</script>',
        hint="script[type=speculationrules]",
    ),
    live(
        "a module that a map leads to",
        f'<script type=importmap>{{"imports":{{"a":"{_S}"}}}}</script><script type=module>import "a"</script>',
    ),
    live(
        "a module that a map's scope leads to",
        f'<script type=importmap>{{"scopes":{{"/":{{"a":"{_S}"}}}}}}</script><script type=module>import "a"</script>',
    ),
    live(
        "a module that a map leads to, escaped",
        '<script type=importmap>{"imports":{"a":"https:\\/\\/@@.hotjar.com\\/x"}}</script><script type=module>import "a"</script>',
    ),
    live(
        "a modulepreload by a map with a prefix",
        '<script type=importmap>{"imports":{"a/":"https://@@.hotjar.com/"}}</script><script type=module>import "a/x"</script>',
    ),
    live(
        "links' prefetch by rules",
        f'<a href={_S}>a</a><script type=speculationrules>{{"prefetch":[{{"source":"document","where":{{"selector_matches":"a"}},"eagerness":"immediate"}}]}}</script>',
        hint="html:has(script[type=speculationrules])",
    ),
    live(
        "links' prefetch by a pattern",
        f'<a href={_S}>a</a><script type=speculationrules>{{"prefetch":[{{"where":{{"href_matches":"https://*/*"}},"eagerness":"immediate"}}]}}</script>',
        hint="html:has(script[type=speculationrules])",
    ),
    harmless(
        "own links' prefetch by rules",
        f'<a href={_S}>a</a><script type=speculationrules>{{"prefetch":[{{"source":"document","where":{{"and":[{{"href_matches":"/*"}},{{"not":{{"selector_matches":"a[rel~=nofollow]"}}}}]}},"eagerness":"immediate"}}]}}</script>',
    ),
    inert("a registration for attribution", f"<img src=/own.png attributionsrc={_S}>"),
    inert("an input that is no picture", f"<input src={_X}>"),
    inert("a poster of a picture", f"<img poster={_X}>"),
    inert("an object without data", f"<object src={_X}></object>"),
    inert("a script of no type", f"<script type=text/x-none src={_X}></script>"),
    inert(
        "a data block with an address",
        f"<script type=application/json src={_X}></script>",
    ),
    inert("a source outside of all", f"<source src={_X}>"),
    inert(
        "a script for browsers without modules", f"<script nomodule src={_X}></script>"
    ),
    inert("the background of a paragraph", f"<p background={_X}>a</p>"),
    harmless("a link", f"<a href={_S}>a</a>"),
    harmless(
        "a link to a new window", f"<a target=_blank rel=noopener href={_S}>a</a>"
    ),
    harmless("an area", f"<map><area href={_S}></map>"),
    harmless("a form", f"<form action={_S}><button formaction={_S}>a</button></form>"),
    harmless(
        "a quote",
        f"<blockquote cite={_S}>a</blockquote><q cite={_S}>b</q><del cite={_S}>",
    ),
    harmless("a canonical link", f"<link rel=canonical href={_S}>"),
    harmless(
        "links of other relations",
        f"<link rel=me href={_S}><link rel=alternate href={_S}><link rel=author href={_S}>",
    ),
    harmless(
        "meta data",
        f"<meta property=og:image content={_S}><meta name=twitter:image content={_S}>",
    ),
    harmless(
        "microdata", f"<div itemscope itemid={_S}><a itemprop=url href={_S}>a</a></div>"
    ),
    harmless("a long description", f"<img src=/own.png longdesc={_S} alt={_S}>"),
    harmless("a refresh of the page itself", "<meta http-equiv=refresh content='300'>"),
    harmless("a refresh that is none", f"<meta name=refresh content='0;url={_S}'>"),
    harmless(
        "a map of images without addresses",
        "<img src=/own.png usemap='#@@.hotjar.com'>",
    ),
    harmless("a form's own pictures", f"<input type=image src=/own.png alt={_S}>"),
)

PAGES: Final = (
    live("a page in srcdoc", f"<iframe srcdoc='{_IMG}'></iframe>"),
    live(
        "a page in srcdoc, by references", f"<iframe srcdoc='{escape(_IMG)}'></iframe>"
    ),
    live(
        "a script in srcdoc", f"<iframe srcdoc='<script src={_S}></script>'></iframe>"
    ),
    live(
        "a style in srcdoc",
        f"<iframe srcdoc='<p style=background:url({_S})>a'></iframe>",
    ),
    live(
        "a page in srcdoc in srcdoc",
        f"<iframe srcdoc=\"<iframe srcdoc='{escape(_IMG)}'>\"></iframe>",
    ),
    live("srcdoc before src", f"<iframe src=/own srcdoc='{_IMG}'></iframe>"),
    live(
        "a relative address in srcdoc by its base",
        "<iframe srcdoc='<base href=https://@@.hotjar.com/><img src=x>'></iframe>",
    ),
    live("a page in data:", f"<iframe src='data:text/html,{_IMG}'></iframe>"),
    live(
        "a page in data:, by percent",
        f"<iframe src='data:text/html,{_coded(_IMG)}'></iframe>",
    ),
    live(
        "a page in data: with a charset",
        f"<iframe src='data:text/html;charset=utf-8,{_IMG}'></iframe>",
    ),
    live(
        "a page in data: in an object",
        f"<object data='data:text/html,{_IMG}'></object>",
    ),
    live("a page in data: in an embed", f"<embed src='data:text/html,{_IMG}'>"),
    live(
        "a page in data: with spaces and capitals",
        f"<iframe src=' DATA:text/html,{_IMG}'></iframe>",
    ),
    live(
        "a drawing in data:",
        f'<iframe src=\'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"><image href="{_S}"/></svg>\'></iframe>',
    ),
    live(
        "a script in data:",
        f"<script src=\"data:text/javascript,_hjSettings={{}};new Image().src='{_S}'\"></script>",
    ),
    live(
        "a script in data: with a tab",
        f"<script src=\"da\tta:text/javascript,_hjSettings={{}};new Image().src='{_S}'\"></script>",
    ),
    live(
        "a module in data:",
        f"<script type=module src=\"data:text/javascript,import '{_S}'\"></script>",
    ),
    live(
        "a style sheet in data:",
        f"<link rel=stylesheet href='data:text/css,body{{background:url({_S})}}'>",
    ),
    live(
        "a style sheet that imports data:",
        f"<style>@import 'data:text/css,body{{background:url({_S})}}';</style>",
    ),
    live(
        "a page that a script URL writes",
        f"<iframe src=\"javascript:'<img src={_S}>'\"></iframe>",
    ),
    live(
        "a script URL that fetches",
        f"<iframe src=\"javascript:void(new Image().src='{_S}')\"></iframe>",
    ),
    live(
        "a script URL with a tab, by references",
        f"<iframe src=\"java&Tab;script&colon;void(new Image().src='{_S}')\"></iframe>",
    ),
    live(
        "a script URL by percent",
        f'<iframe src="javascript:void(new%20Image().src=%27{_S}%27)"></iframe>',
    ),
    live(
        "a page in Base64", f"<iframe src='data:text/html;base64,[[{_IMG}]]'></iframe>"
    ),
    live(
        "a page in Base64 with spaces and a charset",
        f"<iframe src='data:text/html;charset=utf-8 ; base64,[[ {_IMG} ]]'></iframe>",
    ),
    live(
        "a drawing in Base64",
        f'<object data=\'data:image/svg+xml;base64,[[<svg xmlns="http://www.w3.org/2000/svg"><image href="{_S}"/></svg>]]\'></object>',
    ),
    live(
        "a script in Base64",
        f"<script src=\"data:text/javascript;base64,[[new Image().src='{_S}']]\"></script>",
    ),
    live(
        "a style sheet in Base64",
        f"<link rel=stylesheet href='data:text/css;base64,[[body{{background:url({_S})}}]]'>",
    ),
    live(
        "a style sheet of XML in data:",
        f'<iframe src=\'data:text/xml,<?xml-stylesheet type="text/css" href="{_S}"?><a/>\'></iframe>',
    ),
    live(
        "XML with a prefix in data:",
        f'<iframe src=\'data:application/xhtml+xml,<h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:img src="{_S}"/></h:html>\'></iframe>',
    ),
    live(
        "a drawing with a prefix in data:",
        '<iframe src=\'data:image/svg+xml,<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:image href="https:&#47;/@@.hotjar.com/x"/></s:svg>\'></iframe>',
    ),
    *(
        live(
            f"a page in data:, in UTF-16 {how}",
            f"<iframe src='data:{page}#@@'></iframe>",
        )
        for how, page in [
            ("by its charset", "text/html;charset=utf-16le," + _wide(_BY_HASH)),
            ("by an old name", "text/html;charset=unicode," + _wide(_BY_HASH)),
            ("by its mark", "text/html,%ff%fe" + _wide(_BY_HASH)),
            (
                "by its declaration",
                "text/html," + _wide("<?xml version=1.0?>" + _BY_HASH),
            ),
        ]
    ),
    *(
        live(
            f"a page in data:, in ISO-2022-JP {how}",
            f"<iframe src='data:{page}'></iframe>",
        )
        for how, page in [
            ("by its charset", "text/html;charset=iso-2022-jp," + _SHIFTED),
            ("by itself", "text/html,<meta charset=iso-2022-jp>" + _SHIFTED),
            (
                "by itself, late",
                f'text/html,<meta content="{">" * 2000}"><meta charset=iso-2022-jp>'
                + _SHIFTED,
            ),
        ]
    ),
    live(
        "a script in data:, in UTF-16 by its charset",
        "<script>token='@@'</script><script src='data:text/javascript;charset=utf-16le,"
        f"{_wide(_BY_NAME)}'></script>",
    ),
    live(
        "a script in data:, in UTF-16 by its mark",
        f"<script>token='@@'</script><script src='data:,%ff%fe{_wide(_BY_NAME)}'></script>",
    ),
    live(
        "a script in data:, in UTF-16 by its element",
        "<script>token='@@'</script><script charset=utf-16le src='data:text/javascript,"
        f"{_wide(_BY_NAME)}'></script>",
    ),
    inert("src beside srcdoc", f"<iframe src={_X} srcdoc='<p>a'></iframe>"),
    inert(
        "an escaped page in srcdoc",
        f"<iframe srcdoc='{escape(escape(_IMG))}'></iframe>",
    ),
    harmless(
        "a picture in data:",
        f"<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='{_S}'/></svg>\">",
    ),
    harmless(
        "a page of text in data:", f"<iframe src='data:text/plain,{_S}'></iframe>"
    ),
    harmless(
        "a page of its own in srcdoc",
        f"<iframe srcdoc='<p>a<a href={_S}>b</a>'></iframe>",
    ),
    harmless("a link that does nothing", '<a href="javascript:void(0)">a</a>'),
)

BASES: Final = (
    live("a relative address by base", "<base href=https://@@.hotjar.com/><img src=x>"),
    live(
        "a relative address by base in capitals",
        "<BASE HREF=//@@.hotjar.com><script src=x></script>",
    ),
    live(
        "an address of a path by base",
        "<base href=https://@@.hotjar.com/a/b><img src=/x>",
    ),
    live(
        "an address of a query by base",
        "<base href=https://@@.hotjar.com/><iframe src='?x'></iframe>",
    ),
    live(
        "the first of two bases",
        "<base href=https://@@.hotjar.com/><base href=/own><img src=x>",
    ),
    live(
        "a base without an address before",
        "<base target=_self><base href=//@@.hotjar.com/><img src=x>",
    ),
    live(
        "a base in the body", "<p>a</p><base href=//@@.hotjar.com/><p><img src=x></p>"
    ),
    live(
        "a style by base",
        "<base href=//@@.hotjar.com/><p style='background:url(x)'>a</p>",
    ),
    live(
        "a set of pictures by base", "<base href=//@@.hotjar.com/><img srcset='x 1x'>"
    ),
    inert(
        "the second of two bases",
        "<base href=/own><base href=//@@.hotjar.com/><img src=x>",
    ),
    inert(
        "a base in a template",
        "<template><base href=//@@.hotjar.com/></template><img src=x>",
    ),
    live(
        "a base in SVG, which preloading heeds",
        "<svg><base href=//@@.hotjar.com/><g/></svg><img src=/own.png>",
    ),
    live(
        "a base in SVG, before the page's own",
        "<svg><base href=/own /></svg><base href=//@@.hotjar.com/><img src=x>",
    ),
    live(
        "a base in a shadow root, before the page's own",
        "<div><template shadowrootmode=open><base href=/own></template></div>"
        "<base href=//@@.hotjar.com/><img src=x>",
    ),
    live(
        "a base after one of no host, which preloading heeds",
        "<base href='data:text/html,'><base href=//@@.hotjar.com/><img src=x>",
    ),
    live(
        "a base after one of no good address, which preloading heeds",
        "<base href='http://:80:80/'><base href=//@@.hotjar.com/><img src=x>",
    ),
    live(
        "a base in noscript without scripts",
        "<noscript><base href=//@@.hotjar.com/></noscript><img src=x>",
        scripting=False,
    ),
    live(
        "a background of noscript without scripts",
        f'<noscript style="background:url({_S})">a</noscript>',
        scripting=False,
    ),
    live(
        "a handler of a sheet that loads something as well",
        f"<style onload=\"new Image().src='{_S}'\">p{{background:url({_S})}}</style>",
    ),
    live(
        "an import map's error",
        f"<script type=importmap src='' onerror=\"new Image().src='{_S}'\">{{}}</script>",
    ),
    live(
        "a picture that a script makes, by base",
        "<base href=//@@.hotjar.com/><script>new Image().src='x'</script>",
    ),
    live(
        "a module's import by base",
        "<base href=//@@.hotjar.com/><script type=module>import './x.js'</script>",
    ),
    live(
        "a module that a map leads to by base",
        '<base href=//@@.hotjar.com/><script type=importmap>{"imports":{"a":"./x"}}'
        '</script><script type=module>import "a"</script>',
    ),
    live(
        "a picture's error by base",
        "<base href=//@@.hotjar.com/><img src=/none.png onerror=\"this.src='x'\">",
    ),
    live(
        "a ping of a link, by a base that comes later",
        "<a ping=x href='#a'>a</a><base href=//@@.hotjar.com/>",
        act=_CLICK,
    ),
    inert("a base alone", "<base href=https://@@.hotjar.com/><p>a</p><a href=x>b</a>"),
    harmless(
        "a base of others", "<base href=https://@@.example.org/><p>a</p><a href=x>b</a>"
    ),
    inert(
        "a base after an empty one",
        "<base href=''><base href=//@@.hotjar.com/><img src=x>",
    ),
    harmless(
        "an own address by an own base", "<base href=/static/><img src=@@.hotjar.com/x>"
    ),
)

CASES: Final[tuple[Case, ...]] = (*FETCHES, *PAGES, *BASES)
