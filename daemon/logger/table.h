/* SPDX-License-Identifier: MIT */
/*
 * table.h - finds objects by hash: intrusive, grows by itself.
 *
 * The node is in the object. A table finds candidates with the same hash; what is equal, the
 * caller decides. All zero is an empty table.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/hash.h"

struct table_node {
	struct table_node *next;
	uint32_t hash;
};

struct table {
	struct table_node **v;
	size_t buckets; /* 0 or a power of two */
	size_t count;
};

/* Add @n, which must not be in a table. 0 or -ENOMEM. */
_must_check_ int table_add(struct table *t, struct table_node *n, uint32_t hash);

/* Take @n out; it must be in. */
void table_remove(struct table *t, struct table_node *n);

/* The first node with @hash; then the next such. NULL: no more. */
struct table_node *table_find(const struct table *t, uint32_t hash);
struct table_node *table_find_next(const struct table_node *n);

/* Walk all: start with NULL. The next node must be fetched before this one is removed. */
struct table_node *table_next(const struct table *t, const struct table_node *n);

/* Free the memory; the table must be empty. */
void table_done(struct table *t);

static inline uint32_t table_hash(const void *data, size_t len)
{
	const uint64_t h = hash_bytes(HASH_INIT, data, len);

	return (uint32_t)(h ^ h >> 32);
}
