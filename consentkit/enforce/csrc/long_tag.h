/* The end of a tag that is too long to be held, as long_tag.py finds it. */

#pragma once

#include "bytes.h"

/* Where in a tag one is (WHATWG HTML 13.2.5.32 to 40), as in long_tag.py. */
enum {
    BETWEEN, NAME, AFTER_NAME, BEFORE_VALUE, UNQUOTED, TAG_NAME, DOUBLE_QUOTED,
    SINGLE_QUOTED
};

static int after_byte(int state, Byte c) {
    switch (state) {
    case BETWEEN:
        return ends_name(c) ? BETWEEN : NAME;
    case AFTER_NAME:
        if (is_space(c))
            return AFTER_NAME;
        return c == '=' ? BEFORE_VALUE : c == '/' ? BETWEEN : NAME;
    case NAME:
        if (is_space(c))
            return AFTER_NAME;
        return c == '=' ? BEFORE_VALUE : c == '/' ? BETWEEN : NAME;
    case BEFORE_VALUE:
        if (is_space(c))
            return BEFORE_VALUE;
        return c == '"' ? DOUBLE_QUOTED : c == '\'' ? SINGLE_QUOTED : UNQUOTED;
    case UNQUOTED:
        return is_space(c) ? BETWEEN : UNQUOTED;
    case TAG_NAME:
        return ends_name(c) ? BETWEEN : TAG_NAME;
    default:
        return c == (state == DOUBLE_QUOTED ? '"' : '\'') ? BETWEEN : state;
    }
}

/* Takes a page, a place inside a tag, and where in the tag that is. Gets the place after
   the tag, or -1 if it goes on, where in it the page ends, and whether what was read says
   what must be granted. */
static PyObject *tag_rest(PyObject *module, PyObject *args) {
    PyObject *body;
    Place at;
    int state, is_assigned = 0;
    if (!PyArg_ParseTuple(args, "Sni:tag_rest", &body, &at, &state))
        return NULL;
    Page page = {(const Byte *)PyBytes_AsString(body), PyBytes_Size(body)};
    for (at = at < 0 ? 0 : at; at < page.size; at++) {
        Byte c = page.bytes[at];
        if (c == '>' && state < DOUBLE_QUOTED)
            return Py_BuildValue("(nii)", at + 1, state, is_assigned);
        if (c == 'd' || c == 'D')
            is_assigned |= says(page, at, "data-consent");
        state = after_byte(state, c);
    }
    return Py_BuildValue("(nii)", (Place)NOWHERE, state, is_assigned);
}
