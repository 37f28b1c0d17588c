/* Tags and their attributes, read as browsers do (WHATWG HTML 13.2.5.6 to 40). */

#pragma once

#include "bytes.h"

enum { LONGEST_LAZY_NAME = 64 };

/* CHILDLESS ones load something and hold nothing; LOADS may hold something. */
typedef enum {
    ORDINARY, CHILDLESS, LOADS, TEXT, NOSCRIPT, STYLE, SCRIPT, DRAWING, OTHER
} Kind;

typedef struct {
    Place name, name_end, end;
    int is_marked; /* an attribute makes it worth reading, whatever its name is */
} Tag;

/* What skim.py looks for in the attributes of any element. */

static const Terms FETCHES = {(const char *const[]){
    "//", "src", "import", "image", "fetch", "beacon", "xmlhttp", "createel",
    "setattr", "html", "write", "getscript", "worker", "eventsource", "websocket",
    "style", "audio", "background", "poster", "caches", "request", "fontface", ".data",
    "[", "&", "\\", NULL}, 1 << 0};
/* What a script's address may be hidden by, besides white space. */
static const char *const REFERENCES[] = {"&#", "&tab", "&newline", "&colon", NULL};
static const char *const IDLE_SCRIPTS[] = {
    "javascript:", "javascript:;", "javascript:void(0)", "javascript:void(0);", NULL};
static const Terms STYLES = {(const char *const[]){"&", "\\", "url(", "set(", NULL}, 1 << 3};
static const char *const LAZY[] = {
    "src", "bg", "bgset", "background", "image", "img", "url", "poster", "style", NULL};

static const char LAZY_ENDS[] = "cdeglrt"; /* their last letters */

static int is_lazy(Page page, Place start, Place end) {
    if (end - start > LONGEST_LAZY_NAME)
        return 1;
    if (end == start || strchr(LAZY_ENDS, lower(page.bytes[end - 1])) == NULL)
        return 0;
    for (const char *const *word = LAZY; *word; word++) {
        Place at = end - (Place)strlen(*word);
        if (at >= start && is_word(page, at, end, *word))
            return 1;
    }
    return 0;
}

/* Reads an attribute's value (13.2.5.35 to 39); the place after it, or NOWHERE. */
static Place read_value(Page page, Place at, Place *value, Place *end) {
    Byte quote = page.bytes[at];
    if (quote == '"' || quote == '\'') {
        *value = at + 1;
        *end = find(page, at + 1, quote);
        return *end == NOWHERE ? NOWHERE : *end + 1;
    }
    *value = at;
    while (at < page.size && !is_space(page.bytes[at]) && page.bytes[at] != '>')
        at++;
    *end = at;
    return at;
}

static Place skip_space(Page page, Place at) {
    while (at < page.size && is_space(page.bytes[at]))
        at++;
    return at;
}

typedef struct {
    Place name, name_end, value, end; /* an empty value where there is none */
} Attribute;

/* Reads the next attribute of a tag (13.2.5.32 to 40), and moves on to what follows:
   1, or 0 at the ">" of the tag, or -1 where the page ends before. */
static int next_attribute(Page page, Place *place, Attribute *found) {
    Place at = *place;
    while (at < page.size && ends_name(page.bytes[at]) && page.bytes[at] != '>')
        at++;
    *place = at;
    if (at >= page.size)
        return -1;
    if (page.bytes[at] == '>')
        return 0;
    found->name = at++;
    while (at < page.size && !(CLASSES[page.bytes[at]] & (NAME_END | VALUE_START)))
        at++;
    found->name_end = found->value = found->end = at;
    Place after = skip_space(page, at);
    if (after < page.size && page.bytes[after] == '=') {
        at = skip_space(page, after + 1);
        at = at < page.size ? read_value(page, at, &found->value, &found->end) : NOWHERE;
    }
    *place = at;
    return at == NOWHERE ? -1 : 1;
}

/* Tells whether an attribute is an event's: "on" and at least three letters. */
static int is_handler(Page page, Place start, Place end) {
    if (end - start < 5 || !says(page, start, "on"))
        return 0;
    for (start += 2; start < end; start++)
        if (!is_letter(page.bytes[start]))
            return 0;
    return 1;
}

/* Tells whether an address may be a script that does something. */
static int is_script_url(Page page, Place start, Place end) {
    Page value = {page.bytes, end};
    int is_script = 0;
    for (Place at = start; at < end; at++) {
        if (!(CLASSES[page.bytes[at]] & OF_CODE))
            continue;
        if (page.bytes[at] == '&') {
            for (const char *const *word = REFERENCES; *word; word++)
                if (says(value, at, *word))
                    return 1;
        } else if (is_space(page.bytes[at])) {
            return 1;
        } else {
            is_script |= says(value, at, "javascript:");
        }
    }
    return is_script && !is_one_of(page, start, end, IDLE_SCRIPTS);
}

/* Tells whether an attribute has a tag read, whatever its name is. */
static int is_mark(Page page, const Attribute *found) {
    Place name = found->name, name_end = found->name_end;
    Place value = found->value, end = found->end;
    switch (lower(page.bytes[name])) {
    case 'd':
        if (!says(page, name, "data-"))
            return 0;
        if (is_word(page, name, name_end, "data-consent"))
            return 1;
        return is_lazy(page, name + 5, name_end) && end > value;
    case 'o':
        return is_handler(page, name, name_end) &&
               holds_any(page, value, end, &FETCHES);
    case 's':
        return is_word(page, name, name_end, "style") &&
               holds_any(page, value, end, &STYLES);
    case 'p':
        return is_word(page, name, name_end, "ping") && end > value;
    case 'b':
        return is_word(page, name, name_end, "background") && end > value;
    case 'h':
    case 'x':
    case 'a':
    case 'f':
        if (!is_word(page, name, name_end, "href") &&
            !is_word(page, name, name_end, "xlink:href") &&
            !is_word(page, name, name_end, "action") &&
            !is_word(page, name, name_end, "formaction"))
            return 0;
        return is_script_url(page, value, end);
    default:
        return 0;
    }
}

/* Reads a whole start or end tag whose name begins at a place; whether it is whole. */
static int read_tag(Page page, Place at, Tag *tag) {
    Attribute found;
    int more;
    tag->name = at;
    tag->is_marked = 0;
    while (at < page.size && !ends_name(page.bytes[at]))
        at++;
    tag->name_end = at;
    if (at < page.size && page.bytes[at] == '>') {
        tag->end = at + 1;
        return 1;
    }
    while ((more = next_attribute(page, &at, &found)) > 0)
        if (!tag->is_marked)
            tag->is_marked = is_mark(page, &found);
    tag->end = at + 1;
    return more == 0;
}

typedef struct {
    const char *name;
    Kind kind;
    int is_head; /* it may stand before the body's content */
} Element;

static const Element A[] = {{"audio", LOADS, 0}, {NULL}};
static const Element B[] = {{"body", LOADS, 0}, {"base", OTHER, 0}, {NULL}};
static const Element E[] = {{"embed", LOADS, 0}, {NULL}};
static const Element F[] = {{"frame", LOADS, 0}, {"frameset", OTHER, 0}, {NULL}};
static const Element H[] = {{"html", OTHER, 0}, {NULL}};
static const Element I[] = {
    {"img", CHILDLESS, 0}, {"input", CHILDLESS, 0}, {"iframe", TEXT, 0}, {"image", LOADS, 0},
    {NULL}};
static const Element L[] = {{"link", CHILDLESS, 1}, {NULL}};
static const Element M[] = {{"meta", CHILDLESS, 1}, {"math", OTHER, 0}, {NULL}};
static const Element N[] = {
    {"noscript", NOSCRIPT, 1}, {"noembed", TEXT, 0}, {"noframes", TEXT, 1}, {NULL}};
static const Element O[] = {{"object", LOADS, 0}, {NULL}};
static const Element P[] = {{"plaintext", OTHER, 0}, {NULL}};
static const Element S[] = {
    {"script", SCRIPT, 1}, {"svg", DRAWING, 0}, {"source", CHILDLESS, 0}, {"style", STYLE, 1},
    {NULL}};
static const Element T[] = {
    {"template", OTHER, 0}, {"title", TEXT, 1}, {"textarea", TEXT, 0},
    {"track", CHILDLESS, 0}, {"turbo-stream", OTHER, 0}, {NULL}};
static const Element V[] = {{"video", LOADS, 0}, {NULL}};
static const Element X[] = {{"xmp", TEXT, 0}, {NULL}};
static const Element *const ELEMENTS[26] = {
    A, B, NULL, NULL, E, F, NULL, H, I, NULL, NULL, L, M, N, O, P, NULL, NULL, S, T,
    NULL, V, NULL, X};

/* Finds an element that loads something or changes how what follows is read. */
static Kind kind_of(Page page, const Tag *tag, int *is_head) {
    *is_head = 0;
    const Element *element = ELEMENTS[lower(page.bytes[tag->name]) - 'a'];
    if (element == NULL || tag->name_end - tag->name < 3)
        return ORDINARY;
    if (says(page, tag->name, "amp-"))
        return LOADS;
    for (; element->name; element++) {
        if (is_word(page, tag->name, tag->name_end, element->name)) {
            *is_head = element->is_head;
            return element->kind;
        }
    }
    return ORDINARY;
}
