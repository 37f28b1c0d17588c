"""Trackers whose markup would end what a page holds in reserve, or begin a tag."""

from __future__ import annotations

from typing import Final

from tests.leaks.case import live

_TAG: Final = "<script src=https://@@.hotjar.com/x></script>"
_BLOCK: Final = "<div data-consent=youtube>"

CASES: Final = (
    # What follows isn't a tag, unless what is before it is left out.
    live("behind a sign that is text", f"<{_TAG}img src=https://@@.hotjar.com/x>"),
    live("behind a sign, twice", f"<<{_TAG}{_TAG}script src=https://@@.hotjar.com/x>"),
    live("behind a sign, before a comment", f"<{_TAG}!--><img src=//@@.hotjar.com/x>"),
    live("in a marked block", f"{_BLOCK}{_TAG}</div>"),
    live("in a block that ends a template", f"{_BLOCK}</template>{_TAG}</div>"),
    live("in a block, in capitals", f"{_BLOCK}</TEMPLATE\n>{_TAG}</div>"),
    live(
        "in a block that has a template",
        f"{_BLOCK}<template>a</template></template>{_TAG}</div>",
    ),
    live(
        "in a block that leaves a drawing open",
        f"{_BLOCK}<svg><g></div></template>{_TAG}",
    ),
    live(
        "behind a comment that ends a template",
        f"{_BLOCK}<!--</template>--></template>{_TAG}</div>",
    ),
    live(
        "in a marked row of a table",
        f"<table><tr data-consent=youtube><td></template>{_TAG}<tr><td>a</table>",
    ),
    live(
        "in a block in a script's escapes",
        f"{_BLOCK}<script><!--<script></template></script>--></script>{_TAG}</div>",
    ),
    live(
        "behind a marked script that writes a template",
        f"<script data-consent=youtube>'</template>'</script>{_TAG}",
    ),
    live(
        "behind a frame whose text ends a template",
        f"<iframe data-consent=youtube></template></iframe>{_TAG}",
    ),
    live(
        "behind a marked text field",
        f"<textarea data-consent=youtube></template></textarea>{_TAG}",
    ),
    live(
        "in a marked select", f"<select data-consent=youtube><option>a{_TAG}</select>"
    ),
    live(
        "in an attribute of a block", f"{_BLOCK[:-1]} title='</template>'>{_TAG}</div>"
    ),
)
