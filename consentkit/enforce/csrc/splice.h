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
    PyObject *entry = PyList_GetItem(found, index);
    PyObject *start = entry ? PyTuple_GetItem(entry, 0) : NULL;
    PyObject *end = start ? PyTuple_GetItem(entry, 1) : NULL;
    PyObject *outcome = end ? PyTuple_GetItem(entry, 2) : NULL;
    PyObject *left = outcome ? PyTuple_GetItem(outcome, 0) : NULL;
    char *bytes;
    if (left == NULL || PyBytes_AsStringAndSize(left, &bytes, &find->size) < 0)
        return -1;
    find->start = PyLong_AsSsize_t(start);
    find->end = PyLong_AsSsize_t(end);
    find->left = bytes;
    find->outcome = outcome;
    if (PyErr_Occurred())
        return -1;
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

/* -- what is told of it ---------------------------------------------------------------- */

enum { WITHHELD_SIZE = 4 }; /* service, element, address, and place */

typedef struct {
    PyObject *type; /* of what is told of a part that is withheld */
    PyObject *withheld, *undeclared;
    Place offset; /* of the page's bytes */
} Report;

/* Reports a part that is withheld, at a place that is counted from its construct. The
   named tuple is made as tuple itself makes one, without a call of Python's. */
static int report_part(const Report *report, PyObject *part, Place start) {
    PyTypeObject *type = (PyTypeObject *)report->type;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    PyObject *at = PyTuple_GetItem(part, WITHHELD_SIZE - 1);
    PyObject *made = at ? allocate(type, WITHHELD_SIZE) : NULL;
    int failed = made == NULL;
    for (Place i = 0; !failed && i < WITHHELD_SIZE - 1; i++)
        failed = PyTuple_SetItem(made, i, Py_NewRef(PyTuple_GetItem(part, i))) < 0;
    if (!failed) {
        Place offset = report->offset + start + PyLong_AsSsize_t(at);
        failed = PyTuple_SetItem(made, WITHHELD_SIZE - 1, PyLong_FromSsize_t(offset)) < 0 ||
                 PyErr_Occurred() || PyList_Append(report->withheld, made) < 0;
    }
    Py_XDECREF(made);
    return failed ? -1 : 0;
}

/* Reports all that was withheld of a construct, and the hosts that nobody claims. */
static int report_find(const Report *report, const Find *find) {
    PyObject *withheld = PyTuple_GetItem(find->outcome, 1);
    PyObject *hosts = withheld ? PyTuple_GetItem(find->outcome, 2) : NULL;
    if (hosts == NULL)
        return -1;
    for (Place i = 0; i < PyTuple_Size(withheld); i++)
        if (report_part(report, PyTuple_GetItem(withheld, i), find->start) < 0)
            return -1;
    for (Place i = 0; i < PyTuple_Size(hosts); i++)
        if (PyDict_SetItem(report->undeclared, PyTuple_GetItem(hosts, i), Py_None) < 0)
            return -1;
    return 0;
}

static int report_all(const Report *report, Place at, Place until, PyObject *found) {
    for (Place i = 0; i < PyList_Size(found); i++) {
        Find find;
        if (read_find(found, i, at, until, &find) < 0 || report_find(report, &find) < 0)
            return -1;
    }
    return 0;
}

/* Takes a page, a stretch of it, what was found there, the page's offset, and where it
   is to be reported. Gets what is left of the stretch. */
static PyObject *splice(PyObject *module, PyObject *args) {
    PyObject *body, *found;
    Place at, until;
    Report report;
    if (!PyArg_ParseTuple(args, "SnnO!nO!O!O!:splice", &body, &at, &until, &PyList_Type,
                          &found, &report.offset, &PyType_Type, &report.type,
                          &PyList_Type, &report.withheld, &PyDict_Type,
                          &report.undeclared))
        return NULL;
    Page page = {(const Byte *)PyBytes_AsString(body), PyBytes_Size(body)};
    if (at < 0 || until < at || until > page.size ||
        !PyType_IsSubtype((PyTypeObject *)report.type, &PyTuple_Type)) {
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
    if (write_stretch(&draft, page, at, until, found) < 0 ||
        report_all(&report, at, until, found) < 0)
        Py_CLEAR(left);
    return left;
}
