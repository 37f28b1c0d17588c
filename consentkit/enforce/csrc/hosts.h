/* Which service an address belongs to, as matcher.py and rules.py tell. */

#pragma once

#include "marks.h"

/* Beyond so many, a host's rules are better looked up than gone through. */
enum { MOST_RULES = 64, LONGEST_HOST = 255 };
enum { NO_SERVICE = -1, UNCLAIMED = -2, ANYBODY = -3 }; /* ANYBODY: Python has to tell */

typedef struct {
    const Byte *path, *query;
    Place path_size, query_size;
    int service;
} Rule;

typedef struct {
    Rule *rules;
    int count;
    int is_odd; /* its rules have more to them than a path and a query */
} Host;

typedef struct {
    Table suffixes, own; /* of hosts: those with rules, and the shop's own */
    Host *hosts;
    int count;
} Hosts;

typedef struct {
    Page host, path, query;
} Address;

static int is_sign_or_end(Page text, Place at) {
    return at >= text.size || !is_alphanumeric(text.bytes[at]);
}

/* Finds the first white space or one of some bytes, or the end. */
static Place find_any(Page text, Place at, const char *ends) {
    size_t count = strlen(ends);
    while (at < text.size && !is_blank(text.bytes[at]) &&
           !memchr(ends, text.bytes[at], count))
        at++;
    return at;
}

static int begins(Page text, Place at, const Byte *part, Place size) {
    return text.size - at >= size && memcmp(text.bytes + at, part, (size_t)size) == 0;
}

/* Tells whether a path begins with a rule's, on a border; "*" stands for anything. */
static int is_under(Page path, const Byte *prefix, Place size) {
    Page rule = {prefix, size};
    Place star = find(rule, 0, '*');
    if (star == NOWHERE) {
        int border = size == 0 || is_sign_or_end(rule, size - 1);
        return begins(path, 0, prefix, size) && (border || is_sign_or_end(path, size));
    }
    if (!begins(path, 0, prefix, star))
        return 0;
    Place at = star;
    for (;;) {
        Place from = star + 1;
        star = find(rule, from, '*');
        Place length = (star == NOWHERE ? size : star) - from;
        at = find_bytes(path, at, prefix + from, length);
        while (star == NOWHERE && at != NOWHERE && !is_sign_or_end(path, at + length))
            at = at < path.size ? find_bytes(path, at + 1, prefix + from, length) : NOWHERE;
        if (at == NOWHERE || star == NOWHERE)
            return at != NOWHERE;
        at += length;
    }
}

static int is_claimed(const Rule *rule, const Address *address) {
    return is_under(address->path, rule->path, rule->path_size) &&
           (rule->query_size == 0 ||
            find_bytes(address->query, 0, rule->query, rule->query_size) != NOWHERE);
}

/* Goes to a host's parent domain; whether there is one. */
static int to_parent(Page *host) {
    Place dot = find(*host, 0, '.');
    if (dot == NOWHERE)
        return 0;
    *host = (Page){host->bytes + dot + 1, host->size - dot - 1};
    return host->size > 0;
}

static const Host *host_at(const Hosts *hosts, Page name) {
    int entry = first_of(&hosts->suffixes, hash_of(name.bytes, name.size), name.bytes,
                         name.size);
    return entry == NONE_LEFT ? NULL : &hosts->hosts[hosts->suffixes.entries[entry].value];
}

/* Gets the service that has an address by the rules of one host, NO_SERVICE or ANYBODY. */
static int service_by(const Host *host, const Address *address) {
    if (host != NULL && host->is_odd)
        return ANYBODY;
    for (int i = 0; host != NULL && i < host->count; i++)
        if (is_claimed(&host->rules[i], address))
            return host->rules[i].service;
    return NO_SERVICE;
}

/* The same, by the rules of the address's host and of its parent domains. */
static int service_of(const Hosts *hosts, const Address *address) {
    Page name = address->host;
    int service;
    do
        service = service_by(host_at(hosts, name), address);
    while (service == NO_SERVICE && to_parent(&name));
    return service;
}

/* Adds the services that the rules of one host are of; whether they fit. */
static int add_services(const Host *host, Services *found) {
    for (int i = 0; host != NULL && i < host->count; i++)
        if (!add_service(found, host->rules[i].service))
            return 0;
    return 1;
}

/* Adds all services of a host, whatever the path; whether they fit. */
static int find_services(const Hosts *hosts, Page name, Services *found) {
    if (name.size == 0)
        return 1;
    do
        if (!add_services(host_at(hosts, name), found))
            return 0;
    while (to_parent(&name));
    return 1;
}

static int is_shops_own(const Hosts *hosts, Page name) {
    do
        if (first_of(&hosts->own, hash_of(name.bytes, name.size), name.bytes, name.size) !=
            NONE_LEFT)
            return 1;
    while (to_parent(&name));
    return 0;
}

/* The rules of services that are on the shop's own hosts, if a host is one of these. */
static const Host *rules_of_shop(const Hosts *hosts, Page name) {
    static const Page NOBODYS = {(const Byte *)"", 0};
    return name.size > 0 && is_shops_own(hosts, name) ? host_at(hosts, NOBODYS) : NULL;
}

/* -- made of Python's tuples ------------------------------------------------------------ */

static void free_hosts(Hosts *hosts) {
    for (int i = 0; hosts->hosts != NULL && i < hosts->count; i++)
        PyMem_Free(hosts->hosts[i].rules);
    PyMem_Free(hosts->hosts);
    free_table(&hosts->suffixes);
    free_table(&hosts->own);
}

/* Takes a tuple of (the service, the path, a part of the query). */
static int make_rules(Host *host, PyObject *list, int services) {
    Place count = PyTuple_Size(list);
    host->rules = PyMem_Calloc((size_t)count + 1, sizeof(Rule));
    if (host->rules == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (; host->count < count; host->count++) {
        Rule *rule = &host->rules[host->count];
        const char *path, *query;
        if (!PyArg_ParseTuple(PyTuple_GetItem(list, host->count), "iy#y#", &rule->service,
                              &path, &rule->path_size, &query, &rule->query_size))
            return -1;
        if (rule->service < 0 || rule->service >= services) {
            PyErr_SetString(PyExc_ValueError, "no such service");
            return -1;
        }
        rule->path = (const Byte *)path;
        rule->query = (const Byte *)query;
    }
    host->is_odd |= count > MOST_RULES;
    return 0;
}

/* Takes a tuple of (a host, whether its rules are odd, its rules), and hosts. */
static int make_hosts(Hosts *hosts, PyObject *list, PyObject *own, int services) {
    Place count = PyTuple_Size(list);
    if (make_table(&hosts->suffixes, count) < 0 ||
        make_table(&hosts->own, PyTuple_Size(own)) < 0)
        return -1;
    hosts->hosts = PyMem_Calloc((size_t)count + 1, sizeof(Host));
    if (hosts->hosts == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    hosts->count = (int)count;
    for (int i = 0; i < hosts->count; i++) {
        const char *name;
        Place size;
        PyObject *rules;
        if (!PyArg_ParseTuple(PyTuple_GetItem(list, i), "y#pO!", &name, &size,
                              &hosts->hosts[i].is_odd, &PyTuple_Type, &rules) ||
            make_rules(&hosts->hosts[i], rules, services) < 0)
            return -1;
        put(&hosts->suffixes, (const Byte *)name, size, i);
    }
    for (Place i = 0; i < PyTuple_Size(own); i++) {
        char *name;
        Place size;
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(own, i), &name, &size) < 0)
            return -1;
        put(&hosts->own, (const Byte *)name, size, (int)i);
    }
    return 0;
}
