/* Drawings (SVG) that load nothing. */

#pragma once

#include "tags.h"

static const char *const SHAPES[] = {
    "path", "g", "circle", "rect", "line", "polyline", "polygon", "ellipse", "use",
    "defs", "lineargradient", "radialgradient", "stop", "clippath", "mask", "symbol",
    "text", "tspan", "pattern", NULL};

/* Where "<title>text</title>" or a description ends. */
static Place label_end(Page page, Place at, const char *begin, const char *end) {
    if (!says(page, at, begin))
        return NOWHERE;
    at = find(page, at + 1, '<');
    return at != NOWHERE && says(page, at, end) ? at + (Place)strlen(end) : NOWHERE;
}

static const Terms REACHES = {(const char *const[]){"&", "\\", "url(", NULL}, 1 << 1};

/* Tells whether an attribute of a drawing could load something by "url()". */
static int may_reach_out(Page page, Place start, Place end) {
    for (Place at = start; at < end; at++) {
        if (!(FIRST[page.bytes[at]] & REACHES.bit))
            continue;
        if (page.bytes[at] == '&' || page.bytes[at] == '\\')
            return 1;
        if (at + 4 < end && says(page, at, "url(") && page.bytes[at + 4] != '#')
            return 1;
    }
    return 0;
}

/* Where a drawing ends, if nothing in it can load (PLAIN_SVG in html.py). */
static Place drawing_end(Page page, Place start, const Tag *svg) {
    Place at = svg->end;
    if (svg->is_marked || page.bytes[at - 2] == '/')
        return NOWHERE;
    while ((at = find(page, at, '<')) != NOWHERE) {
        Tag tag;
        Place label = label_end(page, at, "<title>", "</title>");
        if (label == NOWHERE)
            label = label_end(page, at, "<desc>", "</desc>");
        if (label != NOWHERE) {
            at = label;
            continue;
        }
        int is_end = at + 1 < page.size && page.bytes[at + 1] == '/';
        Place name = at + 1 + is_end;
        if (name >= page.size || !is_letter(page.bytes[name]) ||
            !read_tag(page, name, &tag) || tag.is_marked)
            return NOWHERE;
        if (is_end && is_word(page, tag.name, tag.name_end, "svg"))
            return may_reach_out(page, start, tag.end) ? NOWHERE : tag.end;
        if (!is_one_of(page, tag.name, tag.name_end, SHAPES))
            return NOWHERE;
        at = tag.end;
    }
    return NOWHERE;
}
