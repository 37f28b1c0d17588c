/* Skims a page for the next construct that Python has to decide about.

   The same as skim.py, but exact: every tag is read (WHATWG HTML 13.2.5), so that
   nothing has to be proved. What is known by its bytes is passed over, and so is what
   can be judged here; it is noted where something became of it. Nothing outside a page
   is read: each access to it is checked against its end.

   The stable ABI of Python 3.11 is used, so that one build serves later versions. */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "begin.h"
#include "drawings.h"
#include "long_tag.h"
#include "memory.h"
#include "parse.h"
#include "splice.h"

/* -- the way through a page ------------------------------------------------------------ */

static const Stop NONE = {NOWHERE, NOWHERE, NOWHERE, NOWHERE, OTHER};

static Stop cut_at(Place at) {
    Stop stop = NONE;
    stop.end = at;
    return stop;
}

/* Finds out where an element's text ends, if its content is text, and its end tag. It
   looks no further than to what would be looked up: where many have no end, it would
   look through all of the page for each. */
static void find_end(Page page, const Tag *tag, Stop *stop) {
    Tag end;
    int is_long = page.size - tag->end > LONGEST;
    Page near = {page.bytes, is_long ? tag->end + LONGEST : page.size};
    stop->tag_end = stop->end = tag->end;
    if (stop->kind < TEXT || stop->kind > SCRIPT)
        return;
    stop->text_end = stop->kind == SCRIPT ? script_text_end(near, tag->end)
                                          : text_end(near, tag);
    if (stop->text_end != NOWHERE && read_tag(page, stop->text_end + 2, &end))
        stop->end = end.end;
    else
        stop->end = NOWHERE;
}

/* Takes a start tag: 1 and the place after what can be passed over, 0 and where to
   stop, or -1 with an exception set. */
static int take(Memory *memory, Page page, Place *at, Stop *stop) {
    Tag tag;
    if (!read_tag(page, *at + 1, &tag)) {
        *stop = cut_at(*at);
        return 0;
    }
    int is_head, passed = 0;
    *stop = NONE;
    stop->hit = *at;
    stop->kind = kind_of(page, &tag, &is_head);
    if (memory->head && !is_head) {
        stop->kind = OTHER;
    } else if (stop->kind == ORDINARY && !tag.is_marked) {
        stop->end = tag.end;
        passed = 1;
    } else if (stop->kind == DRAWING) {
        stop->end = drawing_end(page, *at, &tag);
        passed = stop->end != NOWHERE;
    } else if (stop->kind == CHILDLESS && is_plain(page, memory->words, &tag)) {
        stop->end = tag.end;
        passed = 1;
    } else if (stop->kind != OTHER) {
        find_end(page, &tag, stop);
        passed = passes(memory, page, &tag, stop);
    }
    *at = stop->end;
    return passed;
}

/* Passes over an end tag without attributes that bears on nothing; its end, or NOWHERE. */
static Place plain_end_tag(Page page, Place at) {
    Place name = at + 2;
    if (name >= page.size || lower(page.bytes[name]) == 't')
        return NOWHERE; /* of a template, perhaps */
    for (at = name; at < page.size && is_alphanumeric(page.bytes[at]); at++)
        continue;
    int is_whole = at < page.size && page.bytes[at] == '>' && is_letter(page.bytes[name]);
    return is_whole ? at + 1 : NOWHERE;
}

/* End tags that bear on how what follows is read, and those that begin the body. */
static const char *const ENDS[] = {"template", "turbo-stream", NULL};
static const char *const BODY_ENDS[] = {"p", "br", NULL};

/* The same for markup that isn't a start tag. */
static int take_other(Page page, int head, Place *at, Stop *stop) {
    Tag tag;
    Byte next = page.bytes[*at + 1];
    Place end_tag = next == '/' && !head ? plain_end_tag(page, *at) : NOWHERE;
    if (end_tag != NOWHERE) {
        *at = end_tag;
        return 1;
    }
    *stop = NONE;
    stop->hit = *at;
    if (next == '/') {
        Place name = *at + 2;
        int is_name = name < page.size && is_letter(page.bytes[name]);
        if (name >= page.size || (is_name && !read_tag(page, name, &tag))) {
            *stop = cut_at(*at);
            return 0;
        }
        if (is_name && (is_one_of(page, name, tag.name_end, ENDS) ||
                        (head && is_one_of(page, name, tag.name_end, BODY_ENDS))))
            return 0;
        if (is_name) {
            *at = tag.end;
            return 1;
        }
    }
    Place end = says(page, *at, "<!doctype") ? NOWHERE : markup_end(page, *at);
    if (end == NOWHERE)
        return 0;
    *at = end;
    return 1;
}

/* Goes on until something has to be read. */
static int walk(Memory *memory, Page page, Place at, Stop *stop) {
    int head = memory->head;
    for (;;) {
        Place hit = head ? skip_space(page, at) : find(page, at, '<');
        if (head && (hit >= page.size || page.bytes[hit] != '<')) {
            *stop = cut_at(hit); /* text begins the body */
            return 1;
        }
        if (hit == NOWHERE || hit + 1 >= page.size) {
            *stop = cut_at(hit == NOWHERE ? page.size : hit);
            return 1;
        }
        Byte next = page.bytes[hit + 1];
        int passed = 1;
        at = hit;
        if (is_letter(next))
            passed = take(memory, page, &at, stop);
        else if (next == '!' || next == '?' || next == '/')
            passed = take_other(page, head, &at, stop);
        else if (head) { /* "<" as text */
            *stop = cut_at(hit);
            return 1;
        } else
            at = hit + 1;
        if (passed <= 0)
            return passed < 0 ? -1 : 1;
    }
}

/* What skimmer.py is told of a construct. */
static int told(Kind kind) {
    switch (kind) {
    case CHILDLESS: return 1;
    case SCRIPT: return 2;
    case TEXT: return 3;
    case NOSCRIPT: return 4;
    default: return 0;
    }
}

static PyObject *skim(PyObject *module, PyObject *args) {
    PyObject *body, *visitor;
    Place at;
    Own own = {.is_path_free = -1};
    Memory memory = {0};
    if (!PyArg_ParseTuple(args, "SnpOUO!O!OO!:skim", &body, &at, &memory.head, &own.set,
                          &own.path, &PyDict_Type, &memory.recent, &PyDict_Type,
                          &memory.earlier, &visitor, &PyList_Type, &memory.found))
        return NULL;
    Page page = {(const Byte *)PyBytes_AsString(body), PyBytes_Size(body)};
    memory.words = own.set == Py_None ? NULL : &own;
    if (memory.words != NULL && !PyFrozenSet_Check(own.set)) {
        PyErr_SetString(PyExc_TypeError, "words are a frozenset of bytes, or None");
        return NULL;
    }
    if (visitor != Py_None &&
        (memory.visitor = PyCapsule_GetPointer(visitor, VISITOR)) == NULL)
        return NULL;
    if (at < 0 || at > page.size) {
        PyErr_SetString(PyExc_ValueError, "the place isn't in the page");
        return NULL;
    }
    Stop stop;
    if (walk(&memory, page, at, &stop) < 0)
        return NULL;
    return Py_BuildValue("((nnnni)nn)", stop.hit, stop.tag_end, stop.text_end, stop.end,
                         told(stop.kind), memory.learnt, memory.learnt_size);
}

static PyMethodDef methods[] = {
    {"claims", make_claims, METH_VARARGS, NULL},
    {"visitor", make_visitor, METH_VARARGS, NULL},
    {"begin", begin, METH_O, NULL},
    {"skim", skim, METH_VARARGS, NULL},
    {"splice", splice, METH_VARARGS, NULL},
    {"loaded", loaded, METH_VARARGS, NULL},
    {"parse", parse, METH_O, NULL},
    {"tag_end", tag_end, METH_VARARGS, NULL},
    {"tag_rest", tag_rest, METH_VARARGS, NULL},
    {NULL}};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_skim", .m_size = 0, .m_methods = methods};

PyMODINIT_FUNC PyInit__skim(void) {
    const Terms *const terms[] = {&FETCHES, &REACHES, &STYLES,
                                  &TELLING, &KEEPING, &FAR};
    for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++)
        prepare(terms[i]);
    prepare_idle();
    return PyModuleDef_Init(&module);
}
