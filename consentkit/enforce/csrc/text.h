/* Content in which no tag begins: comments, scripts, and other text. */

#pragma once

#include "tags.h"

/* Where a comment ends (13.2.5.43 to 51): "<!-->" and "<!--->" are whole ones. */
static Place comment_end(Page page, Place start) {
    for (Place at = start + 4; (at = find(page, at, '>')) != NOWHERE; at++) {
        const Byte *end = page.bytes + at;
        if (end[-1] == '-' && end[-2] == '-')
            return at + 1;
        if (at >= start + 7 && end[-1] == '!' && end[-2] == '-' && end[-3] == '-')
            return at + 1;
    }
    return NOWHERE;
}

/* Where a comment ends, or what is taken for one, such as "<?php?>" or "</1>". */
static Place markup_end(Page page, Place start) {
    if (says(page, start, "<!--"))
        return comment_end(page, start);
    Place end = find(page, start, '>');
    return end == NOWHERE ? NOWHERE : end + 1;
}

/* Tells whether a tag's whole name, with its "<" or "</", stands at a place. */
static int is_tag(Page page, Place at, const char *begin) {
    Place end = at + (Place)strlen(begin);
    return says(page, at, begin) && end < page.size && ends_name(page.bytes[end]);
}

/* Where the end tag of a script begins (13.2.5.15 to 31). */
static Place script_text_end(Page page, Place at) {
    int escaped = 0, twice = 0;
    for (; at < page.size; at++) {
        Byte c = page.bytes[at];
        if (c == '-' && escaped && says(page, at, "-->")) {
            escaped = twice = 0;
        } else if (c != '<') {
            if (!escaped) { /* only "<" matters */
                at = find(page, at, '<');
                if (at == NOWHERE)
                    return NOWHERE;
                at--;
            }
        } else if (says(page, at, "<!--")) {
            escaped = 1;
            at++; /* its dashes may be those of "-->" */
        } else if (is_tag(page, at, "</script")) {
            if (!twice)
                return at;
            twice = 0;
        } else if (escaped && is_tag(page, at, "<script")) {
            twice = 1;
        }
    }
    return NOWHERE;
}

/* Where the end tag of an element begins whose content is text. */
static Place text_end(Page page, const Tag *tag) {
    Place length = tag->name_end - tag->name;
    for (Place at = tag->end; (at = find(page, at, '<')) != NOWHERE; at++) {
        Place name = at + 2, end = name + length;
        if (end >= page.size)
            return NOWHERE;
        if (page.bytes[at + 1] != '/' || !ends_name(page.bytes[end]))
            continue;
        Place i = 0;
        while (i < length &&
               lower(page.bytes[name + i]) == lower(page.bytes[tag->name + i]))
            i++;
        if (i == length)
            return at;
    }
    return NOWHERE;
}
