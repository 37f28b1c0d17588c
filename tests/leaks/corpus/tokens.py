"""How the tokenizer gets into and out of its states (WHATWG HTML 13.2.5)."""

from __future__ import annotations

from typing import Final

from tests.leaks.case import Case, harmless, inert, live

_IMG: Final = '<img src="https://@@.hotjar.com/x">'
_JS: Final = '<script src="https://@@.hotjar.com/x"></script>'

COMMENTS: Final = (
    live("after a comment", f"<!-- a -->{_JS}"),
    live("after a comment ended by --!>", f"<!-- a --!>{_JS}"),
    live("after <!-->", f"<!-->{_JS}"),
    live("after <!--->", f"<!--->{_JS}"),
    live("after a comment of dashes", f"<!-------->{_JS}"),
    live("after a comment in a comment", f"<!-- <!-- -->{_JS}-->"),
    live("after a comment that begins with >", f"<!-- > -->{_JS}"),
    live("after a comment with dashes and !", f"<!-- --!a -- > -->{_JS}"),
    live("after an XML declaration", f'<?xml version="1.0"?>{_JS}'),
    live("after the > in a processing instruction", f"<?php a > {_IMG} ?>"),
    live("after an end tag without a name", f"</ a>{_JS}"),
    live("after an empty end tag", f"</>{_JS}"),
    live("after an end tag of a number", f"</3 >{_JS}"),
    live("after a declaration", f'<!ELEMENT a "b">{_JS}'),
    live("after CDATA that is none in HTML", f"<![CDATA[ > {_JS} ]]>"),
    live("after a quote in a bogus comment", f'<!a "> {_IMG} ">'),
    live("after a quote in a doctype", f'<!doctype "> {_IMG}">'),
    live("after an empty bogus comment", f"<!>{_JS}"),
    live("after a conditional comment", f"<!--[if IE]><i><![endif]-->{_JS}"),
    live(
        "in a revealed conditional comment", f"<!--[if !IE]><!-->{_IMG}<!--<![endif]-->"
    ),
    live("in a downlevel-revealed comment", f"<![if !IE]>{_IMG}<![endif]>"),
    inert("in a comment with --!> cut short", f"<!-- --! >{_JS} -->"),
    inert("in a comment begun with <!--!>", f"<!--!>{_JS}-->"),
    inert("in a comment that never ends", f"<p>a<!-- {_JS}", whole=True),
    harmless("in a comment", f"<!-- {_JS} -->"),
    harmless("in a comment with > and dashes", f"<!-- > - -- {_JS} -->"),
    harmless("in a conditional comment", f"<!--[if IE]>{_JS}<![endif]-->"),
    harmless("in a bogus comment", "<?a <img src=//@@.hotjar.com/x ?>"),
    harmless("in a doctype", '<!doctype html SYSTEM "<img src=//@@.hotjar.com/x">'),
    harmless("in a comment among comments", f"<!-- a --><!-- {_JS} --><!-- b -->"),
)

TEXT: Final = (
    live("after a title", f"<title></titlex></title>{_JS}"),
    live("after a title with <!--", f"<title><!--</title>{_JS}-->"),
    live("after a textarea with <!--", f"<textarea><!--</textarea>{_IMG}-->"),
    live("after a textarea ended with a slash", f"<textarea></textarea/>{_IMG}"),
    live("after a textarea ended in capitals", f"<textarea></TEXTAREA >{_IMG}"),
    live("after a style with <!--", f"<style><!--</style>{_IMG}-->"),
    live("after a style ended with a form feed", f"<style>a{{}}</style\f>{_IMG}"),
    live("after a style ended with attributes", f"<style></style a='>'>{_IMG}"),
    live("after xmp", f"<xmp><!-- </xmp>{_IMG} -->"),
    live("after iframe's text", f"<iframe><!-- </iframe>{_IMG} -->"),
    live("after noembed", f"<noembed><!-- </noembed>{_IMG} -->"),
    live("after noframes", f"<noframes><!-- </noframes>{_IMG} -->"),
    live("after noscript", f"<noscript><!-- </noscript>{_IMG} -->"),
    live("out of an attribute in noscript", f'<noscript><p a="</noscript>{_IMG}">'),
    live(
        "after noscript in the head",
        f"<head><noscript><!--</noscript>{_JS}-->",
        whole=True,
    ),
    live("after a nested noscript", f"<noscript><noscript></noscript>{_IMG}"),
    live(
        "in noscript without scripts", f"<noscript>{_IMG}</noscript>", scripting=False
    ),
    live(
        "after a comment in noscript without scripts",
        f"<noscript><!-- </noscript> -->{_IMG}</noscript>",
        scripting=False,
    ),
    live(
        "behind an attribute in noscript without scripts",
        f'<noscript><p a="</noscript>">{_IMG}</noscript>',
        scripting=False,
    ),
    live(
        "a style sheet in noscript in the head",
        "<head><noscript><link rel=stylesheet href=//@@.hotjar.com/x></noscript>",
        whole=True,
        scripting=False,
    ),
    live(
        "out of noscript in the head without scripts",
        f"<head><noscript><p>{_IMG}</noscript>",
        whole=True,
        scripting=False,
    ),
    live(
        "a style in noscript without scripts",
        "<noscript><style>body{background:url(//@@.hotjar.com/x)}</style></noscript>",
        scripting=False,
    ),
    live("the first text after plaintext's start", f"{_IMG}<plaintext>"),
    inert("in noscript with scripts", f"<noscript>{_IMG}</noscript>"),
    inert("in noembed", f"<noembed>{_IMG}</noembed>"),
    inert("in noframes", f"<noframes>{_IMG}</noframes>"),
    inert("in a textarea that never ends", f"<textarea>{_IMG}", whole=True),
    inert("in a title that never ends", f"<title>{_IMG}", whole=True),
    harmless("in a title", f"<title>{_IMG}</title>"),
    harmless("in a textarea", f"<textarea>{_JS}</textarea>"),
    harmless(
        "in a textarea, with end tags of others",
        f"<textarea></p></textareas>{_JS}</textarea>",
    ),
    harmless("in xmp", f"<xmp>{_JS}</xmp>"),
    harmless("in plaintext", f"<plaintext>{_JS}"),
    harmless("in an iframe's text", f"<iframe>{_IMG}</iframe>"),
    harmless("in the text of a style", f"<style>a::after{{content:'{_IMG}'}}</style>"),
    harmless("as escaped text", "<p>&lt;img src=//@@.hotjar.com/x&gt;</p>"),
    harmless("as text after <", "<p>< img src=//@@.hotjar.com/x></p>"),
    harmless(
        "as text in pre and code",
        "<pre><code>&lt;script src=//@@.hotjar.com/x></code></pre>",
    ),
)

SCRIPTS: Final = (
    live("after a script with <!--", f"<script><!--</script>{_IMG}"),
    live(
        "after a script in an escaped script",
        f"<script><!--<script></script></script>{_IMG}",
    ),
    live("after an escape that ends", f"<script><!--<script>--></script>{_IMG}"),
    live("after an escape that ends at once", f"<script><!--><script></script>{_IMG}"),
    live("after <!---> in a script", f"<script><!---><script></script>{_IMG}"),
    live("after an end tag that is none", f"<script></scriptx></script>{_IMG}"),
    live(
        "after an escaped start tag that is none",
        f"<script><!--<scriptx></script>{_IMG}",
    ),
    live(
        "a script after a script ended with a space",
        f"<script>a=1</script >{_JS}",
    ),
    live("a script after a script ended with a slash", f"<script>a=1</script/>{_JS}"),
    live("a script after a data block", f"<script type=a/json>1</script\n>{_JS}"),
    live("after a script ended with a slash", f"<script>a=1</script/>{_IMG}"),
    live("after a script ended with attributes", f"<script>a=1</script a='>'>{_IMG}"),
    live("after a script ended in capitals", f"<script>a=1</ScRiPt\t>{_IMG}"),
    live(
        "after dashes in an escape", f"<script><!-- - -- <script> ---></script>{_IMG}"
    ),
    live("after two escapes", f"<script><!--<script></script>--><!--</script>{_IMG}"),
    inert("in a double escape", f"<script><!--<script></script>{_IMG}--></script>"),
    inert(
        "in a double escape that never ends",
        f"<script><!--<script></script>{_IMG}",
        whole=True,
    ),
    live(
        "a script that never ends, which browsers preload",
        "<script src=//@@.hotjar.com/x>",
        whole=True,
    ),
    inert(
        "an inline script that never ends",
        "<script>new Image().src='//@@.hotjar.com/x'",
        whole=True,
    ),
    harmless(
        "markup in a string of a script",
        "<script>a = '<img src=//@@.hotjar.com/x>'</script>",
    ),
    harmless(
        "a tag in an escaped script",
        "<script><!-- <img src=//@@.hotjar.com/x> --></script>",
    ),
    harmless(
        "a tag in a template of a script",
        "<script>let a = `<img src=//@@.hotjar.com/x>`</script>",
    ),
)

TAGS: Final = (
    live("in capitals", '<SCRIPT SRC="https://@@.hotjar.com/x"></SCRIPT>'),
    live("in mixed case", '<ScRiPt sRc="https://@@.hotjar.com/x"></sCrIpT>'),
    live("in single quotes", "<script src='https://@@.hotjar.com/x'></script>"),
    live("without quotes", "<script src=https://@@.hotjar.com/x></script>"),
    live("without quotes, ending in a slash", "<img src=https://@@.hotjar.com/>"),
    live("without quotes, quotes within", "<img src=//@@.hotjar.com/\"'<=`x>"),
    live(
        "with spaces around =", '<script src \n=\t "https://@@.hotjar.com/x"></script>'
    ),
    live("with a form feed", "<img\fsrc\f=\f//@@.hotjar.com/x\f>"),
    live("with a slash for a space", "<img/src=//@@.hotjar.com/x>"),
    live("with slashes between attributes", '<img/alt=""/src="//@@.hotjar.com/x"/>'),
    live("with a carriage return", "<img\rsrc=//@@.hotjar.com/x\r>"),
    live("without space between attributes", '<img alt="a"src="//@@.hotjar.com/x">'),
    live("behind > in a value", '<img alt=">" src="//@@.hotjar.com/x">'),
    live(
        "behind > in a value without quotes' end",
        "<img alt='a>b\">' src=//@@.hotjar.com/x>",
    ),
    live("behind a quote in a name", '<img " src=//@@.hotjar.com/x>'),
    live("behind quotes in a name", "<img a\"b='c' d'e src=//@@.hotjar.com/x>"),
    live("behind < in a name", "<img <script src=//@@.hotjar.com/x>"),
    live("behind a lone =", "<img = src=//@@.hotjar.com/x>"),
    live("behind a name of =", "<img =a=b src=//@@.hotjar.com/x>"),
    live("behind NUL in a name", b"<img a\0b=c src=//@@.hotjar.com/x>"),
    live("behind NUL in text", b"<p>\0</p><img src=//@@.hotjar.com/x>"),
    live("behind NUL in a value", b"<img alt='\0>' src=//@@.hotjar.com/x>"),
    live(
        "behind bytes that are no UTF-8",
        b"<p>\xff\xfe\xc3</p><img alt='\xe9' src=//@@.hotjar.com/x>",
    ),
    live("the first of two", "<img src=//@@.hotjar.com/x src=/own.png>"),
    live(
        "the first of three, once in capitals",
        "<img SRC=//@@.hotjar.com/x src=/own Src=//@@.hotjar.com/y>",
    ),
    live("the tag after < and space", "<p>1 < 2 <img src=//@@.hotjar.com/x>"),
    live("the tag after two <", "<<img src=//@@.hotjar.com/x>"),
    live(
        "the tag after < in text",
        "a<b<img src=//@@.hotjar.com/x>/><img src=//@@.hotjar.com/y>",
    ),
    live("at the end of the page", "<p>a<img src=//@@.hotjar.com/x>", whole=True),
    live("a frame that never ends", "<p>a<iframe src=//@@.hotjar.com/x>", whole=True),
    live("a page of one tag", "<img src=//@@.hotjar.com/x>", whole=True),
    live(
        "behind a byte order mark",
        b"\xef\xbb\xbf<img src=//@@.hotjar.com/x>",
        whole=True,
    ),
    live(
        "over many lines",
        "<script\n  async\n  src='//@@.hotjar.com/x'\n  defer\n></script>",
    ),
    live("among many attributes", "<img " + "a='b' " * 200 + "src=//@@.hotjar.com/x>"),
    live(
        "with a long value before",
        "<img alt='" + "a>b " * 2000 + "' src=//@@.hotjar.com/x>",
    ),
    inert("with a vertical tab", "<img\vsrc=//@@.hotjar.com/x>"),
    inert("with NUL in the element's name", b"<im\0g src=//@@.hotjar.com/x>"),
    inert("with NUL in the attribute's name", b"<img s\0rc=//@@.hotjar.com/x>"),
    inert(
        "with a reference in the attribute's name", "<img s&#114;c=//@@.hotjar.com/x>"
    ),
    inert("the second of two", "<img src=/own.png src=//@@.hotjar.com/x>"),
    inert("the second, after an empty one", "<img src src=//@@.hotjar.com/x>"),
    inert(
        "in a value that never ends", "<img alt='a src=//@@.hotjar.com/x>", whole=True
    ),
    inert("in a tag that never ends", "<p>a<img src=//@@.hotjar.com/x", whole=True),
    inert("behind / in a value without quotes", "<img a=b/src=//@@.hotjar.com/x>"),
    inert("in an end tag", "</img src=//@@.hotjar.com/x>"),
    inert("as a name with =", "<img =src=//@@.hotjar.com/x>"),
    harmless(
        "as the value of another attribute",
        '<p title="<img src=//@@.hotjar.com/x>">a</p>',
    ),
    harmless(
        "in a value of many lines",
        "<p title='\n<script src=//@@.hotjar.com/x>\n'>a</p>",
    ),
    harmless("in a value without quotes", "<p title=<img/src=//@@.hotjar.com/x>a</p>"),
    harmless(
        "as another element",
        "<imgs src=//@@.hotjar.com/x></imgs><x-img src=//@@.hotjar.com/x>",
    ),
    harmless("as another attribute", "<img href=//@@.hotjar.com/x alt='@@' b=//@@>"),
    inert(
        "as an attribute of a loader that isn't there",
        "<img xsrc=//@@.hotjar.com/x src-x=//@@.hotjar.com/x alt='@@'>",
    ),
)

CASES: Final[tuple[Case, ...]] = (*COMMENTS, *TEXT, *SCRIPTS, *TAGS)
