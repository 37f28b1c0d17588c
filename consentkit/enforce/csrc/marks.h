/* Which services a script's text gives away, by the marks of marks.py. */

#pragma once

#include "table.h"

enum { LEAST_WORD = 3, PART = 4, MOST_SERVICES = 32 };

/* How a mark is found: by a word, by a word's last or first letters, or by no word. */
enum { WORD, ENDING, BEGINNING, ANYWHERE, WAYS };

/* What stands for a mark in a script; marks.py tests what is written otherwise. */
enum { OTHERWISE = -1, SUBSTRING, IDENTIFIER, CALL };

/* Counts the scripts that were looked through. */
typedef unsigned long long Turn;

typedef struct {
    const Byte *value;
    Place size;
    int kind, service;
    PyObject *test;
    Turn asked; /* when it was looked for last */
} Mark;

typedef struct {
    Mark *marks;
    int count;
    Turn turn;
    Table ways[WAYS];
} Marks;

/* Services, each once; more than fit are as good as unknown. */
typedef struct {
    int items[MOST_SERVICES];
    int count;
} Services;

static int has_service(const Services *services, int service) {
    for (int i = 0; i < services->count; i++)
        if (services->items[i] == service)
            return 1;
    return 0;
}

static int add_service(Services *services, int service) {
    if (has_service(services, service))
        return 1;
    if (services->count == MOST_SERVICES)
        return 0;
    services->items[services->count++] = service;
    return 1;
}

static int is_word_byte(Byte c) {
    return is_alphanumeric(c) || c == '_' || c == '$';
}

static int is_blank(Byte c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

static Place find_bytes(Page text, Place at, const Byte *value, Place size) {
    if (size == 0)
        return at <= text.size ? at : NOWHERE;
    while ((at = find(text, at, *value)) != NOWHERE && at + size <= text.size) {
        if (memcmp(text.bytes + at, value, (size_t)size) == 0)
            return at;
        at++;
    }
    return NOWHERE;
}

/* Tells whether a name is called here: 1 or 0, or -1 if it takes Python to tell. */
static int is_called(Page text, Place at) {
    while (at < text.size && is_blank(text.bytes[at]))
        at++;
    if (at < text.size && text.bytes[at] >= 0x80)
        return -1; /* white space beyond ASCII, perhaps */
    return at < text.size && text.bytes[at] == '(';
}

/* Has Python tell whether a mark is in a text. */
static int is_found(const Mark *mark, Page text) {
    PyObject *script = text_of((const char *)text.bytes, text.size);
    PyObject *answer =
        script ? PyObject_CallFunctionObjArgs(mark->test, script, NULL) : NULL;
    int found = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(script);
    Py_XDECREF(answer);
    return found;
}

/* Tells whether a mark is in a text: 1 or 0, or -1 with an exception set. */
static int is_marked(const Mark *mark, Page text) {
    if (mark->kind == OTHERWISE)
        return is_found(mark, text);
    for (Place at = 0; (at = find_bytes(text, at, mark->value, mark->size)) != NOWHERE; at++) {
        Byte before = at > 0 ? text.bytes[at - 1] : ' ';
        Place end = at + mark->size;
        int found = 1;
        if (mark->kind == IDENTIFIER)
            found = !is_word_byte(before) &&
                    (end == text.size || !is_word_byte(text.bytes[end]));
        else if (mark->kind == CALL)
            found = is_word_byte(before) || before == '.' ? 0 : is_called(text, end);
        if (found)
            return found > 0 ? 1 : is_found(mark, text);
    }
    return 0;
}

/* Looks for marks that are found by some bytes: whether all that they say is known.
   Other threads may do so as well, where Python tells. */
static int ask(Marks *marks, Turn turn, int way, unsigned hash, Page text, Place at,
               Place size, Services *found) {
    const Table *table = &marks->ways[way];
    const Byte *key = text.bytes + at;
    for (int i = first_of(table, hash, key, size); i != NONE_LEFT; i = next_of(table, i)) {
        Mark *mark = &marks->marks[table->entries[i].value];
        if (mark->asked == turn)
            continue;
        mark->asked = turn;
        int is_there = is_marked(mark, text);
        if (is_there < 0 || (is_there && !add_service(found, mark->service)))
            return 0;
    }
    return 1;
}

/* Finds the services whose marks are in a text; whether that can be told here. If it
   can't, an exception may be set. */
static int find_marks(Marks *marks, Page text, Services *found) {
    Turn turn = ++marks->turn;
    if (!ask(marks, turn, ANYWHERE, hash_of(NULL, 0), text, 0, 0, found))
        return 0;
    for (Place at = 0; at < text.size; at++) {
        Place word = at;
        unsigned hash = (unsigned)SEED, beginning = hash;
        for (; at < text.size && is_word_byte(text.bytes[at]); at++) {
            hash = hashed(hash, text.bytes[at]);
            if (at - word == PART - 1)
                beginning = hash;
        }
        Place size = at - word;
        if (size < LEAST_WORD)
            continue;
        if (!ask(marks, turn, WORD, hash, text, word, size, found))
            return 0;
        if (size < PART)
            continue;
        unsigned ending = hash_of(text.bytes + at - PART, PART);
        if (!ask(marks, turn, BEGINNING, beginning, text, word, PART, found) ||
            !ask(marks, turn, ENDING, ending, text, at - PART, PART, found))
            return 0;
    }
    return 1;
}

/* -- made of Python's tuples ------------------------------------------------------------ */

static void free_marks(Marks *marks) {
    PyMem_Free(marks->marks);
    for (int way = 0; way < WAYS; way++)
        free_table(&marks->ways[way]);
}

/* Takes a tuple of (by what it is found, what it is, the text, the service, and what
   tests a script for it), all of them found in one way. */
static int make_way(Marks *marks, PyObject *list, int way, int services) {
    Place count = PyTuple_Size(list);
    if (make_table(&marks->ways[way], count) < 0)
        return -1;
    for (Place i = 0; i < count; i++) {
        Mark *mark = &marks->marks[marks->count];
        const char *key, *value;
        Place size;
        if (!PyArg_ParseTuple(PyTuple_GetItem(list, i), "y#iy#iO", &key, &size,
                              &mark->kind, &value, &mark->size, &mark->service,
                              &mark->test))
            return -1;
        if (mark->service < 0 || mark->service >= services) {
            PyErr_SetString(PyExc_ValueError, "no such service");
            return -1;
        }
        mark->value = (const Byte *)value;
        put(&marks->ways[way], (const Byte *)key, size, marks->count++);
    }
    return 0;
}

/* Takes four tuples of marks, by the ways in which they are found. */
static int make_marks(Marks *marks, PyObject *lists, int services) {
    PyObject *ways[WAYS];
    Place count = 0;
    if (!PyArg_ParseTuple(lists, "O!O!O!O!", &PyTuple_Type, &ways[WORD], &PyTuple_Type,
                          &ways[ENDING], &PyTuple_Type, &ways[BEGINNING], &PyTuple_Type,
                          &ways[ANYWHERE]))
        return -1;
    for (int way = 0; way < WAYS; way++)
        count += PyTuple_Size(ways[way]);
    marks->marks = PyMem_Calloc((size_t)count + 1, sizeof(Mark));
    if (marks->marks == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int way = 0; way < WAYS; way++)
        if (make_way(marks, ways[way], way, services) < 0)
            return -1;
    return 0;
}
