/* The parts of a tag, as Python objects. */

#pragma once

#include "tags.h"

enum { LONGEST_NAME = 256 };

/* A name in lower case. */
static PyObject *name_of(Page page, Place start, Place end) {
    char small[LONGEST_NAME] = "", *low = small;
    Place size = end - start;
    if (size > LONGEST_NAME && (low = PyMem_Malloc((size_t)size)) == NULL)
        return PyErr_NoMemory();
    for (Place i = 0; i < size; i++)
        low[i] = (char)lower(page.bytes[start + i]);
    PyObject *name = text_of(low, size);
    if (low != small)
        PyMem_Free(low);
    return name;
}

/* Adds an attribute; of several with one name, the first counts. */
static int add(PyObject *attributes, Page page, const Attribute *found) {
    PyObject *name = name_of(page, found->name, found->name_end), *value = NULL;
    int known = name == NULL ? -1 : PyDict_Contains(attributes, name);
    int failed = known < 0;
    if (known == 0) {
        value = text_of((const char *)page.bytes + found->value,
                        found->end - found->value);
        failed = value == NULL || PyDict_SetItem(attributes, name, value) < 0;
    }
    Py_XDECREF(name);
    Py_XDECREF(value);
    return failed ? -1 : 0;
}

static PyObject *parse(PyObject *module, PyObject *raw) {
    char *bytes;
    Page page;
    if (PyBytes_AsStringAndSize(raw, &bytes, &page.size) < 0)
        return NULL;
    page.bytes = (const Byte *)bytes;
    PyObject *attributes = PyDict_New();
    if (attributes == NULL)
        return NULL;
    if (page.size < 2 || page.bytes[0] != '<' || !is_letter(page.bytes[1]))
        return Py_BuildValue("(sNi)", "", attributes, 0);
    Place at = 1, last, start;
    while (at < page.size && !ends_name(page.bytes[at]))
        at++;
    last = start = at;
    Attribute found;
    int more;
    while ((more = next_attribute(page, &at, &found)) > 0) {
        if (add(attributes, page, &found) < 0) {
            Py_DECREF(attributes);
            return NULL;
        }
        last = at;
    }
    int is_empty = more == 0 && at > last && page.bytes[at - 1] == '/';
    PyObject *name = name_of(page, 1, start);
    if (name == NULL) {
        Py_DECREF(attributes);
        return NULL;
    }
    return Py_BuildValue("(NNi)", name, attributes, is_empty);
}

/* Takes a page and a place in it where a start or end tag may begin. Gets the place
   after it, or -1 if it isn't whole or none. */
static PyObject *tag_end(PyObject *module, PyObject *args) {
    PyObject *body;
    Place at;
    Tag tag;
    if (!PyArg_ParseTuple(args, "Sn:tag_end", &body, &at))
        return NULL;
    Page page = {(const Byte *)PyBytes_AsString(body), PyBytes_Size(body)};
    Place name = at + 1;
    if (at < 0 || name >= page.size || page.bytes[at] != '<')
        return PyLong_FromLong(NOWHERE);
    name += page.bytes[name] == '/';
    int is_tag = name < page.size && is_letter(page.bytes[name]);
    return PyLong_FromSsize_t(is_tag && read_tag(page, name, &tag) ? tag.end : NOWHERE);
}
