"""What no scanner of a page can see, with the reason; the security policy stops it."""

from __future__ import annotations

from typing import Final

from tests.leaks.case import Case, unseen

_BUILT: Final = "The address is put together when the script runs."
_FILE: Final = "The address stands in a file, which isn't part of the page."
_LATER: Final = "The markup isn't part of the document until a script puts it there."
_PLAIN: Final = "Only the script knows that the text is an address."
_AWAY: Final = "The address is the shop's own; its answer leads elsewhere."

CASES: Final[tuple[Case, ...]] = (
    unseen(
        "a host in two variables",
        "<script>var a='https://@@.hot',b='jar.com/x';new Image().src=a+b</script>",
        _BUILT,
    ),
    unseen(
        "a host that is joined",
        "<script>new Image().src=['https:','','@@.hotjar.com','x'].join('/')</script>",
        _BUILT,
    ),
    unseen(
        "a host in Base64",
        "<script>new Image().src='https://@@.'+atob('aG90amFyLmNvbQ==')+'/x'</script>",
        _BUILT,
    ),
    unseen(
        "a host of character codes",
        "<script>new Image().src='https://@@.'+String.fromCharCode(104,111,116,106,97,114)+'.com/x'</script>",
        _BUILT,
    ),
    unseen(
        "a host turned round",
        "<script>new Image().src='https://@@.'+'moc.rajtoh'.split('').reverse().join('')+'/x'</script>",
        _BUILT,
    ),
    unseen(
        "a host that code writes as code",
        '<script>eval(["new Image().src=\'https://@@.hot","jar.com/x\'"].join(""))</script>',
        _BUILT,
    ),
    unseen(
        "a base that a script changes",
        "<base href=/own/><script>document.querySelector('base').href='//@@.hotjar.com/'</script><img src=x>",
        _BUILT,
    ),
    unseen(
        "a style sheet that a handler gives its address",
        "<link id=l rel=stylesheet><button onclick=\"l.href='https://@@.hotjar.com/x'\">a</button>",
        _PLAIN,
        act="document.querySelector('button').click()",
    ),
    unseen(
        "an address that passes through an object",
        "<script>var o={u:'https://@@.hotjar.com/x'};new Image().src=o.u</script>",
        _PLAIN,
    ),
    unseen(
        "an address that passes through a list",
        "<script>for(const u of ['https://@@.hotjar.com/x'])new Image().src=u</script>",
        _PLAIN,
    ),
    unseen("an own script", "<script src='/load.js?@@'></script>", _FILE),
    unseen("an own module", "<script type=module src='/load.js?@@'></script>", _FILE),
    unseen(
        "an own script that is loaded by a script",
        "<script>document.head.append(Object.assign(document.createElement('script'),{src:'/load.js?@@'}))</script>",
        _FILE,
    ),
    unseen("an own worker", "<script>new Worker('/work.js?@@')</script>", _FILE),
    unseen("an own style sheet", "<link rel=stylesheet href='/load.css?@@'>", _FILE),
    unseen(
        "an own style sheet that is imported",
        "<style>@import '/load.css?@@';</style>",
        _FILE,
    ),
    unseen("an own address that leads elsewhere", "<img src='/go?@@'>", _AWAY),
    unseen(
        "an own frame that leads elsewhere", "<iframe src='/go?@@'></iframe>", _AWAY
    ),
    unseen(
        "a template that a script uses",
        "<template><img src=https://@@.hotjar.com/x></template><script>document.body.append(document.querySelector('template').content)</script>",
        _LATER,
    ),
    unseen(
        "a comment that a script uses",
        "<p id=a><!--<img src=https://@@.hotjar.com/x>--></p><script>a.innerHTML=a.firstChild.data</script>",
        _LATER,
    ),
    unseen(
        "a text field that a script uses",
        "<textarea id=a><img src=https://@@.hotjar.com/x></textarea><script>a.outerHTML=a.value</script>",
        _LATER,
    ),
    unseen(
        "a noscript that a script uses",
        "<noscript id=a>&lt;img src=https://@@.hotjar.com/x&gt;</noscript><script>document.body.append(document.createRange().createContextualFragment(new DOMParser().parseFromString(a.textContent,'text/html').documentElement.textContent))</script>",
        _LATER,
    ),
    unseen(
        "an address in JSON",
        '<script type=application/json id=a>{"u":"https://@@.hotjar.com/x"}</script><script>new Image().src=JSON.parse(a.text).u</script>',
        _PLAIN,
    ),
    unseen(
        "an address in a link",
        "<a id=a href=https://@@.hotjar.com/x>a</a><script>new Image().src=a.href</script>",
        _PLAIN,
    ),
    unseen(
        "an address in an attribute of any name",
        "<p id=a data-x=https://@@.hotjar.com/x>a</p><script>new Image().src=a.dataset.x</script>",
        _PLAIN,
    ),
    unseen(
        "an address of an element that a script defines",
        "<script>customElements.define('x-img',class extends HTMLElement{connectedCallback(){new Image().src=this.getAttribute('src')}})</script><x-img src=https://@@.hotjar.com/x></x-img>",
        _PLAIN,
    ),
    unseen(
        "code in an attribute of a framework",
        "<p id=a x-init=\"new Image().src='https://@@.hotjar.com/x'\">a</p><script>eval(a.getAttribute('x-init'))</script>",
        _PLAIN,
    ),
    unseen(
        "an address in meta data",
        "<meta id=a content=https://@@.hotjar.com/x><script>new Image().src=a.content</script>",
        _PLAIN,
    ),
    unseen(
        "an address in text",
        "<p id=a>https://@@.hotjar.com/x</p><script>new Image().src=a.textContent</script>",
        _PLAIN,
    ),
)
