/* SPDX-License-Identifier: MIT */
#include "daemon/logger/chunk.h"

#include <stdlib.h>

static struct chunk *chunk_new(size_t cap)
{
	struct chunk *c = malloc(sizeof *c + cap);

	if (!c)
		return NULL;
	*c = (struct chunk){ .cap = cap, .data = (char *)(c + 1) };
	return c;
}

struct chunk *chunk_get(struct chunks *cs)
{
	struct chunk *c = NULL;

	if (cs->big_out >= CHUNK_BIG_MAX)
		return chunk_new(CHUNK_SMALL);
	if (cs->n_kept)
		c = cs->kept[--cs->n_kept];
	else
		c = chunk_new(CHUNK_BIG);
	if (!c)
		return chunk_new(CHUNK_SMALL);
	c->len = 0;
	cs->big_out++;
	return c;
}

struct chunk *chunk_put(struct chunks *cs, struct chunk *c)
{
	if (!c)
		return NULL;
	if (c->cap == CHUNK_BIG) {
		cs->big_out--;
		if (cs->n_kept < CHUNK_KEPT) {
			cs->kept[cs->n_kept++] = c;
			return NULL;
		}
	}
	free(c);
	return NULL;
}

void chunks_trim(struct chunks *cs)
{
	while (cs->n_kept)
		free(cs->kept[--cs->n_kept]);
}
