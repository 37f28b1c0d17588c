/* Which services a script loads, as judge.py tells: where its marks don't say all, or
   its addresses are written in another way than whole, that is left to Python. */

#pragma once

#include "claims.h"

enum { LEAST_HOST = 3 };

static const char *const SPLICES[] = {"'+'", "\"+\"", "' + '", "\" + \"", NULL};

static int holds_bytes(Page text, const char *value) {
    return find_bytes(text, 0, (const Byte *)value, (Place)strlen(value)) != NOWHERE;
}

/* Copies a script with "\/" as "/"; 0 where another escape is left, or no memory. */
static int unslash(Page code, Page *plain) {
    *plain = code;
    if (find(code, 0, '\\') == NOWHERE)
        return 1;
    Byte *copy = PyMem_Malloc((size_t)code.size);
    if (copy == NULL)
        return 0;
    Place size = 0;
    for (Place at = 0; at < code.size; at++) {
        int is_slash = code.bytes[at] == '\\' && at + 1 < code.size &&
                       code.bytes[at + 1] == '/';
        copy[size++] = code.bytes[is_slash ? ++at : at];
    }
    *plain = (Page){copy, size};
    return find(*plain, 0, '\\') == NOWHERE;
}

/* Tells whether a script may be rules that have to be read as JSON (speculation.py). */
static int may_be_rules(Page code) {
    Place at = 0;
    while (at < code.size && (is_blank(code.bytes[at]) || code.bytes[at] >= 0x80))
        at++;
    return at < code.size && code.bytes[at] == '{';
}

/* Tells whether a scheme may stand before a colon, without "//" behind it. */
static int is_odd_scheme(Page code, Place colon) {
    if (begins(code, colon + 1, (const Byte *)"//", 2))
        return 0;
    for (Place at = colon > 4 ? colon - 4 : 0; at < colon; at++)
        if (code.bytes[at] >= 0x80)
            return 1; /* some letters are variants of those in ASCII */
    static const char *const SCHEMES[] = {"ttp", "ttps", "ws", "wss", NULL};
    for (const char *const *scheme = SCHEMES; *scheme; scheme++) {
        Place start = colon - (Place)strlen(*scheme);
        if (start >= 0 && says(code, start, *scheme))
            return 1;
    }
    return 0;
}

static int has_odd_addresses(Page code) {
    for (Place at = 0; (at = find(code, at, ':')) != NOWHERE; at++)
        if (is_odd_scheme(code, at))
            return 1;
    for (const char *const *splice = SPLICES; *splice; splice++)
        if (holds_bytes(code, *splice))
            return 1;
    return 0;
}

static int ends_authority(Byte c) {
    return is_blank(c) || memchr("/\\\"'`<>()?#", c, 11) != NULL;
}

/* Takes the host out of "user@host:port": whether it is one that can be looked up. */
static int host_of(Page authority, Byte *small, Page *host) {
    Place start = 0, end;
    for (Place at = 0; at < authority.size; at++)
        if (authority.bytes[at] == '@')
            start = at + 1;
    for (end = start; end < authority.size && authority.bytes[end] != ':'; end++)
        if (authority.bytes[end] == '[' || authority.bytes[end] == '%')
            return 0;
    while (end > start && authority.bytes[end - 1] == '.')
        end--;
    if (end - start > LONGEST_HOST)
        return 0;
    for (Place at = start; at < end; at++)
        small[at - start] = lower(authority.bytes[at]);
    *host = (Page){small, end - start};
    return 1;
}

static int is_quote(Byte c) {
    return c == '"' || c == '\'' || c == '`';
}

/* Tells whether strings are put together from parts, with any white space between. */
static int has_splices(Page code) {
    for (Place plus = 0; (plus = find(code, plus, '+')) != NOWHERE; plus++) {
        Place before = plus, after = plus + 1;
        while (before > 0 && is_blank(code.bytes[before - 1]))
            before--;
        while (after < code.size && is_blank(code.bytes[after]))
            after++;
        Byte left = before > 0 ? code.bytes[before - 1] : ' ';
        Byte right = after < code.size ? code.bytes[after] : ' ';
        if ((is_quote(left) || left >= 0x80) && (is_quote(right) || right >= 0x80))
            return 1;
    }
    return 0;
}

/* Tells whether an address in a script is nobody's, or of a service that is known. */
static int is_known_address(const Hosts *hosts, Page host, Page code, Place at,
                            const Services *known) {
    Page rest = {code.bytes, find_any(code, at, "\"'`<>()")};
    Place query = find_any(rest, at, "?#"), end = find_any(rest, query, "#");
    Page path = {code.bytes + at, query - at};
    for (; at < rest.size; at++)
        if (rest.bytes[at] < ' ' || rest.bytes[at] >= 0x7f)
            return 0;
    if (find(path, 0, '%') != NOWHERE || find_bytes(path, 0, (const Byte *)"/.", 2) != NOWHERE)
        return 0;
    Address address = {host, path, {code.bytes + query, 0}};
    if (path.size == 0)
        address.path = (Page){(const Byte *)"/", 1};
    if (end > query)
        address.query = (Page){code.bytes + query + 1, end - query - 1};
    int service = service_of(hosts, &address);
    if (service == NO_SERVICE)
        service = service_by(rules_of_shop(hosts, host), &address);
    return service == NO_SERVICE || (service >= 0 && has_service(known, service));
}

/* Tells whether the services of a host are known, all of them. */
static int is_known_host(const Hosts *hosts, Page host, const Services *known) {
    Services found = {.count = 0};
    int is_known = find_services(hosts, host, &found) &&
                   add_services(rules_of_shop(hosts, host), &found);
    for (int i = 0; i < found.count; i++)
        is_known &= has_service(known, found.items[i]);
    return is_known;
}

/* Tells whether all addresses in a script are nobody's, or of services that are known. */
static int has_known_addresses(const Hosts *hosts, Page code, const Services *known) {
    for (Place at = 0; (at = find(code, at, '/')) != NOWHERE; at++) {
        Place start = at + 2, end = start;
        if (!begins(code, at, (const Byte *)"//", 2))
            continue;
        for (; end < code.size && !ends_authority(code.bytes[end]); end++)
            if (code.bytes[end] >= 0x80)
                return 0;
        if (end - start < LEAST_HOST)
            continue;
        Byte small[LONGEST_HOST];
        Page host;
        if (!host_of((Page){code.bytes + start, end - start}, small, &host))
            return 0;
        if (!is_known_host(hosts, host, known) &&
            (has_splices(code) || !is_known_address(hosts, host, code, end, known)))
            return 0;
        at = end - 1;
    }
    return 1;
}

/* Finds the services that a script loads; whether that can be told here. If it can't, an
   exception may be set. */
static int find_loaded(Claims *claims, Page code, Services *found) {
    Page plain = code;
    found->count = 0;
    int is_told = !may_be_rules(code) && unslash(code, &plain) &&
                  find_marks(&claims->marks, plain, found) && !has_odd_addresses(plain) &&
                  has_known_addresses(&claims->hosts, plain, found);
    if (plain.bytes != code.bytes)
        PyMem_Free((void *)plain.bytes);
    return is_told;
}

/* Gets a tuple of the services that a script loads, or None if Python has to tell. */
static PyObject *loaded(PyObject *module, PyObject *args) {
    PyObject *capsule;
    const char *text;
    Services found;
    Page code;
    if (!PyArg_ParseTuple(args, "Oy#:loaded", &capsule, &text, &code.size))
        return NULL;
    Claims *claims = PyCapsule_GetPointer(capsule, CLAIMS);
    if (claims == NULL)
        return NULL;
    code.bytes = (const Byte *)text;
    if (!find_loaded(claims, code, &found))
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    PyObject *names = PyTuple_New(found.count);
    for (int i = 0; names != NULL && i < found.count; i++)
        PyTuple_SetItem(names, i, Py_NewRef(PyTuple_GetItem(claims->names, found.items[i])));
    return names;
}
