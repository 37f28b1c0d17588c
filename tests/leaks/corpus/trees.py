"""What the tree builder makes of tokens: SVG, MathML, templates, tables, frames."""

from __future__ import annotations

from typing import Final

from tests.leaks.case import Case, harmless, inert, live

_X: Final = "//@@.hotjar.com/x"
_IMG: Final = f"<img src={_X}>"

DRAWINGS: Final = (
    live("an image in SVG", f"<svg><image href={_X} /></svg>"),
    live("an image in SVG by xlink", f"<svg><image xlink:href={_X} /></svg>"),
    live("image in HTML is an img", f"<image src={_X}>"),
    live("a script in SVG", f"<svg><script href={_X}></script></svg>"),
    live("a script in SVG by xlink", f"<svg><script xlink:href='{_X}'></script></svg>"),
    live(
        "a script in SVG whose address is one in HTML only",
        f"<svg><script src=/own.js>new Image().src='{_X}'</script></svg>",
    ),
    inert(
        "a script in SVG with an address and a text",
        f"<svg><script href=/own.js>new Image().src='{_X}'</script></svg>",
    ),
    live("an empty script in SVG", f"<svg><script href='{_X}'/></svg>"),
    live(
        "an inline script in SVG, by references",
        "<svg><script>_hjSettings={};new Image().src=&#39;//@@.hotjar.com/x&#39;"
        "</script></svg>",
    ),
    live(
        "an inline script in SVG whose mark is written in references",
        "<svg><script>&#95;hjSettings={};new Image().src='//@@.hotjar.com/x'"
        "</script></svg>",
    ),
    live(
        "an inline script in SVG's CDATA",
        "<svg><script><![CDATA[_hjSettings={};new Image().src='//@@.hotjar.com/x'"
        "]]></script></svg>",
    ),
    live(
        "an inline script in SVG around a comment",
        "<svg><script>_hj<!-- -->Settings={};new Image().src='//@@.hotjar.com/x'"
        "</script></svg>",
    ),
    live("out of SVG by a p", f"<svg><p>{_IMG}</p></svg>"),
    live("out of SVG by the img", f"<svg>{_IMG}</svg>"),
    live("out of SVG by a font with colour", f"<svg><font color=red>{_IMG}</svg>"),
    live("in SVG's foreignObject", f"<svg><foreignObject><div>{_IMG}</div></svg>"),
    live("in SVG's desc", f"<svg><desc>{_IMG}</desc></svg>"),
    live("in SVG's title, which is no text", f"<svg><title>{_IMG}</title></svg>"),
    live("in SVG's style, which is no text", f"<svg><style>{_IMG}</style></svg>"),
    live(
        "in SVG's textarea, which is no text", f"<svg><textarea>{_IMG}</textarea></svg>"
    ),
    live(
        "in SVG's noscript, which is no text", f"<svg><noscript>{_IMG}</noscript></svg>"
    ),
    live(
        "in SVG's template, which is none",
        f"<svg><template><image href={_X} /></template></svg>",
    ),
    live("after SVG's CDATA", f"<svg><![CDATA[ <a> ]]><image href={_X} /></svg>"),
    live(
        "after SVG's CDATA with brackets",
        f"<svg><![CDATA[ ]]]]><image href={_X} /></svg>",
    ),
    live("after an SVG that is empty", f"<svg/><script src={_X}></script>"),
    live("after an SVG", f"<svg><path d='M0'/></svg><script src={_X}></script>"),
    live("after SVG's title in HTML", f"<svg><desc><title></desc></title>{_IMG}"),
    live("after SVG ended in foreignObject", f"<svg><foreignObject></svg>{_IMG}"),
    live("in MathML's mtext", f"<math><mtext>{_IMG}</mtext></math>"),
    live("in MathML's mi", f"<math><mi><script src={_X}></script></mi></math>"),
    live(
        "in MathML's annotation",
        f"<math><annotation-xml encoding=text/html><script src={_X}></script></math>",
    ),
    live(
        "SVG in MathML's annotation",
        f"<math><annotation-xml><svg><image href={_X} /></svg></annotation-xml></math>",
    ),
    live("out of MathML by the img", f"<math>{_IMG}</math>"),
    live("out of MathML by a table", f"<math><table><td>{_IMG}</table></math>"),
    live("after MathML in a table", f"<table><td><math><mi>x</table>{_IMG}"),
    live(
        "after an SVG that a div's end closes",
        f"<div><svg></div><script src={_X}></script>",
    ),
    live(
        "after an SVG that a cell's end closes",
        f"<table><td><svg></td></table><script src={_X}></script>",
    ),
    live(
        "after MathML that a div's end closes",
        f"<div><math></div><script src={_X}></script>",
    ),
    live(
        "a style after an SVG that a div closes",
        f"<div><svg><desc></div><style></style>{_IMG}",
    ),
    live(
        "a filter's image",
        f"<svg width=9 height=9><filter id=f><feImage href={_X} /></filter><rect width=9 height=9 filter=url(#f) /></svg>",
    ),
    live(
        "an image that is set by SMIL",
        f"<svg><image href=/own.png><set attributeName=href to={_X} /></image></svg>",
    ),
    live(
        "an image that is animated by SMIL",
        f"<svg><image><animate attributeName=href values='/own.png;{_X}' dur=1s /></image></svg>",
    ),
    live(
        "an image in SVG with a space before its address",
        f"<svg><image href=' {_X}'/></svg>",
    ),
    live("an image in SVG in capitals", f"<SVG><IMAGE HREF={_X} /></SVG>"),
    live(
        "a picture out of SVG, and text that would be a picture in SVG",
        f"<svg>{_IMG}<style>{_IMG}</style>",
    ),
    live(
        "an embed out of MathML, and text that would be a frame in MathML",
        f"<math><embed src={_X}><xmp>{_IMG}</xmp>",
    ),
    inert("a script in SVG by src", f"<svg><script src={_X}></script></svg>"),
    inert("in SVG's CDATA", f"<svg><![CDATA[ {_IMG} ]]></svg>"),
    inert("a use of another site", f"<svg><use href={_X}#a /></svg>"),
    inert("an iframe in SVG", f"<svg><iframe src={_X}></iframe></svg>"),
    live(
        "an input in SVG, which browsers preload",
        f"<svg><input type=image src={_X} /></svg>",
    ),
    harmless("a link in SVG", f"<svg><a href={_X}><path d='M0'/></a></svg>"),
    harmless("a link in SVG by xlink", f"<svg><a xlink:href='{_X}'><g/></a></svg>"),
    harmless(
        "a name space in SVG", "<svg xmlns:a='https://@@.hotjar.com/x'><g/></svg>"
    ),
    harmless("text in SVG", "<svg><text>https://@@.hotjar.com/x</text></svg>"),
    harmless("a comment in SVG", f"<svg><!-- {_IMG} --><g/></svg>"),
    harmless("a link in MathML", f"<math><mi href={_X}>x</mi></math>"),
)

PARTS: Final = (
    live(
        "in a shadow root",
        f"<div><template shadowrootmode=open>{_IMG}</template></div>",
    ),
    live(
        "a script in a closed shadow root",
        f"<div><template shadowrootmode=closed><script src={_X}></script></template></div>",
    ),
    live(
        "in a shadow root in capitals",
        f"<p><template SHADOWROOTMODE=OPEN>{_IMG}</template></p>",
    ),
    live(
        "in a shadow root in a shadow root",
        "<div><template shadowrootmode=open><div><template shadowrootmode=open>"
        f"{_IMG}</template></div></template></div>",
    ),
    live("after a template", f"<template><p></template>{_IMG}"),
    live(
        "after templates in templates",
        f"<template><template></template></template>{_IMG}",
    ),
    live("after an end tag of a template", f"</template>{_IMG}"),
    live(
        "after a textarea in a template",
        f"<template><textarea></template></textarea></template>{_IMG}",
    ),
    live("in a select", f"<select><option>{_IMG}</select>"),
    live("in a table", f"<table>{_IMG}</table>"),
    live("in a table's select", f"<table><tr><td><select><option>a</table>{_IMG}"),
    live("a script in a table", f"<table><tr><script src={_X}></script></table>"),
    live("a script in a select", f"<select><script src={_X}></script></select>"),
    live("in a button in a link in a list", f"<ul><li><a href=/><button>{_IMG}</ul>"),
    live(
        "a frame in a set of frames",
        f"<frameset><frame src={_X}></frameset>",
        whole=True,
    ),
    live(
        "a frame beside frames",
        f"<frameset cols='1,1'><frame src=/own><frame src={_X}>",
        whole=True,
    ),
    live("after the page's end", f"<html><body>a</body></html>{_IMG}", whole=True),
    live("in the head", f"<head>{_IMG}</head><body>a", whole=True),
    live("without a body", f"<!doctype html><script src={_X}></script>", whole=True),
    live(
        "after a set of frames that is none",
        f"<body><p><frameset><frame src=/a>{_IMG}",
        whole=True,
    ),
    live("in many elements", "<div>" * 200 + _IMG),
    live("in an open dialog", f"<dialog open>{_IMG}</dialog>"),
    live("in closed details", f"<details><summary>a</summary>{_IMG}</details>"),
    live("in a hidden block", f"<div hidden>{_IMG}</div>"),
    live("in a marquee", f"<marquee>{_IMG}</marquee>"),
    inert(
        "in a template that a shadow root of no kind marks",
        f"<div><template shadowrootmode=bogus>{_IMG}</template></div>",
    ),
    inert(
        "in a template in a shadow root",
        f"<div><template shadowrootmode=open><template>{_IMG}</template></template></div>",
    ),
    inert("a frame outside a set of frames", f"<frame src={_X}>"),
    inert(
        "a shadow root in a template",
        f"<template><div><template shadowrootmode=open>{_IMG}</template></div></template>",
    ),
    harmless("in a template", f"<template>{_IMG}<script src={_X}></script></template>"),
    harmless(
        "in a template in a template",
        f"<template><template></template>{_IMG}</template>",
    ),
    harmless(
        "in a template in a table",
        f"<table><template><tr><td>{_IMG}</template></table>",
    ),
)

#: Elements whose content is text in HTML, and so for who looks ahead in SVG as well.
_TEXTS: Final = tuple(
    "style title textarea xmp iframe noembed noframes noscript script".split()
)
AHEAD: Final = (
    *(
        live(f"in a comment, after the end of SVG's {name} to preloading", page)
        for name in _TEXTS
        for page in [f"<svg><{name}><!--</{name}>{_IMG}--></{name}></svg>"]
    ),
    *(
        live(f"in a value, after the end of MathML's {name} to preloading", page)
        for name in _TEXTS
        for page in [f"<math><{name}><g a='</{name}>{_IMG}'></g></{name}></math>"]
    ),
    *(
        live(f"in CDATA, after the end of SVG's {name} to preloading", page)
        for name in ("style", "xmp", "textarea", "script")
        for page in [f"<svg><{name}><![CDATA[</{name}>{_IMG}]]></{name}></svg>"]
    ),
    *(
        live(f"in a comment, after an empty {name} in SVG", page)
        for name in ("style", "title", "script")
        for page in [f"<svg><{name}/><!--</{name}>{_IMG}--></svg>"]
    ),
    live(
        "in a comment after SVG, to preloading still its title",
        f"<svg><title/></svg><p>a</p><!--</title>{_IMG}-->",
    ),
    live(
        "in a script after SVG, to preloading still its title",
        f"<svg><title/></svg><script>a='</title>{_IMG}'</script>",
    ),
    live(
        "in a drawing's title that another element's end seems to end",
        f"<svg><title>a</desc></svg><!--</title>{_IMG}-->",
    ),
    live(
        "in SVG's CDATA, which ends at once to preloading",
        f"<svg><![CDATA[>{_IMG}]]></svg>",
    ),
    live(
        "in MathML's CDATA, which ends at once to preloading",
        f"<math><![CDATA[ > {_IMG} ]]></math>",
    ),
    live(
        "in a select's SVG, which preloading doesn't know",
        f"<select><svg><title><!--</title>{_IMG}--></svg></select>",
    ),
    live(
        "in a comment of SVG's script that begins one of preloading's",
        f"<svg><script>a<!-- <script> --!></script><!--</script>{_IMG}--></svg>",
    ),
    harmless(
        "a style in SVG's CDATA",
        "<svg><style><![CDATA[a > b{color:red}]]></style><g/></svg><!--@@.hotjar.com-->",
    ),
    harmless(
        "an empty title in SVG, and markup of a page in a script",
        "<svg><title/></svg><script>a='<html><title>b</title><body><b>//@@.hotjar.com/x"
        "</b>'</script>",
    ),
    harmless(
        "a text of > in SVG's CDATA",
        "<svg><text><![CDATA[a > b <c> //@@.hotjar.com/]]></text></svg>",
    ),
    harmless(
        "a comment in SVG's style",
        "<svg><style>a{}<!-- @@.hotjar.com --></style></svg>",
    ),
)

FRAMES: Final = (
    *(
        live(f"a frame in a {name} that a set of frames ignores", page, whole=True)
        for name in (
            "style",
            "title",
            "textarea",
            "xmp",
            "iframe",
            "noembed",
            "script",
            "template",
        )
        for page in [f"<frameset><{name}><frame src={_X}></{name}></frameset>"]
    ),
    live(
        "a frame after plaintext that a set of frames ignores",
        f"<frameset><plaintext><frame src={_X}></frameset>",
        whole=True,
    ),
    live(
        "a frame in CDATA that a set of frames ignores",
        f"<frameset><svg><![CDATA[><frame src={_X}>]]></frameset>",
        whole=True,
    ),
    inert(
        "a frame in a set of frames' noframes",
        f"<frameset><noframes><frame src={_X}></noframes></frameset>",
        whole=True,
    ),
    harmless(
        "a set of frames with a script and a page for others",
        "<head><title>@@.hotjar.com</title><script>a=1</script></head><frameset cols=1,1>"
        "<frame src=/own><frame src=/own><noframes><body><p>a</p></body></noframes>"
        "</frameset>",
        whole=True,
    ),
)

CASES: Final[tuple[Case, ...]] = (*DRAWINGS, *PARTS, *AHEAD, *FRAMES)
