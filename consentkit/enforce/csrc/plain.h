/* Tags that load files of the page's own host only, by their form, as plain.py does. */

#pragma once

#include "tags.h"

static const char *const IDLE[] = {
    "alt", "as", "autocomplete", "charset", "checked", "class", "color", "content",
    "crossorigin", "decoding", "dir", "disabled", "fetchpriority", "for", "height",
    "hidden", "hreflang", "id", "itemprop", "lang", "loading", "media", "name", "nonce",
    "placeholder", "property", "rel", "required", "role", "sizes", "tabindex", "title",
    "type", "value", "width", NULL};
/* By its first letter, where it begins. */
static const char *const *IDLE_FROM[26];

static void prepare_idle(void) {
    for (const char *const *idle = IDLE; *idle; idle++)
        if (IDLE_FROM[**idle - 'a'] == NULL)
            IDLE_FROM[**idle - 'a'] = idle;
}

static int is_idle(Page page, Place name, Place end) {
    Byte first = lower(page.bytes[name]);
    const char *const *idle = is_letter(first) ? IDLE_FROM[first - 'a'] : NULL;
    for (; idle != NULL && *idle != NULL && (Byte)**idle == first; idle++)
        if (is_word(page, name, end, *idle))
            return 1;
    return 0;
}

/* What may make a "data-" attribute an address, or an assignment. */
static const Terms TELLING = {(const char *const[]){
    "src", "href", "original", "bg", "background", "image", "poster", "style", "consent",
    "cookie", "category", "service", "purpose", "name", NULL}, 1 << 4};

/* What makes any attribute one in which a loader may keep an address. */
static const Terms KEEPING = {(const char *const[]){"src", "lazy", "original", NULL}, 1 << 2};

/* What an address of another host has, or what browsers take out of one. */
static const Terms FAR = {(const char *const[]){":", "//", "&", "\\", "\t", "\n", "\r", NULL}, 1 << 5};

static int is_path_letter(Byte c) {
    return is_alphanumeric(c) || c == '_' || c == '~' || c == '+' || c == '@' || c == '-';
}

static int is_query_letter(Byte c) {
    return is_alphanumeric(c) || c == '_' || c == '~' || c == '=' || c == ';' ||
           c == '-' || c == '.';
}

/* What is known of the page's own host: words one of which begins a segment of every
   address that a service has there, and the page's own path. */
typedef struct {
    PyObject *set;   /* the words, as bytes */
    PyObject *path;  /* as a string */
    int is_path_free; /* whether no such word is in it; -1 while nobody has looked */
    int is_relative; /* an address was met that depends on the path */
} Own;

/* NULL where nothing is known, as services may be anywhere. */
typedef Own *Words;

/* Tells whether the first word of a path's segment is one of some. Where that can't be
   found out, memory being short, it is taken for one. */
static int is_among(Words words, Page page, Place start) {
    Place end = start;
    while (end < page.size && is_alphanumeric(page.bytes[end]))
        end++;
    if (end == start)
        return 0;
    PyObject *word =
        PyBytes_FromStringAndSize((const char *)page.bytes + start, end - start);
    int found = word == NULL ? -1 : PySet_Contains(words->set, word);
    Py_XDECREF(word);
    if (found < 0)
        PyErr_Clear();
    return found != 0;
}

/* Tells whether what is relative to the page's path is no service's by that path. */
static int is_path_free(Words words) {
    if (words->is_path_free >= 0)
        return words->is_path_free;
    Place at = 0;
    Page path = {NULL, 0};
    path.bytes = (const Byte *)PyUnicode_AsUTF8AndSize(words->path, &path.size);
    if (path.bytes == NULL)
        PyErr_Clear(); /* it isn't text that one can look through */
    /* Addresses are decoded again once they stand behind it. */
    words->is_path_free = path.bytes != NULL && find(path, 0, '%') == NOWHERE;
    for (; words->is_path_free && (at = find(path, at, '/')) != NOWHERE; at++)
        words->is_path_free = !is_among(words, path, at + 1);
    return words->is_path_free;
}

static Place skip_segment(Page page, Place at, Place end) {
    while (at < end && (is_path_letter(page.bytes[at]) || page.bytes[at] == '.'))
        at++;
    return at;
}

/* Passes over a path without dots before a name, escapes or anything else that has to be
   resolved, and without the words of services; the place after it, or NOWHERE. */
static Place plain_url(Page page, Words words, Place at, Place end) {
    Page url = {page.bytes, end};
    if (at >= end)
        return NOWHERE;
    if (page.bytes[at] != '/') {
        if (!is_path_letter(page.bytes[at]) || is_among(words, url, at) || !is_path_free(words))
            return NOWHERE;
        words->is_relative = 1;
        at = skip_segment(page, at, end);
    }
    while (at < end && page.bytes[at] == '/') {
        at++;
        if (is_among(words, url, at))
            return NOWHERE;
        if (at < end && is_path_letter(page.bytes[at]))
            at = skip_segment(page, at, end);
        else if (at < end && (page.bytes[at] == '/' || page.bytes[at] == '.'))
            return NOWHERE;
    }
    if (at == end || page.bytes[at] != '?')
        return at;
    for (at++; at < end; at++)
        if (says(page, at, "&amp;"))
            at += 4;
        else if (!is_query_letter(page.bytes[at]))
            break;
    return at;
}

/* Tells whether a "srcset" names such paths only. */
static int is_plain_set(Page page, Words words, Place at, Place end) {
    for (;;) {
        at = plain_url(page, words, at, end);
        if (at == NOWHERE || at == end)
            return at == end;
        if (page.bytes[at] == ' ') { /* a descriptor, such as "2x" */
            Place from = ++at;
            while (at < end && ((page.bytes[at] >= '0' && page.bytes[at] <= '9') ||
                                page.bytes[at] == '.'))
                at++;
            if (at == from || at == end || (page.bytes[at] != 'w' && page.bytes[at] != 'x'))
                return 0;
            at++;
        }
        if (at == end)
            return 1;
        if (page.bytes[at] != ',' || at + 1 >= end || page.bytes[at + 1] != ' ')
            return 0;
        at += 2;
    }
}

/* Tells whether an attribute says nothing of what is loaded, on whatever element. */
static int is_mute(Page page, const Attribute *found) {
    Place name = found->name, end = found->name_end;
    switch (lower(page.bytes[name])) {
    case 'a':
        return says(page, name, "aria-") ? !holds_any(page, name, end, &KEEPING)
                                         : is_idle(page, name, end);
    case 'c':
        if (is_word(page, name, end, "class"))
            return !holds(page, found->value, found->end, "optanon") &&
                   !holds(page, found->value, found->end, "&"); /* which may hide it */
        return is_idle(page, name, end);
    case 'd':
        if (!says(page, name, "data-"))
            return is_idle(page, name, end);
        return !holds_any(page, name, end, &TELLING) &&
               !holds_any(page, found->value, found->end, &FAR);
    default:
        return is_idle(page, name, end);
    }
}

static int is_plain_attribute(Page page, Words words, const Attribute *found) {
    Place name = found->name, end = found->name_end;
    switch (lower(page.bytes[name])) {
    case 'd':
    case 'h':
    case 's':
        if (is_word(page, name, end, "src") || is_word(page, name, end, "href") ||
            is_word(page, name, end, "data-src"))
            return plain_url(page, words, found->value, found->end) == found->end;
        if (is_word(page, name, end, "srcset") || is_word(page, name, end, "data-srcset"))
            return is_plain_set(page, words, found->value, found->end);
    }
    return is_mute(page, found);
}

static int is_plain(Page page, Words words, const Tag *tag) {
    Attribute found;
    Place at = tag->name_end;
    int more;
    if (words == NULL)
        return 0;
    while ((more = next_attribute(page, &at, &found)) > 0)
        if (!is_plain_attribute(page, words, &found))
            return 0;
    return more == 0;
}
