/* Bytes of a page, in which no place is looked at that isn't in it. */

#pragma once

#include <Python.h>
#include <string.h>

typedef unsigned char Byte;
typedef Py_ssize_t Place; /* in a page; NOWHERE where its rest is needed to tell */

enum { NOWHERE = -1 };
typedef struct {
    const Byte *bytes;
    Place size;
} Page;

/* What a byte is to the tokenizer: white space, and what ends a name besides. And what
   an address of a script may be told by. */
enum { SPACE = 1, NAME_END = 2, VALUE_START = 4, OF_CODE = 8 };
static const Byte CLASSES[256] = {
    ['\t'] = SPACE | NAME_END | OF_CODE, ['\n'] = SPACE | NAME_END | OF_CODE,
    ['\f'] = SPACE | NAME_END | OF_CODE, ['\r'] = SPACE | NAME_END | OF_CODE,
    [' '] = SPACE | NAME_END,            ['/'] = NAME_END,
    ['>'] = NAME_END,                    ['='] = VALUE_START,
    ['&'] = OF_CODE,                     ['j'] = OF_CODE,
    ['J'] = OF_CODE};

static int is_space(Byte c) {
    return CLASSES[c] & SPACE;
}

static Byte lower(Byte c) {
    return c >= 'A' && c <= 'Z' ? (Byte)(c | 0x20) : c;
}

static int is_letter(Byte c) {
    return (Byte)((c | 0x20) - 'a') < 26;
}

static int is_alphanumeric(Byte c) {
    return is_letter(c) || (c >= '0' && c <= '9');
}

static int ends_name(Byte c) {
    return CLASSES[c] & NAME_END;
}

/* Tells whether a word in lower case stands at a place, in any case. */
static int says(Page page, Place at, const char *word) {
    for (; *word; at++, word++)
        if (at >= page.size || lower(page.bytes[at]) != (Byte)*word)
            return 0;
    return 1;
}

static int is_word(Page page, Place start, Place end, const char *word) {
    for (; start < end; start++, word++)
        if (!*word || lower(page.bytes[start]) != (Byte)*word) /* a name may have NULs */
            return 0;
    return !*word;
}

static int is_one_of(Page page, Place start, Place end, const char *const *words) {
    for (; *words; words++)
        if (is_word(page, start, end, *words))
            return 1;
    return 0;
}

static int holds(Page page, Place start, Place end, const char *word) {
    Page part = {page.bytes, end};
    for (Place at = start; at < end; at++)
        if (lower(page.bytes[at]) == (Byte)*word && says(part, at, word))
            return 1;
    return 0;
}

/* Words that are looked for together. Which of these lists have a word that begins with
   a byte, its bits in FIRST tell. */
typedef struct {
    const char *const *words;
    Byte bit;
} Terms;

static Byte FIRST[256];

static void prepare(const Terms *terms) {
    for (const char *const *word = terms->words; *word; word++) {
        Byte first = (Byte)**word;
        FIRST[first] |= terms->bit;
        if (is_letter(first))
            FIRST[first & ~0x20] |= terms->bit;
    }
}

static int holds_any(Page page, Place start, Place end, const Terms *terms) {
    Page part = {page.bytes, end};
    for (Place at = start; at < end; at++) {
        if (!(FIRST[page.bytes[at]] & terms->bit))
            continue;
        for (const char *const *word = terms->words; *word; word++)
            if (says(part, at, *word))
                return 1;
    }
    return 0;
}

static Place find(Page page, Place at, Byte byte) {
    if (at >= page.size)
        return NOWHERE;
    const Byte *found = memchr(page.bytes + at, byte, (size_t)(page.size - at));
    return found ? (Place)(found - page.bytes) : NOWHERE;
}

/* Decodes bytes for matching; any charset will do in which ASCII is ASCII. */
static PyObject *text_of(const char *bytes, Place size) {
    PyObject *text = PyUnicode_DecodeUTF8(bytes, size, NULL);
    if (text == NULL && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        PyErr_Clear();
        text = PyUnicode_DecodeLatin1(bytes, size, NULL);
    }
    return text;
}
