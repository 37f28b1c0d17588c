/* What became of constructs in pages before, by their bytes. */

#pragma once

#include "judge.h"

/* A longer construct isn't looked up: its bytes cost more than reading it again. */
enum { LONGEST = 1 << 15 };

/* A construct to be read, or none and a safe cut as its end. */
typedef struct {
    Place hit, tag_end, text_end, end;
    Kind kind;
} Stop;

typedef struct {
    PyObject *recent, *earlier; /* dictionaries of bytes: None, or what became of it */
    PyObject *found;            /* a list of (start, end, what became of it) */
    int head;                   /* the body is still to begin */
    Words words;
    const Visitor *visitor;    /* NULL where nothing may be judged here */
    Place learnt, learnt_size; /* how much was judged and is remembered, with its bytes */
} Memory;

static int note(const Memory *memory, const Stop *stop, PyObject *outcome) {
    if (outcome == Py_None)
        return 1;
    PyObject *start = PyLong_FromSsize_t(stop->hit), *end = PyLong_FromSsize_t(stop->end);
    PyObject *entry = start && end ? PyTuple_Pack(3, start, end, outcome) : NULL;
    int failed = entry == NULL || PyList_Append(memory->found, entry) < 0;
    Py_XDECREF(start);
    Py_XDECREF(end);
    Py_XDECREF(entry);
    return failed ? -1 : 1;
}

/* Gets what is left of a construct that goes, all or in part. */
static PyObject *left_of(Page page, const Stop *stop, const Verdict *verdict) {
    Place before = verdict->from - stop->hit, after = stop->end - verdict->to;
    if (verdict->fate == STAYS)
        before = stop->end - stop->hit, after = 0;
    PyObject *left = PyBytes_FromStringAndSize(NULL, before + after);
    if (left == NULL)
        return NULL;
    char *out = PyBytes_AsString(left);
    memcpy(out, page.bytes + stop->hit, (size_t)before);
    memcpy(out + before, page.bytes + stop->end - after, (size_t)after);
    return left;
}

static PyObject *withheld_by(const Visitor *visitor, const Stop *stop,
                             const Verdict *verdict) {
    if (verdict->fate == STAYS)
        return PyTuple_New(0);
    const Url *url = &verdict->url;
    Place at = verdict->from - stop->hit;
    if (verdict->service == UNCLAIMED)
        return Py_BuildValue("((sss#n))", "undeclared", verdict->element, url->text,
                             url->size, at);
    return Py_BuildValue("((Oss#n))",
                         PyTuple_GetItem(visitor->claims->names, verdict->service),
                         verdict->element, url->text, url->size, at);
}

/* Gets what became of a construct, as constructs.py has it. */
static PyObject *outcome_of(const Visitor *visitor, Page page, const Stop *stop,
                            const Verdict *verdict) {
    if (verdict->fate == STAYS && !verdict->is_reported)
        return Py_NewRef(Py_None);
    Page host = verdict->is_reported ? verdict->url.address.host : (Page){NULL, 0};
    PyObject *left = left_of(page, stop, verdict);
    PyObject *withheld = left ? withheld_by(visitor, stop, verdict) : NULL;
    PyObject *hosts = host.bytes ? Py_BuildValue("(s#)", host.bytes, host.size) : PyTuple_New(0);
    PyObject *outcome = NULL;
    if (withheld != NULL && hosts != NULL)
        outcome = PyObject_CallFunctionObjArgs(visitor->outcome, left, withheld, hosts, NULL);
    Py_XDECREF(left);
    Py_XDECREF(withheld);
    Py_XDECREF(hosts);
    return outcome;
}

/* Judges what is new, and remembers it: what passes() gives. */
static int learn(Memory *memory, Page page, const Tag *tag, const Stop *stop,
                 PyObject *key) {
    Verdict verdict;
    if (memory->words != NULL)
        memory->words->is_relative = 0;
    judge(memory->visitor, page, memory->words, tag, stop->kind, stop->text_end, &verdict);
    if (verdict.fate == IS_NEW)
        return PyErr_Occurred() ? -1 : 0;
    if (memory->words->is_relative) /* on a page of another path it may be another's */
        return verdict.fate == STAYS && !verdict.is_reported;
    if (verdict.from == NOWHERE)
        verdict.from = stop->hit, verdict.to = stop->end;
    PyObject *outcome = outcome_of(memory->visitor, page, stop, &verdict);
    if (outcome == NULL)
        return -1;
    int passed = -1;
    if (PyDict_SetItem(memory->recent, key, outcome) == 0) {
        memory->learnt++;
        memory->learnt_size += stop->end - stop->hit;
        passed = note(memory, stop, outcome);
    }
    Py_DECREF(outcome);
    return passed;
}

/* Gets what is known of a construct, and carries it over: 1, or 0, or -1. */
static int recall(const Memory *memory, PyObject *key, PyObject **outcome) {
    *outcome = PyDict_GetItemWithError(memory->recent, key);
    if (*outcome == NULL && !PyErr_Occurred()) {
        *outcome = PyDict_GetItemWithError(memory->earlier, key);
        if (*outcome != NULL && PyDict_SetItem(memory->recent, key, *outcome) < 0)
            return -1;
    }
    if (*outcome == NULL)
        return PyErr_Occurred() ? -1 : 0;
    Py_INCREF(*outcome); /* collecting garbage may let others forget it */
    return 1;
}

/* Passes over what is known or can be judged here: 1, or 0 where neither is so, or -1
   with an exception set. */
static int passes(Memory *memory, Page page, const Tag *tag, const Stop *stop) {
    if (stop->end == NOWHERE || stop->end - stop->hit > LONGEST)
        return 0;
    PyObject *outcome, *key = PyBytes_FromStringAndSize(
                           (const char *)page.bytes + stop->hit, stop->end - stop->hit);
    if (key == NULL)
        return -1;
    int passed = recall(memory, key, &outcome);
    if (passed > 0) {
        passed = note(memory, stop, outcome);
        Py_DECREF(outcome);
    } else if (passed == 0 && memory->visitor != NULL) {
        passed = learn(memory, page, tag, stop, key);
    }
    Py_DECREF(key);
    return passed;
}
