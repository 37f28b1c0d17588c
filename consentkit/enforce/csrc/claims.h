/* All that the services of a policy and the catalogue claim. */

#pragma once

#include "hosts.h"

static const char CLAIMS[] = "consentkit.claims";

typedef struct {
    PyObject *parts; /* in which the bytes are that the tables are made of */
    PyObject *names; /* of the services, as a tuple */
    Marks marks;
    Hosts hosts;
} Claims;

static void free_claims(Claims *claims) {
    free_marks(&claims->marks);
    free_hosts(&claims->hosts);
    Py_XDECREF(claims->parts);
    PyMem_Free(claims);
}

static void forget_claims(PyObject *capsule) {
    free_claims(PyCapsule_GetPointer(capsule, CLAIMS));
}

/* Makes tables of tuples: the services' names, marks, hosts, and the shop's own hosts. */
static PyObject *make_claims(PyObject *module, PyObject *args) {
    PyObject *names, *marks, *hosts, *own;
    if (!PyArg_ParseTuple(args, "O!O!O!O!:claims", &PyTuple_Type, &names, &PyTuple_Type,
                          &marks, &PyTuple_Type, &hosts, &PyTuple_Type, &own))
        return NULL;
    Claims *claims = PyMem_Calloc(1, sizeof(Claims));
    if (claims == NULL)
        return PyErr_NoMemory();
    claims->parts = Py_NewRef(args);
    claims->names = names;
    int services = (int)PyTuple_Size(names);
    PyObject *capsule = NULL;
    if (make_marks(&claims->marks, marks, services) == 0 &&
        make_hosts(&claims->hosts, hosts, own, services) == 0)
        capsule = PyCapsule_New(claims, CLAIMS, forget_claims);
    if (capsule == NULL)
        free_claims(claims);
    return capsule;
}
