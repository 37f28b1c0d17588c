/* What becomes of constructs that are written in a simple way, as judge.py tells. All
   others are left to Python. */

#pragma once

#include "address.h"
#include "code.h"
#include "plain.h"
#include "visitor.h"

/* What becomes of a construct. */
typedef enum { STAYS, GOES, IS_NEW /* Python has to tell */ } Fate;

typedef struct {
    Fate fate;
    int service;     /* that isn't granted, or UNCLAIMED */
    int is_reported; /* nobody claims its host */
    Url url;         /* empty, where a text says so */
    Place from, to;  /* the part of the construct that goes; NOWHERE for all of it */
    const char *element;
} Verdict;

typedef struct {
    Attribute address, type, rel;
    int has_address, has_type, has_rel;
    int has_href; /* an address in SVG, whatever else is one */
} Parts;

/* Relations by which a link loads something, and those of them that only connect. */
static const char *const HINTS[] = {"preconnect", "dns-prefetch", NULL};
static const char *const LOADING[] = {
    "stylesheet", "preload", "modulepreload", "prefetch", "prerender", "icon",
    "apple-touch-icon", "apple-touch-icon-precomposed", "apple-touch-startup-image",
    "mask-icon", "manifest", "compression-dictionary", NULL};
static const char *const CODE[] = {"", "text/javascript", "application/javascript", "module", NULL};
static const char *const DATA[] = {"application/ld+json", "application/json", NULL};
/* Attributes of scripts and frames that say nothing of what is loaded. */
static const char *const QUIET[] = {
    "allow", "allowfullscreen", "async", "defer", "frameborder", "integrity", "nomodule",
    "referrerpolicy", NULL};

static int is_quiet(Page page, Words words, const Attribute *found) {
    if (is_word(page, found->name, found->name_end, "style"))
        return !holds_any(page, found->value, found->end, &STYLES) &&
               !holds(page, found->value, found->end, "@import");
    return is_one_of(page, found->name, found->name_end, QUIET) ||
           is_plain_attribute(page, words, found);
}

/* Takes note of an attribute that may come once; of two the first would count. */
static int keep(Attribute *kept, int *has, const Attribute *found) {
    if (*has)
        return 0;
    *kept = *found;
    *has = 1;
    return 1;
}

static int is_absolute(Page page, const Attribute *found) {
    Place at = found->value, end = found->end;
    return end - at > 4 && (says(page, at, "http") || says(page, at, "//"));
}

/* Reads a tag's attributes; whether all of them are written in a simple way. */
static int read_parts(Page page, Words words, const Tag *tag, const char *address,
                      Parts *parts) {
    Attribute found;
    Place at = tag->name_end;
    int more;
    *parts = (Parts){0};
    while ((more = next_attribute(page, &at, &found)) > 0) {
        int is_kept = 1;
        if (is_word(page, found.name, found.name_end, "type"))
            is_kept = keep(&parts->type, &parts->has_type, &found);
        else if (is_word(page, found.name, found.name_end, "rel"))
            is_kept = keep(&parts->rel, &parts->has_rel, &found);
        else if (is_word(page, found.name, found.name_end, address))
            is_kept = keep(&parts->address, &parts->has_address, &found) &&
                      (is_absolute(page, &found) || is_quiet(page, words, &found));
        else
            is_kept = is_quiet(page, words, &found);
        parts->has_href |= is_word(page, found.name, found.name_end, "href");
        if (!is_kept)
            return 0;
    }
    return more == 0;
}

/* Tells what becomes of what one service has, UNCLAIMED if none has it. */
static void decide(const Visitor *visitor, int service, Verdict *verdict) {
    verdict->service = service;
    verdict->is_reported = service == UNCLAIMED;
    verdict->fate = service == NO_SERVICE || may_load(visitor, service) ? STAYS : GOES;
}

static int is_on_own_host(const Visitor *visitor, Page host) {
    int is_pages = host.size == visitor->host.size &&
                   memcmp(host.bytes, visitor->host.bytes, (size_t)host.size) == 0;
    return is_pages || is_shops_own(&visitor->claims->hosts, host);
}

/* Tells whether no service has a path of the shop's own; it may have one that isn't. */
static int is_free(Words words, const Address *address) {
    return plain_url(address->path, words, 0, address->path.size) == address->path.size;
}

/* Judges an address that is loaded, or with which a connection is only made. */
static void judge_address(const Visitor *visitor, Words words, int is_hint,
                          Verdict *verdict) {
    const Hosts *hosts = &visitor->claims->hosts;
    const Address *address = &verdict->url.address;
    Services found = {.count = 0};
    int service = NO_SERVICE;
    if (!is_hint)
        service = service_of(hosts, address);
    else if (!find_services(hosts, address->host, &found))
        return; /* there are too many */
    for (int i = 0; i < found.count; i++) /* one that is granted is enough */
        if (i == 0 || may_load(visitor, found.items[i]))
            service = found.items[i];
    if (service == ANYBODY)
        return;
    if (service == NO_SERVICE && !is_on_own_host(visitor, address->host))
        service = UNCLAIMED;
    else if (service == NO_SERVICE && !is_hint && !is_free(words, address))
        return;
    decide(visitor, service, verdict);
}

static void judge_part(const Visitor *visitor, Page page, Words words, const Parts *parts,
                       int is_hint, Verdict *verdict) {
    const Attribute *address = &parts->address;
    if (!parts->has_address || !is_absolute(page, address))
        verdict->fate = STAYS; /* it is none, or plain */
    else if (read_url(page, address->value, address->end, visitor->scheme, &verdict->url))
        judge_address(visitor, words, is_hint, verdict);
}

static void judge_link(const Visitor *visitor, Page page, Words words, const Tag *tag,
                       Verdict *verdict) {
    Parts parts;
    verdict->element = "link";
    if (!read_parts(page, words, tag, "href", &parts))
        return;
    Place rel = parts.rel.value, end = parts.rel.end;
    for (Place at = rel; parts.has_rel && at < end; at++)
        if (!is_alphanumeric(page.bytes[at]) && page.bytes[at] != '-')
            return; /* several, or escaped */
    int is_hint = parts.has_rel && is_one_of(page, rel, end, HINTS);
    if (is_hint || (parts.has_rel && is_one_of(page, rel, end, LOADING)))
        judge_part(visitor, page, words, &parts, is_hint, verdict);
    else
        verdict->fate = STAYS;
}

/* Judges an element with one address: a picture or a frame. */
static void judge_simple(const Visitor *visitor, Page page, Words words, const Tag *tag,
                         const char *element, Verdict *verdict) {
    Parts parts;
    verdict->element = element;
    if (read_parts(page, words, tag, "src", &parts))
        judge_part(visitor, page, words, &parts, 0, verdict);
}

static void judge_code(const Visitor *visitor, Page code, Verdict *verdict) {
    Services found = {.count = 0};
    if (code.size > 0 && !find_loaded(visitor->claims, code, &found))
        return;
    verdict->fate = STAYS;
    verdict->url.size = 0;
    for (int i = 0; i < found.count; i++) {
        int other = found.items[i];
        if (may_load(visitor, other))
            continue;
        /* Services stand in the order of their names, of which the first is told. */
        if (verdict->fate == STAYS || other < verdict->service)
            verdict->service = other;
        verdict->fate = GOES;
    }
}

static void judge_script(const Visitor *visitor, Page page, Words words, const Tag *tag,
                         Place text_end, Verdict *verdict) {
    Parts parts;
    verdict->element = "script";
    if (!read_parts(page, words, tag, "src", &parts) || parts.has_href)
        return;
    const Attribute *type = &parts.type;
    if (parts.has_type && is_one_of(page, type->value, type->end, DATA))
        verdict->fate = STAYS;
    else if (parts.has_type && !is_one_of(page, type->value, type->end, CODE))
        return;
    else if (!parts.has_address)
        judge_code(visitor, (Page){page.bytes + tag->end, text_end - tag->end}, verdict);
    else if (parts.address.end > parts.address.value)
        judge_part(visitor, page, words, &parts, 0, verdict);
}

/* Judges the picture or frame that is all of a noscript element's content. */
static void judge_unscripted(const Visitor *visitor, Page page, Words words,
                             const Tag *tag, Place text_end, Verdict *verdict) {
    Parts parts;
    Tag inner;
    Page text = {page.bytes, text_end};
    Place at = skip_space(text, tag->end), end;
    if (!read_parts(page, words, tag, "", &parts) || at + 1 >= text_end ||
        page.bytes[at] != '<' || !is_letter(page.bytes[at + 1]) ||
        !read_tag(text, at + 1, &inner))
        return;
    int is_frame = is_word(text, inner.name, inner.name_end, "iframe");
    end = inner.end;
    if (is_frame && says(text, end, "</iframe>"))
        end += (Place)strlen("</iframe>");
    else if (is_frame || !is_word(text, inner.name, inner.name_end, "img"))
        return;
    if (skip_space(text, end) != text_end || (is_frame && visitor->is_shown))
        return; /* there is more, or something may have to stand in its place */
    verdict->from = at;
    verdict->to = end;
    judge_simple(visitor, text, words, &inner, is_frame ? "iframe" : "img", verdict);
    if (verdict->service < 0)
        verdict->fate = IS_NEW;
}

static const char *const MUTE[] = {"title", "textarea", "body", NULL};

/* Judges an element by its name: one that means nothing to anybody but people, or one
   with an address. */
static void judge_named(const Visitor *visitor, Page page, Words words, const Tag *tag,
                        Verdict *verdict) {
    Parts parts;
    Place name = tag->name, end = tag->name_end;
    if (is_word(page, name, end, "link"))
        judge_link(visitor, page, words, tag, verdict);
    else if (is_word(page, name, end, "img"))
        judge_simple(visitor, page, words, tag, "img", verdict);
    else if (is_word(page, name, end, "iframe") && !visitor->is_shown)
        judge_simple(visitor, page, words, tag, "iframe", verdict);
    else if (is_one_of(page, name, end, MUTE) && read_parts(page, words, tag, "", &parts))
        verdict->fate = STAYS;
}

/* Judges a construct, all of which is there. */
static void judge(const Visitor *visitor, Page page, Words words, const Tag *tag, Kind kind,
                  Place text_end, Verdict *verdict) {
    verdict->fate = IS_NEW;
    verdict->service = NO_SERVICE;
    verdict->is_reported = 0;
    verdict->url.size = 0;
    verdict->from = verdict->to = NOWHERE;
    if (words == NULL)
        return; /* services may be anywhere on the page's own host */
    if (kind == SCRIPT)
        judge_script(visitor, page, words, tag, text_end, verdict);
    else if (kind == NOSCRIPT)
        judge_unscripted(visitor, page, words, tag, text_end, verdict);
    else if (kind == TEXT || kind == CHILDLESS || kind == LOADS)
        judge_named(visitor, page, words, tag, verdict);
}
