"""An element that is left out ends where browsers end it."""

from __future__ import annotations

import re

import pytest

from consentkit.enforce.extent import Ends, Extent


def outside(name: str, markup: str) -> str:
    """Get what follows an element, given its markup after its start tag."""
    extent = Extent(name.encode())
    for found in re.finditer(r"<(/?)([a-z0-9]+)>", markup):
        tag = found[2].encode()
        if not found[1]:
            if extent.ends_before(tag):
                return markup[found.start() :]
            extent.start(tag)
            continue
        ends = extent.end(tag)
        if ends is not Ends.INSIDE:
            return markup[found.start() if ends is Ends.BEFORE else found.end() :]
    return ""


@pytest.mark.parametrize(
    ("name", "markup", "rest"),
    [
        ("div", "a</div>b", "b"),
        ("div", "<div>a</div></div>b", "b"),
        ("div", "<p>a<p>b</div>c", "c"),
        ("div", "<span>a</div>b", "b"),
        ("div", "<ul><li><div>a</ul></div>b", "b"),
        ("div", "<span><div></span></div>a</div>b", "b"),
        ("div", "<table><td></div>a</table></div>b", "b"),
        ("div", "<br><img><hr></div>b", "b"),
        ("div", "a</section>b</div>c", "c"),
        ("span", "<span>a</span></span>b", "b"),
        ("p", "a</p>b", "b"),
        ("p", "a<p>b", "<p>b"),
        ("p", "<b>a<div>b", "<div>b"),
        ("p", "<b>a</b><i>c</i></div>b", "</div>b"),
        ("p", "<button><p>a</button></p>b", "b"),
        ("p", "a</i>b</p>c", "c"),
        ("li", "a<li>b", "<li>b"),
        ("li", "<ul><li>a<li>b</ul><li>c", "<li>c"),
        ("li", "a</ul>b", "</ul>b"),
        ("li", "a</p>b</li>c", "c"),
        ("dt", "a<dd>b", "<dd>b"),
        ("td", "<table><td>a</table><td>b", "<td>b"),
        ("td", "a</tr>b", "</tr>b"),
        ("tr", "<td>a<td>b<tr>c", "<tr>c"),
        ("tbody", "<tr><td>a</table>b", "</table>b"),
        ("option", "a<option>b", "<option>b"),
        ("option", "a</select>b", "</select>b"),
    ],
)
def test_what_follows_an_element(name: str, markup: str, rest: str) -> None:
    assert outside(name, markup) == rest


def test_beyond_the_depth_of_browsers_an_element_has_no_end() -> None:
    assert outside("div", "<div>" * 600 + "</div>" * 700 + "a") == ""
    assert outside("p", "<b>" * 600 + "<p>a</p></div>") == ""
