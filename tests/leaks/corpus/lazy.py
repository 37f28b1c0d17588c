"""What optimisers and lazy loaders make of tags, with the script that brings them back.

The scripts do what the real ones do: take the address from where it was put, and let
the browser load it.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Final

from tests.leaks.case import Case, harmless, live

_S: Final = "https://@@.hotjar.com/x"
_CODE: Final = "_hjSettings={};new Image().src='//'+'@@.hotjar.com/x'"


def _loader(attribute: str, target: str = "src") -> str:
    """Get the script that moves an attribute to where it loads."""
    return (
        f"<script>for(const e of document.querySelectorAll('[{attribute}]'))"
        f"e['{target}']=e.getAttribute('{attribute}')</script>"
    )


def _runner(selector: str, attribute: str = "src") -> str:
    """Get the script that makes running scripts of inert ones."""
    return (
        f'<script>for(const e of document.querySelectorAll("{selector}")){{'
        "const s=document.createElement('script');"
        f"const u=e.getAttribute('{attribute}');if(u)s.src=u;else s.text=e.text;"
        "document.head.append(s)}</script>"
    )


def _painter(attribute: str) -> str:
    return (
        f"<script>for(const e of document.querySelectorAll('[{attribute}]'))"
        f"e.style.backgroundImage='url('+e.getAttribute('{attribute}')+')'</script>"
    )


def _element(name: str) -> str:
    """Get the script that gives an element of AMP its picture."""
    return (
        f"<script>customElements.define('{name}',class extends HTMLElement{{"
        "connectedCallback(){new Image().src=this.getAttribute('src')}})</script>"
    )


#: Names under which loaders of all kinds keep the address of a picture.
_KEPT: Final = (
    "lazy-src lazysrc nitro-lazy-src data-lazy data-echo data-lazyload data-cfsrc "
    "data-ezsrc pagespeed_lazy_src data-src-retina suppressedsrc data-suppressedsrc "
    "consent-original-src-_ uc-src data-flickity-lazyload data-splide-lazy data-image "
    "data-url data-thumb data-large-file data-ks-lazyload ng-src src-lazy"
).split()
_KEPT_SETS: Final = (
    "lazy-srcset nitro-lazy-srcset data-cfsrcset data-srcset-lazy".split()
)
_KEPT_FRAMES: Final = "data-lazy data-iframe data-embed suppressedsrc uc-src".split()
_KEPT_BACKGROUNDS: Final = (
    "data-bg-img data-bg-image data-background-img data-setbg data-parallax-image "
    "data-bgimg data-background-url data-bg-url"
).split()
_STREAM: Final = (
    "<script>customElements.define('turbo-stream',class extends HTMLElement{"
    "connectedCallback(){setTimeout(()=>document.body.append("
    "this.querySelector('template').content))}})</script>"
)

CASES: Final[tuple[Case, ...]] = (
    *(
        live(f"a picture that is kept as {name}", f"<img {name}={_S}>" + _loader(name))
        for name in _KEPT
    ),
    *(
        live(
            f"pictures that are kept as {name}",
            f"<img {name}='/own.png 1x, {_S} 1x'><script>document.images[0].srcset="
            f"document.images[0].getAttribute('{name}').slice(13)</script>",
        )
        for name in _KEPT_SETS
    ),
    *(
        live(
            f"a frame that is kept as {name}",
            f"<iframe {name}={_S}></iframe>" + _loader(name),
        )
        for name in _KEPT_FRAMES
    ),
    *(
        live(
            f"a background that is kept as {name}",
            f"<div {name}={_S}>a</div>" + _painter(name),
        )
        for name in _KEPT_BACKGROUNDS
    ),
    *(
        live(
            f"a style that is kept as {name}",
            f"<div {name}='background:url({_S})'>a</div><script>document.querySelector("
            f"'div').style=document.querySelector('div').getAttribute('{name}')</script>",
        )
        for name in ("data-style", "data-lazy-style", "data-cfstyle")
    ),
    live(
        "a picture by an expression",
        f"<img :src=\"'{_S}'\"><script>for(const e of document.images)"
        "e.src=eval(e.getAttribute(':src'))</script>",
    ),
    live("a picture of AMP", f"{_element('amp-img')}<amp-img src={_S}></amp-img>"),
    live(
        "a frame of AMP", f"{_element('amp-iframe')}<amp-iframe src={_S}></amp-iframe>"
    ),
    live(
        "in a stream of Turbo",
        f"{_STREAM}<turbo-stream action=append target=a><template><img src={_S}>"
        "</template></turbo-stream>",
    ),
    harmless(
        "in a template after a stream of Turbo",
        f"<turbo-stream action=remove target=a></turbo-stream><template><img src={_S}>"
        "</template>",
    ),
    harmless(
        "pictures of the shop that loaders keep",
        "<img data-lazy='/own.png?u=https://@@.hotjar.com/x' lazy-srcset='/own.png?u="
        f"https://@@.hotjar.com/x 1x' alt={_S} title={_S}><amp-img src=/own.png></amp-img>"
        f"<div data-bg-url=/own.png data-style='color:red' data-fashion={_S}>a</div>",
    ),
    harmless(
        "a video's data for its player",
        f'<video src=/own.mp4 data-setup=\'{{"ad":"{_S}"}}\'></video>',
    ),
    live("a lazy picture", f"<img data-src={_S}>" + _loader("data-src")),
    live(
        "a lazy picture with a stand-in",
        f"<img src=/own.png data-src={_S}>" + _loader("data-src"),
    ),
    live(
        "a lazy picture of a plug-in",
        f"<img data-lazy-src={_S}>" + _loader("data-lazy-src"),
    ),
    live(
        "a lazy set of pictures",
        f"<img data-srcset='{_S} 1x'>" + _loader("data-srcset", "srcset"),
    ),
    live(
        "a lazy set of a plug-in",
        f"<img data-lazy-srcset='{_S} 1x'>" + _loader("data-lazy-srcset", "srcset"),
    ),
    live("a lazy original", f"<img data-original={_S}>" + _loader("data-original")),
    live("a lazy frame", f"<iframe data-src={_S}></iframe>" + _loader("data-src")),
    live(
        "a lazy frame of Rocket",
        f"<iframe data-rocket-src={_S}></iframe>" + _loader("data-rocket-src"),
    ),
    live(
        "a lazy frame of LiteSpeed",
        f"<iframe data-litespeed-src={_S}></iframe>" + _loader("data-litespeed-src"),
    ),
    live(
        "a lazy frame of an exotic name",
        f"<iframe data-opt_src={_S} src=about:blank></iframe>"
        + _loader("data-opt_src"),
    ),
    live(
        "a lazy video",
        f"<video><source data-src={_S}></video>"
        + _loader("data-src")
        + "<script>document.querySelector('video').load()</script>",
    ),
    live(
        "a lazy poster",
        f"<video data-poster={_S}></video>" + _loader("data-poster", "poster"),
    ),
    live(
        "a lazy style sheet",
        f"<link rel=stylesheet data-href={_S}>" + _loader("data-href", "href"),
    ),
    live("a lazy background", f"<div data-bg={_S}>a</div>" + _painter("data-bg")),
    live(
        "a lazy background image",
        f"<div data-background-image={_S}>a</div>" + _painter("data-background-image"),
    ),
    live(
        "a lazy background of a section",
        f"<section data-background='{_S}'>a</section>" + _painter("data-background"),
    ),
    live(
        "a lazy background by url()",
        f"<div data-bg='url({_S})'>a</div><script>for(const e of document.querySelectorAll('[data-bg]'))e.style.backgroundImage=e.dataset.bg</script>",
    ),
    live(
        "a place for a frame",
        f"<div data-src={_S}></div><script>for(const e of document.querySelectorAll('div[data-src]'))e.append(Object.assign(document.createElement('iframe'),{{src:e.dataset.src}}))</script>",
    ),
    live(
        "a place for a frame by its name",
        f"<div data-iframe-src='{_S}'></div><script>for(const e of document.querySelectorAll('[data-iframe-src]'))e.append(Object.assign(document.createElement('iframe'),{{src:e.dataset.iframeSrc}}))</script>",
    ),
    live(
        "a style sheet that waits for its load",
        f"<link rel=preload as=style href={_S} onload=\"this.rel='stylesheet'\">",
    ),
    live(
        "a style sheet that waits for print",
        f"<link rel=stylesheet media=print href={_S} onload=\"this.media='all'\">",
    ),
    live(
        "a Rocket script",
        f"<script type=rocketlazyloadscript data-rocket-src={_S}></script>"
        + _runner("[type=rocketlazyloadscript]", "data-rocket-src"),
    ),
    live(
        "a Rocket script's text",
        f"<script type=rocketlazyloadscript>{_CODE}</script>"
        + _runner("[type=rocketlazyloadscript]"),
    ),
    live(
        "a Perfmatters script",
        f"<script type=pmdelayedscript data-cfasync=false src={_S}></script>"
        + _runner("[type=pmdelayedscript]"),
    ),
    live(
        "a Perfmatters script's text",
        f"<script type=pmdelayedscript>{_CODE}</script>"
        + _runner("[type=pmdelayedscript]"),
    ),
    live(
        "a LiteSpeed script",
        f"<script type=litespeed/javascript data-src={_S}></script>"
        + _runner("[type='litespeed/javascript']", "data-src"),
    ),
    live(
        "a LiteSpeed script's text",
        f"<script type=litespeed/javascript>{_CODE}</script>"
        + _runner("[type='litespeed/javascript']"),
    ),
    live(
        "a Flying script",
        f"<script type=text/flyingscript data-src={_S}></script>"
        + _runner("[type='text/flyingscript']", "data-src"),
    ),
    live(
        "a Rocket Loader script",
        f"<script type=a1b2c3-text/javascript src={_S}></script>"
        + _runner("[type$='-text/javascript']"),
    ),
    live(
        "a Rocket Loader script's text",
        f"<script type=a1b2c3d4-text/javascript>{_CODE}</script>"
        + _runner("[type$='-text/javascript']"),
    ),
    live(
        "a delayed script of a theme",
        f"<script type=text/delayscript src={_S}></script>"
        + _runner("[type='text/delayscript']"),
    ),
    live(
        "a script of Partytown",
        f"<script type=text/partytown src={_S}></script>"
        + _runner("[type='text/partytown']"),
    ),
    live(
        "a script of Turbolinks",
        f"<script data-turbolinks-eval=false src={_S}></script>",
    ),
    live(
        "a script in data: of an optimiser",
        '<script src="data:text/javascript;base64,'
        + b64encode(b"window._hjSettings={hjid:1};").decode()
        + '"></script><script src=//@@.hotjar.com/x></script>',
    ),
    live(
        "a script of a manager's category",
        f"<script type=text/plain data-category=analytics src={_S}></script>"
        + _runner("[type='text/plain']"),
    ),
    live(
        "a script of a manager's category that is called functional",
        f"<script type=text/plain data-category=functional data-src={_S}></script>"
        + _runner("[type='text/plain']", "data-src"),
    ),
    live(
        "a script of a manager without a category",
        f"<script type=text/plain src={_S}></script>" + _runner("[type='text/plain']"),
    ),
    live(
        "a script that its author calls necessary",
        f"<script data-category=necessary data-consent=essential src={_S}></script>",
    ),
    live(
        "a script whose text is held by a manager",
        f"<script type=text/plain data-service=hotjar>{_CODE}</script>"
        + _runner("[type='text/plain']"),
    ),
    live(
        "a frame that a manager holds",
        f"<iframe data-cookieconsent=statistics data-src={_S}></iframe>"
        + _loader("data-src"),
    ),
    harmless(
        "a lazy picture of the shop",
        "<img src=/own.png data-src=/own.png?@@.hotjar.com data-category=shoes data-name=boot>"
        + _loader("data-src"),
    ),
    harmless(
        "a lazy background of the shop",
        "<div data-bg='/own.png?@@.hotjar.com'>a</div>" + _painter("data-bg"),
    ),
    harmless(
        "an address for a share button",
        f"<div data-url={_S} data-href={_S} data-link={_S}>a</div>",
    ),
    harmless(
        "data of the shop",
        f'<div data-product=\'{{"video":"{_S}"}}\' data-ref={_S}>a</div>',
    ),
    harmless(
        "text of a description", f"<p data-description='see {_S}' aria-label={_S}>a</p>"
    ),
)
