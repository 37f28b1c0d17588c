/* Who is served, as far as it bears on what becomes of a construct. */

#pragma once

#include "claims.h"

static const char VISITOR[] = "consentkit.visitor";

typedef struct {
    PyObject *parts; /* what the rest points into */
    Claims *claims;
    Byte *allowed; /* for each service */
    Page host;     /* of the page */
    const char *scheme;
    PyObject *outcome; /* the type of what is remembered */
    int blocks;        /* what nobody claims is withheld, too */
    int is_shown;      /* something stands in gaps */
} Visitor;

static void forget_visitor(PyObject *capsule) {
    Visitor *visitor = PyCapsule_GetPointer(capsule, VISITOR);
    PyMem_Free(visitor->allowed);
    Py_XDECREF(visitor->parts);
    PyMem_Free(visitor);
}

static int may_load(const Visitor *visitor, int service) {
    return service >= 0 ? visitor->allowed[service] : !visitor->blocks;
}

static int fill_allowed(Visitor *visitor, PyObject *allowed) {
    Place count = PyTuple_Size(visitor->claims->names);
    visitor->allowed = PyMem_Calloc((size_t)count + 1, 1);
    if (visitor->allowed == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Place i = 0; i < count; i++) {
        int found = PySet_Contains(allowed, PyTuple_GetItem(visitor->claims->names, i));
        if (found < 0)
            return -1;
        visitor->allowed[i] = (Byte)found;
    }
    return 0;
}

/* Gets a visitor who may load some services, on pages of one scheme and host. */
static PyObject *make_visitor(PyObject *module, PyObject *args) {
    PyObject *claims, *allowed, *outcome, *capsule;
    const char *scheme, *host;
    Place size;
    int blocks, is_shown;
    if (!PyArg_ParseTuple(args, "OO!sy#ppO:visitor", &claims, &PyFrozenSet_Type, &allowed,
                          &scheme, &host, &size, &blocks, &is_shown, &outcome))
        return NULL;
    Visitor *visitor = PyMem_Calloc(1, sizeof(Visitor));
    if (visitor == NULL)
        return PyErr_NoMemory();
    *visitor = (Visitor){.parts = Py_NewRef(args),
                         .claims = PyCapsule_GetPointer(claims, CLAIMS),
                         .host = {(const Byte *)host, size},
                         .scheme = scheme,
                         .outcome = outcome,
                         .blocks = blocks,
                         .is_shown = is_shown};
    int is_made = visitor->claims != NULL && fill_allowed(visitor, allowed) == 0;
    capsule = is_made ? PyCapsule_New(visitor, VISITOR, forget_visitor) : NULL;
    if (capsule == NULL) {
        PyMem_Free(visitor->allowed);
        Py_DECREF(args);
        PyMem_Free(visitor);
    }
    return capsule;
}
