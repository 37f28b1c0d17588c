/* Absolute addresses in attributes, where they are written in a simple way: in ASCII,
   without escapes in host and path, and with nothing that has to be resolved. */

#pragma once

#include "hosts.h"

enum { LONGEST_URL = 2048 };

typedef struct {
    char text[LONGEST_URL + 16]; /* as an Address of urls.py says it */
    Place size;
    Address address;
} Url;

/* Decodes the references of a value, "&amp;" only: what comes out, or NOWHERE. In
   "&name=" the name stays as it is (WHATWG HTML 13.2.5.73). */
static Place decode(Page page, Place at, Place end, Byte *out) {
    Place size = 0;
    while (at < end) {
        Byte c = page.bytes[at++];
        if (c <= ' ' || c >= 0x7f || c == '\\' || size == LONGEST_URL)
            return NOWHERE;
        out[size++] = c;
        if (c != '&')
            continue;
        if (says((Page){page.bytes, end}, at, "amp;")) {
            if (memcmp(page.bytes + at, "amp;", 4) != 0)
                return NOWHERE; /* names are in lower case */
            at += 4;
            continue;
        }
        Place name = at;
        while (name < end && is_alphanumeric(page.bytes[name]))
            name++;
        if (name < end ? page.bytes[name] != '=' && name > at : name > at)
            return NOWHERE;
        if (at < end && page.bytes[at] == '#')
            return NOWHERE;
    }
    return size;
}

static int is_host_byte(Byte c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
}

static Place host_end(Page url, Place at) {
    while (at < url.size && is_host_byte(url.bytes[at]))
        at++;
    return at;
}

static void append(Url *url, const void *bytes, Place size) {
    memcpy(url->text + url->size, bytes, (size_t)size);
    url->size += size;
}

/* Reads a value that is a simple absolute address: whether it is one. */
static int read_url(Page page, Place start, Place end, const char *scheme, Url *url) {
    Byte decoded[LONGEST_URL];
    Page in = {decoded, decode(page, start, end, decoded)};
    if (in.size == NOWHERE)
        return 0;
    Place at = 0;
    if (begins(in, 0, (const Byte *)"https:", 6))
        scheme = "https", at = 6;
    else if (begins(in, 0, (const Byte *)"http:", 5))
        scheme = "http", at = 5;
    if (!begins(in, at, (const Byte *)"//", 2))
        return 0;
    Place host = at + 2, path = host_end(in, host);
    if (path == host || path - host > LONGEST_HOST || in.bytes[path - 1] == '.')
        return 0;
    if (path < in.size && strchr("/?#", in.bytes[path]) == NULL)
        return 0;
    Place query = find_any(in, path, "?#"), rest = find_any(in, query, "#");
    Page way = {in.bytes + path, query - path};
    if (find(way, 0, '%') != NOWHERE || find_bytes(way, 0, (const Byte *)"/.", 2) != NOWHERE)
        return 0;
    url->size = 0;
    append(url, scheme, (Place)strlen(scheme));
    append(url, "://", 3);
    url->address.host = (Page){(Byte *)url->text + url->size, path - host};
    append(url, in.bytes + host, path - host);
    url->address.path = (Page){(Byte *)url->text + url->size, way.size ? way.size : 1};
    append(url, way.size ? (const char *)way.bytes : "/", url->address.path.size);
    int has_query = rest > query + 1;
    if (has_query)
        append(url, in.bytes + query, rest - query);
    url->address.query = (Page){(Byte *)url->text + url->size - (rest - query - 1),
                                has_query ? rest - query - 1 : 0};
    return 1;
}
