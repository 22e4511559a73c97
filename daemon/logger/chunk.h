/* SPDX-License-Identifier: MIT */
/*
 * chunk.h - the buffers that output passes through, lent by a store that bounds them together.
 *
 * Nothing is held while nothing flows. A few chunks are kept for the next one who asks. When
 * very many are out (a disk hangs under a thousand programs), new ones are small.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"

enum {
	CHUNK_BIG =
		128 * 1024, /* two full pipes; what supervisord reads, hence writes, at most */
	CHUNK_SMALL = 4 * 1024 - 32, /* a page with its head */
	CHUNK_BIG_MAX = 128, /* so many big ones are out at most */
	CHUNK_KEPT = 2,
};

struct chunk {
	size_t len, cap;
	char *data;
};
_Static_assert(sizeof(struct chunk) + CHUNK_SMALL <= 4096, "it is more than a page");

struct chunks {
	struct chunk *kept[CHUNK_KEPT];
	size_t n_kept;
	size_t big_out; /* big ones that are lent */
};

/* An empty chunk; NULL without memory. */
struct chunk *chunk_get(struct chunks *cs);

/* Give it back. NULL is fine. Returns NULL. */
struct chunk *chunk_put(struct chunks *cs, struct chunk *c);

/* Free what is kept; for the end and for quiet times. */
void chunks_trim(struct chunks *cs);

static inline size_t chunk_room(const struct chunk *c)
{
	return c->cap - c->len;
}
