/* The beginning of a document, up to what is in its head, where it is a simple one. */

#pragma once

#include "plain.h"
#include "text.h"

static const char *const NAMESPACES[] = {
    "itemscope", "itemtype", "prefix", "version", "xml:lang", "xmlns", NULL};

typedef struct {
    Place end;
    Place language, language_end; /* an empty one where none is told */
    int is_document;
} Beginning;

/* Tells whether a language's tag is written as one (RFC 5646, 2.1). */
static int is_language(Page page, const Attribute *found) {
    for (Place at = found->value; at < found->end; at++)
        if (!is_alphanumeric(page.bytes[at]) && page.bytes[at] != '-')
            return 0;
    return 1;
}

/* Takes a tag of html or head; whether it says nothing but the page's language. */
static int take_root(Page page, const Tag *tag, Beginning *beginning) {
    Attribute found;
    Place at = tag->name_end;
    int more, is_told = 0, is_html = is_word(page, tag->name, tag->name_end, "html");
    if (!is_html && !is_word(page, tag->name, tag->name_end, "head"))
        return 0;
    while ((more = next_attribute(page, &at, &found)) > 0) {
        if (!is_word(page, found.name, found.name_end, "lang")) {
            if (!is_mute(page, &found) &&
                !is_one_of(page, found.name, found.name_end, NAMESPACES))
                return 0;
            continue;
        }
        if (!is_language(page, &found))
            return 0;
        if (is_html && !is_told && beginning->language == beginning->language_end) {
            beginning->language = found.value;
            beginning->language_end = found.end;
        }
        is_told = 1; /* of two the first counts, even an empty one */
    }
    return more == 0;
}

/* Takes one construct of a beginning; whether it was one. */
static int take_first(Page page, Beginning *beginning) {
    Tag tag;
    Place at = skip_space(page, beginning->end), end = NOWHERE;
    if (says(page, at, "<!--")) {
        end = comment_end(page, at);
    } else if (says(page, at, "<!doctype")) {
        end = find(page, at, '>');
        end = end == NOWHERE ? NOWHERE : end + 1;
        beginning->is_document |= end != NOWHERE;
    } else if (at + 1 < page.size && page.bytes[at] == '<' &&
               is_letter(page.bytes[at + 1]) && read_tag(page, at + 1, &tag) &&
               !tag.is_marked && take_root(page, &tag, beginning)) {
        end = tag.end;
        beginning->is_document = 1;
    }
    if (end != NOWHERE)
        beginning->end = end;
    return end != NOWHERE;
}

/* Gets where the beginning of a document ends, 0 if it has none that is simple, and the
   language that it tells. */
static PyObject *begin(PyObject *module, PyObject *body) {
    char *bytes;
    Page page;
    Beginning beginning = {0};
    if (PyBytes_AsStringAndSize(body, &bytes, &page.size) < 0)
        return NULL;
    page.bytes = (const Byte *)bytes;
    while (take_first(page, &beginning))
        continue;
    return Py_BuildValue("(ns#)", beginning.is_document ? beginning.end : 0,
                         bytes + beginning.language,
                         beginning.language_end - beginning.language);
}
