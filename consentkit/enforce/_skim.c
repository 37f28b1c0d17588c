/* Skims a page for the next construct that has to be decided about.

   The same as skim.py, but exact: every tag is read (WHATWG HTML 13.2.5), so that
   nothing has to be proved. What is known by its bytes is passed over, and noted where
   something became of it. Nothing is decided here, and nothing outside a page is read:
   each access to it is checked against its end.

   The stable ABI of Python 3.11 is used, so that one build serves later versions. */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

typedef unsigned char Byte;
typedef Py_ssize_t Place; /* in a page; NOWHERE where its rest is needed to tell */

enum { NOWHERE = -1 };
/* A longer construct isn't looked up: its bytes cost more than reading it again. */
enum { LONGEST = 1 << 15, LONGEST_LAZY_NAME = 64 };

typedef struct {
    const Byte *bytes;
    Place size;
} Page;

/* CHILDLESS ones load something and hold nothing; LOADS may hold something. */
typedef enum { ORDINARY, CHILDLESS, LOADS, TEXT, SCRIPT, DRAWING, OTHER } Kind;

typedef struct {
    Place name, name_end, end;
    int is_marked; /* an attribute makes it worth reading, whatever its name is */
} Tag;

/* -- bytes --------------------------------------------------------------------- */

/* What a byte is to the tokenizer: white space, and what ends a name besides. */
enum { SPACE = 1, NAME_END = 2, VALUE_START = 4 };
static const Byte CLASSES[256] = {
    ['\t'] = SPACE | NAME_END, ['\n'] = SPACE | NAME_END, ['\f'] = SPACE | NAME_END,
    ['\r'] = SPACE | NAME_END, [' '] = SPACE | NAME_END,  ['/'] = NAME_END,
    ['>'] = NAME_END,          ['='] = VALUE_START};

static int is_space(Byte c) {
    return CLASSES[c] & SPACE;
}

static Byte lower(Byte c) {
    return c >= 'A' && c <= 'Z' ? (Byte)(c | 0x20) : c;
}

static int is_letter(Byte c) {
    return (Byte)((c | 0x20) - 'a') < 26;
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
    return end - start == (Place)strlen(word) && says(page, start, word);
}

static int holds(Page page, Place start, Place end, const char *word) {
    Page part = {page.bytes, end};
    for (Place at = start; at < end; at++)
        if (lower(page.bytes[at]) == (Byte)*word && says(part, at, word))
            return 1;
    return 0;
}

static int holds_any(Page page, Place start, Place end, const char *const *words) {
    for (; *words; words++)
        if (holds(page, start, end, *words))
            return 1;
    return 0;
}

static Place find(Page page, Place at, Byte byte) {
    if (at >= page.size)
        return NOWHERE;
    const Byte *found = memchr(page.bytes + at, byte, (size_t)(page.size - at));
    return found ? (Place)(found - page.bytes) : NOWHERE;
}

/* -- attributes: skim.py says the same of those that matter on any element -------- */

static const char *const FETCHES[] = {
    "//", "src", "import", "image", "fetch", "beacon", "xmlhttp", "createel",
    "setattr", "html", "write", "getscript", "worker", "eventsource", "websocket",
    "style", "&", "\\", NULL};
static const char *const ESCAPES[] = {"&", "\\", NULL};
static const char *const ADDRESSES[] = {"//", "&", "\\", NULL};
static const char *const STYLES[] = {"&", "\\", "url(", "set(", NULL};
static const char *const LAZY[] = {
    "src", "bg", "bgset", "background", "image", "poster", NULL};

static int is_lazy(Page page, Place start, Place end) {
    if (end - start > LONGEST_LAZY_NAME)
        return 1;
    for (const char *const *word = LAZY; *word; word++) {
        Place at = end - (Place)strlen(*word);
        if (at >= start && is_word(page, at, end, *word))
            return 1;
    }
    return 0;
}

/* -- tags ------------------------------------------------------------------------ */

/* Reads an attribute's value (13.2.5.35 to 39); the place after it, or NOWHERE. */
static Place read_value(Page page, Place at, Place *value, Place *end) {
    Byte quote = page.bytes[at];
    if (quote == '"' || quote == '\'') {
        *value = at + 1;
        *end = find(page, at + 1, quote);
        return *end == NOWHERE ? NOWHERE : *end + 1;
    }
    *value = at;
    while (at < page.size && !is_space(page.bytes[at]) && page.bytes[at] != '>')
        at++;
    *end = at;
    return at;
}

static Place skip_space(Page page, Place at) {
    while (at < page.size && is_space(page.bytes[at]))
        at++;
    return at;
}

typedef struct {
    Place name, name_end, value, end; /* an empty value where there is none */
} Attribute;

/* Reads the next attribute of a tag (13.2.5.32 to 40), and moves on to what follows:
   1, or 0 at the ">" of the tag, or -1 where the page ends before. */
static int next_attribute(Page page, Place *place, Attribute *found) {
    Place at = *place;
    while (at < page.size && ends_name(page.bytes[at]) && page.bytes[at] != '>')
        at++;
    *place = at;
    if (at >= page.size)
        return -1;
    if (page.bytes[at] == '>')
        return 0;
    found->name = at++;
    while (at < page.size && !(CLASSES[page.bytes[at]] & (NAME_END | VALUE_START)))
        at++;
    found->name_end = found->value = found->end = at;
    Place after = skip_space(page, at);
    if (after < page.size && page.bytes[after] == '=') {
        at = skip_space(page, after + 1);
        at = at < page.size ? read_value(page, at, &found->value, &found->end) : NOWHERE;
    }
    *place = at;
    return at == NOWHERE ? -1 : 1;
}

/* Tells whether an attribute is an event's: "on" and at least three letters. */
static int is_handler(Page page, Place start, Place end) {
    if (end - start < 5 || !says(page, start, "on"))
        return 0;
    for (start += 2; start < end; start++)
        if (!is_letter(page.bytes[start]))
            return 0;
    return 1;
}

/* Tells whether an attribute has a tag read, whatever its name is. */
static int is_mark(Page page, const Attribute *found) {
    Place name = found->name, name_end = found->name_end;
    Place value = found->value, end = found->end;
    switch (lower(page.bytes[name])) {
    case 'd':
        if (!says(page, name, "data-"))
            return 0;
        if (is_word(page, name, name_end, "data-consent"))
            return 1;
        return is_lazy(page, name + 5, name_end) &&
               holds_any(page, value, end, ADDRESSES);
    case 'o':
        return is_handler(page, name, name_end) &&
               holds_any(page, value, end, FETCHES);
    case 's':
        return is_word(page, name, name_end, "style") &&
               holds_any(page, value, end, STYLES);
    case 'p':
        return is_word(page, name, name_end, "ping") && end > value;
    case 'b':
        return is_word(page, name, name_end, "background") && end > value;
    case 'h':
    case 'x':
    case 'a':
    case 'f':
        if (!is_word(page, name, name_end, "href") &&
            !is_word(page, name, name_end, "xlink:href") &&
            !is_word(page, name, name_end, "action") &&
            !is_word(page, name, name_end, "formaction"))
            return 0;
        return holds(page, value, end, "javascript:") &&
               holds_any(page, value, end, FETCHES);
    default:
        return 0;
    }
}

/* Reads a whole start or end tag whose name begins at a place; whether it is whole. */
static int read_tag(Page page, Place at, Tag *tag) {
    Attribute found;
    int more;
    tag->name = at;
    tag->is_marked = 0;
    while (at < page.size && !ends_name(page.bytes[at]))
        at++;
    tag->name_end = at;
    while ((more = next_attribute(page, &at, &found)) > 0)
        if (!tag->is_marked)
            tag->is_marked = is_mark(page, &found);
    tag->end = at + 1;
    return more == 0;
}

typedef struct {
    const char *name;
    Kind kind;
    int is_head; /* it may stand before the body's content */
} Element;

static const Element A[] = {{"audio", LOADS, 0}, {NULL}};
static const Element B[] = {{"body", OTHER, 0}, {"base", OTHER, 0}, {NULL}};
static const Element E[] = {{"embed", LOADS, 0}, {NULL}};
static const Element F[] = {{"frame", LOADS, 0}, {NULL}};
static const Element H[] = {{"html", OTHER, 0}, {NULL}};
static const Element I[] = {
    {"img", CHILDLESS, 0}, {"input", CHILDLESS, 0}, {"iframe", TEXT, 0}, {"image", LOADS, 0},
    {NULL}};
static const Element L[] = {{"link", CHILDLESS, 1}, {NULL}};
static const Element M[] = {{"meta", CHILDLESS, 1}, {"math", OTHER, 0}, {NULL}};
static const Element N[] = {
    {"noscript", TEXT, 1}, {"noembed", TEXT, 0}, {"noframes", TEXT, 1}, {NULL}};
static const Element O[] = {{"object", LOADS, 0}, {NULL}};
static const Element P[] = {{"plaintext", OTHER, 0}, {NULL}};
static const Element S[] = {
    {"script", SCRIPT, 1}, {"svg", DRAWING, 0}, {"source", CHILDLESS, 0}, {"style", TEXT, 1},
    {NULL}};
static const Element T[] = {
    {"template", OTHER, 0}, {"title", TEXT, 1}, {"textarea", TEXT, 0},
    {"track", CHILDLESS, 0}, {NULL}};
static const Element V[] = {{"video", LOADS, 0}, {NULL}};
static const Element X[] = {{"xmp", TEXT, 0}, {NULL}};
static const Element *const ELEMENTS[26] = {
    A, B, NULL, NULL, E, F, NULL, H, I, NULL, NULL, L, M, N, O, P, NULL, NULL, S, T,
    NULL, V, NULL, X};

/* Finds an element that loads something or changes how what follows is read. */
static Kind kind_of(Page page, const Tag *tag, int *is_head) {
    *is_head = 0;
    const Element *element = ELEMENTS[lower(page.bytes[tag->name]) - 'a'];
    if (element == NULL || tag->name_end - tag->name < 3)
        return ORDINARY;
    for (; element->name; element++) {
        if (is_word(page, tag->name, tag->name_end, element->name)) {
            *is_head = element->is_head;
            return element->kind;
        }
    }
    return ORDINARY;
}

/* -- content that is text ---------------------------------------------------------- */

/* Where a comment ends (13.2.5.43 to 51): "<!-->" and "<!--->" are whole ones. */
static Place comment_end(Page page, Place start) {
    for (Place at = start + 2; (at = find(page, at, '-')) != NOWHERE; at++) {
        if (at + 2 >= page.size)
            return NOWHERE;
        if (page.bytes[at + 1] != '-')
            continue;
        if (page.bytes[at + 2] == '>')
            return at + 3;
        if (page.bytes[at + 2] == '!' && at >= start + 4 && at + 3 < page.size &&
            page.bytes[at + 3] == '>')
            return at + 4;
    }
    return NOWHERE;
}

/* Tells whether a tag's whole name, with its "<" or "</", stands at a place. */
static int is_tag(Page page, Place at, const char *begin) {
    Place end = at + (Place)strlen(begin);
    return says(page, at, begin) && end < page.size && ends_name(page.bytes[end]);
}

/* Where the end tag of a script begins (13.2.5.15 to 31). */
static Place script_text_end(Page page, Place at) {
    int escaped = 0, twice = 0;
    for (; at < page.size; at++) {
        Byte c = page.bytes[at];
        if (c == '-' && escaped && says(page, at, "-->")) {
            escaped = twice = 0;
        } else if (c != '<') {
            if (!escaped) { /* only "<" matters */
                at = find(page, at, '<');
                if (at == NOWHERE)
                    return NOWHERE;
                at--;
            }
        } else if (says(page, at, "<!--")) {
            escaped = 1;
            at++; /* its dashes may be those of "-->" */
        } else if (is_tag(page, at, "</script")) {
            if (!twice)
                return at;
            twice = 0;
        } else if (escaped && is_tag(page, at, "<script")) {
            twice = 1;
        }
    }
    return NOWHERE;
}

/* Where the end tag of an element begins whose content is text. */
static Place text_end(Page page, const Tag *tag) {
    Place length = tag->name_end - tag->name;
    for (Place at = tag->end; (at = find(page, at, '<')) != NOWHERE; at++) {
        Place name = at + 2, end = name + length;
        if (end >= page.size)
            return NOWHERE;
        if (page.bytes[at + 1] != '/' || !ends_name(page.bytes[end]))
            continue;
        Place i = 0;
        while (i < length &&
               lower(page.bytes[name + i]) == lower(page.bytes[tag->name + i]))
            i++;
        if (i == length)
            return at;
    }
    return NOWHERE;
}

/* -- drawings that load nothing ------------------------------------------------------ */

static const char *const SHAPES[] = {
    "path", "g", "circle", "rect", "line", "polyline", "polygon", "ellipse", "use",
    "defs", "lineargradient", "radialgradient", "stop", "clippath", "mask", "symbol",
    "text", "tspan", "pattern", NULL};

static int is_shape(Page page, const Tag *tag) {
    for (const char *const *name = SHAPES; *name; name++)
        if (is_word(page, tag->name, tag->name_end, *name))
            return 1;
    return 0;
}

/* Where "<title>text</title>" or a description ends. */
static Place label_end(Page page, Place at, const char *begin, const char *end) {
    if (!says(page, at, begin))
        return NOWHERE;
    at = find(page, at + 1, '<');
    return at != NOWHERE && says(page, at, end) ? at + (Place)strlen(end) : NOWHERE;
}

/* Tells whether an attribute of a drawing could load something by "url()". */
static int may_reach_out(Page page, Place start, Place end) {
    if (holds_any(page, start, end, ESCAPES))
        return 1;
    for (Place at = start; at + 4 < end; at++)
        if (lower(page.bytes[at]) == 'u' && says(page, at, "url(") &&
            page.bytes[at + 4] != '#')
            return 1;
    return 0;
}

/* Where a drawing ends, if nothing in it can load (PLAIN_SVG in html.py). */
static Place drawing_end(Page page, Place start, const Tag *svg) {
    Place at = svg->end;
    if (svg->is_marked || page.bytes[at - 2] == '/')
        return NOWHERE;
    while ((at = find(page, at, '<')) != NOWHERE) {
        Tag tag;
        Place label = label_end(page, at, "<title>", "</title>");
        if (label == NOWHERE)
            label = label_end(page, at, "<desc>", "</desc>");
        if (label != NOWHERE) {
            at = label;
            continue;
        }
        int is_end = at + 1 < page.size && page.bytes[at + 1] == '/';
        Place name = at + 1 + is_end;
        if (name >= page.size || !is_letter(page.bytes[name]) ||
            !read_tag(page, name, &tag) || tag.is_marked)
            return NOWHERE;
        if (is_end && is_word(page, tag.name, tag.name_end, "svg"))
            return may_reach_out(page, start, tag.end) ? NOWHERE : tag.end;
        if (!is_shape(page, &tag))
            return NOWHERE;
        at = tag.end;
    }
    return NOWHERE;
}

/* -- tags that load files of the page's own host only (plain.py) ---------------------- */

static const char *const IDLE[] = {
    "alt", "as", "autocomplete", "charset", "checked", "class", "color", "content",
    "crossorigin", "decoding", "dir", "disabled", "fetchpriority", "for", "height",
    "hidden", "hreflang", "id", "itemprop", "lang", "loading", "media", "name", "nonce",
    "placeholder", "property", "rel", "required", "role", "sizes", "tabindex", "title",
    "type", "value", "width", NULL};
/* What may make a "data-" attribute an address, or an assignment. */
static const char *const TELLING[] = {
    "src", "href", "original", "bg", "background", "image", "poster", "consent",
    "cookie", "category", "service", "purpose", "name", NULL};

static int is_alphanumeric(Byte c) {
    return is_letter(c) || (c >= '0' && c <= '9');
}

static int is_path_letter(Byte c) {
    return is_alphanumeric(c) || c == '_' || c == '~' || c == '+' || c == '@' || c == '-';
}

static int is_query_letter(Byte c) {
    return is_alphanumeric(c) || c == '_' || c == '~' || c == '=' || c == ';' ||
           c == '-' || c == '.';
}

/* Tells whether the first word of a path's segment is one of some. */
static int is_among(Page words, Page page, Place start) {
    Place end = start;
    while (end < page.size && is_alphanumeric(page.bytes[end]))
        end++;
    if (end == start)
        return 0;
    for (Place at = 0; at + 1 + end - start < words.size;
         at = find(words, at + 1, '/')) {
        Place after = at + 1 + end - start;
        if (at == NOWHERE)
            return 0;
        if (words.bytes[after] == '/' &&
            !memcmp(words.bytes + at + 1, page.bytes + start, (size_t)(end - start)))
            return 1;
    }
    return 0;
}

/* Passes over a rooted path without dots before a name, escapes or anything else that
   has to be resolved, and without the words of services; the place after it, or NOWHERE. */
static Place plain_url(Page page, Page words, Place at, Place end) {
    if (at >= end || page.bytes[at] != '/')
        return NOWHERE;
    while (at < end && page.bytes[at] == '/') {
        at++;
        if (is_among(words, (Page){page.bytes, end}, at))
            return NOWHERE;
        if (at < end && is_path_letter(page.bytes[at]))
            while (at < end && (is_path_letter(page.bytes[at]) || page.bytes[at] == '.'))
                at++;
        else if (at < end && (page.bytes[at] == '/' || page.bytes[at] == '.'))
            return NOWHERE;
    }
    if (at == end || page.bytes[at] != '?')
        return at;
    for (at++; at < end; at++)
        if (says(page, at, "&amp;"))
            at += 4;
        else if (!is_query_letter(page.bytes[at]))
            break;
    return at;
}

/* Tells whether a "srcset" names such paths only. */
static int is_plain_set(Page page, Page words, Place at, Place end) {
    for (;;) {
        at = plain_url(page, words, at, end);
        if (at == NOWHERE || at == end)
            return at == end;
        if (page.bytes[at] == ' ') { /* a descriptor, such as "2x" */
            Place from = ++at;
            while (at < end && ((page.bytes[at] >= '0' && page.bytes[at] <= '9') ||
                                page.bytes[at] == '.'))
                at++;
            if (at == from || at == end || (page.bytes[at] != 'w' && page.bytes[at] != 'x'))
                return 0;
            at++;
        }
        if (at == end)
            return 1;
        if (page.bytes[at] != ',' || at + 1 >= end || page.bytes[at + 1] != ' ')
            return 0;
        at += 2;
    }
}

static int is_plain_attribute(Page page, Page words, const Attribute *found) {
    Place name = found->name, end = found->name_end;
    if (is_word(page, name, end, "src") || is_word(page, name, end, "href") ||
        is_word(page, name, end, "data-src"))
        return plain_url(page, words, found->value, found->end) == found->end;
    if (is_word(page, name, end, "srcset") || is_word(page, name, end, "data-srcset"))
        return is_plain_set(page, words, found->value, found->end);
    if (says(page, name, "data-"))
        return !holds_any(page, name, end, TELLING);
    if (says(page, name, "aria-"))
        return 1;
    if (is_word(page, name, end, "class"))
        return !holds(page, found->value, found->end, "optanon");
    for (const char *const *idle = IDLE; *idle; idle++)
        if ((Byte)**idle == lower(page.bytes[name]) && is_word(page, name, end, *idle))
            return 1;
    return 0;
}

static int is_plain(Page page, Page words, const Tag *tag) {
    Attribute found;
    Place at = tag->name_end;
    int more;
    if (words.bytes == NULL || tag->is_marked)
        return 0;
    while ((more = next_attribute(page, &at, &found)) > 0)
        if (!is_plain_attribute(page, words, &found))
            return 0;
    return more == 0;
}

/* -- what is known by its bytes -------------------------------------------------------- */

typedef struct {
    PyObject *recent, *earlier; /* dictionaries of bytes: None, or what became of it */
    PyObject *found;            /* a list of (start, end, what became of it) */
    int head;                   /* the body is still to begin */
    Page words; /* "/a/b/": every address of a service on the page's own host has a
                   segment that begins with one of them; no bytes if that isn't so */
} Memory;

static int note(const Memory *memory, Place start, Place end, PyObject *outcome) {
    if (outcome == Py_None)
        return 1;
    PyObject *entry = Py_BuildValue("(nnO)", start, end, outcome);
    int failed = entry == NULL || PyList_Append(memory->found, entry) < 0;
    Py_XDECREF(entry);
    return failed ? -1 : 1;
}

/* Passes over what is known: 1, or 0 where it isn't, or -1 with an exception set. */
static int passes(const Memory *memory, Page page, Place start, Place end) {
    if (end == NOWHERE || end - start > LONGEST)
        return 0;
    PyObject *key =
        PyBytes_FromStringAndSize((const char *)page.bytes + start, end - start);
    if (key == NULL)
        return -1;
    int result = 0;
    PyObject *outcome = PyDict_GetItemWithError(memory->recent, key);
    if (outcome == NULL && !PyErr_Occurred()) {
        outcome = PyDict_GetItemWithError(memory->earlier, key);
        if (outcome != NULL && PyDict_SetItem(memory->recent, key, outcome) < 0)
            outcome = NULL;
    }
    if (outcome != NULL)
        result = note(memory, start, end, outcome);
    else if (PyErr_Occurred())
        result = -1;
    Py_DECREF(key);
    return result;
}

/* -- the way through a page ------------------------------------------------------------ */

/* A construct to be read, or none and a safe cut as its end. */
typedef struct {
    Place hit, tag_end, text_end, end;
    Kind kind;
} Stop;

static const Stop NONE = {NOWHERE, NOWHERE, NOWHERE, NOWHERE, OTHER};

static Stop cut_at(Place at) {
    Stop stop = NONE;
    stop.end = at;
    return stop;
}

/* Finds out where an element's text ends, if its content is text, and its end tag. */
static void find_end(Page page, const Tag *tag, Stop *stop) {
    Tag end;
    stop->tag_end = stop->end = tag->end;
    if (stop->kind != SCRIPT && stop->kind != TEXT)
        return;
    stop->text_end = stop->kind == SCRIPT ? script_text_end(page, tag->end)
                                          : text_end(page, tag);
    if (stop->text_end != NOWHERE && read_tag(page, stop->text_end + 2, &end))
        stop->end = end.end;
    else
        stop->end = NOWHERE;
}

/* Takes a start tag: 1 and the place after what can be passed over, 0 and where to
   stop, or -1 with an exception set. */
static int take(const Memory *memory, Page page, Place *at, Stop *stop) {
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
        passed = passes(memory, page, *at, stop->end);
    }
    *at = stop->end;
    return passed;
}

/* The same for markup that isn't a start tag. */
static int take_other(Page page, int head, Place *at, Stop *stop) {
    Tag tag;
    Byte next = page.bytes[*at + 1];
    *stop = NONE;
    stop->hit = *at;
    if (next == '/') {
        Place name = *at + 2;
        int is_name = name < page.size && is_letter(page.bytes[name]);
        if (name >= page.size || (is_name && !read_tag(page, name, &tag))) {
            *stop = cut_at(*at);
            return 0;
        }
        if (!is_name || is_word(page, tag.name, tag.name_end, "template"))
            return 0;
        if (head && (is_word(page, tag.name, tag.name_end, "p") ||
                     is_word(page, tag.name, tag.name_end, "br")))
            return 0;
        *at = tag.end;
        return 1;
    }
    Place end = says(page, *at, "<!--") ? comment_end(page, *at) : NOWHERE;
    if (end == NOWHERE)
        return 0;
    *at = end;
    return 1;
}

/* Goes on until something has to be read. */
static int walk(const Memory *memory, Page page, Place at, Stop *stop) {
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

static PyObject *skim(PyObject *module, PyObject *args) {
    PyObject *body, *words;
    Place at;
    Memory memory;
    if (!PyArg_ParseTuple(args, "SnO!O!O!pO:skim", &body, &at, &PyDict_Type,
                          &memory.recent, &PyDict_Type, &memory.earlier, &PyList_Type,
                          &memory.found, &memory.head, &words))
        return NULL;
    Page page = {(const Byte *)PyBytes_AsString(body), PyBytes_Size(body)};
    memory.words = (Page){NULL, 0};
    if (words != Py_None) {
        char *text;
        if (PyBytes_AsStringAndSize(words, &text, &memory.words.size) < 0)
            return NULL;
        memory.words.bytes = (const Byte *)text;
    }
    if (at < 0 || at > page.size) {
        PyErr_SetString(PyExc_ValueError, "the place isn't in the page");
        return NULL;
    }
    Stop stop;
    if (walk(&memory, page, at, &stop) < 0)
        return NULL;
    return Py_BuildValue("(nnnni)", stop.hit, stop.tag_end, stop.text_end, stop.end,
                         stop.kind == CHILDLESS ? 1 : stop.kind == SCRIPT ? 2 : 0);
}

/* -- the parts of a tag ------------------------------------------------------------------ */

/* Decodes bytes for matching; any charset will do in which ASCII is ASCII. */
static PyObject *text_of(const char *bytes, Place size) {
    PyObject *text = PyUnicode_DecodeUTF8(bytes, size, NULL);
    if (text == NULL && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        PyErr_Clear();
        text = PyUnicode_DecodeLatin1(bytes, size, NULL);
    }
    return text;
}

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
    int failed = name == NULL;
    if (!failed && !PyDict_Contains(attributes, name)) {
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

static PyMethodDef methods[] = {
    {"skim", skim, METH_VARARGS, NULL}, {"parse", parse, METH_O, NULL}, {NULL}};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "_skim", .m_size = 0, .m_methods = methods};

PyMODINIT_FUNC PyInit__skim(void) {
    return PyModuleDef_Init(&module);
}
