"""Scripts in the page and in attributes that name what they load."""

from __future__ import annotations

from typing import Final

from tests.leaks.case import Case, harmless, inert, live

_S: Final = "https://@@.hotjar.com/x"
_JS: Final = "https://@@.hotjar.com/x.js"
_CLICK: Final = "document.querySelector('[onclick],summary').click()"


def _run(code: str) -> str:
    return f"<script>{code}</script>"


HANDLERS: Final = (
    live("a picture's error", f"<img src=/none.png onerror=\"this.src='{_S}'\">"),
    live(
        "a picture's error without quotes",
        f"<img src=/none.png onerror=this.src='{_S}'>",
    ),
    live(
        "a picture's error, by references",
        '<img src=/none.png onerror="this.src=&quot;https:&sol;&sol;@@.hotjar.com/x&quot;">',
    ),
    live(
        "a picture's error by a script",
        f"<img src=/none.png onerror=\"s=document.createElement('script');s.src='{_JS}';document.head.append(s)\">",
    ),
    live("a body's load", f"<body onload=\"new Image().src='{_S}'\">a", whole=True),
    live(
        "a frame's load",
        f"<iframe src=/own onload=\"fetch('{_S}',{{mode:'no-cors'}})\"></iframe>",
    ),
    live("a style's load", f"<style onload=\"new Image().src='{_S}'\">p{{}}</style>"),
    live(
        "a script's load",
        f"<script src=/own.js onload=\"new Image().src='{_S}'\"></script>",
    ),
    live(
        "a script's error",
        f"<script src=/none.js onerror=\"new Image().src='{_S}'\"></script>",
    ),
    live(
        "a link's load",
        f"<link rel=stylesheet href=/own.css onload=\"new Image().src='{_S}'\">",
    ),
    live("an SVG's load", f"<svg onload=\"new Image().src='{_S}'\"><g/></svg>"),
    live(
        "an SVG animation's begin",
        f"<svg><g><animate onbegin=\"new Image().src='{_S}'\" attributeName=x dur=1s /></g></svg>",
    ),
    live(
        "a button's click",
        f"<button onclick=\"new Image().src='{_S}'\">a</button>",
        act=_CLICK,
    ),
    live(
        "a button's click by sendBeacon",
        f"<button onclick=\"navigator.sendBeacon('{_S}')\">a</button>",
        act=_CLICK,
    ),
    live(
        "a link's click by fetch",
        f'<a href=#a onclick=\'fetch("{_S}",{{mode:"no-cors"}})\'>a</a>',
        act=_CLICK,
    ),
    live(
        "a div's click by import",
        f"<div onclick=\"import('{_JS}')\">a</div>",
        act=_CLICK,
    ),
    live(
        "an animation's start",
        f"<style>@keyframes k{{}}p{{animation:k 9s}}</style><p onanimationstart=\"new Image().src='{_S}'\">a</p>",
    ),
    live(
        "details that open",
        f"<details open ontoggle=\"new Image().src='{_S}'\"><summary>a</summary></details>",
    ),
    live(
        "an input's focus",
        f"<input autofocus onfocus=\"new Image().src='{_S}'\">",
        act="document.querySelector('input').dispatchEvent(new Event('focus'))",
    ),
    live(
        "a paragraph's pointer",
        f"<p onpointerenter=\"new Image().src='{_S}'\">a</p>",
        act="document.querySelector('[onpointerenter]').dispatchEvent(new Event('pointerenter'))",
    ),
    live(
        "a form's submission",
        f"<form onsubmit=\"new Image().src='{_S}';return false\"></form>",
        act="document.forms[0].requestSubmit()",
    ),
    live(
        "a handler in capitals",
        f"<P ONCLICK=\"new Image().src='{_S}'\">a</P>",
        act="document.querySelector('[onclick]').click()",
    ),
    live(
        "a handler with escaped slashes",
        "<button onclick=\"new Image().src='https:\\/\\/@@.hotjar.com\\/x'\">a</button>",
        act=_CLICK,
    ),
    live(
        "a handler that writes markup",
        f"<button onclick=\"this.innerHTML='<img src={_S}>'\">a</button>",
        act=_CLICK,
    ),
    live(
        "a handler of a mark",
        "<button onclick=\"_hjSettings={};new Image().src='//@@.hotjar.com/x'\">a</button>",
        act=_CLICK,
    ),
    live(
        "a handler in a shadow root",
        f"<div><template shadowrootmode=open><img src=/none.png onerror=\"this.src='{_S}'\"></template></div>",
    ),
    live(
        "a handler that appends markup",
        f"<button onclick=\"document.body.append(document.createRange().createContextualFragment('<img src={_S}>'))\">a</button>",
        act=_CLICK,
    ),
    live(
        "a link that is a script",
        f"<a href=\"javascript:void(new Image().src='{_S}')\">a</a>",
        act="document.querySelector('a').click()",
    ),
    live(
        "a link that is a script, by percent",
        f"<a href='JavaScript:void(fetch(%22{_S}%22,{{mode:%22no-cors%22}}))'>a</a>",
        act="document.querySelector('a').click()",
    ),
    live(
        "a form whose action is a script",
        f"<form action=\"javascript:void(navigator.sendBeacon('{_S}'))\"></form>",
        act="document.forms[0].requestSubmit()",
    ),
    *(
        live(
            f"a link that is a script, {name}",
            f"<a href=\"{url}:if(2>1)void(new Image().src='{_S}')\">a</a>",
            act="document.querySelector('a').click()",
        )
        for name, url in [
            ("with > in it", "javascript"),
            ("by a reference", "java&Tab;script"),
            ("by a letter's reference", "&#106;avascript"),
            ("with a line feed", "java\nscript"),
        ]
    ),
    live(
        "a link that is a script, by a colon's reference",
        f"<a href=\"javascript&colon;void(new Image().src='{_S}')\">a</a>",
        act="document.querySelector('a').click()",
    ),
    live(
        "a link that is a script of much space",
        f"<a href=\"javascript:{' ' * 600}void(new Image().src='{_S}')\">a</a>",
        act="document.querySelector('a').click()",
    ),
    *(
        live(
            f"a handler with {name}",
            f'{more}<button onclick="{code}">a</button>',
            act=_CLICK,
        )
        for name, more, code in [
            ("a sound", "", f"new Audio('{_S}')"),
            ("a body's background", "", f"document.body.background='{_S}'"),
            ("an object's data", "<object id=o></object>", f"o.data='{_S}'"),
            ("a font", "", f"new FontFace('a','url({_S})').load()"),
            ("a cache", "", f"caches.open('a').then(c=>c.add('{_S}'))"),
            ("markup that is set", "", f"this.setHTMLUnsafe('<img src={_S}>')"),
            ("a name in brackets", "", f"document.createElement('img')['src']='{_S}'"),
            (
                "slashes by their numbers",
                "",
                "new Image().src='https:\\x2f\\x2f@@.hotjar.com/x'",
            ),
            ("backslashes", "", "new Image().src='\\\\\\\\@@.hotjar.com/x'"),
        ]
    ),
    inert("a handler for nothing", f"<p onnothing=\"new Image().src='{_S}'\">a</p>"),
    harmless(
        "a handler that opens a page",
        f"<a href=/ onclick=\"window.open('{_S}');return false\">a</a>",
    ),
    harmless(
        "a handler that goes to a page",
        f"<button onclick=\"location.href='{_S}'\">a</button>",
    ),
    harmless(
        "a handler that calls what a tag defines",
        "<button onclick=\"window.hj && hj('event', '@@')\">a</button>",
    ),
    harmless(
        "a handler that shows a picture of the shop",
        "<button onclick=\"document.images[0].src='/own.png?@@.hotjar.com'\">a</button>",
    ),
    harmless(
        "a link that is a script of no tracker",
        f"<a href=\"javascript:window.open('{_S}')\">a</a><a href='javascript:;'>b</a><a href=\"javascript:history.back()\">c</a>",
    ),
    harmless(
        "a handler that names the host",
        "<button onclick=\"alert('No @@.hotjar.com here')\">a</button>",
    ),
)

INLINE: Final = (
    *(
        live(
            f"a script whose {name} is no address in HTML",
            f"<script {name}=/own.js>new Image().src='{_S}'</script>",
        )
        for name in ("href", "xlink:href")
    ),
    inert(
        "a script with an address and a text",
        f"<script src=/own.js>new Image().src='{_S}'</script>",
    ),
    live(
        "an element that is created",
        _run(
            f"var s=document.createElement('script');s.src='{_JS}';document.head.appendChild(s)"
        ),
    ),
    live(
        "an element whose attribute is set",
        _run(
            f"var s=document.createElement('script');s.setAttribute('src','{_JS}');document.head.append(s)"
        ),
    ),
    live(
        "an address in a variable",
        _run(
            f"var u='{_JS}',s=document.createElement('script');s.src=u;document.head.append(s)"
        ),
    ),
    live(
        "an address in a constant",
        _run(
            f'const url = "{_JS}";\nconst s = document.createElement("script");\ns.src = url;\ndocument.head.append(s)'
        ),
    ),
    live(
        "an address as an argument",
        _run(
            f"(function(d,t,u){{var s=d.createElement(t),f=d.getElementsByTagName(t)[0];s.async=1;s.src=u;f.parentNode.insertBefore(s,f)}})(document,'script','{_JS}')"
        ),
    ),
    live(
        "an address in a template string",
        _run(
            f"const s=document.createElement('script');s.src=`{_JS}`;document.head.append(s)"
        ),
    ),
    live(
        "an address with escaped slashes",
        _run(
            "var s=document.createElement('script');s.src='https:\\/\\/@@.hotjar.com\\/x.js';document.head.append(s)"
        ),
    ),
    live(
        "an address without a scheme",
        _run(
            "var s=document.createElement('script');s.src='//@@.hotjar.com/x.js';document.head.append(s)"
        ),
    ),
    live(
        "an address with the page's scheme",
        _run(
            "var s=document.createElement('script');s.src=('https:'==location.protocol?'https:':'http:')+'//@@.hotjar.com/x.js';document.head.append(s)"
        ),
    ),
    live(
        "an address with more behind it",
        _run(
            "var s=document.createElement('script');s.src='https://@@.hotjar.com/c/'+7+'.js?v='+6;document.head.append(s)"
        ),
    ),
    live(
        "an address in an object",
        _run(
            f"document.head.append(Object.assign(document.createElement('script'),{{src:'{_JS}'}}))"
        ),
    ),
    live("a picture that is created", _run(f"new Image().src='{_S}'")),
    *(
        live(f"an address in code {name}", _run(f"new Image().src='{url}'"))
        for name, url in [
            ("with backslashes", "\\\\\\\\@@.hotjar.com/x"),
            ("with a scheme and backslashes", "https:\\\\\\\\@@.hotjar.com/x"),
            ("with one slash", "https:/@@.hotjar.com/x"),
            ("without slashes", "https:@@.hotjar.com/x"),
            ("with a tab", "https://@@.hot\\tjar.com/x"),
            ("with a space before it", " https://@@.hotjar.com/x"),
            ("over two lines", "https://@@.hot\\\njar.com/x"),
            ("with an escaped letter", "https://@@.\\x68otjar.com/x"),
            ("with a letter by its number", "https://@@.hot\\u006aar.com/x"),
            ("with a letter by its number in braces", "https://@@.hot\\u{6a}ar.com/x"),
            ("in two parts", "https://@@.hot'+'jar.com/x"),
            ("in two parts, far apart", "https://@@.hot' + 'jar.com/x"),
        ]
    ),
    *(
        live(f"an address in code that goes to {name}", _run(code))
        for name, code in [
            ("a sound", f"new Audio('{_S}')"),
            ("a request", f"fetch(new Request('{_S}',{{mode:'no-cors'}}))"),
            ("a property in brackets", f"new Image()['src']='{_S}'"),
            ("a property that had another", f"let i=new Image();i.src||='{_S}'"),
            (
                "an attribute of a name space",
                f"let i=new Image();i.setAttributeNS(null,'src','{_S}')",
            ),
            ("Reflect.set", f"Reflect.set(new Image(),'src','{_S}')"),
            ("Object.assign", f"Object.assign(new Image(),{{src:'{_S}'}})"),
            ("a background of old", f"document.body.background='{_S}'"),
            ("markup that is set", f"document.body.setHTMLUnsafe('<img src={_S}>')"),
            ("a font", f"new FontFace('a','url({_S})').load()"),
        ]
    ),
    *(
        live(
            f"a module that a map leads to, {name}",
            f'<script type=importmap>{{"imports":{{"a":"{url}"}}}}</script>'
            '<script type=module>import "a"</script>',
        )
        for name, url in [
            ("by letters' numbers", "\\u0068ttps://@@.hot\\u006aar.com/x"),
            ("with backslashes", "https:\\\\\\\\@@.hotjar.com/x"),
            ("without slashes", "https:@@.hotjar.com/x"),
            ("with one slash", "https:/@@.hotjar.com/x"),
            ("with a space", " https://@@.hotjar.com/x"),
            ("with a tab", "ht\\ttps://@@.hotjar.com/x"),
            ("in data:", "data:text/javascript,import 'https://@@.hotjar.com/x'"),
        ]
    ),
    live(
        "a picture in a variable",
        _run(
            f"var i = new Image(1, 1);\ni.src = '{_S}?u=' + encodeURIComponent(location.href);"
        ),
    ),
    live("fetch", _run(f"fetch('{_S}',{{mode:'no-cors'}})")),
    live(
        "fetch of a variable",
        _run(f"const end='{_S}';fetch(end+'?a=1',{{mode:'no-cors',method:'POST'}})"),
    ),
    live("sendBeacon", _run(f"navigator.sendBeacon(\"{_S}\",'a')")),
    live(
        "XMLHttpRequest",
        _run(f"var r=new XMLHttpRequest();r.open('GET','{_S}');r.send()"),
    ),
    live(
        "document.write of a script",
        _run(f"document.write('<script src=\"{_JS}\"><\\/script>')"),
    ),
    live(
        "document.write of a split script",
        _run(f"document.write('<scr'+'ipt src=\"{_JS}\"></scr'+'ipt>')"),
    ),
    live(
        "document.write of an escaped script",
        _run(f"document.write(unescape('%3Cscript src=\"{_JS}\"%3E%3C/script%3E'))"),
    ),
    live(
        "innerHTML",
        "<p id=a></p>"
        + _run(f"document.getElementById('a').innerHTML='<img src=\"{_S}\">'"),
    ),
    live(
        "insertAdjacentHTML",
        _run(
            f"document.body.insertAdjacentHTML('beforeend','<iframe src={_S}></iframe>')"
        ),
    ),
    live(
        "a frame that is created",
        _run(
            f"var f=document.createElement('iframe');f.src='{_S}';document.body.appendChild(f)"
        ),
    ),
    live(
        "a style sheet that is created",
        _run(
            f"var l=document.createElement('link');l.rel='stylesheet';l.href='{_S}';document.head.append(l)"
        ),
    ),
    live(
        "a style that is set", _run(f"document.body.style.backgroundImage='url({_S})'")
    ),
    live(
        "a worker's script",
        _run(
            f"new Worker(URL.createObjectURL(new Blob([\"importScripts('{_JS}')\"])))"
        ),
    ),
    live("a socket", _run("new WebSocket('wss://@@.hotjar.com/x')")),
    live("events", _run(f"new EventSource('{_S}')")),
    live("a dynamic import", _run(f"import('{_JS}')")),
    live("a module's import", f"<script type=module>import '{_JS}'</script>"),
    live(
        "a module's import of names",
        f'<script type=module>import {{a as b}} from "{_JS}";b()</script>',
    ),
    live(
        "a module's export from", f"<script type=module>export * from '{_JS}'</script>"
    ),
    live(
        "a mark of a catalogue's service",
        _run("window._hjSettings={hjid:1};new Image().src='//@@.hotjar.com/'+'x'"),
    ),
    live(
        "a mark after a comment of a script",
        _run("<!-- \nwindow._hjSettings={};new Image().src='//@@.hotjar.com/x'\n-->"),
    ),
    live(
        "a script in an escaped script",
        "<script><!--<script>_hjSettings={};new Image().src='//@@.hotjar.com/x'//</script>\n--></script>".replace(
            "<script>_hj", "\n_hj"
        ).replace("//</script>\n", "\n"),
    ),
    live(
        "an old type",
        f"<script type=application/x-javascript>new Image().src='{_S}'</script>",
    ),
    live(
        "code with an empty src",
        "<script src>1</script>" + _run(f"new Image().src='{_S}'"),
    ),
    live(
        "code in the head",
        f"<head><script>new Image().src='{_S}'</script></head><body>",
        whole=True,
    ),
    live(
        "code in Latin-1",
        "<script>/* \u00e9 */new Image().src='https://@@.hotjar.com/x'</script>",
        charset="latin-1",
    ),
    inert(
        "code in a type that isn't run",
        f"<script type=text/x-none>new Image().src='{_S}'</script>",
    ),
    inert(
        "code beside an address", f"<script src=/own.js>new Image().src='{_S}'</script>"
    ),
    inert(
        "a function that nobody calls",
        _run(f"function later() {{ new Image().src='{_S}' }}"),
    ),
    harmless(
        "a host in a comment of code",
        _run(
            "/* we used https://@@.hotjar.com/x.js once */var s=document.createElement('p')"
        ),
    ),
    harmless(
        "a host in a line comment",
        _run(
            "// see https://@@.hotjar.com/x.js\nvar s=document.createElement('script');s.src='/own.js'"
        ),
    ),
    harmless(
        "a list of hosts",
        _run(
            "var allow=['@@.hotjar.com','www.google.com'];document.createElement('p')"
        ),
    ),
    harmless(
        "a list of addresses",
        _run(
            "var links={yt:'https://www.youtube.com/@@',x:'https://x.com/shop'};var a=document.createElement('a');a.href=links.yt"
        ),
    ),
    harmless(
        "an origin that is compared",
        _run(
            "addEventListener('message',function(e){if(e.origin==='https://www.youtube.com'||e.origin=='https://@@.hotjar.com')document.createElement('p')})"
        ),
    ),
    harmless(
        "a page that is opened",
        _run(
            f"function share(){{window.open('{_S}');location.href='{_S}';document.createElement('p')}}"
        ),
    ),
    harmless(
        "a link that is created",
        _run(
            f"var a=document.createElement('a');a.href='{_S}';a.textContent='Follow us'"
        ),
    ),
    harmless(
        "markup of a link",
        _run(
            f"document.body.insertAdjacentHTML('beforeend','<a href=\"{_S}\">Follow us</a>')"
        ),
    ),
    harmless(
        "an address that is sent along",
        _run(
            f"var q=new URLSearchParams({{from:'{_S}'}});function go(){{fetch('/own?'+q)}}"
        ),
    ),
    harmless(
        "an address in a data block",
        f'<script type=application/json>{{"src":"{_S}"}}</script>',
    ),
    harmless(
        "an address in JSON-LD",
        f'<script type="application/ld+json">{{"@type":"Store","sameAs":["{_S}"],"image":"{_S}"}}</script>',
    ),
    harmless(
        "an address in a template's script",
        f"<script type=text/template><img src={_S}></script>",
    ),
    harmless(
        "an address in a handlebars script",
        f"<script type='text/x-handlebars-template'><script src={_S}>a</script>",
    ),
    harmless(
        "settings of the shop",
        _run("window.shop={track:{host:'@@.hotjar.com',on:false},src:1,fetch:2}"),
    ),
    harmless(
        "a test of the referrer",
        _run(
            "if(/hotjar\\.com/.test(document.referrer)){document.createElement('p')}//@@"
        ),
    ),
    harmless(
        "a picture of the shop",
        _run("new Image().src='/own.png?from=https://@@.hotjar.com/x'"),
    ),
    harmless(
        "a fetch of the shop",
        _run(
            "fetch('/own',{body:JSON.stringify({u:'https://@@.hotjar.com/x'}),method:'POST'})"
        ),
    ),
    harmless(
        "a sound and a request of the shop",
        _run(
            "new Audio('/own.mp3?@@.hotjar.com');new Request('/own?u=https://@@.hotjar.com/x')"
        ),
    ),
    harmless(
        "regular expressions and paths with backslashes",
        _run(
            "var r=/^https?:\\/\\/(?:\\w+\\.)?hotjar\\.com\\//,w='c:\\\\own\\\\@@.hotjar.com';document.createElement('p')"
        ),
    ),
    harmless(
        "a host in a message",
        _run(
            "console.log('blocked https://@@.hotjar.com/x.js');new Image().src='/own.png'"
        ),
    ),
)

CASES: Final[tuple[Case, ...]] = (*HANDLERS, *INLINE)
