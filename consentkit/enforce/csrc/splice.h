/* Puts what became of known constructs into a stretch of a page. */

#pragma once

#include "bytes.h"

static const char SEVERED[] = "<!---->";

/* Of a construct that was found: where it is, and what is left of it. */
typedef struct {
    Place start, end, size;
    const char *left;
    PyObject *outcome;
} Find;

static int read_find(PyObject *found, Place index, Place at, Place until, Find *find) {
    char *left;
    if (!PyArg_ParseTuple(PyList_GetItem(found, index), "nnO!", &find->start, &find->end,
                          &PyTuple_Type, &find->outcome) ||
        PyBytes_AsStringAndSize(PyTuple_GetItem(find->outcome, 0), &left, &find->size) < 0)
        return -1;
    find->left = left;
    if (find->start < at || find->end < find->start || find->end > until) {
        PyErr_SetString(PyExc_ValueError, "constructs stand one behind another");
        return -1;
    }
    return 0;
}

/* What is written; without a place to write it to, it is only counted. */
typedef struct {
    char *out;
    Place size;
    Byte last;
} Draft;

static void write_bytes(Draft *draft, const void *bytes, Place size) {
    if (size == 0)
        return;
    if (draft->out != NULL)
        memcpy(draft->out + draft->size, bytes, (size_t)size);
    draft->size += size;
    draft->last = ((const Byte *)bytes)[size - 1];
}

/* Writes a stretch with what is left of constructs: 0, or -1 with an exception set. */
static int write_stretch(Draft *draft, Page page, Place at, Place until, PyObject *found) {
    for (Place i = 0; i < PyList_Size(found); i++) {
        Find find;
        if (read_find(found, i, at, until, &find) < 0)
            return -1;
        write_bytes(draft, page.bytes + at, find.start - at);
        /* In "<<img>img>" the first sign is text (WHATWG HTML 13.2.5.6): it mustn't begin
           a tag with what follows the cut. */
        if (draft->last == '<' && (find.size == 0 || *find.left != '<'))
            write_bytes(draft, SEVERED, (Place)strlen(SEVERED));
        write_bytes(draft, find.left, find.size);
        at = find.end;
    }
    write_bytes(draft, page.bytes + at, until - at);
    return 0;
}

/* Takes a page, a stretch of it, and a list of what was found there. */
static PyObject *splice(PyObject *module, PyObject *args) {
    PyObject *body, *found;
    Place at, until;
    if (!PyArg_ParseTuple(args, "SnnO!:splice", &body, &at, &until, &PyList_Type, &found))
        return NULL;
    Page page = {(const Byte *)PyBytes_AsString(body), PyBytes_Size(body)};
    if (at < 0 || until < at || until > page.size) {
        PyErr_SetString(PyExc_ValueError, "the stretch isn't in the page");
        return NULL;
    }
    Draft counted = {0}, draft = {0};
    if (write_stretch(&counted, page, at, until, found) < 0)
        return NULL;
    PyObject *left = PyBytes_FromStringAndSize(NULL, counted.size);
    if (left == NULL)
        return NULL;
    draft.out = PyBytes_AsString(left);
    if (write_stretch(&draft, page, at, until, found) < 0)
        Py_CLEAR(left);
    return left;
}
