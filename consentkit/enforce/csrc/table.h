/* A table from bytes to numbers, in which a key may have several. */

#pragma once

#include "bytes.h"

enum { NONE_LEFT = -1 };

typedef struct {
    const Byte *key; /* whoever makes the table keeps it */
    Place size;
    int value, next;
} Entry;

typedef struct {
    Entry *entries;
    int *heads;
    unsigned mask;
    int count;
} Table;

/* FNV-1a, begun with SEED and to be folded. */
enum { SEED = (int)2166136261u };

static unsigned hashed(unsigned hash, Byte byte) {
    return (hash ^ byte) * 16777619u;
}

static unsigned hash_of(const Byte *bytes, Place size) {
    unsigned hash = (unsigned)SEED;
    for (Place i = 0; i < size; i++)
        hash = hashed(hash, bytes[i]);
    return hash;
}

static unsigned slot_of(const Table *table, unsigned hash) {
    return (hash ^ hash >> 15) & table->mask;
}

/* Gets a table with room for some entries: 0, or -1 with an exception set. */
static int make_table(Table *table, Place room) {
    unsigned size = 64;
    while (size < 4 * (size_t)room)
        size *= 2;
    table->mask = size - 1;
    table->count = 0;
    table->entries = PyMem_Calloc((size_t)room + 1, sizeof(Entry));
    table->heads = PyMem_Malloc(size * sizeof(int));
    if (table->entries == NULL || table->heads == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (unsigned i = 0; i < size; i++)
        table->heads[i] = NONE_LEFT;
    return 0;
}

static void free_table(Table *table) {
    PyMem_Free(table->entries);
    PyMem_Free(table->heads);
}

static void put(Table *table, const Byte *key, Place size, int value) {
    int *head = &table->heads[slot_of(table, hash_of(key, size))];
    table->entries[table->count] = (Entry){key, size, value, *head};
    *head = table->count++;
}

/* Gets the first entry of a key at or behind another, or NONE_LEFT. */
static int entry_of(const Table *table, int entry, const Byte *key, Place size) {
    for (; entry != NONE_LEFT; entry = table->entries[entry].next)
        if (table->entries[entry].size == size &&
            memcmp(table->entries[entry].key, key, (size_t)size) == 0)
            return entry;
    return NONE_LEFT;
}

static int first_of(const Table *table, unsigned hash, const Byte *key, Place size) {
    return entry_of(table, table->heads[slot_of(table, hash)], key, size);
}

static int next_of(const Table *table, int entry) {
    const Entry *at = &table->entries[entry];
    return entry_of(table, at->next, at->key, at->size);
}
