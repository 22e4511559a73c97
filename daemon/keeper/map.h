/* SPDX-License-Identifier: MIT */
/*
 * map.h - finds what belongs to a number, which is never 0.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct map_entry {
	uint32_t key; /* 0: free */
	void *value;
};

struct map {
	struct map_entry *v;
	size_t cap, n; /* to walk it, look at all of v[0 … cap) */
};

/* NULL if there is none. */
void *map_get(const struct map *m, uint32_t key);

/* Make room for one more, so that the next map_put() cannot fail. 0 or -ENOMEM. */
_must_check_ int map_reserve(struct map *m);

/* Add @key, or replace what it has. There must be room. */
void map_put(struct map *m, uint32_t key, void *value);

void map_drop(struct map *m, uint32_t key);

/* Free the map; what is in it is the caller's. */
void map_done(struct map *m);
