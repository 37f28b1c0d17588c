/* The words of a script that may be among some keys, as marks.py asks for them. */

#pragma once

#include "bytes.h"

/* A sieve has a bit for each hash of a key. What isn't a key may pass it, too. */
enum { SIEVE_BITS = 1 << 16, SIEVE_SIZE = SIEVE_BITS / 8, LEAST_WORD = 3, PART = 4 };

static int is_word_byte(Byte c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

/* FNV-1a, folded to the bits of a sieve. */
static unsigned hash_of(const Byte *bytes, Place size) {
    unsigned hash = 2166136261u;
    for (Place i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return (hash ^ hash >> 16) & (SIEVE_BITS - 1);
}

static int is_in(const Byte *sieve, const Byte *bytes, Place size) {
    unsigned bit = hash_of(bytes, size);
    return sieve[bit >> 3] >> (bit & 7) & 1;
}

/* Makes a sieve of a list of bytes. */
static PyObject *sieve(PyObject *module, PyObject *keys) {
    Byte bits[SIEVE_SIZE] = {0};
    if (!PyList_Check(keys)) {
        PyErr_SetString(PyExc_TypeError, "keys are a list of bytes");
        return NULL;
    }
    for (Place i = 0; i < PyList_Size(keys); i++) {
        char *key;
        Place size;
        if (PyBytes_AsStringAndSize(PyList_GetItem(keys, i), &key, &size) < 0)
            return NULL;
        unsigned bit = hash_of((const Byte *)key, size);
        bits[bit >> 3] |= (Byte)(1 << (bit & 7));
    }
    return PyBytes_FromStringAndSize((const char *)bits, SIEVE_SIZE);
}

static int add_word(PyObject *words, const Byte *word, Place size) {
    PyObject *text = PyUnicode_DecodeASCII((const char *)word, size, NULL);
    int failed = text == NULL || PyList_Append(words, text) < 0;
    Py_XDECREF(text);
    return failed ? -1 : 0;
}

/* Gets the words that may be keys, or whose first or last letters may be. */
static PyObject *sift(PyObject *module, PyObject *args) {
    const char *text, *bits;
    Place size, width;
    if (!PyArg_ParseTuple(args, "y#y#:sift", &text, &size, &bits, &width))
        return NULL;
    if (width != SIEVE_SIZE) {
        PyErr_SetString(PyExc_ValueError, "this isn't a sieve");
        return NULL;
    }
    const Byte *at = (const Byte *)text, *end = at + size, *in = (const Byte *)bits;
    PyObject *words = PyList_New(0);
    while (words != NULL && at < end) {
        const Byte *word = at;
        while (at < end && is_word_byte(*at))
            at++;
        Place length = at - word, part = length < PART ? length : PART;
        int passes = length >= LEAST_WORD &&
                     (is_in(in, word, length) || is_in(in, word, part) ||
                      is_in(in, at - part, part));
        if (passes && add_word(words, word, length) < 0)
            Py_CLEAR(words);
        at++;
    }
    return words;
}
